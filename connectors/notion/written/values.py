"""Typed values of a page's properties, as they are sent and as they are served.

What belongs here: the form that each type of property needs, and what it cannot hold. What does
not: requests (``database``), and decoding pages that are read (``connectors.notion.properties``).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors.notion.properties import plain_text

Json = dict[str, Any]
Kind = Literal[
    "title", "rich_text", "number", "percent", "select", "multi_select", "date", "url", "relation"
]
"""A type of property; ``percent`` is a number that is shown as one."""
Value = str | float | tuple[str, ...] | None
_LONGEST_TEXT = 2000
_MOST_RUNS = 100
_LONGEST_OPTION = 100


@dataclass(frozen=True, slots=True)
class WrittenProperty:
    """A property that a program writes.

    Attributes:
        name: Its name.
        kind: Its type.
        told: What people are told of it, which also tells that it is ours.
        to: Of a relation: id of the data source that it leads to.
    """

    name: str
    kind: Kind
    told: str
    to: str | None = None

    @property
    def type(self) -> str:
        """Notion's name of its type."""
        return "number" if self.kind == "percent" else self.kind

    @property
    def schema(self) -> Json:
        """The property as a new one of a data source."""
        inner: Json = {}
        if self.type == "number":
            inner = {"format": "percent" if self.kind == "percent" else "number"}
        if self.kind == "relation":
            inner = {"data_source_id": self.to, "type": "single_property", "single_property": {}}
        return {self.type: inner, "description": self.told}


def fitting(one: WrittenProperty, value: Any) -> Value:
    """What a property holds of a value; None if that is nothing.

    An empty text and a number that is not finite are nothing. An option has no comma, for which a
    semicolon stands, and 100 characters; a text has 200,000. A longer address is left out.
    """
    if value is None or value == "" or value == []:
        return None
    match one.kind:
        case "number" | "percent":
            return float(value) if math.isfinite(value) else None
        case "date":
            return value.isoformat() if isinstance(value, dt.date) else str(value)
        case "select":
            return _option(value)
        case "multi_select":
            return tuple(sorted({_option(each) for each in value} - {""})) or None
        case "relation":
            return (str(value),)
        case "url":
            return str(value) if len(str(value)) <= _LONGEST_TEXT else None
        case _:
            return str(value)[: _LONGEST_TEXT * _MOST_RUNS]


def sent(one: WrittenProperty, value: Value) -> Json:
    """A value of :func:`fitting` as a page's property."""
    match one.kind:
        case "title" | "rich_text":
            text = str(value or "")
            parts = [text[at : at + _LONGEST_TEXT] for at in range(0, len(text), _LONGEST_TEXT)]
            return {one.type: [{"type": "text", "text": {"content": part}} for part in parts]}
        case "select":
            return {one.type: {"name": value} if value else None}
        case "multi_select":
            return {one.type: [{"name": each} for each in _several(value)]}
        case "date":
            return {one.type: {"start": value} if value else None}
        case "relation":
            return {one.type: [{"id": each} for each in _several(value)]}
        case _:
            return {one.type: value}


def served(one: WrittenProperty, found: Mapping[str, Any]) -> Value:
    """The value that a page has, as :func:`fitting` has it."""
    inner = found[one.type]
    match one.kind:
        case "title" | "rich_text":
            return plain_text(inner) or None
        case "number" | "percent":
            return None if inner is None else float(inner)
        case "select":
            return str(inner["name"]) if inner else None
        case "multi_select":
            return tuple(sorted(str(each["name"]) for each in inner)) or None
        case "date":
            # Somebody's end or time of day is none of ours, and differs.
            return (str(inner["start"]) + str(inner.get("end") or "")) if inner else None
        case "relation":
            return tuple(str(each["id"]) for each in inner) or None
        case _:
            return inner or None


def _option(value: Any) -> str:
    return " ".join(str(value).replace(",", ";").split())[:_LONGEST_OPTION].strip()


def _several(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
