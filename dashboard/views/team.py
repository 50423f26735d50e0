"""The team's view: each Objective, its Key Results a line each, worst first.

What belongs here: grouping lines by Objective. What does not: the lines
(``published.key_results.lines``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import floor
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard.context import Context, Here
from dashboard.not_here import NotHereError
from dashboard.rendering import render
from okr_model.finding_rules import Rule
from okr_model.progress.end_state import end_state, has_ended
from published.formatting import absent
from published.key_results.lines import Line, lines_of
from published.key_results.new_work import NewWork, new_of_team
from published.moment import Moment

router = APIRouter()

Page = Annotated[int, Query(ge=1, description="Which page of the lines.")]
Chosen = Annotated[str | None, Query(description="A team, to go to.")]
_WEEK = timedelta(days=7)
_TABS = 24
"""The most teams that stand beside each other; more are a list to choose from."""
_SHOWN = 60
"""Lines of others than the team's own that a view shows at once; more are a click away."""
_SHAPES = 12
"""The most shapes beside a team's name; of more Key Results, how many are of each level."""


@router.get("/team", response_class=HTMLResponse, include_in_schema=False)
def company(request: Request, here: Here, page: Page = 1, team: Chosen = None) -> Response:
    """All Key Results of the cycle, worst first; or the team that was chosen from a list."""
    if team is not None:
        return RedirectResponse(here.link(f"/team/{quote(team, safe='')}"))
    return _page(request, here, None, page)


@router.get("/team/{team:path}", response_class=HTMLResponse, include_in_schema=False)
def team(request: Request, here: Here, team: str, page: Page = 1) -> HTMLResponse:
    """One team's Key Results by Objective, then the others'."""
    return _page(request, here, team, page)


def _page(request: Request, here: Context, team: str | None, page: int) -> HTMLResponse:
    lines = lines_of(here.tables, here.site.organization, here.moment, here.cycle)
    by_team = here.tables.once(("teams", here.moment, here.cycle), lambda: _by_team(lines))
    if team is not None and team not in by_team:
        words = f"No {here.own.team} of {here.cycle} is called {team[:80]}."
        raise NotHereError(words, [(f"All {here.own.teams}", here.link("/team"))])
    own = [line for line in lines if team in line.teams]
    others = [line for line in lines if team not in line.teams]
    shown = _SHOWN if team is None else _SHOWN // 3
    pages = max(-(-len(others) // shown), 1)
    page = min(page, pages)
    objectives = _by_objective(own)
    values = {
        "here": here,
        "team": team,
        "teams": by_team,
        "most_shapes": _SHAPES,
        "tabs": len(by_team) <= _TABS,
        "page": page,
        "pages": pages,
        "all_others": len(others),
        "objectives": objectives,
        "rollups": _rollups(here, (told["id"] for told, _ in objectives)) if team else {},
        "others": others[(page - 1) * shown : page * shown],
        "beside": _kpis(here, team),
        "new_work": _new_work(here, team),
        "now": _now(here),
        "say": here.tables.once(
            ("said of a team", team, here.moment, here.cycle),
            lambda: _say(here, own if team else lines),
        ),
    }
    return render(request, "team.html", values)


def _by_team(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Each team's lines, by the teams' names."""
    names = sorted({name for line in lines for name in line.teams})
    found: dict[str, list[Line]] = {name: [] for name in names}
    for line in lines:
        for name in line.teams:
            found[name].append(line)
    return found


def _now(here: Context) -> dict[str, Line]:
    """The lines of the last run by their ids, to compare those of a past day with."""
    if here.moment.latest:
        return {}
    lines = lines_of(here.tables, here.site.organization, Moment(), here.cycle)
    return {line.row["key_result_id"]: line for line in lines}


def _by_objective(lines: Sequence[Line]) -> list[tuple[dict[str, Any], list[Line]]]:
    """The Objectives in the order of their worst Key Result, with their lines."""
    found: dict[Any, tuple[dict[str, Any], list[Line]]] = {}
    for line in lines:
        key = None if absent(line.row["objective_id"]) else line.row["objective_id"]
        title = line.row["objective"] if not absent(line.row["objective"]) else key
        found.setdefault(key, ({"id": key, "title": title}, []))[1].append(line)
    return list(found.values())


def _rollups(here: Context, objectives: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    """The roll-ups of Objectives, by id; only those of the last run are published."""
    if not here.moment.latest:
        return {}
    query = (
        "SELECT * FROM rollups WHERE level = 'objective' AND cycle_id = ?"
        " AND list_contains(?::VARCHAR[], subject)"
    )
    ids = [one for one in objectives if one is not None]
    return {row["subject"]: row for row in here.tables.rows(query, [here.cycle, ids])}


def _kpis(here: Context, team: str | None) -> list[dict[str, Any]]:
    """The latest value of each KPI that a team watches."""
    query = (
        "SELECT * FROM kpis WHERE team = ? AND date <= ?"
        " QUALIFY row_number() OVER (PARTITION BY kpi_id ORDER BY date DESC) = 1"
    )
    return here.tables.rows(query, [team, here.day]) if team else []


def _new_work(here: Context, team: str | None) -> NewWork | None:
    """What is new in a week and serves no Key Result; only the last run tells."""
    if team is None or not here.moment.latest:
        return None
    return new_of_team(here.tables, team, here.day - _WEEK, here.day)


def _say(here: Context, lines: Sequence[Line]) -> str:
    """The answer before the table."""
    if not lines:
        return f"No {here.own.key_result} of this cycle is published."
    number = here.figures.number
    if all(has_ended(line.row) for line in lines):
        return _said_at_the_end(here, lines)
    paces = [line.row["pace"] for line in lines]
    text = f"{_of(here, sum(pace in ('on', 'ahead') for pace in paces), lines)} on or ahead of"
    text += (
        f" {'its' if len(lines) == 1 else 'their'} path, {number(paces.count('behind'))} behind."
    )
    # What stands on an old value is no answer for today.
    fresh = [line.row for line in lines if Rule.STALE_VALUE not in (line.row["signals"] or ())]
    chances = [row["attainment_probability"] for row in fresh]
    known = [float(one) for one in chances if not absent(one)]
    if known:
        # By the chance as it is shown, rounded down: 50 % is not more likely than not.
        likely = sum(floor(round(100 * one, 9)) > 50 for one in known)
        text += f" {_likely(here, likely, len(known), len(fresh), len(lines))}:"
        text += f" the best chance is {here.figures.chance(max(known))}."
    if alone := sum(not line.row["initiatives"] for line in lines):
        text += f" No work serves {number(alone)} of them."
    return text


def _said_at_the_end(here: Context, lines: Sequence[Line]) -> str:
    """What became of them once their cycle is over."""
    ends = [end_state(line.row) for line in lines]
    number = here.figures.number
    text = f"{here.cycle} is over: {_of(here, ends.count('met'), lines)} met"
    if missed := ends.count("missed"):
        text += f", {number(missed)} missed"
    if left := len(ends) - ends.count("met") - missed:
        text += f", of {number(left)} it cannot be said"
    return f"{text}."


def _likely(here: Context, likely: int, known: int, fresh: int, lines: int) -> str:
    """How many are more likely than not to be met, of those of which that can be told."""
    which = ["a fresh value"] if fresh < lines else []
    which += ["a chance"] if known < fresh else []
    told = here.figures.number(likely) if likely else "none"
    if not which:
        return f"{_of(here, likely, range(known)).capitalize()} more likely than not to be met"
    of = f"Of the {here.figures.number(known)}" if known > 1 else "Of the one"
    return f"{of} with {' and '.join(which)}, {told} is more likely than not to be met"


def _of(here: Context, number: int, all_of: Sequence[object]) -> str:
    told = here.figures.number(number) if number else "none"
    return f"{told} of {here.figures.number(len(all_of))}" if len(all_of) > 1 else told
