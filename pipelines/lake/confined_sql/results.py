"""What a query may return: days and finite numbers.

What belongs here: reading its columns and rows as such, and saying of which rows that fails. What
does not: running it (``worker``). A row without a day or a value is left out, as documented; one
whose day or value cannot be used is left out and told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pipelines.lake.confined_sql.statement import RefusedError, printable

ROWS = 10_000
Reading = tuple[str, float, str | None]
"""Day in ISO 8601, value, unit."""

_COLUMNS = ("day", "value", "unit")
_TEXTS = ("VARCHAR", "JSON", "ENUM", '"NULL"')
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
_NUMBERS = (*_INTEGERS, *_UNSIGNED, "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN", *_TEXTS)
_TYPES = {
    "day": ("a date", ("DATE", "TIMESTAMP", *_TEXTS)),
    "value": ("a number", _NUMBERS),
    "unit": ("text", _TEXTS),
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_LONGEST_TEXT = 100
_EXACT = 2**53  # from here on a DOUBLE no longer holds every integer


def projection(names: Sequence[str], types: Sequence[str]) -> str:
    """The SELECT list that gives day (as text), value and unit, in this order.

    Raises:
        RefusedError: There are other columns, or they are of types that cannot be used.
    """
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        known = name.lower()
        if known in places:
            raise RefusedError(f"it gives two columns {known}")
        if known not in _COLUMNS:
            raise RefusedError(
                f"it gives a column {printable(name, 60)}; a measure has day, value and unit only"
            )
        places[known] = place
    for known in _COLUMNS[:2]:
        if known not in places:
            raise RefusedError(f"it gives no column {known}; a measure needs day and value")
    for known, place in places.items():
        _check_type(known, types[place])
    day = f'"{names[places["day"]]}"'
    if not types[places["day"]].startswith(_TEXTS):
        day = f"CAST({day} AS DATE)"
    unit = f'"{names[places["unit"]]}"' if "unit" in places else "NULL"
    value = f'"{names[places["value"]]}"'
    return f"CAST({day} AS VARCHAR), {value}, CAST({unit} AS VARCHAR)"


def _check_type(known: str, kind: str) -> None:
    expected, types = _TYPES[known]
    # A list is called after its elements: INTEGER[].
    if kind.endswith("]") or re.split(r"[( _]", kind)[0] not in types:
        shown = printable(kind.partition("(")[0].lower(), 40)
        raise RefusedError(f"{known} must be {expected}, but is of type {shown}")


def readings(rows: Sequence[tuple[Any, Any, Any]]) -> tuple[list[Reading], str | None]:
    """The usable rows, and what is wrong with the first one that is not.

    Raises:
        RefusedError: There are more than :data:`ROWS`.
    """
    if len(rows) > ROWS:
        raise RefusedError(f"it gives more than {ROWS:,} rows")
    good: list[Reading] = []
    wrong: list[str] = []
    for day, value, unit in rows:
        if day is None or value is None:
            continue
        try:
            on = _day(day)
            good.append((on, _number(value, on), _unit(unit, on)))
        except RefusedError as error:
            wrong.append(str(error))
    more = f", and {len(wrong) - 1:,} more like it" if len(wrong) > 1 else ""
    return good, f"{wrong[0]}{more}" if wrong else None


def _day(text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            at = datetime.fromisoformat(text)
            on = at.astimezone(UTC).date() if at.tzinfo else at.date()
            return on.isoformat()
    except (ValueError, OverflowError):
        pass
    raise RefusedError(f"day must be a date such as 2026-11-27, but is {_quoted(text)}")


def _number(value: Any, day: str) -> float:
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT or not _NUMBER.fullmatch(value):
            raise RefusedError(f"value must be a number, but for {day} is {_quoted(value)}")
        value = float(value) if re.search(r"[.eE]", value) else int(value)
    if isinstance(value, int | Decimal) and not -_EXACT <= value <= _EXACT:
        raise RefusedError(f"its value for {day} is beyond {_EXACT:,}, which is not exact any more")
    number = float(value)
    if not math.isfinite(number):
        raise RefusedError(f"its value for {day} is a figure that is not finite")
    return number


def _unit(text: str | None, day: str) -> str | None:
    if text is not None and len(text) > _LONGEST_TEXT:
        raise RefusedError(f"its unit for {day} has more than {_LONGEST_TEXT} characters")
    if text is not None and not text.isprintable():
        raise RefusedError(f"its unit for {day} has a character that cannot be printed")
    return text


def _quoted(text: str) -> str:
    return f"“{printable(text, 40)}”"
