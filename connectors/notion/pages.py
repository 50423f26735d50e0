"""One page decoded into a record of the ``notion_pages`` stream.

What belongs here: the record's columns, and the texts that may refer to other records. What does
not: requests, and decoding one property (``properties``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from connectors.cells import Cell, encode_cells, in_range
from connectors.notion.properties import decode_property, links, plain_text
from connectors.notion.streams import NOTION_PAGES
from connectors.records import as_served

Json = Mapping[str, Any]
Record = dict[str, Any]
Text = dict[str, str]


def decode_page(
    page: Json,
    data_source: str,
    number_format: Callable[[str], str | None],
    completed: Json | None = None,
    left_cut: Collection[str] = (),
) -> Record:
    """The record of a page object.

    Args:
        page: As served; kept unchanged in ``raw``.
        data_source: Id of the data source it was read from, the record's ``place``.
        number_format: Property id → Notion's name of its number format.
        completed: Property name → value with all its items, for properties whose value in
            ``page`` is truncated at 25 references.
        left_cut: Names of properties that are truncated and were not completed; their cells are
            errors, because a part must not pass as the whole.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError: See
            :data:`connectors.cells.UNREADABLE`.
    """
    properties: Json = {**page["properties"], **(completed or {})}
    cells = {
        str(value["id"]): _cut_cell(name, value)
        if name in left_cut
        else decode_property(name, value, number_format(str(value["id"])))
        for name, value in properties.items()
    }
    title = next(
        (plain_text(value["title"]) for value in properties.values() if value["type"] == "title"),
        None,
    )
    return {
        "id": page["id"],
        "place": data_source,
        "url": web_address(page.get("url")),
        "updated_at": in_range(datetime.fromisoformat(page["last_edited_time"])),
        "texts": [text for name, value in properties.items() for text in _texts(name, value)],
        "cells": encode_cells(cells),
        "raw": as_served(msgspec.json.encode(page)),
        "title": title,
        "created_at": in_range(datetime.fromisoformat(page["created_time"])),
    }


def is_in_trash(page: Json) -> bool:
    """Whether Notion reports the page as trashed; ``archived`` is the older name of the flag."""
    return bool(page.get("in_trash") or page.get("archived"))


def web_address(served: Any) -> str | None:
    """An address that a browser opens; None for anything else, such as ``javascript:``."""
    is_one = isinstance(served, str) and served.startswith(("https://", "http://"))
    return served if is_one else None


def pages_table(records: Sequence[Record]) -> pa.Table:
    """The records as a table of the stream."""
    return pa.Table.from_pylist(list(records), schema=NOTION_PAGES)


def _cut_cell(name: str, value: Json) -> Cell:
    text = "only partly read, because no setting names it"
    return Cell(kind="error", text=text, name=name, address=str(value["id"]))


def _texts(name: str, served: Json) -> list[Text]:
    """The texts of a property that may refer to other records; ``field`` is its name."""
    kind = served["type"]
    value = served.get(kind)
    if not value:
        return []
    if kind in ("title", "rich_text"):
        prose = plain_text(value)
        found = [_text("text", name, prose)] if prose.strip() else []
        return found + [_text("link", name, address) for address in links(value)]
    if kind in ("select", "status"):
        return [_text("property", name, value["name"])]
    if kind == "multi_select":
        return [_text("property", name, option["name"]) for option in value]
    if kind == "url":
        return [_text("link", name, value)]
    return []


def _text(role: str, field: str, text: str) -> Text:
    return {"role": role, "field": field, "text": text}
