"""The readings of Key Results: what was measured or stated, day by day.

What belongs here: series for charts and for changes since a day. What does not: which reading of a
day counts (``okr_model.progress.value_series``), drawing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from okr_model.progress.value_series import CHECK_IN, KEY, all_measurements, cycle_series
from published.snapshot import Snapshot

_DEFINITION = ("cycle_start", "cycle_end", "starts_on", "due_on")
_MEASURED = (
    "SELECT key_result_id, cycle_id, date, measure, value, source, record_id, settles_on"
    " FROM measurements WHERE date <= ?"
)
_NONE: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value, true for one day.

    Attributes:
        day: The day.
        value: In the Key Result's unit.
        by_person: Whether a check-in stated it.
    """

    day: dt.date
    value: float
    by_person: bool


class Readings:
    """The readings of all Key Results up to a day.

    Args:
        tables: The published tables.
        rows: Of ``key_results``, which are to have them.
        day: The last day.
    """

    def __init__(self, tables: Snapshot, rows: pd.DataFrame, day: dt.date) -> None:
        definitions = _dated(rows[[*KEY, *_DEFINITION]], _DEFINITION)
        measured = _dated(tables.frame(_MEASURED, [day]), ("date", "settles_on"))
        # A value that a check-in states is among the published measurements.
        stated = _dated(tables.table("check_ins", "false"), ("date",))
        readings = all_measurements(definitions, measured, stated)
        series = cycle_series(definitions, readings, day)
        series = series[series["value"].notna()]
        found: dict[tuple[str, str], list[Reading]] = {}
        columns = (series[name].tolist() for name in (*KEY, "date", "value", "measure"))
        for key_result, cycle, on, value, measure in zip(*columns, strict=True):
            by_person = str(measure).startswith(CHECK_IN)
            reading = Reading(on.date(), float(value), by_person)
            found.setdefault((key_result, cycle), []).append(reading)
        self._of = {key: tuple(mine) for key, mine in found.items()}

    def of(self, row: Mapping[str, Any]) -> tuple[Reading, ...]:
        """Those of a row of ``key_results``, oldest first."""
        return self._of.get((row["key_result_id"], row["cycle_id"]), _NONE)


def _dated(rows: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    dated = {name: pd.to_datetime(rows[name]).astype("datetime64[us]") for name in names}
    return rows.assign(**dated)
