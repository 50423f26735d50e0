"""Cycles: their days, and how much of a cycle has elapsed.

What belongs here: calendar arithmetic on days. What does not: their phases (``governance``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle, first and last day inclusive; rejects an end before its start."""

    id: str
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"cycle {self.id} ends on {self.end}, before it starts ({self.start})")

    @property
    def days(self) -> int:
        """Its length in days."""
        return (self.end - self.start).days + 1

    def contains(self, day: date) -> bool:
        """Whether ``day`` is within the cycle."""
        return self.start <= day <= self.end

    def elapsed(self, day: date, due: date | None = None) -> float:
        """Elapsed share from the first day (0) to ``due`` or the last day (1), clamped to 0 and 1.

        ``(day − start) / (due − start)`` in days; always 1 from ``due`` on.
        """
        until = due or self.end
        if day >= until:
            return 1.0
        if day <= self.start:
            return 0.0
        return (day - self.start).days / (until - self.start).days


def cycle_of(day: date, cycles: Iterable[Cycle]) -> Cycle | None:
    """The first cycle that contains ``day``."""
    return next((cycle for cycle in cycles if cycle.contains(day)), None)


def cycles_frame(cycles: Sequence[Cycle]) -> pd.DataFrame:
    """The cycles as a frame ``cycle_id, cycle_start, cycle_end``, with days as midnights."""
    return pd.DataFrame(
        {
            "cycle_id": pd.Series([cycle.id for cycle in cycles], dtype="str"),
            "cycle_start": pd.Series([cycle.start for cycle in cycles], dtype="datetime64[us]"),
            "cycle_end": pd.Series([cycle.end for cycle in cycles], dtype="datetime64[us]"),
        }
    )


def assign_cycles(rows: pd.DataFrame, key_results: pd.DataFrame) -> pd.Series:
    """The cycle of each dated row of a Key Result; null where the Key Result is unknown.

    An id that is used in several cycles is resolved by the day: the latest cycle that had begun by
    then, or the first one for earlier days. An id used in only one cycle always means that one.

    Args:
        rows: ``key_result_id`` and ``date`` (midnights).
        key_results: ``key_result_id, cycle_id, cycle_start``.
    """
    begun = key_results[["key_result_id", "cycle_id", "cycle_start"]].sort_values("cycle_start")
    first = begun.drop_duplicates("key_result_id").set_index("key_result_id")["cycle_id"]
    if len(first) == len(begun):
        return rows["key_result_id"].astype("str").map(first).astype("str")
    dated = pd.DataFrame(
        {
            "key_result_id": rows["key_result_id"].astype("str"),
            "date": rows["date"].astype("datetime64[us]"),
            "_at": range(len(rows)),
        }
    )
    found = pd.merge_asof(
        dated.sort_values("date", kind="stable"),
        begun.astype({"key_result_id": "str"}),
        left_on="date",
        right_on="cycle_start",
        by="key_result_id",
    ).sort_values("_at")
    chosen = found["cycle_id"].set_axis(rows.index)
    earlier = rows["key_result_id"].map(first)
    return chosen.where(chosen.notna(), earlier).astype("str")
