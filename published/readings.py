"""The readings of Key Results: what was measured or stated, day by day.

What belongs here: series for charts and for changes since a day. What does not: which reading of a
day counts (``okr_model.progress.value_series``), drawing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from okr_model.progress.value_series import CHECK_IN, KEY, all_measurements, cycle_series
from published.snapshot import Snapshot

_DEFINITION = ("cycle_start", "cycle_end", "starts_on", "due_on")
_NONE: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value, true for one day.

    Attributes:
        day: The day.
        value: In the Key Result's unit.
        by_person: Whether a check-in stated it.
        url: Opens its record; None where it has none.
    """

    day: dt.date
    value: float
    by_person: bool
    url: str | None


class Readings:
    """The readings of all Key Results up to a day.

    Args:
        tables: The published tables.
        rows: Of ``key_results``, which are to have them.
        day: The last day.
    """

    def __init__(self, tables: Snapshot, rows: pd.DataFrame, day: dt.date) -> None:
        definitions = rows.assign(
            **{name: pd.to_datetime(rows[name]).astype("datetime64[us]") for name in _DEFINITION}
        )
        measured = _dated(tables.table("measurements", "date <= ?", [day]))
        stated = _dated(tables.table("check_ins", "date <= ?", [day]))
        readings = all_measurements(definitions, measured, stated.iloc[:0])
        series = cycle_series(definitions, readings, day)
        series = series[series["value"].notna()]
        self._of = {key: _readings(group) for key, group in series.groupby(KEY, sort=False)}

    def of(self, row: Mapping[str, Any]) -> tuple[Reading, ...]:
        """Those of a row of ``key_results``, oldest first."""
        return self._of.get((row["key_result_id"], row["cycle_id"]), _NONE)


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    days = [name for name in ("date", "settles_on") if name in rows]
    return rows.assign(
        **{name: pd.to_datetime(rows[name]).astype("datetime64[us]") for name in days}
    )


def _readings(group: pd.DataFrame) -> tuple[Reading, ...]:
    return tuple(
        Reading(
            pd.Timestamp(day).date(),
            float(value),
            str(measure).startswith(CHECK_IN),
            url if isinstance(url, str) else None,
        )
        for day, value, measure, url in zip(
            group["date"], group["value"], group["measure"], group["url"], strict=True
        )
    )
