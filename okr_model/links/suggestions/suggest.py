"""Suggested links: for unlinked work and Key Results, each with its chance and reason.

What belongs here: which work and Key Results need suggestions, what is known to be right or wrong,
the choice, and the reason in words. What does not: scores (``pair_scores``) and chances
(``chances``).

A pair has one score and one chance, whoever asks: its chance is that the work serves this Key
Result rather than any other. What is known comes from work whose link somebody stated on purpose,
or accepted: each is ranked as if its links were unknown, among the Key Results of the cycle of its
link. A pair that somebody rejected is known to be wrong, and so is every one of other work with a
Key Result of the current cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from okr_model.entities.initiatives import still_open
from okr_model.links.decisions import EXPLICIT_RULES, other_work
from okr_model.links.suggestions import LEAST_CHANCE
from okr_model.links.suggestions.chances import (
    ChanceCurve,
    chances_hidden_in_turn,
    learn,
    shares_of,
)
from okr_model.links.suggestions.linked_work import Positions
from okr_model.links.suggestions.pair_scores import ABOUT, FACTS, PairScores
from okr_model.links.suggestions.text_similarity import Meaning
from okr_model.links.vocabulary import INHERITED
from okr_model.links.work_teams import usual_teams
from okr_model.quantities.days import midnight, to_days
from okr_model.wording import probability

MOST = 3
"""How many candidates to name for each piece of work, or for each Key Result."""

_AT_ONCE = 500
_PAIR = ["initiative_id", "key_result_id"]
_NAME = ["initiative"]
_TOLD = (*EXPLICIT_RULES, "decision")


class Suggestions(NamedTuple):
    """What is suggested, and what the chances were learnt from.

    Attributes:
        rows: The columns of :data:`okr_model.tables.links.SUGGESTIONS` but those of the run.
        trials: The columns of :data:`okr_model.tables.links.SUGGESTION_TRIALS` but those of the
            run: the best candidates of work whose links are known, as if they were not.
    """

    rows: pd.DataFrame
    trials: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Work and Key Results with their scores, by position."""

    work: pd.DataFrame
    targets: pd.DataFrame
    scores: PairScores
    weight: float
    """What similarity to linked work counts."""

    def best(self, rows: Positions, columns: Positions, refused: Any = None) -> pd.DataFrame:
        """The best targets of some work: ``row, column, rank, score, share``."""
        parts = [_top(part, MOST) for part in self.scored(rows, columns, refused)]
        return pd.concat(parts, ignore_index=True) if parts else _top_of_nothing()

    def scored(self, rows: Positions, columns: Positions, refused: Any = None) -> Iterator[_Scored]:
        """Scores and shares for a part of the work at a time, which bounds the memory."""
        score = self.scores.toward(columns, self.weight)
        for first in range(0, len(rows) if len(columns) else 0, _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            scores = score(some)
            if refused is not None:
                scores[refused[some][:, columns].toarray()] = -np.inf
            yield _Scored(some, columns, scores, shares_of(scores))


class _Scored(NamedTuple):
    rows: Positions
    columns: Positions
    scores: Any
    shares: Any


def suggest_links(
    initiatives: pd.DataFrame,
    key_results: pd.DataFrame,
    links: pd.DataFrame,
    decided: pd.DataFrame,
    as_of: date,
    least_chance: float = LEAST_CHANCE,
    meaning: Meaning | None = None,
) -> Suggestions:
    """Candidate Key Results for unlinked work, and candidate work for unlinked Key Results.

    Args:
        initiatives: ``initiative_id, initiative, title, text, team, status, status_category,
            source, record_id, url``; ``text`` is that of the record and of the work below it. A
            Jira initiative without a team is assumed to belong to the team whose Key Results most
            of the other linked initiatives in its project serve.
        key_results: ``key_result_id, statement, objective, team, cycle_start, cycle_end``.
        links: The resolved links.
        decided: From :func:`okr_model.links.decisions.decisions_in_force`; a rejected pair is never
            suggested, nor is anything for other work.
        as_of: The day; only Key Results whose cycle contains it and open initiatives are
            candidates.
        least_chance: Nothing less likely is suggested.
        meaning: An embedding model, if installed.
    """
    targets = _targets(key_results, as_of)
    active = links[links["state"] == "active"]
    known = _known(active, initiatives, targets)
    other = initiatives["initiative_id"].isin(other_work(decided).index)
    is_open = still_open(initiatives)
    wanted = is_open | initiatives["initiative_id"].isin(active["initiative_id"])
    team = usual_teams(initiatives, active, key_results)
    stated = initiatives["team"].notna()
    work = initiatives.assign(team=team, team_is_stated=stated, open=is_open & ~other, other=other)[
        wanted
    ]
    work = work.rename(columns={"initiative_id": "id"}).sort_values("id", ignore_index=True)
    linked = _positions(work, targets, active[active["rule"] != INHERITED])
    meaning = meaning if len(work) and len(targets) else None  # to load it takes its time
    scores = PairScores(work[ABOUT], targets[ABOUT], meaning, linked)
    weight = scores.weight_of_linked_work(_by_cycle(work, targets, known))
    pairs = _Candidates(work, targets, scores, weight)
    rejected = decided.loc[decided["decision"] == "rejected", _PAIR]
    trials, curve = _trials(pairs, known, rejected)
    rows = _suggested(pairs, active, rejected, curve, least_chance)
    of_work = work.set_index("id")
    for frame, names in ((rows, ["initiative", "source", "record_id", "url"]), (trials, _NAME)):
        for name in names:
            frame[name] = frame["initiative_id"].map(of_work[name])
    return Suggestions(rows, trials)


def reason(
    shared: Sequence[str],
    same_team: bool,
    alike: bool,
    resembles: str | None,
    chance: float,
    *,
    team_is_stated: bool = True,
) -> str:
    """Why a target is suggested: ``shares “onboarding”, “welcome”; same team; chance 63 %``.

    A team that no record states is told as what it is: that of most of the project's other work.
    """
    parts = ["shares " + ", ".join(f"“{word}”" for word in shared)] if len(shared) else []
    if alike:
        parts.append("alike in meaning")
    if resembles is not None:
        parts.append(f"resembles {resembles}, which serves it")
    if same_team:
        parts.append("same team" if team_is_stated else "its project mostly serves that team")
    return "; ".join([*parts, f"chance {probability(chance)}"])


def _targets(key_results: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Key Results by id, each in its current cycle or else in its last; sorted by id."""
    now = midnight(as_of)
    start, end = to_days(key_results["cycle_start"]), to_days(key_results["cycle_end"])
    rows = key_results.assign(
        current=(start <= now) & (now <= end), cycle=start.astype("str") + end.astype("str")
    ).sort_values(["current", "cycle"], kind="stable")
    rows = rows.drop_duplicates("key_result_id", keep="last")
    names = {"key_result_id": "id", "statement": "title", "objective": "text"}
    return rows.rename(columns=names).sort_values("id", ignore_index=True)


def _known(active: pd.DataFrame, initiatives: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Links that somebody stated on purpose or accepted: ``initiative_id, key_result_id, cycle``.

    Work whose text mentions the Key Result is left out: no unlinked work does, so that it would
    teach what is too easy.
    """
    mentioned = active["also_by"].map(lambda rules: rules is not None and "mention" in rules)
    told = active.loc[active["rule"].isin(_TOLD) & ~mentioned.astype("bool"), _PAIR]
    told = told[told["initiative_id"].isin(initiatives["initiative_id"])].drop_duplicates()
    cycle = told["key_result_id"].map(targets.set_index("id")["cycle"])
    return told.assign(cycle=cycle.astype("object")).dropna()


def _by_cycle(
    work: pd.DataFrame, targets: pd.DataFrame, known: pd.DataFrame
) -> Iterator[tuple[Positions, Positions, Any]]:
    """For each cycle: work of which links are known, the Key Results, and the known pairs."""
    right = _marked(work, targets, known)
    for cycle in sorted(set(known["cycle"])):
        mine = known.loc[known["cycle"] == cycle, "initiative_id"]
        columns = np.flatnonzero(targets["cycle"] == cycle)
        yield np.flatnonzero(work["id"].isin(mine)), columns, right


def _trials(
    pairs: _Candidates, known: pd.DataFrame, rejected: pd.DataFrame
) -> tuple[pd.DataFrame, ChanceCurve]:
    """The best candidates of work of which something is known, and what they teach."""
    work, targets = pairs.work["id"], pairs.targets
    cycle_of = targets.set_index("id")["cycle"]
    serves_none = work[pairs.work["other"]]
    now = set(targets.loc[targets["current"], "cycle"]) if len(serves_none) else set()
    refused = rejected.assign(cycle=rejected["key_result_id"].map(cycle_of)).dropna()
    parts = []
    for cycle in sorted({*known["cycle"], *refused["cycle"], *now}):
        taught = pd.concat([known[known["cycle"] == cycle], refused[refused["cycle"] == cycle]])
        ids = {*taught["initiative_id"], *(serves_none if cycle in now else ())}
        rows = np.flatnonzero(work.isin(ids))
        columns = np.flatnonzero(targets["cycle"] == cycle)
        parts.append(pairs.best(rows, columns))
    best = _named(pd.concat(parts, ignore_index=True) if parts else _top_of_nothing(), pairs)
    index = pd.MultiIndex.from_frame(best[_PAIR])
    best["right"] = index.isin(pd.MultiIndex.from_frame(known[_PAIR]))
    cycles = best["key_result_id"].map(cycle_of)
    told = index.isin(pd.MultiIndex.from_frame(rejected))
    told |= (best["initiative_id"].isin(serves_none) & cycles.isin(now)).to_numpy("bool")
    is_known = pd.MultiIndex.from_arrays([best["initiative_id"], cycles]).isin(
        pd.MultiIndex.from_frame(known[["initiative_id", "cycle"]])
    )
    best = best[is_known | told].reset_index(drop=True)
    share, right = best["share"].to_numpy("float64"), best["right"].to_numpy("float64")
    group = pd.util.hash_array(best["initiative_id"].to_numpy("object"))
    best["chance"] = chances_hidden_in_turn(share, right, group)
    right_ones = known.groupby(["initiative_id", "cycle"]).size().rename("right_ones")
    keys = pd.MultiIndex.from_arrays([best["initiative_id"], best["key_result_id"].map(cycle_of)])
    best["right_ones"] = right_ones.reindex(keys).fillna(0).to_numpy("int64")
    return best.drop(columns=["row", "column"]), learn(share, right)


def _suggested(
    pairs: _Candidates,
    active: pd.DataFrame,
    rejected: pd.DataFrame,
    curve: ChanceCurve,
    least_chance: float,
) -> pd.DataFrame:
    """What is suggested for work and for Key Results without a link, with reasons."""
    work, targets = pairs.work, pairs.targets
    rows, columns = np.flatnonzero(work["open"]), np.flatnonzero(targets["current"])
    idle = ~work["id"].isin(active["initiative_id"]).to_numpy()
    bare = ~targets["id"].isin(active["key_result_id"]).to_numpy()
    parts = [
        likely
        for part in pairs.scored(rows, columns, _marked(work, targets, rejected))
        for likely in [_likely(part, curve, least_chance)]
    ]
    found = pd.concat(parts, ignore_index=True) if parts else _top_of_nothing()
    found["chance"] = curve.chance(found["share"].to_numpy("float64"))
    asked = (("initiative", "row", idle), ("key result", "column", bare))
    sides = []
    for asked_for, of, without_link in asked:
        mine = found[without_link[found[of].to_numpy("int64")]]
        mine = _named(mine, pairs).sort_values(
            [of, "chance", "initiative_id", "key_result_id"],
            ascending=[True, False, True, True],
        )
        sides.append(mine.assign(asked_for=asked_for, of=mine[of]))
    both = pd.concat(sides, ignore_index=True)
    facts = pairs.scores.facts(both["row"].to_numpy("int64"), both["column"].to_numpy("int64"))
    both[FACTS] = facts
    near = both["resembles"].to_numpy("int64")
    names = [*work["initiative"], None]  # a position of -1 is the last
    both["resembles"] = pd.Series([names[one] for one in near], index=both.index, dtype="object")
    both = both[(both["shared"].map(len) > 0) | both["alike"] | (near >= 0)]
    both["stated"] = work["team_is_stated"].to_numpy()[both["row"].to_numpy("int64")]
    both = both.assign(rank=both.groupby(["asked_for", "of"]).cumcount() + 1)
    both = both[both["rank"] <= MOST].reset_index(drop=True)
    said = zip(*(both[name] for name in (*FACTS, "chance", "stated")), strict=True)
    both["reason"] = [reason(*of_one, team_is_stated=stated) for *of_one, stated in said]
    return both.drop(columns=["row", "column", "of", "stated"])


def _likely(part: _Scored, curve: ChanceCurve, least_chance: float) -> pd.DataFrame:
    likely = (curve.chance(part.shares) >= least_chance) & np.isfinite(part.scores)
    at, picked = np.nonzero(likely)
    return pd.DataFrame(
        {
            "row": part.rows[at],
            "column": part.columns[picked],
            "score": part.scores[at, picked],
            "share": part.shares[at, picked],
        }
    )


def _top(part: _Scored, most: int) -> pd.DataFrame:
    order = np.argsort(-part.scores, axis=1, kind="stable")[:, :most]
    at = np.repeat(np.arange(len(order)), order.shape[1])
    picked = order.ravel()
    return pd.DataFrame(
        {
            "row": part.rows[at],
            "column": part.columns[picked],
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(order)),
            "score": part.scores[at, picked],
            "share": part.shares[at, picked],
        }
    )


def _top_of_nothing() -> pd.DataFrame:
    none = np.zeros(0, "int64")
    return _top(_Scored(none, none, np.zeros((0, 0)), np.zeros((0, 0))), MOST)


def _named(rows: pd.DataFrame, pairs: _Candidates) -> pd.DataFrame:
    return rows.assign(
        initiative_id=pairs.work["id"].to_numpy("object")[rows["row"].to_numpy("int64")],
        key_result_id=pairs.targets["id"].to_numpy("object")[rows["column"].to_numpy("int64")],
    )


def _positions(
    work: pd.DataFrame, targets: pd.DataFrame, pairs: pd.DataFrame
) -> tuple[Positions, Positions]:
    """The positions of pairs of initiatives and Key Results, of those that are here, each once."""
    once = pairs[_PAIR].drop_duplicates()
    rows = pd.Index(work["id"]).get_indexer(once["initiative_id"])
    columns = pd.Index(targets["id"]).get_indexer(once["key_result_id"])
    here = (rows >= 0) & (columns >= 0)
    return rows[here], columns[here]


def _marked(work: pd.DataFrame, targets: pd.DataFrame, pairs: pd.DataFrame) -> Any:
    """A sparse matrix of all work and targets in which some pairs are marked."""
    from scipy.sparse import csr_matrix

    rows, columns = _positions(work, targets, pairs)
    marks = np.ones(len(rows), bool)
    return csr_matrix((marks, (rows, columns)), shape=(len(work), len(targets)))
