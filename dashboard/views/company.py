"""The company's view: Objectives by what they contribute to, teams, roll-ups.

What belongs here: the template's values. What does not: the tree
(``published.key_results.alignment``) and the ties (``between_teams``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from dashboard.context import Context, Here
from dashboard.rendering import render
from published.formatting import absent
from published.key_results.alignment import Alignment, alignment
from published.key_results.between_teams import between_teams
from published.key_results.lines import MOST_KEPT, lines_of

router = APIRouter()

_T = TypeVar("_T")
_MOST = 40
"""Teams, Objectives at the top, and Objectives below one, on a page."""
_MANY = 150
"""Of more Key Results only the number stands at an Objective."""
_METHODS = {"mean": "weighted mean", "weakest": "the weakest"}


@router.get("/company", response_class=HTMLResponse, include_in_schema=False)
def company(
    request: Request, here: Here, page: Annotated[int, Query(ge=1, le=9999)] = 1
) -> HTMLResponse:
    """The Objectives of the cycle as a tree, and its teams; of a large company a page of them."""
    lines = lines_of(here.tables, here.site.organization, here.moment, here.cycle)
    found = here.tables.once(
        ("alignment", here.moment, here.cycle),
        lambda: alignment(here.tables, lines, here.cycle, latest=here.moment.latest),
        MOST_KEPT,
    )
    values = {
        "here": here,
        "found": found,
        "ties": between_teams(here.tables, lines, here.cycle, here.day),
        "teams": _page_of(found.teams, page),
        "roots": _page_of(found.roots, page),
        "page": page,
        "pages": max(-(-max(len(found.teams), len(found.roots)) // _MOST), 1),
        "most": _MOST,
        "brief": len(lines) > _MANY,
        "titles": {line.row["key_result_id"]: line.row["statement"] for line in lines},
        "method": _METHODS.get(str((found.company or {}).get("method")), ""),
        "twice": sum(int(row["key_results"]) for row in found.teams)
        > int((found.company or {}).get("key_results") or 0),
        "say": _say(here, found, len(lines)),
    }
    return render(request, "company.html", values)


def _page_of(rows: Sequence[_T], page: int) -> Sequence[_T]:
    return rows[(page - 1) * _MOST : page * _MOST]


def _say(here: Context, found: Alignment, lines: int) -> str:
    """The answer before the tree."""
    own, figures = here.own, here.figures
    if not lines and not found.roots:
        return f"No {own.objective} of {here.cycle} is published."
    row: Any = found.company
    if row is None:
        number = figures.counted(lines, own.key_result, own.key_results)
        return f"{number}. Roll-ups are published for the day of the last run alone."
    number = figures.counted(row["key_results"], own.key_result, own.key_results)
    text = number if row["key_results"] == 1 else f"{number}, each counted once"
    if absent(row["progress"]):
        return f"{text}, without progress."
    text += f": {figures.share(row['progress'])} done"
    if not absent(row["expected_progress"]):
        text += f" where the path expects {figures.share(row['expected_progress'])}"
    if row["without_progress"]:
        text += f", {figures.number(row['without_progress'])} without progress"
    return f"{text}."
