"""How far a Key Result's value is from where it was at its last check-in.

What belongs here: the day to compare with, the value that was current on it, and the movement in
words. What does not: the movement of all Key Results since one day (``since``), and what explains
it (``published.changes``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from published.formatting import Formatter, absent
from published.former_ids import present_ids
from published.key_results.readings import Reading
from published.moment import Moment
from published.snapshot import Snapshot

_APART = dt.timedelta(days=4)
"""The least time over which a change is told: about half of a week's rhythm."""
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

    That is the last check-in some days before ``day`` and before the newest reading, or else the
    last reading until then: the day after a check-in, its team asks what has changed since the one
    before it. Where there is no such check-in, it is the last reading some days older than the
    newest.

    Args:
        said: The days of check-ins, oldest first.
        series: The readings, oldest first.
        day: The day that a view is about.
    """
    if not series:
        return ()
    before = [one for one in said if one <= day - _APART and one < series[-1].day]
    check_in = before[-1] if before else None
    until = check_in or series[-1].day - _APART
    read = next((reading.day for reading in reversed(series) if reading.day <= until), None)
    return tuple(dict.fromkeys(one for one in (check_in, read) if one is not None))


def values_on(
    tables: Snapshot, moment: Moment, cycle: str, days: Collection[dt.date]
) -> dict[tuple[str, dt.date], tuple[float, Any]]:
    """The values that were current on some days; of a moment seen then, as first published.

    Each is under the id that its Key Result has now.
    """
    now = present_ids(tables.key_results)
    names = ["key_results_daily", *(["key_results_restated"] if moment.as_then else [])]
    found: dict[tuple[str, dt.date], tuple[float, Any]] = {}
    for name in names:  # what was restated is what was published before
        first = tables.frame(_VALUES.format(table=name), [cycle, sorted(days)])
        columns = (first[c].tolist() for c in ("as_of", "key_result_id", "current_value", "unit"))
        of_table: dict[tuple[str, dt.date], tuple[float, Any]] = {}
        for on, key, value, unit in zip(*columns, strict=True):
            current = now.get((key, cycle), key)
            of_table.setdefault((current, on), (float(value), None if absent(unit) else unit))
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


def movement_words(row: Mapping[str, Any], change: float | None, figures: Formatter) -> str:
    """A movement in words, ``16.8 % → 16.4 %``; empty where it is unknown.

    Args:
        row: Of ``key_results``.
        change: From :func:`movement`.
        figures: Writes numbers.
    """
    if change is None:
        return ""
    if row["value_state"] != "measured":
        return figures.movement(change, row["unit"])
    now = figures.value_of(row)
    edges = row["unit"], row["target"], row["target_high"]
    then = figures.quantity(round(float(row["current_value"]) - change, 9), *edges)
    # A change that both values are too short to show is told by itself.
    return figures.movement(change, row["unit"]) if then == now else f"{then} → {now}"
