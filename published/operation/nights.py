"""Runs: the last one, its sources, and the nights up to a day.

What belongs here: these figures. What does not: their words on a page.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from published.formatting import absent
from published.snapshot import Snapshot

NIGHTS = 14
_NIGHTS = "SELECT * FROM runs WHERE kind IS NULL OR kind = 'night' ORDER BY published_at"
_OF_SOURCES = ("requests", "retries", "rows", "changed", "deleted")


@dataclass(frozen=True, slots=True)
class Night:
    """One night.

    Attributes:
        day: The day it published.
        state: Whether it read every source; ``none``: nothing was published for the day;
            ``before``: nor for any day before it.
        run: Its last run; None where there is none.
    """

    day: dt.date
    state: Literal["complete", "sources missing", "none", "before"]
    run: Mapping[str, Any] | None


def seconds_of(run: Mapping[str, Any]) -> float | None:
    """How long a run took until its tables were swapped in."""
    if absent(run.get("started_at")) or absent(run.get("published_at")):
        return None
    return float((run["published_at"] - run["started_at"]).total_seconds())


def seconds_of_steps(run: Mapping[str, Any]) -> dict[str, float] | None:
    """The seconds of each step before publishing, ``pull`` that of reading; None if unknown."""
    if absent(run.get("steps")):
        return None
    steps = json.loads(run["steps"])
    return {name: float(told["seconds"]) for name, told in steps.items() if "seconds" in told}


def sources(tables: Snapshot) -> list[dict[str, Any]]:
    """The sources as the last run left them, by name."""
    query = "SELECT * FROM sources ORDER BY source"
    return tables.once("sources", lambda: tables.rows(query))


def sums_of(rows: list[dict[str, Any]]) -> dict[str, int | None]:
    """Requests, repeats and records of all sources together; None if no source says."""
    found: dict[str, int | None] = {}
    for name in _OF_SOURCES:
        known = [int(row[name]) for row in rows if not absent(row[name])]
        found[name] = sum(known) if known else None
    return found


def published_before(tables: Snapshot) -> dt.datetime | None:
    """When the night before the last one was published; None if that is the first."""
    runs = tables.once("nights", lambda: tables.rows(_NIGHTS))
    return runs[-2]["published_at"] if len(runs) > 1 else None


def read_tonight(
    source: Mapping[str, Any], run: Mapping[str, Any], before: dt.datetime | None
) -> bool:
    """Whether a source's figures are of the last run, not of an earlier one.

    Args:
        source: Its row.
        run: The last run's row.
        before: When the night before was published. Dagster's daemon reads in one run and publishes
            in the next, so a reading may be older than the run that published it.
    """
    attempt, began = source["last_attempt_at"], run.get("started_at")
    if absent(attempt) or absent(began):
        return False
    return bool(attempt >= began or absent(before) or attempt > before)


def nights(tables: Snapshot, last: dt.date, number: int = NIGHTS) -> list[Night]:
    """The nights up to ``last``, oldest first; rebuilds of past days are none."""
    runs = tables.once("nights", lambda: tables.rows(_NIGHTS))
    by_day = {run["as_of"]: run for run in runs}
    first = min(by_day, default=last)
    longest = min(number - 1, (last - dt.date.min).days)  # an address may name any day
    return [
        _night(last - dt.timedelta(days=back), by_day, first) for back in range(longest, -1, -1)
    ]


def _night(day: dt.date, runs: Mapping[dt.date, Mapping[str, Any]], first: dt.date) -> Night:
    run = runs.get(day)
    if run is None:
        return Night(day, "before" if day < first else "none", None)
    return Night(day, "complete" if run["outcome"] == "complete" else "sources missing", run)
