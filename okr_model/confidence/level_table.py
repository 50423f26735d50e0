"""The table by which the computed level follows from the chance and the evidence.

What belongs here: the cases in their order, in words and as conditions. What does not: the facts
they look at (``levels``), and thresholds (``thresholds``). ``docs/confidence.md`` has the same
table, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from okr_model.confidence.thresholds import SignalThresholds

_USUAL = SignalThresholds()


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table.

    Attributes:
        words: When it applies, if none above it does.
        level: The level then; None: no level.
        facts: The facts that must be so; see :func:`level_by_table`.
    """

    words: str
    level: str | None
    facts: Mapping[str, bool]


LEVEL_TABLE = (
    Case(
        "the cycle has not begun, or a declared start has not and nothing is read",
        None,
        {"begun": False},
    ),
    Case(
        "there is a value, but no target or kind to judge it by",
        None,
        {"valued": True, "judged": False},
    ),
    Case("no value in the cycle: missing data is never green", "low", {"valued": False}),
    Case(
        "from the due day on, the last value up to that day meets the target",
        "high",
        {"settled": True, "met": True},
    ),
    Case("from the due day on, it does not, whatever a later value says", "low", {"settled": True}),
    Case(
        f"probability at least `likely` ({_USUAL.likely:g}), not behind its pace, and no weighing"
        " signal",
        "high",
        {"likely": True, "behind": False, "held": False},
    ),
    Case(
        f"probability below `unlikely` ({_USUAL.unlikely:g}), neither on nor ahead of its pace",
        "low",
        {"unlikely": True, "on or ahead": False},
    ),
    Case(
        "not enough evidence for a probability, behind its pace",
        "low",
        {"evident": False, "behind": True},
    ),
    Case("everything else", "medium", {}),
)


def level_by_table(facts: pd.DataFrame) -> pd.Series:
    """The level of each row: that of the first case whose facts are so.

    Args:
        facts: Booleans: ``begun`` (the cycle has and, where nothing is read, a declared start),
            ``valued`` (there is a value), ``judged`` (there is something to judge it by),
            ``settled`` (the due day has come, and there is an outcome), ``met``, ``evident`` (there
            is a probability), ``likely, unlikely`` (it is beyond the threshold), ``behind, on or
            ahead`` (the pace; neither if it is unknown), and ``held`` (a signal that weighs fires).

    Returns:
        ``high``, ``medium``, ``low`` or null, with the index of ``facts``.
    """
    applies = [
        (facts[[*case.facts]] == pd.Series(case.facts, dtype="bool")).all(axis="columns")
        for case in LEVEL_TABLE
    ]
    level = np.select(applies, [case.level or "" for case in LEVEL_TABLE], "")
    found = pd.Series(level, index=facts.index)
    return found.where(found != "").astype("str")
