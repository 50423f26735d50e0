"""One line a Key Result: what the team view, its JSON and the meeting show of it.

What belongs here: bringing a Key Result's row, readings and last words together. What does not:
wording of single figures (``formatting``), drawing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from published.formatting import absent
from published.moment import Moment, key_results_on, last_day
from published.organization import Organization
from published.readings import Reading, Readings
from published.records import records
from published.snapshot import Snapshot
from published.worst_first import Standing, place, standing


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote at a check-in."""

    day: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A Key Result as a line.

    Attributes:
        row: Its row of ``key_results``.
        standing: Why it stands where it does.
        readings: Of its cycle, oldest first.
        change: How its value moved since ``since``, in its unit; None where that is unknown.
        since: The day of the check-in before the last one, or of the reading before the last.
        words: The last written words of its cycle; None where there are none.
        call_is_old: Whether its team's call is older than its rhythm.
    """

    row: Mapping[str, Any]
    standing: Standing
    readings: tuple[Reading, ...]
    change: float | None
    since: dt.date | None
    words: Words | None
    call_is_old: bool

    @property
    def teams(self) -> list[str]:
        """The teams that answer for it."""
        teams = self.row.get("teams")
        if teams is None or isinstance(teams, float):
            return [] if absent(self.row["team"]) else [str(self.row["team"])]
        return [str(team) for team in teams]


def lines_of(
    tables: Snapshot, organization: Organization, moment: Moment, cycle: str
) -> list[Line]:
    """The Key Results of a cycle, worst first.

    Raises:
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    key = "lines", moment, cycle
    return tables.once(key, lambda: _lines(tables, organization, moment, cycle))


def _lines(tables: Snapshot, organization: Organization, moment: Moment, cycle: str) -> list[Line]:
    rows = key_results_on(tables, moment)
    rows = rows[rows["cycle_id"] == cycle]
    day = moment.day or last_day(tables)
    readings = Readings(tables, rows, day)
    said = tables.table("check_ins", "cycle_id = ? AND date <= ?", [cycle, day])
    by_key = dict(iter(said.groupby("key_result_id", sort=False)))
    found = []
    for row in records(rows):
        mine = by_key.get(row["key_result_id"])
        series = readings.of(row)
        since = _since(mine, series, row)
        found.append(
            Line(
                row,
                standing(row, organization.confidence),
                series,
                _change(series, since),
                since,
                _words(mine),
                _is_old(row),
            )
        )
    return sorted(found, key=lambda line: place(line.row, line.standing))


def _since(
    said: pd.DataFrame | None, series: tuple[Reading, ...], row: Mapping[str, Any]
) -> dt.date | None:
    """The day to compare with: of the last check-in before that of the latest value."""
    if not series:
        return None
    last = series[-1].day
    days = [] if said is None else sorted(day for day in set(said["date"]) if day < last)
    before = [reading.day for reading in series if reading.day < last]
    return days[-1] if days else before[-1] if before else None


def _change(series: tuple[Reading, ...], since: dt.date | None) -> float | None:
    """How far the last value is from the one that was true on ``since``."""
    if since is None:
        return None
    then = [reading.value for reading in series if reading.day <= since]
    return series[-1].value - then[-1] if then else None


def _words(said: pd.DataFrame | None) -> Words | None:
    if said is None:
        return None
    written = said[said["note"].notna()].sort_values(["date", "number"])
    if written.empty:
        return None
    last = written.iloc[-1]
    return Words(last["date"], str(last["note"]))


def _is_old(row: Mapping[str, Any]) -> bool:
    missed = row["missed_check_ins"]
    return not absent(missed) and int(missed) > 0
