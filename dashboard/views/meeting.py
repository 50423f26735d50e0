"""The meeting: a team's check-in, Key Result by Key Result, on a screen or on two sheets of paper.

What belongs here: what the four steps show, and the calendar of all meetings. What does not: the
agenda and the calendar's days (``published.rituals``). What is said in the meeting is written where
check-ins are kept; the page stores none of it.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from dashboard.charts.series import MEETING, PHONE, Size, series_chart
from dashboard.context import Context, Here
from dashboard.rendering import render
from published.key_results.lines import Line
from published.rituals.agenda import NoSuchTeamError, agenda_of
from published.rituals.agenda_text import progress_words, redefinition_words
from published.rituals.calendar import calendar_text, entries_of

router = APIRouter()


@router.get("/meeting/{team:path}", response_class=HTMLResponse, include_in_schema=False)
def meeting(request: Request, here: Here, team: str) -> HTMLResponse:
    """All Key Results of a team in the order of its agenda, each with its four steps."""
    try:
        agenda, own = agenda_of(here.tables, here.site.organization, here.moment, here.cycle, team)
    except NoSuchTeamError:
        raise HTTPException(404) from None
    waiting = _suggestions(here, own)

    def charts(size: Size) -> list[Markup]:
        return [series_chart(one.row, one.readings, [], [], size, here.figures) for one in own]

    values = {
        "here": here,
        "team": agenda.team,
        "lines": own,
        "items": agenda.items,
        "closed_on": agenda.closed_on,
        "ended_on": agenda.ended_on,
        "progress_words": progress_words,
        "redefinition_words": redefinition_words,
        "wide": charts(MEETING),
        "slim": charts(PHONE),
        "waiting": waiting,
    }
    return render(request, "meeting.html", values)


@router.get("/calendar.ics", include_in_schema=False)
def calendar(here: Here) -> Response:
    """The phases of all cycles and the check-ins of all teams."""
    return _calendar(here)


@router.get("/calendar/{team:path}.ics", include_in_schema=False)
def calendar_of_team(here: Here, team: str) -> Response:
    """The phases of a team's cycles and its check-ins."""
    try:
        return _calendar(here, team)
    except NoSuchTeamError:
        raise HTTPException(404) from None


def _calendar(here: Context, team: str | None = None) -> Response:
    entries = entries_of(here.tables, here.site.organization, team)
    text = calendar_text(entries, here.tables, here.site.organization.name)
    return Response(text, media_type="text/calendar")


def _suggestions(here: Context, lines: list[Line]) -> dict[str, list[dict[str, Any]]]:
    """The suggestions that wait for a decision on each Key Result, the likeliest first."""
    query = (
        "SELECT key_result_id, any_value(initiative) AS initiative, max(chance) AS chance"
        " FROM suggestions WHERE list_contains(?, key_result_id)"
        " GROUP BY key_result_id, initiative_id ORDER BY chance DESC, initiative"
    )
    found: dict[str, list[dict[str, Any]]] = {}
    keys = [line.row["key_result_id"] for line in lines]
    for one in here.tables.rows(query, [keys]):
        found.setdefault(one["key_result_id"], []).append(one)
    return found
