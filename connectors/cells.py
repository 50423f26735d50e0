"""One value of one field of one record, from any service.

What belongs here: the :class:`Cell` that a sheet's cell, a Notion property and a Jira field become:
the text a person sees, its value as a number or a date, and its exact address. What does not: what
a cell means for a Key Result.
"""

import datetime as dt
import math
import sys
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pyarrow as pa

from connectors.records import LARGEST_RECORD
from connectors.secrets import redact

CellKind = Literal[
    "empty",  # blank cell, null property, empty list
    "text",
    "number",
    "percent",  # number is the fraction: 12.5 % is 0.125
    "duration",  # number is in seconds
    "money",  # number is the amount, unit is the ISO 4217 code
    "date",  # date is YYYY-MM-DD
    "datetime",  # date is an ISO 8601 instant with its offset
    "bool",  # number is 1.0 or 0.0
    "refs",  # refs are ids of other records, options, labels or people
    "error",  # the service reports a broken value: text is "#REF!", "unsupported", ...
]


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """The value of one field of one record.

    Attributes:
        kind: Which of the value attributes below is set.
        text: The value as a person sees it in the service; for ``refs`` the names, joined by ", ".
        number: The value as a number, in the unit that ``kind`` names.
        date: ISO 8601 date or instant; the start of a date range.
        end: End of a date range, else None.
        refs: Ids of the records the field refers to, in the service's order, without duplicates.
        unit: Currency code of ``money``, or the sign itself where nothing tells whose it is; the
            literal suffix of a number format, such as ``x`` in ``0.0"x"``; else None.
        locale: Locale of the document that holds the text, such as ``de_DE``, where the service
            has one; it decides how ``12.400`` typed as text is parsed.
        name: The field's display name when it was read: header, property or field name.
        address: Where the value is: ``Metrics!C14``, a Notion property id, ``customfield_10042``.
        merged: Of a cell that shows what the top left one of a merged range holds: whether it lies
            below that one or beside it. Its address is the range's.
    """

    kind: CellKind
    text: str = ""
    number: float | None = None
    date: str | None = None
    end: str | None = None
    refs: tuple[str, ...] = ()
    unit: str | None = None
    locale: str | None = None
    name: str = ""
    address: str = ""
    merged: Literal["down", "across"] | None = None


# The first match counts: a bool is an int, too, and a datetime a date.
_PLAIN: tuple[tuple[Any, CellKind], ...] = (
    (bool, "bool"),
    ((int, float, Decimal), "number"),
    (dt.datetime, "datetime"),
    (dt.date, "date"),
    (dt.timedelta, "duration"),
    (str, "text"),
)
MOST_CHARACTERS = 250_000
"""The longest text of a cell: Jira ends a field at 32,767, Sheets at 50,000, Notion at 200,000."""
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What decoding a record raises that does not have the shape that its service documents."""
_FIRST_YEAR, _END_YEAR = 1900, 2200
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(dict[str, Cell])


OUT_OF_RANGE = object()
"""Stands for a value that Python has none for, such as a day of the year 20000."""


def in_range(instant: dt.datetime) -> dt.datetime:
    """A time at which a service says that something happened.

    Raises:
        ValueError: Nothing happened then: it is before 1900, or from 2200 on.
    """
    if not _FIRST_YEAR <= instant.year < _END_YEAR:
        raise ValueError(f"{instant.isoformat()} is out of range")
    return instant


def plain_rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows of an Arrow batch as Python values, or :data:`OUT_OF_RANGE`."""
    try:
        return list(batch.to_pylist())
    except UNREADABLE:  # only the value that Python has none for is lost
        columns = [[_plain(scalar) for scalar in column] for column in batch.columns]
        return [
            dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)
        ]


def plain_cell(value: Any, name: str, address: str, locale: str | None = None) -> Cell:
    """The cell for a plain Python value, such as JSON and Parquet decode to.

    Args:
        value: None, a string, number, boolean, date, datetime, timedelta, or a list of strings. NaN
            and blank text are empty; any other type is an ``error`` that names it, and so is
            :data:`OUT_OF_RANGE`.
        name: The field's display name.
        address: Where the value is.
        locale: Locale of the document that holds it, if any.
    """
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if value is None or value != value or value == "" or str(value).isspace():
        return Cell("empty", name=name, address=address)
    kind = next((kind for known, kind in _PLAIN if isinstance(value, known)), None)
    if kind is None:
        said = "a value out of range" if value is OUT_OF_RANGE else _of_type(value)
        return Cell("error", said, name=name, address=address)
    worth = value.total_seconds() if kind == "duration" else value
    if kind == "number" and not abs(worth) <= sys.float_info.max:
        return Cell("error", "a number without end", name=name, address=address)
    return Cell(
        kind,
        redact(str(value)),
        number=float(worth) if kind in ("bool", "number", "duration") else None,
        date=value.isoformat() if kind in ("date", "datetime") else None,
        locale=locale,
        name=name,
        address=address,
    )


def _plain(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py()
    except UNREADABLE:
        return OUT_OF_RANGE


def _of_type(value: Any) -> str:
    return f"a value of type {type(value).__name__}"


def too_large(cells: dict[str, Cell]) -> str | None:
    """Why a record has too much text, as the end of a sentence; None if it has not."""
    large = sum(len(cell.text) for cell in cells.values()) > LARGEST_RECORD
    return f"has more than {LARGEST_RECORD / 2**20:g} MB" if large else None


def encode_cells(cells: dict[str, Cell]) -> str:
    """The JSON of a record's ``cells`` column, keyed by field id.

    A number that is not finite, and a text that is longer than :data:`MOST_CHARACTERS`, become an
    ``error`` that says so.

    Raises:
        TypeError: The service served a value of another type than the cell's kind has.
    """
    return _ENCODER.encode({key: _bounded(cell) for key, cell in cells.items()}).decode()


def _bounded(cell: Cell) -> Cell:
    texts = (cell.text, cell.name, cell.address, *cell.refs)
    if not all(type(text) is str for text in texts):
        wrong = next(type(text).__name__ for text in texts if type(text) is not str)
        raise TypeError(f"a {wrong} stands where a text is expected")
    if cell.number is not None and not math.isfinite(cell.number):
        return Cell("error", "a number without end", name=cell.name, address=cell.address)
    longest = max(len(cell.text), sum(map(len, cell.refs)))
    if longest > MOST_CHARACTERS:
        said = f"a text of {longest:,} characters; at most {MOST_CHARACTERS:,} are read"
        return Cell("error", said, name=cell.name, address=cell.address)
    return cell


def decode_cells(text: str) -> dict[str, Cell]:
    """The inverse of :func:`encode_cells`."""
    return _DECODER.decode(text)
