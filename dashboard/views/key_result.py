"""A Key Result's page: its series, how its figures came about, and what was said and done.

What belongs here: putting its parts together. What does not: the derivation
(``published.explained``), the chart (``charts.series``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from dashboard.charts.series import PHONE, WIDE, Mark, Said, change_in_words, series_chart
from dashboard.context import Context, Here
from dashboard.rendering import render
from okr_model.languages.folding import same_id
from published.explained import explained, parts_of
from published.formatting import absent
from published.lines import Line, lines_of
from published.records import records

router = APIRouter()

_LATE = dt.timedelta(days=3)
_DERIVED = ("Value", "Progress", "Forecast", "Confidence", "What would change it")
_IN_CHART = ("target", "baseline", "unit", "target_high")


@router.get("/key-results/{key}", response_class=HTMLResponse, include_in_schema=False)
def key_result(request: Request, here: Here, key: str) -> HTMLResponse:
    """The page of one Key Result in the cycle and on the day of the address."""
    lines = lines_of(here.tables, here.site.organization, here.moment, here.cycle)
    line = _find(lines, key)
    row = line.row
    parts = parts_of(here.tables, row["key_result_id"])
    told = explained(row, parts, here.site.organization, here.moment.day)
    said = _check_ins(here, parts["check_ins"], row)
    changes = _changes(here, row)
    marks = [
        Mark(one["changed_on"], change_in_words(one)) for one in changes if _is_drawn(one, row)
    ]
    dots = [Said(one["date"], one["late"]) for one in said]
    values = {
        "here": here,
        "line": line,
        "row": row,
        "wide": series_chart(row, line.readings, dots, marks, WIDE),
        "slim": series_chart(row, line.readings, dots, [], PHONE),
        "sections": {one.title: one.lines for one in told.sections},
        "derived": _DERIVED,
        "said": said,
        "changes": changes,
        "work": _work(parts["links"]) if here.moment.latest else [],
        "findings": records(parts["findings"]) if here.moment.latest else [],
        "beside": _neighbours(lines, line),
    }
    return render(request, "key_result.html", values)


@router.get("/key-results/{key}/records", response_class=HTMLResponse, include_in_schema=False)
def records_page(request: Request, here: Here, key: str) -> HTMLResponse:
    """The records from which the value was computed, which are read from the lake."""
    line = _find(lines_of(here.tables, here.site.organization, here.moment, here.cycle), key)
    found = here.site.value_sources(line.row)
    values = {"here": here, "line": line, "row": line.row, "found": found}
    return render(request, "records.html", values)


def _find(lines: list[Line], key: str) -> Line:
    wanted = same_id(key)
    found = [line for line in lines if same_id(line.row["key_result_id"]) == wanted]
    if not found:
        raise HTTPException(404)
    return found[0]


def _check_ins(here: Context, said: pd.DataFrame, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of the cycle up to the day, latest first, and whether each was entered late."""
    mine = said[(said["cycle_id"] == row["cycle_id"]) & (said["date"] <= here.day)]
    began = here.tables.frame("SELECT min(published_at) AS at FROM runs")["at"].iloc[0]
    zone = here.site.organization.zone
    found = []
    for one in records(mine.sort_values(["date", "number"], ascending=False)):
        seen = one["seen_at"]
        # What the very first run read had stood there for unknown long.
        known = not absent(seen) and not absent(began) and seen > began
        late = known and seen.astimezone(zone).date() - one["date"] > _LATE
        found.append(one | {"late": late})
    return found


def _changes(here: Context, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The changes of its definition up to the day, latest first."""
    query = "key_result_id = ? AND cycle_id = ? AND changed_on <= ?"
    given = [row["key_result_id"], row["cycle_id"], here.day]
    rows = here.tables.table("changes", query, given)
    return records(rows.sort_values("number", ascending=False))


def _is_drawn(change: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return change["field"] in _IN_CHART and change["changed_on"] >= row["cycle_start"]


def _work(links: pd.DataFrame) -> list[dict[str, Any]]:
    """The initiatives that serve it, then the claims that do not count."""
    ranks = {"active": 0, "overruled": 1, "broken": 2, "rejected": 3}
    order = links["state"].map(ranks)
    return records(links.assign(_rank=order).sort_values(["_rank", "initiative"]))


def _neighbours(lines: list[Line], line: Line) -> tuple[str | None, str | None]:
    """The ids of the Key Results before and after it in the order of the team view."""
    ids = [one.row["key_result_id"] for one in lines]
    at = ids.index(line.row["key_result_id"])
    before = ids[at - 1] if at else None
    return before, ids[at + 1] if at + 1 < len(ids) else None
