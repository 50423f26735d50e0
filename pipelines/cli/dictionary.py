"""``okr dictionary``: every published table and column, from the declarations."""

from __future__ import annotations

from okr_model.tables import TABLES, Column, Table


def dictionary() -> str:
    """The data dictionary as Markdown."""
    head = (
        "# The published tables\n\n"
        "Made by `okr dictionary` from the declarations that the checks before publishing use too. "
        "All tables are in the schema `okr` of the DuckDB file. Instants are UTC, days are the "
        "organization's own. A unit of *unit* means the row's own `unit`.\n"
    )
    return "\n".join([head, *(_table(table) for table in TABLES)])


def _table(table: Table) -> str:
    lines = [
        f"## {table.name}\n",
        f"One row per {table.row_is}. Key: {', '.join(f'`{name}`' for name in table.key)}.\n",
        "| column | type | meaning |",
        "|---|---|---|",
        *(_column(column) for column in table.columns),
        "",
    ]
    return "\n".join(lines)


def _column(column: Column) -> str:
    meaning = column.meaning
    if column.unit:
        meaning += f", in *{column.unit}*"
    if column.one_of:
        meaning += f": {', '.join(column.one_of)}"
    always = "" if column.required else ", may be null"
    return f"| `{column.name}` | {column.type}{always} | {meaning} |"
