"""Every published table: searched, filtered, explained, and for download.

What belongs here: the list of tables, one table's rows with its facets, and the same rows as JSON
and CSV. What does not: what may be asked of a table (``published.table_query``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from dashboard.cells import Cells
from dashboard.context import Context, Here
from dashboard.rendering import render
from okr_model.tables import Column
from okr_model.tables.lineage import upstream
from published.export import csv_text, json_text, machine
from published.table_query.answer import (
    PAGE,
    batches,
    count,
    facets,
    only_day,
    page,
    published_table,
    published_tables,
    row_counts,
)
from published.table_query.question import Question, question
from published.table_query.statement import shown

router = APIRouter()

_MOST_COLUMNS = 40


@router.get("/tables", response_class=HTMLResponse, include_in_schema=False)
def tables(request: Request, here: Here) -> HTMLResponse:
    """Every published table: what a row is, and how many there are."""
    counts = row_counts(here.tables)
    values = {"here": here, "tables": published_tables(here.tables), "counts": counts}
    return render(request, "tables.html", values)


@router.get("/tables/{name}.json", include_in_schema=False)
def as_json(request: Request, here: Here, name: str) -> Response:
    """The rows that an address asks for, as JSON."""
    return rows_as_json(here, _asked(request, here, name))


@router.get("/tables/{name}.csv", include_in_schema=False)
def as_csv(request: Request, here: Here, name: str) -> Response:
    """The rows that an address asks for, as CSV."""
    asked = _asked(request, here, name)
    columns = list(asked.columns) or asked.table.column_names

    def parts() -> Iterator[str]:
        yield csv_text(columns, [])
        for rows in batches(here.tables, asked, columns):
            yield csv_text(columns, rows, header=False)

    named = {"Content-Disposition": f'attachment; filename="{asked.table.name}.csv"'}
    return StreamingResponse(parts(), media_type="text/csv; charset=utf-8", headers=named)


@router.get("/tables/{name}", response_class=HTMLResponse, include_in_schema=False)
def table(request: Request, here: Here, name: str) -> Response:
    """A page of a table's rows, and what its columns mean."""
    if "only" in request.query_params:  # the form's choice of columns, as one parameter
        return RedirectResponse(_chosen(request, here, name), 303)
    asked = _asked(request, here, name)
    found = count(here.tables, asked)
    names = asked.shown[:_MOST_COLUMNS]
    one = found == 1
    beside = {"cycle_id"} & {*asked.table.column_names}  # in which a Key Result is looked at
    hidden = [*asked.table.key, *beside]
    wanted = asked.table.column_names if one else list(dict.fromkeys([*names, *hidden]))
    rows = page(here.tables, asked, wanted)
    values = {
        "here": here,
        "table": asked.table,
        "asked": asked,
        "total": row_counts(here.tables)[asked.table.name],
        "other_day": None if found else only_day(here.tables, asked),
        "found": found,
        "columns": [
            column for name in names for column in asked.table.columns if column.name == name
        ],
        "rows": rows,
        "row": rows[0] if one and rows else None,
        "pages": max(-(-found // PAGE), 1),
        "facets": facets(here.tables, asked),
        "sql": shown(asked),
        "explained": [
            (column, upstream(asked.table.name, column.name)) for column in asked.table.columns
        ],
        "sort_link": lambda column: _sort_link(asked, column),
        "cells": Cells(here, asked.table),
        "row_link": lambda row: _row_link(asked, row),
    }
    return render(request, "table.html", values)


def rows_as_json(here: Context, asked: Question, *, paged: bool = False) -> Response:
    """All rows that a question finds, or those of its page, as JSON."""
    columns = list(asked.columns) or asked.table.column_names
    run = here.tables.last_run
    head = {
        "table": asked.table.name,
        "as_of": machine(run.get("as_of")),
        "run_id": run.get("run_id"),
        "total": count(here.tables, asked),
        "query": shown(asked),
    }

    def parts() -> Iterator[str]:
        yield json_text(head)[:-1] + ', "rows": ['
        between = "\n"
        one = [page(here.tables, asked, columns)] if paged else None
        for rows in one or batches(here.tables, asked, columns):
            for row in rows:
                yield between + json_text(row)
                between = ",\n"
        yield "\n]}\n"

    return StreamingResponse(parts(), media_type="application/json")


def _asked(request: Request, here: Context, name: str) -> Question:
    return question(published_table(here.tables, name), request.query_params.multi_items())


def _chosen(request: Request, here: Context, name: str) -> str:
    """The address for the columns ticked in the form."""
    given = request.query_params.multi_items()
    asked = question(
        published_table(here.tables, name), [pair for pair in given if pair[0] != "only"]
    )
    columns = [value for key, value in given if key == "only" and value]
    return f"/tables/{quote(name)}?{asked.parameters(columns=','.join(columns) or None)}"


def _sort_link(asked: Question, column: Column) -> str:
    """The address of the same rows by this column; upside down, if they are by it already."""
    turned = f"-{column.name}" if asked.order == column.name else column.name
    return f"?{asked.parameters(sort=turned)}"


def _row_link(asked: Question, row: dict[str, Any]) -> str | None:
    """The address of one row alone; None where its key is not shown or has no value."""
    keys = [name for name in asked.table.key if name in asked.table.column_names]
    if any(row.get(name) is None for name in keys):
        return None
    return f"?{urlencode([(name, str(row[name])) for name in keys])}"
