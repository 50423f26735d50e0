"""Rows in the text form of Postgres's COPY.

What belongs here: how a value of each type is written there. What does not: sending it
(``target``).
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_NULL = "\\N"
_OF_NUL = "\ufffd"  # stands for U+0000, which no text of Postgres can hold
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


def copy_text(batch: pa.RecordBatch) -> str:
    """One line a row, with a line feed after each."""
    columns = [_texts(column) for column in batch.columns]
    joined = pc.binary_join_element_wise(
        *columns, "\t", null_handling="replace", null_replacement=_NULL
    )
    return "".join(f"{line}\n" for line in joined.to_pylist())


def _texts(column: pa.Array) -> pa.Array:
    """Each value as a text, null where there is none."""
    if pa.types.is_string(column.type):
        return _escaped(_without_nul(column), _ESCAPES)
    if pa.types.is_list(column.type):
        return _escaped(_array_literals(column), _ESCAPES)
    if pa.types.is_timestamp(column.type):
        # In UTC, which the session takes a time without zone for.
        column = column.cast(pa.timestamp("us"))
    return column.cast(pa.string())


def _array_literals(column: pa.Array) -> pa.Array:
    """Lists of texts as literals such as ``{"a","b"}``."""
    values = _escaped(_without_nul(column.values), (("\\", "\\\\"), ('"', '\\"')))
    quoted = pc.binary_join_element_wise('"', values, '"', "").fill_null("NULL")
    missing = column.is_null() if column.null_count else None
    lists = pa.ListArray.from_arrays(column.offsets, quoted, mask=missing)
    return pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", "")


def _without_nul(values: pa.Array) -> pa.Array:
    return pc.replace_substring(values, "\0", _OF_NUL)


def _escaped(values: pa.Array, escapes: tuple[tuple[str, str], ...]) -> pa.Array:
    for plain, told in escapes:
        values = pc.replace_substring(values, plain, told)
    return values
