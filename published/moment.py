"""The day that a view is about, and whether it is told as it was published then or is known now.

What belongs here: the Key Results of any published day. What does not: what a view shows of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from published.errors import UserError
from published.former_ids import under_present_ids
from published.snapshot import Snapshot

_DAY_ROWS = "SELECT * EXCLUDE (restated_by) FROM key_results_restated WHERE as_of = ?"
_FIRST_RUN = (
    "SELECT * FROM runs WHERE run_id IN (SELECT run_id FROM key_results_daily WHERE as_of = ?"
    " UNION SELECT run_id FROM key_results_restated WHERE as_of = ?) ORDER BY published_at LIMIT 1"
)


class NoSuchDayError(UserError):
    """Nothing was published for that day.

    Attributes:
        nearest: The nearest day for which something was; None if there is none.
    """

    def __init__(self, message: str, nearest: dt.date | None = None) -> None:
        super().__init__(message)
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and from when it is seen.

    Attributes:
        day: The day; None for that of the last run.
        as_then: Whether rows are those first published for the day, not what is known of it now.
    """

    day: dt.date | None = None
    as_then: bool = False

    @property
    def latest(self) -> bool:
        """Whether it is the day of the last run as it is known now."""
        return self.day is None

    def on(self, tables: Snapshot) -> dt.date:
        """The day itself."""
        return self.day or last_day(tables)


def last_day(tables: Snapshot) -> dt.date:
    """The day that the last run published."""
    day: dt.date = tables.once(
        "last day", lambda: tables.frame("SELECT max(as_of) d FROM sources")
    )["d"].iloc[0]
    return day


def published_days(tables: Snapshot) -> list[dt.date]:
    """Every day for which there are Key Results, oldest first."""
    query = "SELECT DISTINCT as_of FROM key_results_daily ORDER BY as_of"
    days: list[dt.date] = tables.once("days", lambda: list(tables.frame(query)["as_of"]))
    return days


def restated_days(tables: Snapshot) -> frozenset[dt.date]:
    """The days of which more is known now than was published then."""
    query = "SELECT DISTINCT as_of FROM key_results_restated"
    return tables.once("restated days", lambda: frozenset(tables.frame(query)["as_of"]))


def first_published_by(tables: Snapshot, day: dt.date) -> Mapping[str, Any] | None:
    """The row of ``runs`` that first published a day; None if no run of the table did."""
    rows = tables.rows(_FIRST_RUN, [day, day])
    return rows[0] if rows else None


def ensure_published(tables: Snapshot, day: dt.date) -> None:
    """Reject a day of which nothing is known, whatever is asked of it.

    Raises:
        NoSuchDayError: Nothing was published for the day; the message names the nearest day.
    """
    if day != last_day(tables) and day not in published_days(tables):
        raise no_such_day(published_days(tables), day)


def key_results_on(tables: Snapshot, moment: Moment) -> pd.DataFrame:
    """The Key Results of a moment, a row for each of them and cycle, under the ids they have now.

    Raises:
        NoSuchDayError: Nothing was published for the day; the message names the nearest day.
    """
    if moment.day is None:
        return tables.key_results
    return under_present_ids(key_results_as_named(tables, moment), tables.key_results)


def key_results_as_named(tables: Snapshot, moment: Moment) -> pd.DataFrame:
    """The same under the ids that they had then.

    Raises:
        NoSuchDayError: As :func:`key_results_on`.
    """
    if moment.day is None:
        return tables.key_results
    rows = tables.table("key_results_daily", "as_of = ?", [moment.day])
    if rows.empty:
        raise no_such_day(published_days(tables), moment.day)
    return _first_published(tables, rows, moment.day) if moment.as_then else rows


def _first_published(tables: Snapshot, rows: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The rows of ``day`` as its own run wrote them: those replaced since, by the earliest run."""
    replaced = tables.frame(_DAY_ROWS, [day])
    if replaced.empty:
        return rows
    runs = tables.frame("SELECT run_id, published_at FROM runs").set_index("run_id")["published_at"]
    together = pd.concat([replaced, rows], ignore_index=True)
    together["_at"] = together["run_id"].map(runs)
    together = together.sort_values("_at", kind="stable", na_position="first")
    return together.drop_duplicates(["key_result_id", "cycle_id"]).drop(columns="_at")


def no_such_day(days: Sequence[dt.date], day: dt.date) -> NoSuchDayError:
    """Why nothing can be told of ``day``, which is none of the published ``days``."""
    if not days:
        return NoSuchDayError(f"{day}: no day has been published yet.")
    near = min(days, key=lambda one: abs(one - day))
    return NoSuchDayError(
        f"{day}: nothing was published for this day. The nearest published day is {near}.", near
    )
