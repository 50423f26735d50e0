"""What a team may lack to work with Key Results, as a question with its evidence.

What belongs here: which of six conditions the events of a cycle point to, by stated bounds. What
does not: counting events (``team_cycles``), and people: all of it is about a team.

Which condition is missing no table can tell, so it is asked. The bounds are our reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Condition = Literal["direction", "buy-in", "skills", "motivation", "means", "structure"]

FEWEST_NAMED = 3
"""So many impediments, changed terms or Key Results are more than an accident."""
FEWEST_DUE = 5
"""Of fewer check-ins no share is told."""
MUCH = 0.5
"""The share of missed check-ins, or of Key Results asked about, from which something is asked."""
FALL = 0.3
"""By so much the share of missed check-ins grew between the halves of a cycle if zeal was lost."""


_IMPEDIMENT = ["impediment_kind", "impediment", "impediment_since"]
"""What is alike in check-ins that name the same one week after week."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A condition that may be missing.

    Attributes:
        condition: Which one.
        question: What to ask the team.
        evidence: What points to it; its numbers are those of the published tables.
    """

    condition: Condition
    question: str
    evidence: str


def missing_conditions(
    weeks: pd.DataFrame, check_ins: pd.DataFrame, redefined: int, worded: tuple[int, int]
) -> tuple[Missing, ...]:
    """What the team may lack, in the order of the six conditions; usually nothing.

    Args:
        weeks: Its rows of ``adoption`` in one cycle.
        check_ins: The published check-ins of that cycle on its Key Results.
        redefined: Changes of terms after the baseline phase.
        worded: Of its Key Results, how many are asked about their wording, and how many there are.
    """
    found = (
        _direction(check_ins, redefined),
        _buy_in(weeks),
        _skills(*worded),
        _motivation(weeks),
        _means(check_ins),
        _structure(check_ins),
    )
    return tuple(one for one in found if one is not None)


def _direction(check_ins: pd.DataFrame, redefined: int) -> Missing | None:
    unclear = _naming(check_ins, "clarity", "priorities")
    if max(unclear, redefined) < FEWEST_NAMED:
        return None
    told = []
    if unclear:
        told.append(f"{_count(unclear, 'impediment')} of unclear aims or other priorities")
    if redefined:
        told.append(f"{_count(redefined, 'term')} changed after the baseline phase")
    return Missing(
        "direction", "Is it clear what this cycle is for, and what comes first?", " and ".join(told)
    )


def _buy_in(weeks: pd.DataFrame) -> Missing | None:
    missed, due = _missed(weeks)
    if due < FEWEST_DUE or missed / due < MUCH or _motivation(weeks):
        return None
    return Missing(
        "buy-in",
        "Does the team see what check-ins are good for?",
        f"{missed} of {_count(due, 'due check-in')} missed",
    )


def _skills(asked_about: int, key_results: int) -> Missing | None:
    if asked_about < FEWEST_NAMED or asked_about / key_results < MUCH:
        return None
    return Missing(
        "skills",
        "Would help with writing Key Results be welcome?",
        f"the wording of {asked_about} of {_count(key_results, 'Key Result')} is asked about",
    )


def _motivation(weeks: pd.DataFrame) -> Missing | None:
    ordered = weeks.sort_values("week_starts_on")
    half = len(ordered) // 2
    (missed, due), (since, later) = _missed(ordered.iloc[:half]), _missed(ordered.iloc[half:])
    if min(due, later) < FEWEST_DUE or since / later < MUCH or since / later - missed / due < FALL:
        return None
    return Missing(
        "motivation",
        "What has made it harder to go on?",
        f"{missed} of {_count(due, 'due check-in')} missed in the first"
        f" {_count(half, 'week')}, {since} of {later} since",
    )


def _means(check_ins: pd.DataFrame) -> Missing | None:
    named = _naming(check_ins, "resource")
    if named < FEWEST_NAMED:
        return None
    return Missing(
        "means",
        "Does the team have the time, people and tools for it?",
        f"{_count(named, 'impediment')} of a lack of resources",
    )


def _structure(check_ins: pd.DataFrame) -> Missing | None:
    depending = check_ins["depends_on"].notna() | (check_ins["impediment_kind"] == "dependency")
    open_ = check_ins[depending & ~check_ins["dependency_confirmed"].fillna(False).astype("bool")]
    named = len(open_.drop_duplicates(["key_result_id", "depends_on", *_IMPEDIMENT]))
    if named < FEWEST_NAMED:
        return None
    return Missing(
        "structure",
        "Are the teams that it depends on part of the plan?",
        f"{_count(named, 'time')} that the team depends on another and nobody confirmed it",
    )


def _naming(check_ins: pd.DataFrame, *kinds: str) -> int:
    """Impediments of these kinds; one that is named week after week is one."""
    named = check_ins[check_ins["impediment_kind"].isin(kinds)]
    return len(named.drop_duplicates(["key_result_id", *_IMPEDIMENT]))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _missed(weeks: pd.DataFrame) -> tuple[int, int]:
    """Check-ins that were missed, and that were due."""
    counts = weeks[["on_time", "late", "missed"]].sum()
    return int(counts["missed"]), int(counts.sum())
