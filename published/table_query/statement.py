"""A question as SQL: with its values as parameters to run, with literals to show.

What belongs here: writing SQL. Names come from the declaration of a table, never from an address.
What does not: running it.

Words are searched by DuckDB's own folding, because what is shown must run on the file as it stands;
which ids are the same is never asked of it (``okr_model.languages.folding``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from okr_model.tables import Column
from published.table_query.question import Filter, Question
from published.tables import SCHEMA

Statement = tuple[str, list[Any]]

PLACE = "_place"
_HELD = "contains(lower(strip_accents(concat_ws(' ', {texts}))), lower(strip_accents(?)))"


def rows_of(asked: Question, columns: list[str], *, of: str = "") -> Statement:
    """The rows in their order, ``of`` a schema with its dot; without ``columns``, all of them."""
    where, given = conditions(asked)
    names = ", ".join(map(quoted, columns)) or "*"
    text = f"SELECT {names}\nFROM {of}{quoted(asked.table.name)}"
    if where:
        text += "\nWHERE " + "\n  AND ".join(where)
    return f"{text}\nORDER BY {_order(asked)}", given


def keyed(asked: Question, columns: list[str]) -> str:
    """The rows of keys, each with its ``PLACE`` among them.

    Parameters are the keys, as a list a column, and last how many they are.
    """
    names = [quoted(name) for name in asked.table.key]
    lists = ", ".join(f"unnest(?) AS k{place}" for place in range(len(names)))
    same = " AND ".join(f"t.{name} = k{place}" for place, name in enumerate(names))
    wanted = ", ".join(f"t.{quoted(name)}" for name in columns)
    return (
        f"SELECT {wanted}, {PLACE} FROM {quoted(asked.table.name)} t"  # noqa: S608 - names of ours
        f" JOIN (SELECT {lists}, unnest(range(?)) AS {PLACE}) ON {same}"
    )


def conditions(asked: Question) -> tuple[list[str], list[Any]]:
    """What must hold, each with its parameters."""
    where: list[str] = []
    given: list[Any] = []
    texts = ", ".join(
        quoted(column.name)
        if column.type == "text"
        else f"array_to_string({quoted(column.name)}, ' ')"
        for column in asked.table.columns
        if column.type in ("text", "text[]") and not column.person
    )
    for word in asked.words:
        where.append(_HELD.format(texts=texts))
        given.append(word)
    for one in asked.filters:
        where.append(_condition(one))
        given += [] if one.how == "null" else one.values
    return where, given


def shown(asked: Question) -> str:
    """The rows as a query that anyone can run on the published file."""
    return with_literals(*rows_of(asked, list(asked.columns), of=f"{SCHEMA}."))


def with_literals(query: str, given: list[Any]) -> str:
    """A query with its parameters written out."""
    first, *parts = query.split("?")
    return first + "".join(_literal(value) + part for value, part in zip(given, parts, strict=True))


def quoted(name: str) -> str:
    """A name of ours as SQL writes it."""
    return name if name.isidentifier() and name not in _RESERVED else f'"{name}"'


_RESERVED = {"end", "right", "left", "to", "from", "order", "group", "table", "in", "on"}


def _condition(one: Filter) -> str:
    name = quoted(one.column.name)
    if one.how == "null":
        return f"{name} IS NULL" if one.values[0] else f"{name} IS NOT NULL"
    if one.how in ("least", "most"):
        return f"{name} {'>=' if one.how == 'least' else '<='} ?"
    if one.column.type == "text[]":
        return "(" + " OR ".join([f"list_contains({name}, ?)"] * len(one.values)) + ")"
    marks = ", ".join("?" * len(one.values))
    return f"{name} IN ({marks})" if len(one.values) > 1 else f"{name} = ?"


def _order(asked: Question) -> str:
    names = dict.fromkeys(asked.table.key)
    columns = {column.name: column for column in asked.table.columns}
    parts = []
    if asked.order:
        by = asked.order.removeprefix("-")
        down = " DESC" if asked.order.startswith("-") else ""
        parts = [f"{part}{down} NULLS LAST" for part in _sorted_by(columns[by])]
        names.pop(by, None)
    parts += [part for name in names if name in columns for part in _sorted_by(columns[name])]
    return ", ".join(parts)


def _sorted_by(column: Column) -> list[str]:
    name = quoted(column.name)
    if column.one_of:
        return [f"list_position([{', '.join(map(_literal, column.one_of))}], {name})"]
    # KR-9 before KR-10.
    return [f"length({name})", name] if column.name.endswith("_id") else [name]


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value!r}::DOUBLE"
    if isinstance(value, dt.datetime):
        return f"TIMESTAMPTZ '{value.isoformat(' ')}'"
    if isinstance(value, dt.date):
        return f"DATE '{value}'"
    return _text(value)


def _text(value: str) -> str:
    """A text on one line; what cannot be seen is written by its number."""
    if all(letter.isprintable() for letter in value):
        return "'" + value.replace("'", "''") + "'"
    letters = (f"chr({ord(c)})" if not c.isprintable() else _text(c) for c in value)
    return f"concat({', '.join(letters)})"
