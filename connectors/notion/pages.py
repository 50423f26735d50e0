"""A page becomes a record of the ``notion_pages`` stream.

What belongs here: the record's columns and the texts in which a page may name another record.
What does not: fetching, and how one property is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from connectors.cells import Cell, encode_cells
from connectors.notion.facts import NOTION_PAGES
from connectors.notion.properties import decode_property, links, plain_text

Json = Mapping[str, Any]
Record = dict[str, Any]
Text = dict[str, str]

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What decoding raises when a page is not shaped as the API promises."""


def decode_page(
    page: Json,
    data_source: str,
    number_format: Callable[[str], str | None],
    completed: Json | None = None,
    left_cut: Collection[str] = (),
) -> Record:
    """The record that a page object stands for.

    Args:
        page: As the service served it; kept whole in ``raw``.
        data_source: Id of the data source it was read from, the record's ``place``.
        number_format: Property id → Notion's name of its number format.
        completed: Property name → value with all its items, for properties whose value in
            ``page`` was cut off at 25 references.
        left_cut: Names of properties that were cut off and not completed; a part is not passed
            off as the whole, so their cells are errors.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: See :data:`UNREADABLE`.
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
        "url": page.get("url"),
        "updated_at": datetime.fromisoformat(page["last_edited_time"]),
        "texts": [text for name, value in properties.items() for text in _texts(name, value)],
        "cells": encode_cells(cells),
        "raw": msgspec.json.encode(page).decode(),
        "title": title,
        "created_at": datetime.fromisoformat(page["created_time"]),
    }


def is_in_trash(page: Json) -> bool:
    """Whether Notion calls the page trashed; ``archived`` is the older word for the same."""
    return bool(page.get("in_trash") or page.get("archived"))


def pages_table(records: Sequence[Record]) -> pa.Table:
    """Records as the stream's schema wants them."""
    return pa.Table.from_pylist(list(records), schema=NOTION_PAGES)


def _cut_cell(name: str, value: Json) -> Cell:
    text = "only partly read, because no setting names it"
    return Cell(kind="error", text=text, name=name, address=str(value["id"]))


def _texts(name: str, served: Json) -> list[Text]:
    """Where a property may name another record; ``field`` is the property's name."""
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
