"""Finding anything by key or words.

What belongs here: where each kind of thing is looked at. What does not: the search
(``published.search``).
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard.context import Context, Here
from dashboard.rendering import render
from published.search import MOST, Hit, find
from published.selection import current_cycle

router = APIRouter()

_TABLES = {
    "Key Result": "key_results",
    "Objective": "objectives",
    "initiative": "initiatives",
    "finding": "findings",
}

_SERVES = "SELECT 1 FROM links WHERE initiative_id = ? LIMIT 1"


@router.get("/find", response_class=HTMLResponse, include_in_schema=False)
def found(request: Request, here: Here, q: str = "") -> Response:
    """What has the words; the one thing whose key was typed is opened at once."""
    told = find(here.tables, q)
    if told.exact:
        return RedirectResponse(_address(here, told.exact), 303)
    values = {
        "here": here,
        "q": q[:200],
        "found": told,
        "most": MOST,
        "address_of": lambda hit: _address(here, hit),
        "all_of": lambda kind: _all_of(kind, q),
    }
    return render(request, "find.html", values)


def _address(here: Context, hit: Hit) -> str:
    """Where a thing is looked at."""
    name = quote(hit.id, safe="")
    own = current_cycle(here.site.organization.cycles, here.day)
    cycle = None if hit.cycle == own else hit.cycle
    if hit.kind == "Key Result":
        return here.link(f"/key-results/{name}", cycle=cycle)
    if hit.kind == "team":
        return here.link(f"/team/{name}")
    if hit.kind == "Objective":
        return f"{here.link('/company', cycle=cycle)}#{name}"
    if hit.kind == "initiative" and here.tables.rows(_SERVES, [hit.id]):
        return f"/tables/links?{urlencode({'initiative_id': hit.id})}"  # what it serves, and why
    table = _TABLES[hit.kind]
    return f"/tables/{table}?{urlencode({table.removesuffix('s') + '_id': hit.id})}"


def _all_of(kind: str, words: str) -> str | None:
    """The table in which the rest of a kind is found."""
    return f"/tables/{_TABLES[kind]}?{urlencode({'q': words[:200]})}" if kind in _TABLES else None
