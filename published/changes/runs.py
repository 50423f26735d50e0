"""Which two runs are compared: a run by its id, or the night of a day or weekday.

What belongs here: finding a run, and the Key Results as they stood when it had published. What does
not: comparing them.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pandas as pd

from okr_model.tables import KEY_RESULTS
from published.changes.versions import rows_of_run
from published.errors import UserError
from published.moment import Moment, NoSuchDayError, key_results_as_named
from published.snapshot import Snapshot

_WEEKDAYS = [name.casefold() for name in calendar.day_name]
_SHORTEST = 4  # characters of a run's id
_SHOWN = 5

# A row is in force from when its run has published it until another one has replaced it.
_ROWS_OF = """
SELECT r.* EXCLUDE (restated_by)
FROM (
    SELECT *, NULL AS restated_by FROM key_results_daily
    UNION ALL BY NAME SELECT * FROM key_results_restated
) AS r
LEFT JOIN runs AS wrote ON wrote.run_id = r.run_id
LEFT JOIN runs AS replaced ON replaced.run_id = r.restated_by
WHERE r.as_of = $day
  AND (wrote.published_at IS NULL OR wrote.published_at <= $at)
  AND (r.restated_by IS NULL OR replaced.published_at > $at)
"""


class UnknownRunError(UserError):
    """No published run is meant."""


@dataclass(frozen=True, slots=True)
class Run:
    """A published run.

    Attributes:
        run_id: Its id.
        as_of: The day that it computed.
        started_at: When it began.
        published_at: When its tables were swapped in.
        kind: ``night`` or ``rebuild``.
        version: The version of okr-sync; None of a run before it was recorded.
        code: A digest of the program; likewise.
        settings: A digest of the settings; likewise.
    """

    run_id: str
    as_of: dt.date
    started_at: pd.Timestamp
    published_at: pd.Timestamp
    kind: str = "night"
    version: str | None = None
    code: str | None = None
    settings: str | None = None


def published_runs(tables: Snapshot) -> list[Run]:
    """Every published run, in the order in which they were published."""
    rows = tables.frame("SELECT * FROM runs ORDER BY published_at, run_id")
    fields = Run.__dataclass_fields__
    return [
        Run(**{name: row[name] for name in fields if name in row and pd.notna(row[name])})
        for row in rows.to_dict("records")
    ]


def newest_run(tables: Snapshot, runs: list[Run]) -> Run:
    """The run whose tables are published."""
    # Not by the instants of runs: a clock that was ahead may have given the latest one.
    return next(run for run in runs if run.run_id == tables.last_run["run_id"])


def run_since(runs: list[Run], since: str, today: dt.date) -> Run:
    """The run that somebody means with a weekday, a day or a run's id.

    Args:
        runs: All runs, in the order in which they were published.
        since: A weekday means the last one before ``today``. A day, such as ``2026-11-20``, means
            the night that published it first, else the night of the last day before it.
        today: In the organization's zone.

    Raises:
        UnknownRunError: No run is meant.
        NoSuchDayError: The day lies before the first night, or has not come.
    """
    word = since.strip().casefold()
    if word in _WEEKDAYS:
        back = (today.weekday() - _WEEKDAYS.index(word) - 1) % 7 + 1
        return night_of(runs, today - dt.timedelta(days=back))
    try:
        day = dt.date.fromisoformat(word)
    except ValueError:
        return run_named(runs, since)
    if day > today:
        raise NoSuchDayError(f"{day}: this day has not come.")
    return night_of(runs, day)


def run_named(runs: list[Run], named: str) -> Run:
    """The run whose id is, or begins with, ``named``.

    Raises:
        UnknownRunError: None or several are; the message lists the last ones.
    """
    wanted = named.strip().casefold()
    exact = [run for run in runs if run.run_id.casefold() == wanted]
    found = exact or [
        run for run in runs if len(wanted) >= _SHORTEST and run.run_id.casefold().startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    last = ", ".join(f"{run.run_id} ({run.as_of})" for run in reversed(runs[-_SHOWN:]))
    if found:
        raise UnknownRunError(f"{len(found)} runs begin with {named!r}. The last runs are: {last}.")
    raise UnknownRunError(
        f"no run {named!r} is published. Name a weekday, a day such as 2026-11-20, or a run."
        f" The last runs are: {last}."
    )


def night_of(runs: list[Run], day: dt.date) -> Run:
    """The night that published ``day`` first, else that of the last published day before it.

    Raises:
        NoSuchDayError: No night published it or a day before it.
    """
    nights = _nights(runs)
    days = sorted({run.as_of for run in nights})
    before = [one for one in days if one <= day]
    if not before:
        raise NoSuchDayError(
            f"{day}: no night published this day, or one before it. The first is {days[0]}."
        )
    return next(run for run in nights if run.as_of == before[-1])


def key_results_of(tables: Snapshot, history: Path, run: Run, runs: list[Run]) -> pd.DataFrame:
    """The Key Results of the run's day, as they stood when it had published.

    They are those that it wrote, while its version of ``key_results`` is kept; later those that
    ``key_results_daily`` and ``key_results_restated`` have of the day.
    """
    written = _written(history, run, runs)
    if written is not None:
        return written
    rows = _in_force(tables, run)
    if rows.empty and run.kind == "night":
        # A later run of the day wrote the same rows again: each names the last run that did.
        try:
            return key_results_as_named(tables, Moment(run.as_of, as_then=True))
        except NoSuchDayError:
            return rows
    return rows


def _written(history: Path, run: Run, runs: list[Run]) -> pd.DataFrame | None:
    """The rows that a night wrote, or left as an earlier one of its day wrote them, while kept."""
    if run.kind != "night":  # it writes past days, which key_results does not have
        return None
    earlier = reversed(runs[: runs.index(run)])
    same = takewhile(lambda one: (one.kind, one.as_of) == ("night", run.as_of), earlier)
    found = rows_of_run(history, KEY_RESULTS.name, run.run_id, [one.run_id for one in same])
    if found is None:
        return None
    rows: pd.DataFrame = found.to_pandas(date_as_object=True)
    return rows if (rows["as_of"] == run.as_of).all() else None


def _in_force(tables: Snapshot, run: Run) -> pd.DataFrame:
    with tables.cursor() as cursor:
        given = {"day": run.as_of, "at": run.published_at.to_pydatetime()}
        found = cursor.sql(_ROWS_OF, params=given).to_arrow_table()
    rows: pd.DataFrame = found.to_pandas(date_as_object=True)
    return rows


def _nights(runs: list[Run]) -> list[Run]:
    return [run for run in runs if run.kind == "night"]
