"""Checking frames against the tables they are published as.

What belongs here: casting a frame to the declared columns and types, and listing every way in which
it violates the declaration. What does not: the declarations (``tables``), or where tables are
written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from okr_model.quantities.days import to_days
from okr_model.tables import Column, ColumnType, Table

_ARROW: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
    "text[]": pa.list_(pa.string()),
}
_PANDAS: dict[ColumnType, object] = {
    "text": "str",  # however this process holds them
    "integer": pd.Int64Dtype(),
    "number": pd.Series(dtype="float64").dtype,
    "date": pd.ArrowDtype(_ARROW["date"]),
    "timestamp": pd.DatetimeTZDtype("us", "UTC"),
    "boolean": pd.BooleanDtype(),
    "text[]": pd.ArrowDtype(_ARROW["text[]"]),
}


_PANDAS_OF_ARROW = {
    _ARROW[kind]: dtype
    for kind, dtype in _PANDAS.items()
    if kind not in ("text", "number", "timestamp")  # which pandas has itself
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a frame violates its table's declaration.

    Attributes:
        rule: ``missing column``, ``unexpected column``, ``wrong type``, ``null``, ``not one of``
            or ``duplicate key``.
        column: The column; for a duplicate key the key's columns, separated by commas.
        rows: The number of offending rows; 0 if the column itself is at fault.
        sentence: What is wrong, with an example.
    """

    table: str
    rule: str
    column: str
    rows: int
    sentence: str


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table: its column names and types; required ones are not nullable."""
    return pa.schema(
        [
            pa.field(column.name, _ARROW[column.type], nullable=not column.required)
            for column in table.columns
        ]
    )


def as_declared(rows: pa.Table, table: Table) -> pa.Table:
    """``rows`` with exactly the columns of ``table``, in their order and types.

    What was published before there was a column has null in it, even in one that is required.

    Raises:
        ValueError: A column cannot be cast to its type; the message names the table and the column.
    """
    fields, columns = [], []
    for field in arrow_schema(table):
        if field.name in rows.column_names:
            try:
                values = rows[field.name].cast(field.type)
            except pa.ArrowException as error:
                raise ValueError(
                    f"{table.name}.{field.name} cannot become {field.type}: {error}"
                ) from error
        else:
            values = pa.nulls(rows.num_rows, field.type)
        fields.append(field.with_nullable(field.nullable or bool(values.null_count)))
        columns.append(values)
    return pa.table(columns, schema=pa.schema(fields))


def to_pandas(rows: pa.Table) -> pd.DataFrame:
    """Rows of :func:`as_declared` as a frame with the types that :func:`violations` asks for."""
    return rows.to_pandas(types_mapper=_PANDAS_OF_ARROW.get)


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """``frame`` with exactly the columns of ``table``, in their order and types.

    Undeclared columns are dropped; missing nullable columns are added. Dates become Arrow
    ``date32`` and lists of strings Arrow lists, so that writing to a file loses nothing.

    Raises:
        ValueError: If a required column is missing, or a column cannot be cast to its type; the
            message names the table and the column.
    """
    columns = {}
    for column in table.columns:
        if column.name in frame.columns:
            values = frame[column.name]
        elif column.required:
            raise ValueError(f"{table.name} lacks the column {column.name}")
        else:
            values = pd.Series(None, index=frame.index, dtype="object")
        try:
            columns[column.name] = _CASTS[column.type](values)
        except (ValueError, TypeError, pa.ArrowException) as error:
            raise ValueError(
                f"{table.name}.{column.name} cannot become {column.type}: {error}"
            ) from error
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def violations(frame: pd.DataFrame, table: Table) -> list[Violation]:
    """Every way in which ``frame`` violates the declaration of ``table``; empty if it conforms."""
    found = [
        Violation(table.name, "unexpected column", name, 0, f"{table.name} has no column {name}.")
        for name in frame.columns
        if name not in table.column_names
    ]
    for column in table.columns:
        if column.name not in frame.columns:
            found.append(
                Violation(
                    table.name,
                    "missing column",
                    column.name,
                    0,
                    f"{table.name} lacks the column {column.name}.",
                )
            )
            continue
        found += _column_violations(frame[column.name], column, table)
    key = list(table.key)
    if set(key) <= set(frame.columns):
        repeated = frame.duplicated(key)
        if repeated.any():
            example = " / ".join(str(part) for part in frame.loc[repeated, key].iloc[0])
            sentence = f"{table.name} has {example} more than once."
            found.append(
                Violation(
                    table.name, "duplicate key", ", ".join(key), int(repeated.sum()), sentence
                )
            )
    return found


def _column_violations(values: pd.Series, column: Column, table: Table) -> list[Violation]:
    where = f"{table.name}.{column.name}"
    found = []
    expected = _PANDAS[column.type]
    if values.dtype != expected:
        found.append(
            Violation(
                table.name,
                "wrong type",
                column.name,
                0,
                f"{where} is {values.dtype}, not {expected} ({column.type}).",
            )
        )
    null = values.isna()
    if column.required and null.any():
        sentence = f"{where} is null in {int(null.sum())} rows."
        found.append(Violation(table.name, "null", column.name, int(null.sum()), sentence))
    if column.one_of:
        stray = ~null & ~values.isin(column.one_of)
        if stray.any():
            sentence = (
                f"{where} holds “{values[stray].iloc[0]}”, none of: {', '.join(column.one_of)}."
            )
            found.append(
                Violation(table.name, "not one of", column.name, int(stray.sum()), sentence)
            )
    return found


def _as_dates(values: pd.Series) -> pd.Series:
    days = to_days(values)
    return pd.Series(
        pd.arrays.ArrowExtensionArray(pa.array(days, from_pandas=True).cast(pa.date32())),
        index=values.index,
    )


def _as_instants(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, utc=True).astype(_PANDAS["timestamp"])


def _as_lists(values: pd.Series) -> pd.Series:
    lists = [list(value) if pd.api.types.is_list_like(value) else None for value in values]
    array = pa.array(lists, type=_ARROW["text[]"])
    return pd.Series(pd.arrays.ArrowExtensionArray(array), index=values.index)


_CASTS: dict[ColumnType, Callable[[pd.Series], pd.Series]] = {
    "text": lambda values: values.astype(_PANDAS["text"]),
    "integer": lambda values: values.astype(_PANDAS["integer"]),
    "number": lambda values: values.astype(_PANDAS["number"]),
    "date": _as_dates,
    "timestamp": _as_instants,
    "boolean": lambda values: values.astype(_PANDAS["boolean"]),
    "text[]": _as_lists,
}
