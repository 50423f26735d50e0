"""The routes of the API.

What belongs here: which query answers which address. What does not: the queries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from dashboard.context import Context, Here
from dashboard.rendering import render
from dashboard.views.api import answers
from dashboard.views.tables import rows_as_json
from okr_model.languages.folding import same_id
from okr_model.tables import CHANGES
from okr_model.tables.links import NO_LINK
from published.export import for_json, json_text
from published.formatting import absent
from published.key_results.explained import explained, parts_of
from published.key_results.lines import Line, line_of, lines_of
from published.key_results.since import base_day, definition_changes, movements
from published.operation.attention import attention, stale_key_results
from published.operation.freshness import places
from published.operation.nights import nights, seconds_of, sources
from published.records import records
from published.table_query.answer import published_table, published_tables, row_counts
from published.table_query.question import question

_PAGE = 1000
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": answers.Problem, "description": words}
    for code, words in (
        (400, "A parameter names nothing that can be asked."),
        (401, "Nobody is signed in."),
        (403, "This reader may not see it."),
        (404, "There is no such thing."),
        (422, "A parameter cannot be read."),
        (503, "Nothing is published yet, or the published file is damaged."),
    )
}
"""What may be answered in place of what is asked."""
router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["published"])

Team = Annotated[str | None, Query(description="Only those of this team.", max_length=200)]
Page = Annotated[int, Query(ge=1, le=1_000_000, description="1000 rows a page, from 1.")]
Key = Annotated[str, Path(description="A Key Result's id, such as KR-17, in any case.")]


@router.get("/key-results", response_model=answers.KeyResults)
def key_results(here: Here, team: Team = None) -> Response:
    """The Key Results of a cycle, worst first, with why each stands where it does."""
    lines = _lines(here)
    if team is not None:
        lines = [line for line in lines if same_id(team) in map(same_id, line.teams)]
        if not lines:
            raise HTTPException(404, f"No Key Result of {here.cycle} names the team {team!r}.")
    return answer(here, cycle=here.cycle, key_results=[_line(line) for line in lines])


@router.get("/key-results/{key:path}", response_model=answers.KeyResult)
def key_result(here: Here, key: Key) -> Response:
    """One Key Result: its row, readings, explanation and records."""
    line = line_of(here.tables, here.site.organization, here.moment, here.cycle, key)
    if line is None:
        raise HTTPException(404, f"{here.cycle} has no Key Result {key[:80]!r}.")
    row = line.row
    parts = parts_of(here.tables, row["key_result_id"])
    told = explained(row, parts, here.site.organization, here.moment.day)
    for name in ("check_ins", "measurements"):
        parts[name] = parts[name][parts[name]["date"] <= here.day]
    for name in ("links", "findings"):  # published for the day of the last run alone
        parts[name] = parts[name] if here.moment.latest else parts[name].iloc[:0]
    mine = "key_result_id = ? AND cycle_id = ? AND changed_on <= ? ORDER BY number"
    changes = here.tables.table(CHANGES.name, mine, [row["key_result_id"], here.cycle, here.day])
    return answer(
        here,
        cycle=here.cycle,
        key_result=_line(line),
        readings=[asdict(reading) for reading in line.readings],
        explanation=[{"title": one.title, "lines": list(one.lines)} for one in told.sections],
        changes=records(changes),
        **{name: records(rows) for name, rows in parts.items()},
    )


@router.get("/links", response_model=answers.Links)
def links(
    here: Here,
    key_result: Annotated[str | None, Query(description="Only claims on this one.")] = None,
    initiative: Annotated[
        str | None, Query(description="Only claims of the initiative with this key or title.")
    ] = None,
    state: Annotated[str | None, Query(description="Only claims in this state.")] = None,
    page: Page = 1,
) -> Response:
    """Which initiative serves which Key Result, by what rule, with the words that say so."""
    asked = {"key_result_id": key_result, "initiative": initiative, "state": state}
    order = "initiative_id, key_result_id"
    if here.moment.latest:
        return _paged(here, "links", asked, order, page)
    # The history also has a span for work without a claim, which is no row of ``links``.
    then = "state <> ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)"
    of = "link_history", then, [NO_LINK, here.day, here.day]
    return _paged(here, "links", asked, order, page, of)


@router.get("/findings", response_model=answers.Findings)
def findings(
    here: Here,
    rule: Annotated[str | None, Query(description="Only of this rule.")] = None,
    severity: Annotated[str | None, Query(description="error, warning or info.")] = None,
    subject: Annotated[str | None, Query(description="Only about what has this id.")] = None,
    page: Page = 1,
) -> Response:
    """What someone should look at, worst first; those of the last run, after all decisions."""
    _only_now(here, "findings")
    asked = {"rule": rule, "severity": severity, "subject_id": subject}
    order = "list_position(['error', 'warning', 'info'], severity), rule, subject_id"
    return _paged(here, "findings", asked, order, page)


@router.get("/changes", response_model=answers.Changes)
def changes(
    here: Here, since: Annotated[dt.date, Query(description="A day; what came after it is told.")]
) -> Response:
    """What has changed since a day: definitions, values, progress, chances and levels."""
    base = base_day(here.tables, since)
    return answer(
        here,
        cycle=here.cycle,
        since=base,
        definitions=definition_changes(here.tables, base, here.cycle, here.day),
        movements=movements(here.tables, base, here.cycle, here.moment),
    )


@router.get("/runs", response_model=answers.Runs)
def runs(here: Here) -> Response:
    """Every run that published, the newest first."""
    return answer(here, runs=records(here.tables.table("runs", "true ORDER BY published_at DESC")))


@router.get("/tonight", response_model=answers.Tonight)
def tonight(here: Here) -> Response:
    """The last run: its sources, the nights before it, and what it left to look at."""
    run = here.tables.last_run
    strip = nights(here.tables, here.day)
    return answer(
        here,
        outcome=run.get("outcome"),
        seconds=seconds_of(run),
        sources=sources(here.tables),
        nights=[
            {"day": one.day, "state": one.state, "run_id": one.run["run_id"] if one.run else None}
            for one in strip
        ],
        attention=[
            {"state": state, "finding": row} for state, row in attention(here.tables, here.standing)
        ],
        stale=[asdict(one) for one in stale_key_results(here.tables)],
        places=[asdict(one) for one in places(here.tables, here.cycle, here.day)],
    )


@router.get("/tables", response_model=answers.Tables)
def tables(here: Here) -> Response:
    """Every published table."""
    counts = row_counts(here.tables)
    found = [
        {"name": one.name, "row_is": one.row_is, "key": list(one.key), "rows": counts[one.name]}
        for one in published_tables(here.tables)
    ]
    return answer(here, tables=found)


@router.get("/tables/{name}", response_model=answers.Rows)
def table(
    request: Request,
    here: Here,
    name: str,
    q: Annotated[str, Query(description="Words that must be in some text of a row.")] = "",
    sort: Annotated[str, Query(description="A column; with a minus before it, upside down.")] = "",
    page: Annotated[str, Query(description="A page of 100 rows; without it, all rows.")] = "",
    columns: Annotated[str, Query(description="The columns wanted, with commas.")] = "",
) -> Response:
    """Rows of one table.

    Beside the named parameters, every column is one: `column=value` (again for one of several),
    `column.min=`, `column.max=`, `column.null=yes`.
    """
    given = [pair for pair in request.query_params.multi_items() if pair != ("page", "")]
    asked = question(published_table(here.tables, name), given)
    return rows_as_json(here, asked, paged=bool(page))


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """The API in words, from its OpenAPI document."""
    return render(request, "api.html", {"paths": request.app.openapi()["paths"]})


def _lines(here: Context) -> list[Line]:
    return lines_of(here.tables, here.site.organization, here.moment, here.cycle)


def _line(line: Line) -> dict[str, Any]:
    words = line.words.text if line.words else None
    told = {"change": line.change, "since": line.since, "words": words}
    return {**line.row, "standing": asdict(line.standing), **told}


def answer(here: Context, **values: Any) -> Response:
    """An answer with the day and the run that it is about."""
    run = here.tables.last_run
    run_id = None if absent(run.get("run_id")) else run["run_id"]
    head = {"as_of": here.day, "run_id": run_id, "published_at": run.get("published_at")}
    return Response(json_text(head | values), media_type="application/json")


def _paged(
    here: Context,
    name: str,
    asked: Mapping[str, str | None],
    order: str,
    page: int,
    of: tuple[str, str, Sequence[object]] | None = None,
) -> Response:
    """A page of the rows of a table that have these values, however they are typed.

    Args:
        here: The place of the request.
        name: The table, and what the answer calls the rows.
        asked: Columns and what they are to be.
        order: SQL that orders the rows.
        page: From 1.
        of: Another table with a condition and its parameters.
    """
    table, where, values = of or (name, "true", ())
    given = list(values)
    for column, wanted in asked.items():
        if wanted is not None:
            where += f" AND {column} IN (SELECT unnest(?))"
            given.append(_spellings(here, table, column, wanted))
    total = here.tables.rows(f"SELECT count(*) AS n FROM {table} WHERE {where}", given)[0]["n"]  # noqa: S608 - names of ours
    # As numbers, not parameters: DuckDB then keeps only the first rows while it sorts.
    part = f"LIMIT {_PAGE} OFFSET {(page - 1) * _PAGE}"
    rows = here.tables.rows(f"SELECT * FROM {table} WHERE {where} ORDER BY {order} {part}", given)  # noqa: S608 - names of ours
    rows = here.standing(rows) if name == "findings" else rows
    return answer(here, total=total, page=page, **{name: for_json(rows)})


def _spellings(here: Context, table: str, column: str, wanted: str) -> list[str]:
    """The values of a column that are the same as what was typed."""
    query = f"SELECT DISTINCT {column} AS one FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 - names of ours
    known = here.tables.once(
        ("values", table, column), lambda: [row["one"] for row in here.tables.rows(query)]
    )
    return [one for one in known if same_id(one) == same_id(wanted)] or [""]


def _only_now(here: Context, what: str) -> None:
    if not here.moment.latest:
        raise HTTPException(404, f"{what} are published for the day of the last run alone.")
