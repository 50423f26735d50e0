"""How far a Key Result's value is from where it was at its last check-in.

What belongs here: the day to compare with, and the value that was current on it. What does not: the
movement of all Key Results since one day (``since``), and what explains it (``published.changes``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from published.formatting import absent
from published.key_results.readings import Reading
from published.moment import Moment
from published.snapshot import Snapshot

_APART = dt.timedelta(days=4)
"""The least time between two readings of which a change is told where nobody has checked in."""
_VALUES = (
    "SELECT v.as_of, v.key_result_id, v.current_value, v.unit FROM {table} v"
    " LEFT JOIN runs r ON r.run_id = v.run_id WHERE v.cycle_id = ? AND list_contains(?, v.as_of)"
    " AND v.value_state = 'measured' ORDER BY r.published_at NULLS FIRST"
)

Values = Mapping[tuple[str, dt.date], tuple[float, Any]]
"""The value that was published of a Key Result for a day, and its unit."""


def days_to_compare(
    said: Sequence[dt.date], series: Sequence[Reading], day: dt.date
) -> tuple[dt.date, ...]:
    """The days whose value the one of ``day`` may be compared with, the preferred first.

    That is the last check-in before ``day``, or else the last reading until then. A value that this
    check-in itself stated is compared with the check-in before it. So only a new check-in moves the
    day. Where nobody has checked in, it is the last reading some days older than the newest.

    Args:
        said: The days of check-ins, oldest first.
        series: The readings, oldest first.
        day: The day that a view is about.
    """
    if not series:
        return ()
    before = [one for one in said if one < day]
    if before and series[-1].by_person and series[-1].day == before[-1]:
        before = [one for one in before if one < series[-1].day]
    check_in = before[-1] if before else None
    until = check_in or series[-1].day - _APART
    read = next((reading.day for reading in reversed(series) if reading.day <= until), None)
    return tuple(dict.fromkeys(one for one in (check_in, read) if one is not None))


def values_on(
    tables: Snapshot, moment: Moment, cycle: str, days: Collection[dt.date]
) -> dict[tuple[str, dt.date], tuple[float, Any]]:
    """The values that were current on some days; of a moment seen then, as first published."""
    names = ["key_results_daily", *(["key_results_restated"] if moment.as_then else [])]
    found: dict[tuple[str, dt.date], tuple[float, Any]] = {}
    for name in names:  # what was restated is what was published before
        first = tables.frame(_VALUES.format(table=name), [cycle, sorted(days)])
        columns = (first[c].tolist() for c in ("as_of", "key_result_id", "current_value", "unit"))
        of_table: dict[tuple[str, dt.date], tuple[float, Any]] = {}
        for on, key, value, unit in zip(*columns, strict=True):
            of_table.setdefault((key, on), (float(value), None if absent(unit) else unit))
        found |= of_table
    return found


def movement(
    row: Mapping[str, Any],
    days: Sequence[dt.date],
    values: Values,
    series: Sequence[Reading],
) -> tuple[float | None, dt.date | None]:
    """A row's current value minus the one of an earlier day, and that day; None where unknown.

    Args:
        row: Of ``key_results``.
        days: From :func:`days_to_compare`.
        values: From :func:`values_on`.
        series: Its readings; one tells the value of its own day where none was published.
    """
    if row["value_state"] != "measured" or absent(row["current_value"]):
        return None, None
    unit = None if absent(row["unit"]) else row["unit"]
    for day in days:
        value, of_unit = values.get((row["key_result_id"], day), (None, None))
        if value is None:
            value = next((one.value for one in series if one.day == day), None)
        elif of_unit != unit:
            continue  # a value in another unit is not comparable
        if value is not None:
            return float(row["current_value"]) - value, day
    return None, None
