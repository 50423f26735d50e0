"""What a question finds: rows, their number, and the values of columns that have few.

What belongs here: running questions. What does not: writing them, laying them out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from okr_model.tables import BY_NAME, Column, Table
from published.errors import UserError
from published.export import for_json
from published.snapshot import Snapshot
from published.table_query.question import Question
from published.table_query.statement import PLACE, conditions, keyed, quoted, rows_of

PAGE = 100
"""Rows a page."""
_FEW = 12
_MOST_FACETS = 12
_BATCH = 500


class NoSuchTableError(UserError):
    """No published table has this name."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: ``written`` as a parameter has it, None for null; in how many rows."""

    written: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A column of few values, and how many rows have each under the other filters."""

    column: Column
    values: tuple[Value, ...]


def published_tables(tables: Snapshot) -> list[Table]:
    """The tables of the file, each with the columns that it has there."""
    return tables.once("published tables", lambda: _published_tables(tables))


def published_table(tables: Snapshot, name: str) -> Table:
    """One of them.

    Raises:
        NoSuchTableError: There is none of this name.
    """
    found = {table.name: table for table in published_tables(tables)}
    if name not in found:
        raise NoSuchTableError(
            f"No table {name[:80]!r} is published. There are: {', '.join(found)}."
        )
    return found[name]


def row_counts(tables: Snapshot) -> dict[str, int]:
    """How many rows each table has."""
    return tables.once("row counts", lambda: _row_counts(tables))


def count(tables: Snapshot, asked: Question) -> int:
    """How many rows a question finds."""
    where, given = conditions(asked)
    if not where:
        return row_counts(tables)[asked.table.name]
    query = f"SELECT count(*) AS n FROM {quoted(asked.table.name)} WHERE {_all(where)}"  # noqa: S608 - names of ours
    return int(tables.rows(query, given)[0]["n"])


def only_day(tables: Snapshot, asked: Question) -> dt.date | None:
    """The one day that all rows of the table are about, if another one is asked for."""
    days = [one for one in asked.filters if one.column.name == "as_of" and one.how == "is"]
    if not days:
        return None
    query = f"SELECT DISTINCT as_of FROM {quoted(asked.table.name)} LIMIT 2"  # noqa: S608 - names of ours
    found = tables.rows(query, [])
    day: dt.date | None = found[0]["as_of"] if len(found) == 1 else None
    return None if any(day in one.values for one in days) else day


def page(tables: Snapshot, asked: Question, columns: list[str]) -> list[dict[str, Any]]:
    """The rows of the question's page, for JSON."""
    query, given = rows_of(asked, list(asked.table.key))
    # As numbers, not parameters: DuckDB then keeps only the first rows while it sorts.
    limited = f"{query} LIMIT {PAGE} OFFSET {(asked.page - 1) * PAGE}"
    return _at(tables, asked, columns, tables.frame(limited, given))


def batches(
    tables: Snapshot, asked: Question, columns: list[str]
) -> Iterator[list[dict[str, Any]]]:
    """All rows that a question finds, some at a time, for JSON."""
    query, given = rows_of(asked, list(asked.table.key))
    keys = tables.frame(query, given)
    for first in range(0, len(keys), _BATCH):
        yield _at(tables, asked, columns, keys.iloc[first : first + _BATCH])


def _at(
    tables: Snapshot, asked: Question, columns: list[str], keys: pd.DataFrame
) -> list[dict[str, Any]]:
    """The rows of some keys, in their order.

    Only keys are sorted by DuckDB: with all its columns, one table has too many for its memory.
    """
    lists = [keys[name].tolist() for name in asked.table.key]
    rows = tables.rows(keyed(asked, columns), [*lists, len(keys)]) if len(keys) else []
    rows.sort(key=lambda row: int(row[PLACE]))
    return for_json({name: row[name] for name in columns} for row in rows)


def facets(tables: Snapshot, asked: Question) -> list[Facet]:
    """The columns of few values, with how many rows have each."""
    counted = replace(asked, sort="", page=1, columns=())
    return tables.once(("facets", counted), lambda: _facets(tables, counted))


def _facets(tables: Snapshot, asked: Question) -> list[Facet]:
    columns = tables.once(
        ("facet columns", asked.table.name), lambda: _columns_of_few(tables, asked.table)
    )
    filtered = {one.column.name for one in asked.filters}
    counts = _counts(tables, asked, [one for one in columns if one.name not in filtered])
    for column in columns:
        if column.name in filtered:
            counts |= _counts(tables, asked.without(column.name), [column])
    return [Facet(column, _in_order(column, counts[column.name])) for column in columns]


def _counts(tables: Snapshot, asked: Question, columns: list[Column]) -> dict[str, list[Value]]:
    """How many rows have each value of some columns, in one pass.

    They are counted batch by batch: grouping by each column would need many times the memory.
    """
    counted: dict[str, Counter[str | None]] = {column.name: Counter() for column in columns}
    if not columns:
        return {}
    where, given = conditions(asked)
    names = [
        quoted(c.name) if c.type == "text[]" else f"CAST({quoted(c.name)} AS VARCHAR)"
        for c in columns
    ]
    query = f"SELECT {', '.join(names)} FROM {quoted(asked.table.name)} WHERE {_all(where)}"  # noqa: S608 - names of ours
    for batch in tables.batches(query, given):
        for column, values in zip(columns, batch.columns, strict=True):
            flat = values.flatten() if column.type == "text[]" else values
            for one in flat.value_counts().to_pylist():
                counted[column.name][one["values"]] += one["counts"]
    return {
        name: [Value(written, rows) for written, rows in found.items()]
        for name, found in counted.items()
    }


def _in_order(column: Column, found: list[Value]) -> tuple[Value, ...]:
    """By declaration, else by name, never by number; null last."""
    ranks = {value: rank for rank, value in enumerate(column.one_of)}

    def place(one: Value) -> tuple[bool, int, str]:
        text = one.written or ""
        return one.written is None, ranks.get(text, len(ranks)), text

    return tuple(sorted(found, key=place))


def _columns_of_few(tables: Snapshot, table: Table) -> list[Column]:
    """The columns whose rows share a few values; not persons, by whom nothing is counted."""
    kinds = ("text", "boolean", "text[]")
    rows = row_counts(tables)[table.name]
    found = []
    for column in table.columns:
        if column.type in kinds and not column.person and column.name not in table.key[:1]:
            name = quoted(column.name)
            each = f"unnest({name})" if column.type == "text[]" else name
            query = f"SELECT DISTINCT {each} AS value FROM {quoted(table.name)} LIMIT {_FEW + 1}"  # noqa: S608 - names of ours
            if 1 < len(tables.frame(query)) <= min(_FEW, rows // 2 + 1):
                found.append(column)
    # Values that the declaration fixes say most; the rest in the order of the columns.
    fixed = [column for column in found if column.one_of or column.type != "text"]
    first = {column.name for column in [*fixed, *found][:_MOST_FACETS]}
    return [column for column in found if column.name in first]


def _published_tables(tables: Snapshot) -> list[Table]:
    there = tables.frame(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_catalog = current_catalog() AND table_schema = current_schema()"
    )
    columns = {name: set(rows["column_name"]) for name, rows in there.groupby("table_name")}
    return [
        replace(table, columns=tuple(c for c in table.columns if c.name in columns[name]))
        for name, table in BY_NAME.items()
        if name in columns
    ]


def _row_counts(tables: Snapshot) -> dict[str, int]:
    names = [table.name for table in published_tables(tables)]
    if not names:
        return {}
    each = (f"SELECT '{name}' AS name, count(*) AS n FROM {quoted(name)}" for name in names)  # noqa: S608 - names of ours
    rows = tables.frame(" UNION ALL ".join(each)).set_index("name")["n"]
    return {name: int(rows[name]) for name in names}


def _all(where: list[str]) -> str:
    return " AND ".join(where) or "true"
