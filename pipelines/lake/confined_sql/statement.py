"""What a query may be: one SELECT over the documented views.

What belongs here: refusing everything else, from the syntax tree that DuckDB makes of it. What does
not: limits on what it may use (``worker``). The operating system and DuckDB's own settings keep a
query from files even if something is overlooked here; this module says in words what is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

import duckdb

LONGEST = 50_000
"""Characters of a query; its syntax tree takes a hundred times as many."""

_TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "unnest"})
_REFUSED_FUNCTIONS = frozenset(
    {"current_setting", "currval", "getenv", "getvariable", "nextval", "setval", "write_log"}
)
_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_SOURCES = frozenset(
    {"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SUBQUERY", "TABLE_FUNCTION"}
)


class RefusedError(Exception):
    """A query that must not run, or a result that is no measure; the message says why."""


def check_text(sql: str) -> None:
    """Make sure that DuckDB can be handed a text.

    Raises:
        RefusedError: It cannot.
    """
    if len(sql) > LONGEST:
        raise RefusedError(f"it has more than {LONGEST:,} characters")
    if "\0" in sql or any("\ud800" <= sign <= "\udfff" for sign in sql):
        raise RefusedError("it has a character that is no text")


def check_statement(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    views: Collection[str],
    called: str = "the streams",
) -> None:
    """Make sure that ``sql`` is one SELECT over ``views`` and what it defines itself.

    Args:
        connection: Parses it.
        sql: The query.
        views: Names of views or tables, in lower case.
        called: What these are called in messages.

    Raises:
        RefusedError: It is not.
        duckdb.Error: It cannot be parsed.
    """
    kinds = [one.type for one in duckdb.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise RefusedError("a query must be one SELECT")
    (text,) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0]
    tree = json.loads(text)
    if tree["error"]:
        raise RefusedError("a query must be one SELECT")
    for node, own in _nodes(tree):
        _check_node(node, own, views, called)


def _nodes(tree: Any) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """Every node of a tree, with the names of the common table expressions that it may read."""
    waiting: list[tuple[Any, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, own = waiting.pop()
        if isinstance(node, list):
            waiting += [(part, own) for part in node]
        elif isinstance(node, dict):
            if "cte_map" in node:
                own |= {str(one["key"]).lower() for one in node["cte_map"]["map"]}
                own |= {str(node["cte_name"]).lower()} if "cte_name" in node else set()
            yield node, own
            waiting += [(part, own) for part in node.values()]


def _check_node(
    node: dict[str, Any], own: Collection[str], views: Collection[str], called: str
) -> None:
    kind = str(node.get("type", ""))
    if "cte_map" in node:
        if kind not in _QUERIES:
            raise RefusedError("a query may read and not write")
    elif "sample" in node and "class" not in node:
        _check_source(node, own, views, called)
    elif node.get("class") == "FUNCTION":
        name = str(node.get("function_name", "")).lower()
        if name in _REFUSED_FUNCTIONS or name.startswith("__internal"):
            raise RefusedError(f"it calls {name}, which no query may")


def _check_source(
    node: dict[str, Any], own: Collection[str], views: Collection[str], called: str
) -> None:
    kind = str(node.get("type", ""))
    if kind == "BASE_TABLE":
        *schema, name = (str(part).lower() for part in node["qualified_name"]["path"])
        if schema in ([], ["main"]) and name in views:
            return
        if not schema and name in own:
            return
        shown = printable(".".join([*schema, name]), 60)
        raise RefusedError(f"it reads {shown}, and a query may read {called} only")
    if kind == "TABLE_FUNCTION":
        name = str(node["function"].get("function_name", "")).lower()
        if name not in _TABLE_FUNCTIONS:
            raise RefusedError(f"it reads {name}(), and a query may read {called} only")
    elif kind not in _SOURCES:
        raise RefusedError(f"a query may read {called}, not describe them")


def took_too_long(seconds: float) -> str:
    """Why a query was ended that did not end by itself."""
    return f"it took longer than {seconds:g} seconds"


def printable(text: str, longest: int) -> str:
    """The beginning of a text, with a replacement for whatever is not printable."""
    shown = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in shown)
