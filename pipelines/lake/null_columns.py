"""Columns that a table does not have, as DuckDB is told of them.

What belongs here: nulls of a declared type. What does not: which columns are missing (``tables``).
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

_INSTANT = pa.timestamp("us", tz="UTC")


def padded(relation: str, lacking: Iterable[pa.Field]) -> str:
    """A relation with columns that it lacks, all null."""
    nulls = "".join(f", {null_column(field)}" for field in lacking)
    return f"(SELECT *{nulls} FROM {relation})" if nulls else relation  # noqa: S608 - our names


def null_column(field: pa.Field) -> str:
    """A column of nulls with the field's type and name."""
    return f'NULL::{_duckdb_type(field.type)} AS "{field.name}"'


def _duckdb_type(arrow: pa.DataType) -> str:
    """DuckDB's name for an Arrow type, for empty relations."""
    if pa.types.is_list(arrow):
        return f"{_duckdb_type(arrow.value_type)}[]"
    if pa.types.is_struct(arrow):
        parts = ", ".join(f'"{f.name}" {_duckdb_type(f.type)}' for f in arrow)
        return f"STRUCT({parts})"
    names = {
        pa.string(): "VARCHAR",
        pa.int64(): "BIGINT",
        pa.bool_(): "BOOLEAN",
        pa.date32(): "DATE",
        _INSTANT: "TIMESTAMPTZ",
    }
    return names[arrow]
