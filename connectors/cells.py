"""One value of one field of one record, whichever service it came from.

A sheet's cell, a Notion property and a Jira field all become a :class:`Cell`: what a person sees,
what it is worth as a number or a date, and where exactly it stands. What a cell *means* for a Key
Result is not decided here.
"""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import msgspec

CellKind = Literal[
    "empty",  # nothing there: blank cell, null property, empty list
    "text",
    "number",
    "percent",  # number is the fraction: 12.5 % is 0.125
    "duration",  # number is in seconds
    "money",  # number is the amount, unit the ISO 4217 code
    "date",  # date is YYYY-MM-DD
    "datetime",  # date is an ISO 8601 instant with its offset
    "bool",  # number is 1.0 or 0.0
    "refs",  # refs are ids of other records, options, labels or people
    "error",  # the service itself says the value is broken: text is "#REF!", "unsupported", ...
]


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one field of one record holds.

    Attributes:
        kind: Which of the value attributes below speaks.
        text: The value as a person sees it in the service (for ``refs``: the names, ", "-joined).
        number: The value as a number, in the unit that ``kind`` names.
        date: ISO 8601 date or instant; the start, where the field holds a range.
        end: End of a date range, else None.
        refs: Ids of what the field refers to, in the service's order, without repeats.
        unit: Currency code of ``money``, or the sign that stands there where nothing tells whose
            it is; the literal suffix or prefix of a number format such as
            ``x`` in ``0.0"x"``; else None.
        locale: Locale of the place the text stands in, such as ``de_DE``, where the service knows
            one; it decides what ``12.400`` typed as text is worth.
        name: The field's display name at the time it was read: header, property or field name.
        address: Where it stands: ``Metrics!C14``, a Notion property id, ``customfield_10042``.
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


# The first that fits: booleans are whole numbers too, and instants are days.
_PLAIN: tuple[tuple[Any, CellKind], ...] = (
    (bool, "bool"),
    ((int, float, Decimal), "number"),
    (dt.datetime, "datetime"),
    (dt.date, "date"),
    (dt.timedelta, "duration"),
    (str, "text"),
)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(dict[str, Cell])


def plain_cell(value: Any, name: str, address: str, locale: str | None = None) -> Cell:
    """The cell that a plain Python value is, such as JSON or Parquet hold it.

    Args:
        value: None, a text, number, boolean, day, instant, span of time, or a list of texts. NaN
            and blank text are empty; anything else is an ``error`` that names its type.
        name: The field's display name.
        address: Where the value stands.
        locale: Of the place it stands in, if that has one.
    """
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if value is None or value != value or value == "" or str(value).isspace():
        return Cell("empty", name=name, address=address)
    kind = next((kind for known, kind in _PLAIN if isinstance(value, known)), None)
    if kind is None:
        return Cell("error", f"a value of type {type(value).__name__}", name=name, address=address)
    worth = value.total_seconds() if kind == "duration" else value
    return Cell(
        kind,
        str(value),
        number=float(worth) if kind in ("bool", "number", "duration") else None,
        date=value.isoformat() if kind in ("date", "datetime") else None,
        locale=locale,
        name=name,
        address=address,
    )


def encode_cells(cells: dict[str, Cell]) -> str:
    """The JSON text that the lake keeps in a record's ``cells`` column, keyed by field id."""
    return _ENCODER.encode(cells).decode()


def decode_cells(text: str) -> dict[str, Cell]:
    """The inverse of :func:`encode_cells`."""
    return _DECODER.decode(text)
