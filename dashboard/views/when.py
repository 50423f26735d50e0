"""Which day and which cycle to look at, and back to the view that asked.

What belongs here: the months of published days, as known now or as published then. What does not:
reading the choice from an address (``context``).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.context import Context, Here
from dashboard.rendering import render
from published.moment import first_published_by, last_day, published_days, restated_days
from published.selection import current_cycle

router = APIRouter()

# A path of this page: what a browser would take for another site's address, and what it strips
# from an address, is none.
_OF_THIS_PAGE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_HOME = "/team"


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks of days, None before its first and after its last."""

    first: dt.date
    weeks: list[list[dt.date | None]]


@router.get("/when", response_class=HTMLResponse, include_in_schema=False)
def when(
    request: Request,
    here: Here,
    back: str = _HOME,
    year: Annotated[int | None, Query(ge=1, le=9999)] = None,
) -> HTMLResponse:
    """Published days and cycles to choose from."""
    days = published_days(here.tables)
    years = sorted({day.year for day in days})
    chosen = year or here.day.year
    if year is not None and year not in years:
        raise HTTPException(404, f"Nothing was published for a day of {year}.")
    back = quote(back, safe="/")
    to = back if _OF_THIS_PAGE.fullmatch(back) else _HOME
    values = {
        "here": here,
        "to": to,
        "year": chosen,
        "years": years,
        "months": _months([day for day in days if day.year == chosen]),
        "days": set(days),
        "restated": restated_days(here.tables),
        "last": last_day(here.tables),
        "first_by": first_published_by(here.tables, here.day),
        "before": lambda day: max((one for one in days if one < day), default=None),
        "cycles": sorted(
            here.site.organization.cycles, key=lambda cycle: cycle.start, reverse=True
        ),
        "on_day": lambda day: _on_day(here, to, day),
        "in_cycle": lambda cycle: _in_cycle(here, to, cycle),
    }
    return render(request, "when.html", values)


def _on_day(here: Context, to: str, day: dt.date) -> str:
    """The address of the view on ``day``; the last one is the view's own day."""
    if day == last_day(here.tables) and not here.moment.as_then:
        return here.link(to, as_of=None, known=None)
    return here.link(to, as_of=day.isoformat(), known="then" if here.moment.as_then else None)


def _in_cycle(here: Context, to: str, cycle: str) -> str:
    own = current_cycle(here.site.organization.cycles, here.day)
    return here.link(to, cycle=None if cycle == own else cycle)


def _months(days: list[dt.date]) -> list[Month]:
    """The months in which something was published, newest first."""
    firsts = sorted({day.replace(day=1) for day in days}, reverse=True)
    weeks = calendar.Calendar()
    return [
        Month(
            first,
            [
                [day if day.month == first.month else None for day in week]
                for week in weeks.monthdatescalendar(first.year, first.month)
            ],
        )
        for first in firsts
    ]
