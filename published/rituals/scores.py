"""The scores of a cycle, for people.

What belongs here: selecting published scores, and what is said of all of them. What does not: any
score (``okr_model.governance.scores``), and printing.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from okr_model.languages.folding import same_id
from okr_model.quantities.cells import natural_key
from okr_model.wording import share
from published.errors import UserError
from published.selection import Cycle
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
    rows, named = tables.frame("scores"), tables.frame("key_results")
    known = sorted(rows["cycle_id"].unique())
    if cycle not in known:
        raise NoScoresError(f"{cycle}: no such cycle has begun; there are {', '.join(known)}.")
    rows = rows[rows["cycle_id"] == cycle]
    rows = rows.merge(named[[*_KEY, "statement", "teams"]], on=_KEY, how="left")
    if team is not None:
        teams = rows["teams"].map(lambda names: list(names) if names is not None else [])
        mine = teams.map(lambda names: same_id(team) in map(same_id, names)).astype("bool")
        if not mine.any():
            there = ", ".join(sorted({name for names in teams for name in names}))
            raise NoScoresError(f"{team}: no such team has a Key Result in {cycle}; {there} have.")
        rows = rows[mine]
    rows = rows.sort_values(["team", "key_result_id"], kind="stable", key=_in_order)
    return rows.drop(columns="teams").reset_index(drop=True)


def last_ended(cycles: Sequence[Cycle], rows: pd.DataFrame) -> str | None:
    """The latest cycle that has scores; None while there is none.

    Args:
        cycles: Those of the settings.
        rows: ``cycle_id, score``.
    """
    scored = set(rows.loc[rows["score"].notna(), "cycle_id"])
    ended = [cycle for cycle in cycles if cycle.id in scored]
    return max(ended, key=lambda cycle: cycle.end).id if ended else None


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


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _in_order(values: pd.Series) -> pd.Series:
    return values.astype("object").fillna("").map(natural_key)
