"""What a question finds: rows, their number, and the values of columns that have few.

What belongs here: running questions. What does not: writing them, laying them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from okr_model.tables import BY_NAME, Column, Table
from published.errors import UserError
from published.export import for_json
from published.snapshot import Snapshot
from published.table_query.question import PERSONS, Question
from published.table_query.statement import conditions, keyed, quoted, rows_of

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
    query = f"SELECT count(*) AS n FROM {quoted(asked.table.name)} WHERE {_all(where)}"  # noqa: S608 - names of ours
    return int(tables.frame(query, given)["n"].iloc[0])


def page(tables: Snapshot, asked: Question, columns: list[str]) -> list[dict[str, Any]]:
    """The rows of the question's page, for JSON."""
    query, given = rows_of(asked, columns)
    limited = [*given, PAGE, (asked.page - 1) * PAGE]
    return for_json(tables.rows(f"{query} LIMIT ? OFFSET ?", limited))


def batches(
    tables: Snapshot, asked: Question, columns: list[str]
) -> Iterator[list[dict[str, Any]]]:
    """All rows that a question finds, some at a time, for JSON.

    Only the keys are sorted together; all columns of many rows would need too much memory.
    """
    names = list(asked.table.key)
    query, given = rows_of(asked, names)
    keys = tables.frame(query, given)
    at = keyed(asked, columns)
    for first in range(0, len(keys), _BATCH):
        some = keys.iloc[first : first + _BATCH]
        lists = [some[name].tolist() for name in names]
        yield for_json(tables.rows(at, [*lists, len(some)]))


def facets(tables: Snapshot, asked: Question) -> list[Facet]:
    """The columns of few values, with how many rows have each."""
    counted = replace(asked, sort="", page=1, columns=())
    return tables.once(("facets", counted), lambda: _facets(tables, counted))


def _facets(tables: Snapshot, asked: Question) -> list[Facet]:
    columns = tables.once(
        ("facet columns", asked.table.name), lambda: _columns_of_few(tables, asked.table)
    )
    filtered = {one.column.name for one in asked.filters}
    together = [c for c in columns if c.type != "text[]" and c.name not in filtered]
    counts = _counts_together(tables, asked, together)
    # One after the other: side by side they would need the memory of all.
    return [
        Facet(column, _in_order(column, counts.get(column.name) or _counts(tables, asked, column)))
        for column in columns
    ]


def _counts_together(
    tables: Snapshot, asked: Question, columns: list[Column]
) -> dict[str, list[Value]]:
    """The values of several columns, under all filters, in one pass."""
    if not columns:
        return {}
    where, given = conditions(asked)
    names = [quoted(column.name) for column in columns]
    sets = ", ".join(f"({name})" for name in names)
    texts = ", ".join(f"CAST({name} AS VARCHAR) AS v{place}" for place, name in enumerate(names))
    rows = tables.rows(
        f"SELECT {texts}, grouping_id({', '.join(names)}) AS others, count(*) AS n"  # noqa: S608 - names of ours
        f" FROM {quoted(asked.table.name)} WHERE {_all(where)} GROUP BY GROUPING SETS ({sets})",
        given,
    )
    last = len(columns) - 1
    # In ``others`` each column has a bit, the first the highest; only that of its own is 0.
    bits = {((1 << len(columns)) - 1) ^ (1 << (last - place)): place for place in range(last + 1)}
    found: dict[str, list[Value]] = {}
    for row in rows:
        place = bits[row["others"]]
        value = Value(row[f"v{place}"], row["n"])
        found.setdefault(columns[place].name, []).append(value)
    return found


def _counts(tables: Snapshot, asked: Question, column: Column) -> list[Value]:
    """The values of one column, under the filters on others."""
    where, given = conditions(asked.without(column.name))
    name = quoted(column.name)
    each = f"unnest({name})" if column.type == "text[]" else f"CAST({name} AS VARCHAR)"
    rows = tables.rows(
        f"SELECT value, count(*) AS n FROM (SELECT {each} AS value"  # noqa: S608 - names of ours
        f" FROM {quoted(asked.table.name)} WHERE {_all(where)}) GROUP BY value",
        given,
    )
    return [Value(row["value"], row["n"]) for row in rows]


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
        if column.type in kinds and column.name not in PERSONS and column.name not in table.key[:1]:
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
