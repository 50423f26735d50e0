"""The meeting: a team's check-in, Key Result by Key Result, on a screen or on two sheets of paper.

What belongs here: what the four steps show. What does not: the lines
(``published.key_results.lines``). What is said in the meeting is written where check-ins are kept;
the page stores none of it.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from dashboard.charts.series import MEETING, PHONE, Size, series_chart
from dashboard.context import Context, Here
from dashboard.rendering import render
from published.key_results.lines import Line, lines_of

router = APIRouter()


@router.get("/meeting/{team:path}", response_class=HTMLResponse, include_in_schema=False)
def meeting(request: Request, here: Here, team: str) -> HTMLResponse:
    """All Key Results of a team, worst first, each with its four steps."""
    lines = lines_of(here.tables, here.site.organization, here.moment, here.cycle)
    own = [line for line in lines if team in line.teams]
    if not own:
        raise HTTPException(404)
    work, waiting = _work(here, own), _suggestions(here, own)

    def charts(size: Size) -> list[Markup]:
        return [series_chart(one.row, one.readings, [], [], size, here.figures) for one in own]

    values = {
        "here": here,
        "team": team,
        "lines": own,
        "wide": charts(MEETING),
        "slim": charts(PHONE),
        "work": work,
        "waiting": waiting,
    }
    return render(request, "meeting.html", values)


def _work(here: Context, lines: list[Line]) -> dict[str, list[dict[str, Any]]]:
    """The initiatives that serve each Key Result."""
    query = (
        "SELECT l.key_result_id, i.initiative, i.title, i.open_issues, i.done_issues, i.status"
        " FROM links l JOIN initiatives i USING (initiative_id)"
        " WHERE l.state = 'active' AND list_contains(?, l.key_result_id) ORDER BY i.initiative"
    )
    return _by_key(here, query, lines)


def _suggestions(here: Context, lines: list[Line]) -> dict[str, list[dict[str, Any]]]:
    """The suggestions that wait for a decision on each Key Result, the likeliest first."""
    query = (
        "SELECT key_result_id, any_value(initiative) AS initiative, max(chance) AS chance"
        " FROM suggestions WHERE list_contains(?, key_result_id)"
        " GROUP BY key_result_id, initiative_id ORDER BY chance DESC, initiative"
    )
    return _by_key(here, query, lines)


def _by_key(here: Context, query: str, lines: list[Line]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    keys = [line.row["key_result_id"] for line in lines]
    for one in here.tables.rows(query, [keys]):
        found.setdefault(one["key_result_id"], []).append(one)
    return found
