"""Property values that a page object truncates at 25 references.

What belongs here: detecting truncated values, and completing them through the property endpoint.
What does not: decoding them (``properties``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.notion.client import NotionClient, next_cursor, paged_list
from connectors.notion.schema import plain_id

Json = Mapping[str, Any]

REFERENCES = 25
"""The most references of one property in a page object."""


def cut_properties(page: Json, rollup_relation: Callable[[str], str | None]) -> list[str]:
    """Names of the properties whose values in ``page`` are truncated.

    A relation reports that it has more. People and mentions do not: 25 of them count as
    truncated. A rollup over a truncated relation was computed from its first 25 items, so it
    counts as truncated, too, and so does one that Notion reports as incomplete.

    Args:
        page: A page object.
        rollup_relation: Id of a rollup property → plain id of the relation that it goes over.
    """
    properties: Mapping[str, Json] = page["properties"]
    cut = {name for name, value in properties.items() if _is_cut(value)}
    cut_relations = {plain_id(properties[name]["id"]) for name in cut}
    for name, value in properties.items():
        if value.get("type") == "rollup" and (
            rollup_relation(value["id"]) in cut_relations or _is_unfinished(value)
        ):
            cut.add(name)
    return sorted(cut)


def read_to_the_end(client: NotionClient, page_id: str, value: Json) -> Json:
    """A property's value with all its items, 100 per request.

    Raises:
        SourceError: The items could not be read.
    """
    kind = value["type"]
    items: list[Json] = []
    answer: Json = {}
    cursor: str | None = None
    listed = paged_list(f"Property {value['id']} of page {page_id}")
    while True:
        answer = client.property_items(page_id, value["id"], cursor)
        if answer.get("object") != "list":
            # A single value, not a list: it is complete.
            return {**value, kind: answer.get(kind)}
        items.extend(answer.get("results") or [])
        cursor = next_cursor(answer, listed)
        if cursor is None:
            break
    if kind != "rollup":
        return {**value, kind: [item[kind] for item in items], "has_more": False}
    # The last page has the value computed from all items.
    rollup = (answer.get("property_item") or {}).get("rollup") or {"type": "incomplete"}
    if rollup.get("type") == "array":
        rollup = {**rollup, "array": [_as_page_value(item) for item in items]}
    return {**value, "rollup": rollup}


def _is_cut(value: Json) -> bool:
    kind = value.get("type")
    if kind == "relation":
        return bool(value.get("has_more")) or len(value.get("relation") or []) > REFERENCES
    if kind == "people":
        return len(value.get("people") or []) >= REFERENCES
    if kind in ("title", "rich_text"):
        mentions = [run for run in value.get(kind) or [] if run.get("type") == "mention"]
        return len(mentions) >= REFERENCES
    return False


def _is_unfinished(value: Json) -> bool:
    rollup = value.get("rollup") or {}
    return rollup.get("type") == "incomplete" or len(rollup.get("array") or []) >= REFERENCES


def _as_page_value(item: Json) -> Json:
    """A listed item in the shape of a page's property, where these types are lists."""
    kind = item["type"]
    if kind in ("title", "rich_text", "relation", "people") and isinstance(item[kind], dict):
        return {**item, kind: [item[kind]]}
    return item
