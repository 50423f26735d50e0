"""Suggestions: Key Results that unlinked work might serve, ranked by text similarity.

What belongs here: which work and Key Results need suggestions, the ranking, and the reason in
words. What does not: how similar two texts are (``text_similarity``), and whether a suggestion is
right: a person decides that, and none counts before it is accepted.

The score is lexical: see ``text_similarity``. A Key Result of the same team gets 0.15 on top, about
as much as one rare shared word: a team's work is mostly for its own Key Results, unless the texts
say otherwise. With an embedding model, a fifth of the score is the cosine of the texts' embeddings,
so that *churn* may match *leavers*.

The constants below, except that of the team, were tuned on 684 software weaknesses and their parent
weaknesses (MITRE's CWE), and never on the data that docs/audit-links.md reports as unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.entities.initiatives import still_open
from okr_model.links.text_similarity import Meaning, WeightedTexts
from okr_model.quantities.days import midnight, to_days
from okr_model.quantities.teams import split_teams

SUGGESTION_COLUMNS = ["work_id", "target_id", "rank", "score", "shared", "same_team", "alike"]


_SAME_TEAM = 0.15
_MEANING_SHARE = 0.2
_ALIKE = 0.4  # a cosine exceeded by one in thirty random pairs, and by half of the right ones
_AT_ONCE = 500
_ABOUT = ["id", "title", "text", "team"]
_REASONS = ["shared", "same_team", "alike"]


def rank_targets(
    work: pd.DataFrame, targets: pd.DataFrame, most: int = 3, meaning: Meaning | None = None
) -> pd.DataFrame:
    """The targets that each piece of work resembles most.

    Args:
        work: ``id``, ``title``, ``text``, ``team``; any of the last three may be null.
        targets: The same.
        most: How many targets to name for each piece of work.
        meaning: An embedding model, if installed.

    Returns:
        The columns of :data:`SUGGESTION_COLUMNS`: ``rank`` from 1, ``score`` (comparable only
        within one call), ``shared`` (the shared words with the most weight, as the target spells
        them), ``same_team``, and ``alike`` (in meaning; false without a model). Sorted by work and
        rank; ties go to the target that comes first by id. The result does not depend on the order
        of the input rows.
    """
    if work.empty or targets.empty:
        return pd.DataFrame(columns=SUGGESTION_COLUMNS)
    work = work.sort_values("id", ignore_index=True)
    targets = targets.sort_values("id", ignore_index=True)
    texts = WeightedTexts(work, targets, meaning)
    parts = [
        _ranked(texts, work, targets, slice(first, first + _AT_ONCE), most)
        for first in range(0, len(work), _AT_ONCE)
    ]
    return pd.concat(parts, ignore_index=True)


def _ranked(
    texts: WeightedTexts, work: pd.DataFrame, targets: pd.DataFrame, some: slice, most: int
) -> pd.DataFrame:
    """The best targets of a slice of the work; all of it at once would need too much memory."""
    team = _same_team(work["team"].iloc[some], targets["team"])
    meant = texts.meant(some)
    score = texts.scores(some)
    if meant is not None:
        score = (1 - _MEANING_SHARE) * score + _MEANING_SHARE * meant
    score = score + _SAME_TEAM * team
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    at = np.repeat(np.arange(len(order)), order.shape[1])
    picked = order.ravel()
    return pd.DataFrame(
        {
            "work_id": work["id"].to_numpy()[some][at],
            "target_id": targets["id"].to_numpy()[picked],
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(order)),
            "score": score[at, picked],
            "shared": texts.shared(at + some.start, picked),
            "same_team": team[at, picked],
            "alike": meant[at, picked] >= _ALIKE if meant is not None else False,
        }
    )


def suggest_links(
    initiatives: pd.DataFrame,
    key_results: pd.DataFrame,
    links: pd.DataFrame,
    decided: pd.DataFrame,
    as_of: date,
    most: int = 3,
    meaning: Meaning | None = None,
) -> pd.DataFrame:
    """Candidate Key Results for unlinked work, and candidate work for unlinked Key Results.

    Args:
        initiatives: ``initiative_id, initiative, title, text, team, status, status_category,
            source, record_id, url``; ``text`` is that of the record and of the work below it. A
            Jira initiative without a team is assumed to belong to the team whose Key Results most
            of the linked initiatives in its project serve.
        key_results: ``key_result_id, statement, objective, team, cycle_start, cycle_end``.
        links: The resolved links.
        decided: From :func:`okr_model.links.decisions.decisions_in_force`; a rejected pair is never
            suggested.
        as_of: The day; only Key Results whose cycle contains it and open initiatives are
            candidates.
        most: How many candidates to name for each.
        meaning: An embedding model, if installed.

    Returns:
        The columns of :data:`okr_model.tables.links.SUGGESTIONS` but those of the run.
    """
    now = midnight(as_of)
    current = (to_days(key_results["cycle_start"]) <= now) & (
        now <= to_days(key_results["cycle_end"])
    )
    targets = key_results[current].drop_duplicates("key_result_id")
    targets = targets.rename(
        columns={"key_result_id": "id", "statement": "title", "objective": "text"}
    )
    active = links[links["state"] == "active"]
    teams = _usual_teams(initiatives, active, key_results)
    own = initiatives["team"].astype("object")
    work = initiatives.assign(team=own.where(own.notna(), teams))[still_open(initiatives)]
    work = work.rename(columns={"initiative_id": "id"})
    idle = work[~work["id"].isin(active["initiative_id"])]
    bare = targets[~targets["id"].isin(active["key_result_id"])]
    refused = decided.loc[decided["decision"] == "rejected", ["initiative_id", "key_result_id"]]
    refused = pd.MultiIndex.from_frame(refused)
    asked = (
        ("initiative", idle, targets, ["initiative_id", "key_result_id"]),
        ("key result", bare, work, ["key_result_id", "initiative_id"]),
    )
    parts = []
    for asked_for, left, right, names in asked:
        ranked = rank_targets(left[_ABOUT], right[_ABOUT], most + len(refused), meaning)
        ranked = ranked.rename(columns=dict(zip(["work_id", "target_id"], names, strict=True)))
        pairs = pd.MultiIndex.from_frame(ranked[["initiative_id", "key_result_id"]])
        explained = (ranked["shared"].map(len) > 0) | ranked[["same_team", "alike"]].any(axis=1)
        kept = ranked[~pairs.isin(refused) & explained]
        rank = kept.groupby(names[0]).cumcount() + 1
        parts.append(kept.assign(asked_for=asked_for, rank=rank)[rank <= most])
    rows = pd.concat(parts, ignore_index=True)
    why = [reason(*facts) for facts in zip(*(rows[name] for name in _REASONS), strict=True)]
    names = work.set_index("id")[["initiative", "source", "record_id", "url"]]
    return rows.assign(reason=why).join(names, on="initiative_id")


def _usual_teams(
    initiatives: pd.DataFrame, active: pd.DataFrame, key_results: pd.DataFrame
) -> pd.Series:
    """For each initiative from Jira the team that most of its project's linked work serves."""
    project = initiatives["initiative"].str.replace(r"-[^-]*$", "", regex=True)
    project = project.where(initiatives["source"] == "jira")
    team_of = key_results.drop_duplicates("key_result_id").set_index("key_result_id")["team"]
    served = active.assign(team=active["key_result_id"].map(team_of))
    served["project"] = served["initiative_id"].map(
        pd.Series(project.to_numpy(), index=initiatives["initiative_id"].to_numpy())
    )
    shares = served.groupby("project")["team"].value_counts(normalize=True).rename("share")
    usual = shares[shares > 0.5].reset_index().set_index("project")["team"]
    return project.astype("object").map(usual).astype("object")


def reason(shared: Sequence[str], same_team: bool, alike: bool = False) -> str:
    """Why a target is suggested, in a few words: ``shares “onboarding”, “welcome”; same team``."""
    parts = []
    if len(shared):
        parts.append("shares " + ", ".join(f"“{word}”" for word in shared))
    if alike:
        parts.append("alike in meaning")
    if same_team:
        parts.append("same team")
    return "; ".join(parts) or "spelt alike"


def _same_team(work: pd.Series, targets: pd.Series) -> Any:
    """Whether each pair has a team in common."""
    left, right = split_teams(work, targets), split_teams(targets, work)
    teams = pd.Index(pd.concat([left, right]).explode().dropna().unique())
    mine, theirs = (_memberships(each, teams) for each in (left, right))
    return (mine @ theirs.T) > 0


def _memberships(of: pd.Series, teams: pd.Index) -> npt.NDArray[np.float32]:
    """A row for each of ``of``, with 1 for each of its teams."""
    found = np.zeros((len(of), len(teams)), "float32")
    named = of.reset_index(drop=True).explode().dropna()
    found[named.index.to_numpy("int64"), teams.get_indexer(named)] = 1
    return found
