"""The scores of a cycle, for people.

What belongs here: selecting published scores, and what is said of all of them. What does not: any
score (``okr_model.governance.scores``), and printing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from okr_model.languages.folding import same_id, same_ids
from okr_model.progress.end_state import since_due
from okr_model.quantities.cells import natural_key
from okr_model.wording import share
from published.errors import UserError
from published.selection import Cycle, is_usual
from published.tables import PublishedTables

_KEY = ["key_result_id", "cycle_id"]
_FEWEST = 5
"""Of fewer Key Results no share is told."""
_SAFE = 0.5


class NoScoresError(UserError):
    """There are no scores of this cycle or team."""


def scores_of(tables: PublishedTables, cycle: str, team: str | None = None) -> pd.DataFrame:
    """The scores of a cycle with the statements of its Key Results, by team and id.

    Raises:
        NoScoresError: The tables are of an earlier version; there is no such cycle, or it has not
            begun; the team has no Key Result in it.
    """
    if not tables.has("scores"):
        raise NoScoresError("the published tables are older than scores. Run: okr sync")
    rows = _with_key_results(tables)
    known = sorted(rows["cycle_id"].unique())
    rows = rows[same_ids(rows["cycle_id"]) == same_id(cycle)]
    if rows.empty:
        raise NoScoresError(f"{cycle}: no such cycle has begun; there are {', '.join(known)}.")
    if team is not None:
        mine = _is_of(rows, team)
        if not mine.any():
            there = sorted({name for names in rows["teams"] for name in names})
            has = "has" if len(there) == 1 else "have"
            raise NoScoresError(
                f"{team}: no such team has a Key Result in {cycle}; {', '.join(there)} {has}."
            )
        rows = rows[mine]
    rows = rows.sort_values(["team", "key_result_id"], kind="stable", key=_in_order)
    return rows.drop(columns="teams").reset_index(drop=True)


def last_scored(tables: PublishedTables, cycles: Sequence[Cycle], team: str | None) -> str | None:
    """The cycle that is shown where none is named; None while no cycle has scores.

    It is the latest that ended with scores, of the team if it has any; one of the usual length
    comes before longer and shorter ones that ran beside it.

    Args:
        tables: The published tables.
        cycles: Those of the settings.
        team: The team that is asked about, in any spelling.
    """
    if not tables.has("scores"):
        return None
    rows = _with_key_results(tables)
    rows = rows[rows["score"].notna()]
    return last_ended(cycles, set(rows[_is_of(rows, team)]["cycle_id"])) or last_ended(
        cycles, set(rows["cycle_id"])
    )


def last_ended(cycles: Sequence[Cycle], scored: Collection[str]) -> str | None:
    """The latest of the cycles that have scores, a usual one first; None if none has."""
    ended = [cycle for cycle in cycles if cycle.id in scored]
    usual = [cycle for cycle in ended if is_usual(cycles, cycle)]
    return max(usual or ended, key=lambda cycle: cycle.end).id if ended else None


def said_of_all(rows: pd.DataFrame) -> list[str]:
    """What the scores of a cycle say together, a sentence each."""
    scored = rows[rows["score"].notna()]
    if scored.empty:
        return ["No Key Result has a score yet: its cycle has not ended, or its values settle."]
    number = len(scored)
    found = [
        f"{number} of {len(rows)} Key Results have a score; the mean is"
        f" {scored['score'].mean():.2f}."
    ]
    changed = scored[scored["terms_changed"] > 0]
    if len(changed):
        original = scored["score_original"].dropna()
        told = f"{original.mean():.2f}" if len(original) else "unknown"
        found.append(
            f"{_number(len(changed), 'Key Result')} changed after the baseline phase"
            f" ({', '.join(changed['key_result_id'])}): under original terms the mean is {told}."
        )
    daring = scored[scored["ambition"] != "committed"]
    reached = (daring["band"] == "reached").mean()
    if len(daring) >= _FEWEST and reached > _SAFE:
        found.append(
            f"{share(float(reached))} of the {len(daring)} that are not committed were reached in"
            " full. Were they ambitious enough?"
        )
    for row in scored[scored["since_due"].notna()].to_dict("records"):
        found.append(
            f"{row['key_result_id']}: {'missed' if row['score'] >= 1 else 'met'} on its due day,"
            f" {row['since_due']}; a score counts values up to the cycle's end."
        )
    for suggests, asks in (
        (
            "the Key Result",
            "missed although the team kept its rhythm: was it the right Key Result?",
        ),
        ("the cadence", "missed with few check-ins: would a steady rhythm have shown it sooner?"),
    ):
        ids = rows.loc[rows["miss_suggests"] == suggests, "key_result_id"]
        if len(ids):
            found.append(f"{', '.join(ids)}: {asks}")
    return found


def score_text(score: float | None) -> str:
    """A score with two decimals; 1.00 only if it was reached, a dash without one."""
    if score is None or score != score:
        return "–"
    return f"{min(round(score, 2), 0.99) if score < 1 else 1:.2f}"


def _with_key_results(tables: PublishedTables) -> pd.DataFrame:
    """All scores with the statements and teams of their Key Results."""
    named = tables.frame("key_results")
    since = [since_due(row) or None for row in named.to_dict("records")]
    named = named[[*_KEY, "statement", "teams"]].assign(since_due=since)
    rows = tables.frame("scores").merge(named, on=_KEY, how="left")
    teams = rows["teams"].map(lambda names: [] if names is None else list(names))
    return rows.assign(teams=teams)


def _is_of(rows: pd.DataFrame, team: str | None) -> pd.Series:
    """Which rows are a team's; of no team, all are."""
    if team is None:
        return pd.Series(True, index=rows.index)
    mine = (same_id(team) in map(same_id, names) for names in rows["teams"])
    return pd.Series(mine, index=rows.index, dtype="bool")


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _in_order(values: pd.Series) -> pd.Series:
    return values.astype("object").fillna("").map(natural_key)
