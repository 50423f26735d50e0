"""Columns of the lake's tables: those of its own, and those that a table does not have.

What belongs here: their types, and what DuckDB is told of them. What does not: the columns of the
records (``connectors``), and which ones a table of an older version lacks (``tables``).
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from connectors.registry import SOURCE_FACTS, STREAMS

_INSTANT = pa.timestamp("us", tz="UTC")

REFERENCES = pa.list_(
    pa.struct(
        [
            ("role", pa.string()),
            ("field", pa.string()),
            ("text", pa.string()),
            ("key", pa.string()),
            ("suspect", pa.bool_()),
        ]
    )
)

BOOKKEEPING = [
    # The Key Results that the record refers to; see okr_model.links.references.
    pa.field("references", REFERENCES),
    pa.field("digest", pa.string()),  # of everything but raw; same digest, same version
    pa.field("seen_at", _INSTANT),  # when this version was first read
    pa.field("deleted", pa.bool_()),
    pa.field("landed", pa.int64()),  # the number of the landing that brought it
]
FIRST_SEEN = pa.field("first_seen_at", _INSTANT)  # when the record was first read
RAW_IN_LOG_ONLY = {one for facts in SOURCE_FACTS.values() for one in facts.raw_in_log_only}
"""Streams whose current rows have no ``raw``."""


def folded_columns(stream: str, row: str = "") -> str:
    """SQL for the columns that ``current`` has of a version in the log, which may be named."""
    of = f"{row}." if row else ""
    return ", ".join(
        "NULL AS raw" if name == "raw" and stream in RAW_IN_LOG_ONLY else f'{of}"{name}"'
        for name in [*STREAMS[stream].names, *(field.name for field in BOOKKEEPING)]
    )


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
