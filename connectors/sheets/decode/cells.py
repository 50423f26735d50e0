"""One grid cell decoded into a cell.

What belongs here: combining a cell's effective value and its number format. What does not:
requests, and the cell's address (``rows``).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.cells import Cell
from connectors.sheets.decode.number_formats import NumberFormat, read_format

Json = Mapping[str, Any]
EMPTY = Cell(kind="empty")

_EPOCH = date(1899, 12, 30)
_DAY_SECONDS = 86400
_OFFSET = re.compile(r"(?:GMT|UTC)([+-])(\d{1,2}):?(\d{2})?")
_ERRORS: Mapping[str, str] = {
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "ERROR": "#ERROR!",
    "LOADING": "Loading...",
    "N_A": "#N/A",
    "NAME": "#NAME?",
    "NULL_VALUE": "#NULL!",
    "NUM": "#NUM!",
    "REF": "#REF!",
    "VALUE": "#VALUE!",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """Settings of a spreadsheet that affect its cells.

    Attributes:
        locale: Such as ``de_DE``.
        zone: Time zone of its dates and times.
        default_format: The number format of cells without one of their own, usually empty.
    """

    locale: str
    zone: tzinfo
    default_format: Json = field(default_factory=dict)


def decode_cell(served: Json, setting: Setting) -> Cell:
    """The cell of a ``CellData`` object; still without name and address.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, ArithmeticError: It does not have the shape
            that the API documents.
    """
    value = served.get("effectiveValue") or {}
    shown = served.get("formattedValue", "")
    if "errorValue" in value:
        kind = value["errorValue"].get("type", "ERROR")
        return Cell(kind="error", text=shown or _ERRORS.get(kind, f"#{kind}"))
    if "boolValue" in value:
        number = 1.0 if value["boolValue"] else 0.0
        return Cell(kind="bool", text=shown or str(value["boolValue"]).upper(), number=number)
    if "stringValue" in value:
        text = value["stringValue"]
        return EMPTY if is_blank(text) else Cell(kind="text", text=text, locale=setting.locale)
    if "numberValue" in value:
        given = (served.get("effectiveFormat") or {}).get("numberFormat")
        number_format = given or setting.default_format
        read = read_format(number_format.get("type"), number_format.get("pattern"), setting.locale)
        return _number(float(value["numberValue"]), read, shown, setting.zone)
    return EMPTY


def is_blank(text: str) -> bool:
    """Whether ``text`` is invisible: only spaces, non-breaking and zero-width characters."""
    return all(letter.isspace() or unicodedata.category(letter) in ("Cf", "Cc") for letter in text)


def read_zone(name: str) -> tzinfo | None:
    """A spreadsheet's time zone, from a CLDR name or ``GMT-07:00``; None if it is unknown."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        sign, hours, minutes = offset.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(ahead if sign == "+" else -ahead)
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _number(value: float, number_format: NumberFormat, shown: str, zone: tzinfo) -> Cell:
    kind = number_format.kind
    if kind == "date":
        day = _EPOCH + timedelta(days=math.floor(round(value, 6)))
        return Cell(kind="date", text=shown, date=day.isoformat())
    if kind == "datetime":
        return Cell(kind="datetime", text=shown, date=_instant(value, zone))
    if kind == "duration":
        return Cell(kind="duration", text=shown, number=round(value * _DAY_SECONDS, 3))
    # 7 * 0.01 is 0.07000000000000001: round to the 15 significant digits that a float holds.
    number = value if number_format.scale == 1.0 else float(f"{value * number_format.scale:.15g}")
    return Cell(kind=kind, text=shown or f"{value:.15g}", number=number, unit=number_format.unit)


def _instant(serial: float, zone: tzinfo) -> str:
    """The timestamp of a serial date: days since 1899-12-30 in the spreadsheet's time zone."""
    midnight = datetime(_EPOCH.year, _EPOCH.month, _EPOCH.day, tzinfo=UTC)
    wall = midnight + timedelta(milliseconds=round(serial * _DAY_SECONDS * 1000))
    return wall.replace(tzinfo=zone).isoformat()
