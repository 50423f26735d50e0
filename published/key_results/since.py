"""What has changed since a day: definitions, and how far each Key Result has moved.

What belongs here: these two, for the page, its API and tools that ask. What does not: the change of
one line since its check-in (``lines``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from published.moment import Moment, NoSuchDayError, key_results_on, last_day, published_days
from published.records import records
from published.snapshot import Snapshot

_KEY = ["key_result_id", "cycle_id"]
_MOVED = ("current_value", "progress", "attainment_probability")
_CALLS = ("stated_confidence", "computed_confidence")


def base_day(tables: Snapshot, since: dt.date) -> dt.date:
    """The published day to compare with: ``since``, else the last one before it.

    Raises:
        NoSuchDayError: Nothing was published for it, or before.
    """
    days = [day for day in published_days(tables) if day <= since]
    if not days:
        raise NoSuchDayError(f"{since}: nothing was published for this day, or before it.")
    return days[-1]


def definition_changes(
    tables: Snapshot, since: dt.date, cycle: str, until: dt.date | None = None
) -> list[dict[str, Any]]:
    """The changes of definitions after a day, oldest first."""
    where = "cycle_id = ? AND changed_on > ? AND changed_on <= ?"
    order = " ORDER BY changed_on, key_result_id, number"
    until = until or last_day(tables)
    return records(tables.table("changes", where + order, [cycle, since, until]))


def movements(
    tables: Snapshot, since: dt.date, cycle: str, moment: Moment | None = None
) -> list[dict[str, Any]]:
    """How far the Key Results of a cycle are from where they were on a published day.

    Returns:
        A row each: its id, statement, unit and address, and of value, progress, chance and levels
        what they were (``…_then``), what they are, and of numbers the difference (``…_change``).
        What is not known on both days has no difference, nor has a value whose unit was another.

    Raises:
        NoSuchDayError: Nothing was published for one of the days.
    """
    now = key_results_on(tables, moment or Moment())
    then = key_results_on(tables, Moment(since))
    now, then = now[now["cycle_id"] == cycle], then[then["cycle_id"] == cycle]
    columns = [*_MOVED, *_CALLS]
    kept = [*_KEY, "statement", "team", "unit", "url", "value_url", *columns]
    rows = now[kept].merge(
        then[[*_KEY, "unit", *columns]], on=_KEY, how="left", suffixes=("", "_then"), validate="1:1"
    )
    for name in _MOVED:
        numbers = pd.to_numeric(rows[name]) - pd.to_numeric(rows[f"{name}_then"])
        rows[f"{name}_change"] = numbers
    units = rows[["unit", "unit_then"]].astype("object").fillna("")
    rows.loc[units["unit"] != units["unit_then"], "current_value_change"] = None
    return records(rows.drop(columns="unit_then"))
