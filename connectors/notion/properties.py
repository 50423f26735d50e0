"""One property of a page decoded into a cell.

What belongs here: every property type of the API, and the text that a person sees. What does not:
requests (a relation must be complete already), and what a property means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.cells import Cell
from connectors.notion.schema import CURRENCIES

Json = Mapping[str, Any]
EMPTY = Cell(kind="empty")


def decode_property(name: str, served: Json, number_format: str | None = None) -> Cell:
    """The cell of a property value in a page object.

    Args:
        name: The property's current name.
        served: The value, such as ``{"id": …, "type": "number", "number": 0.58}``.
        number_format: Notion's name of the property's number format; None where unknown.

    Returns:
        A cell named ``name`` whose address is the property's id. An unknown type is an ``error``
        cell with the type's name, never a guess.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError: The value
            does not have the shape of its type; the caller names the page.
    """
    cell = _decode(served, number_format)
    return msgspec.structs.replace(cell, name=name, address=str(served["id"]))


def plain_text(runs: Sequence[Json]) -> str:
    """The joined text of rich-text runs."""
    return "".join(run["plain_text"] for run in runs)


def links(runs: Sequence[Json]) -> list[str]:
    """Addresses that rich-text runs link to, without duplicates."""
    return list(dict.fromkeys(run["href"] for run in runs if run.get("href")))


def show_number(value: float) -> str:
    """``value`` without binary rounding noise: 0.58 is ``0.58``, 4.0 is ``4``."""
    text = format(Decimal(repr(value)).normalize(), "f")
    return "0" if text == "-0" else text


def _decode(served: Json, number_format: str | None) -> Cell:
    kind = str(served["type"])
    value = served.get(kind)
    if kind == "rollup":
        return EMPTY if value is None else _rollup(value, number_format)
    if kind == "number":
        return _number(value, number_format)
    if value is None or value in ("", [], {}):
        return EMPTY  # of a type that is not known here, too
    decoder = _DECODERS.get(kind)
    return Cell(kind="error", text=kind) if decoder is None else decoder(value)


def _text(value: str) -> Cell:
    return Cell(kind="text", text=value) if value.strip() else EMPTY


def _rich_text(runs: Sequence[Json]) -> Cell:
    return _text(plain_text(runs))


def _number(value: float | None, number_format: str | None) -> Cell:
    if value is None:
        return EMPTY
    number = float(value)
    if number_format == "percent":
        shown = format((Decimal(repr(value)) * 100).normalize(), "f")
        return Cell(kind="percent", text=f"{shown}%", number=number)
    currency = CURRENCIES.get(number_format or "")
    if currency:
        return Cell(kind="money", text=show_number(number), number=number, unit=currency)
    return Cell(kind="number", text=show_number(number), number=number)


def _option(value: Json) -> Cell:
    return Cell(kind="text", text=value["name"], refs=(value["id"],))


def _options(values: Sequence[Json]) -> Cell:
    return _refs([(value["id"], value["name"]) for value in values])


def _people(values: Sequence[Json]) -> Cell:
    return _refs([(value["id"], value.get("name") or "") for value in values])


def _person(value: Json) -> Cell:
    return _people([value])


def _relation(values: Sequence[Json]) -> Cell:
    return _refs([(value["id"], "") for value in values])


def _refs(found: Sequence[tuple[str, str]]) -> Cell:
    """Ids with the names that the service gives, without duplicates."""
    names = dict(found)
    shown = ", ".join(name for name in names.values() if name)
    return Cell(kind="refs", text=shown, refs=tuple(names))


def _files(values: Sequence[Json]) -> Cell:
    return _text(", ".join(value.get("name") or "" for value in values))


def _checkbox(value: bool) -> Cell:
    return Cell(kind="bool", text="Yes" if value else "No", number=1.0 if value else 0.0)


def _date(value: Json) -> Cell:
    start = value["start"]
    if not start:
        return EMPTY
    end = value.get("end")
    zone = value.get("time_zone")
    shown = f"{start} → {end}" if end else start
    return Cell(
        kind="date" if len(start) == len("2026-11-28") else "datetime",
        text=shown,
        date=_instant(start, zone),
        end=_instant(end, zone) if end else None,
    )


def _instant(text: str, zone: str | None) -> str:
    """A date unchanged; a timestamp with its offset, which may come from a separate zone name."""
    if len(text) == len("2026-11-28"):
        return datetime.fromisoformat(text).date().isoformat()
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=_zone(zone))
    return instant.isoformat()


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except ZoneInfoNotFoundError:
        raise ValueError(f"{name} is not a time zone") from None


def _moment(value: str) -> Cell:
    return Cell(kind="datetime", text=value, date=datetime.fromisoformat(value).isoformat())


def _unique_id(value: Json) -> Cell:
    number = value.get("number")
    if number is None:
        return EMPTY
    prefix = value.get("prefix")
    return Cell(kind="text", text=f"{prefix}-{number}" if prefix else str(number))


def _button(_value: Json) -> Cell:
    return EMPTY  # a button has no value; pressing it changes other properties


def _verification(value: Json) -> Cell:
    return _text(value.get("state") or "")


def _formula(value: Json) -> Cell:
    kind = str(value["type"])
    result = value.get(kind)
    decoders: dict[str, Callable[[Any], Cell]] = {
        "string": _text,
        "boolean": _checkbox,
        "date": _date,
        "number": lambda number: _number(number, None),
    }
    if result is None:
        return EMPTY
    return decoders[kind](result) if kind in decoders else Cell(kind="error", text=kind)


def _rollup(value: Json, number_format: str | None) -> Cell:
    kind = str(value["type"])
    result = value.get(kind)
    if kind == "number":
        percent = str(value.get("function", "")).startswith("percent")
        return _number(result, "percent" if percent else number_format)
    if kind == "date":
        return EMPTY if result is None else _date(result)
    if kind == "array":
        return _several([_decode(item, number_format) for item in result or []])
    # "incomplete" and "unsupported" are Notion's names for values that it does not return.
    return Cell(kind="error", text=kind)


def _several(cells: Sequence[Cell]) -> Cell:
    """The cell of a rolled-up list: a single value as itself, several values joined."""
    held = [cell for cell in cells if cell.kind != "empty"]
    if len(held) <= 1:
        return held[0] if held else EMPTY
    broken = next((cell for cell in held if cell.kind == "error"), None)
    if broken:
        return broken
    text = ", ".join(cell.text for cell in held if cell.text)
    refs = tuple(dict.fromkeys(ref for cell in held for ref in cell.refs))
    return Cell(kind="refs" if refs else "text", text=text, refs=refs)


_DECODERS: Mapping[str, Callable[[Any], Cell]] = {
    "title": _rich_text,
    "rich_text": _rich_text,
    "select": _option,
    "status": _option,
    "multi_select": _options,
    "date": _date,
    "people": _people,
    "files": _files,
    "checkbox": _checkbox,
    "url": _text,
    "email": _text,
    "phone_number": _text,
    "formula": _formula,
    "relation": _relation,
    "created_time": _moment,
    "last_edited_time": _moment,
    "created_by": _person,
    "last_edited_by": _person,
    "unique_id": _unique_id,
    "button": _button,
    "verification": _verification,
}
