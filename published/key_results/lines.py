"""One line a Key Result: what the team view, its JSON and the meeting show of it.

What belongs here: bringing a Key Result's row, readings and last words together. What does not:
wording of single figures (``formatting``), drawing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from okr_model.languages.folding import same_id
from published.formatting import absent
from published.former_ids import present_ids
from published.key_results.movement import days_to_compare, movement, values_on
from published.key_results.readings import Reading, Readings
from published.key_results.worst_first import Standing, Wording, place, standing
from published.moment import Moment, key_results_on, last_day
from published.organization import Organization
from published.records import slim_records
from published.snapshot import Snapshot

MOST_KEPT = 4
"""Moments of which the lines are kept; of two thousand Key Results, they fill ten megabytes."""


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
        standing: Why it stands where it does; in English, as for programs.
        teams: The teams that answer for it.
        readings: Of its cycle, oldest first.
        change: Its current value minus the one of ``since``, in its unit; None where either is
            unknown.
        since: The day with which its value is compared; see ``movement``.
        words: The last written words of its cycle; None where there are none.
        call_is_old: Whether its team's call is older than its rhythm.
    """

    row: Mapping[str, Any]
    standing: Standing
    teams: tuple[str, ...]
    readings: tuple[Reading, ...]
    change: float | None
    since: dt.date | None
    words: Words | None
    call_is_old: bool


def lines_of(
    tables: Snapshot, organization: Organization, moment: Moment, cycle: str
) -> list[Line]:
    """The Key Results of a cycle, worst first.

    Raises:
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    key = "lines", moment, cycle
    return tables.once(key, lambda: _lines(tables, organization, moment, cycle), MOST_KEPT)


def line_of(
    tables: Snapshot, organization: Organization, moment: Moment, cycle: str, key: str
) -> Line | None:
    """One Key Result of a cycle by an id that it has or had, however written; None without one."""

    def make() -> dict[str, Line]:
        lines = reversed(lines_of(tables, organization, moment, cycle))  # the first of one id stays
        found = {same_id(line.row["key_result_id"]): line for line in lines}
        former = present_ids(tables.key_results).items()
        now = {same_id(old): same_id(new) for (old, of), new in former if of == cycle}
        return {old: found[new] for old, new in now.items() if new in found} | found

    return tables.once(("lines by id", moment, cycle), make, MOST_KEPT).get(same_id(key))


def _lines(tables: Snapshot, organization: Organization, moment: Moment, cycle: str) -> list[Line]:
    rows = key_results_on(tables, moment)
    rows = rows[rows["cycle_id"] == cycle]
    day = moment.day or last_day(tables)
    readings = Readings(tables, rows, day)
    said = _said(tables, cycle, day)
    slim = slim_records(rows)
    days = {
        row["key_result_id"]: days_to_compare(
            said.get(row["key_result_id"], _NOTHING_SAID)[0], readings.of(row), day
        )
        for row in slim
    }
    then = values_on(tables, moment, cycle, {one for mine in days.values() for one in mine})
    found = []
    wording = Wording(organization.confidence)
    for row in slim:
        key, series = row["key_result_id"], readings.of(row)
        change, since = movement(row, days[key], then, series)
        found.append(
            Line(
                row,
                standing(row, wording),
                tuple(_teams(row)),
                series,
                change,
                since,
                said.get(key, _NOTHING_SAID)[1],
                not absent(row["missed_check_ins"]) and int(row["missed_check_ins"]) > 0,
            )
        )
    return sorted(found, key=lambda line: place(line.row, line.standing))


_NOTHING_SAID: tuple[list[dt.date], Words | None] = [], None


def _said(
    tables: Snapshot, cycle: str, day: dt.date
) -> dict[str, tuple[list[dt.date], Words | None]]:
    """The days of each Key Result's check-ins, oldest first, and its last written words."""
    query = (
        "SELECT key_result_id, date, note FROM check_ins"
        " WHERE cycle_id = ? AND date <= ? ORDER BY date, number"
    )
    found: dict[str, tuple[list[dt.date], Words | None]] = {}
    rows = tables.frame(query, [cycle, day])
    columns = (rows[name].tolist() for name in ("key_result_id", "date", "note"))
    for key, on, note in zip(*columns, strict=True):
        days, words = found.get(key, ([], None))
        days.append(on)
        found[key] = days, words if absent(note) else Words(on, str(note))
    return found


def _teams(row: Mapping[str, Any]) -> list[str]:
    teams = row.get("teams")
    if teams is None or absent(teams):
        return [] if absent(row["team"]) else [str(row["team"])]
    return [str(team) for team in teams]  # an array, which is neither true nor false
