"""A Key Result's page: its series, how its figures came about, and what was said and done.

What belongs here: putting its parts together. What does not: the derivation
(``published.key_results.explained``), the chart (``charts.series``).
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboard.charts.series import LEGEND, PHONE, WIDE, Mark, Said, change_in_words, series_chart
from dashboard.context import Context, Here
from dashboard.not_here import NotHereError
from dashboard.rendering import render
from dashboard.views.lead.home import may_decide
from okr_model.explain.wording import field_in_words
from okr_model.languages.folding import same_id
from published.formatting import absent, plain
from published.key_results.explained import explained, parts_of
from published.key_results.lines import Line, line_of, lines_of
from published.moment import Moment, last_day
from published.operation.nights import sources

router = APIRouter()

_LATE = dt.timedelta(days=3)
_DERIVED = ("Closing", "Value", "Progress", "Forecast", "Confidence", "What would change it")
_CYCLES = "SELECT DISTINCT key_result_id, cycle_id, cycle_start FROM key_results ORDER BY 3 DESC"
_IN_CHART = ("target", "baseline", "unit", "target_high")


# The longer address first: an id may hold a slash.
@router.get("/key-results/{key:path}/records", response_class=HTMLResponse, include_in_schema=False)
def records_page(request: Request, here: Here, key: str) -> HTMLResponse:
    """The records from which the value was computed, which are read from the lake."""
    line = _line(here, key)
    found = here.site.value_sources(line.row)
    values = {
        "here": here,
        "line": line,
        "row": line.row,
        "found": found,
        "value_place": field_in_words(_source_of(line.row), plain(line.row["value_source"])),
        "read_at": _read_at(here, line.row),
    }
    return render(request, "records.html", values)


@router.get("/key-results/{key:path}", response_class=HTMLResponse, include_in_schema=False)
def key_result(request: Request, here: Here, key: str) -> HTMLResponse:
    """The page of one Key Result in the cycle and on the day of the address."""
    lines = lines_of(here.tables, here.site.organization, here.moment, here.cycle)
    line = _line(here, key)
    row = line.row
    said, changes = _check_ins(here, row), _changes(here, row)
    marks = [
        Mark(one["changed_on"], change_in_words(one, here.figures))
        for one in changes
        if _is_drawn(one, row)
    ]
    dots = [Said(one["date"], one["late"]) for one in said]
    values = {
        "here": here,
        "line": line,
        "row": row,
        "wide": series_chart(row, line.readings, dots, marks, WIDE, here.figures),
        "slim": series_chart(row, line.readings, dots, [], PHONE, here.figures),
        "legend": LEGEND,
        "sections": _sections(here, row),
        "derived": _DERIVED,
        "said": said,
        "changes": changes,
        "work": _work(here, row) if here.moment.latest else [],
        "findings": _findings(here, row) if here.moment.latest else [],
        "can_decide": may_decide(request),
        "once": secrets.token_hex(16),
        "beside": _neighbours(lines, line),
        "now": _now(here, key),
        "last_day": last_day(here.tables),
    }
    return render(request, "key_result.html", values)


def _sections(here: Context, row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The explanation's lines by their titles."""
    which = "explained", row["key_result_id"], row["cycle_id"], here.moment

    def make() -> dict[str, tuple[str, ...]]:
        parts = parts_of(here.tables, row["key_result_id"])
        told = explained(row, parts, here.site.organization, here.moment.day)
        return {one.title: one.lines for one in told.sections}

    return here.tables.once(which, make)


def _line(here: Context, key: str) -> Line:
    found = line_of(here.tables, here.site.organization, here.moment, here.cycle, key)
    if found is None:
        raise _not_here(here, key)
    return found


def _now(here: Context, key: str) -> Line | None:
    """The Key Result of the last run, to compare one of a past day with."""
    if here.moment.latest:
        return None
    return line_of(here.tables, here.site.organization, Moment(), here.cycle, key)


def _read_at(here: Context, row: Mapping[str, Any]) -> dt.datetime | None:
    """When the source of a value was last read to its end; None if that is not known."""
    name = _source_of(row)
    read = (one["last_complete_at"] for one in sources(here.tables) if one["source"] == name)
    found: dt.datetime | None = next(read, None)
    return found


def _source_of(row: Mapping[str, Any]) -> str | None:
    """The source of a row's value, the first word of the column that says it whole."""
    told = row["value_source"]
    return None if absent(told) else str(told).partition(",")[0].partition(" ")[0]


def _not_here(here: Context, key: str) -> NotHereError:
    """Where a Key Result stands that is not of the cycle and day of the address."""
    known = here.tables.once("cycles of key results", lambda: here.tables.frame(_CYCLES))
    rows = known[known["key_result_id"].map(same_id) == same_id(key)]
    if rows.empty:
        words = f"No {here.own.key_result} is called {key[:80]}."
        return NotHereError(words, [("Search for it", f"/find?{urlencode({'q': key[:80]})}")])
    found = [(str(one), str(cycle)) for one, cycle, _ in rows.itertuples(index=False, name=None)]
    of_cycle = here.cycle in {cycle for _, cycle in found}
    day = here.figures.day(here.day)
    words = (
        f"{found[0][0]} was not published for {day}."
        if of_cycle
        else (f"{found[0][0]} is none of {here.cycle}.")
    )
    path = f"/key-results/{quote(found[0][0])}?"
    links = [(f"{one} in {cycle}", path + urlencode({"cycle": cycle})) for one, cycle in found]
    return NotHereError(words, links)


def _check_ins(here: Context, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of the cycle up to the day, latest first, and whether each was entered late."""
    query = (
        "SELECT date, confidence, note, seen_at, (SELECT min(published_at) FROM runs) AS began"
        " FROM check_ins WHERE key_result_id = ? AND cycle_id = ? AND date <= ?"
        " ORDER BY date DESC, number DESC"
    )
    found = here.tables.rows(query, [row["key_result_id"], row["cycle_id"], here.day])
    for one in found:
        # What the very first run read had stood there for unknown long.
        known = one["seen_at"] is not None and one["seen_at"] > one["began"]
        zone = here.site.organization.zone
        one["late"] = known and one["seen_at"].astimezone(zone).date() - one["date"] > _LATE
    return found


def _changes(here: Context, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The changes of its definition up to the day, latest first."""
    query = (
        "SELECT * FROM changes WHERE key_result_id = ? AND cycle_id = ? AND changed_on <= ?"
        " ORDER BY number DESC"
    )
    return here.tables.rows(query, [row["key_result_id"], row["cycle_id"], here.day])


def _work(here: Context, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The initiatives that serve it, then the claims that do not count."""
    query = (
        "SELECT l.*, i.title, i.status, i.status_category, i.open_issues, i.done_issues,"
        " i.last_activity_on"
        " FROM links l LEFT JOIN initiatives i USING (initiative_id) WHERE l.key_result_id = ?"
        " ORDER BY list_position(['active', 'overruled', 'broken', 'rejected'], l.state),"
        " l.initiative"
    )
    return here.tables.rows(query, [row["key_result_id"]])


def _findings(here: Context, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    query = (
        "SELECT * FROM findings WHERE subject_type = 'key result' AND subject_id = ?"
        " ORDER BY severity, sentence"
    )
    found = here.standing(here.tables.rows(query, [row["key_result_id"]]))
    return sorted(found, key=lambda one: one["acknowledgement"] is not None)


def _is_drawn(change: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return change["field"] in _IN_CHART and change["changed_on"] >= row["cycle_start"]


def _neighbours(lines: list[Line], line: Line) -> tuple[str | None, str | None]:
    """The ids of the Key Results before and after it in the order of the team view."""
    ids = [one.row["key_result_id"] for one in lines]
    at = ids.index(line.row["key_result_id"])
    before = ids[at - 1] if at else None
    return before, ids[at + 1] if at + 1 < len(ids) else None
