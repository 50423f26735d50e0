"""The JSON of pages, data sources, databases and blocks, by API version."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

from sandbox.server.notion.ids import encode_property_id, notion_id
from sandbox.server.notion.records import (
    Block,
    Comment,
    Database,
    DataSource,
    Page,
    Property,
    as_runs,
)
from sandbox.server.notion.store import NotionWorkspace
from sandbox.server.notion.values import (
    Json,
    option,
    property_value,
    rich_text,
    rollup_aim,
    to_minute,
)

BEFORE_TRASH = "2025-09-03"
"""The version that still has ``archived`` besides ``in_trash``."""
VERSIONS = (BEFORE_TRASH, "2026-03-11")


def page_object(
    workspace: NotionWorkspace, page: Page, version: str, only: Collection[str] | None = None
) -> Json:
    """A page; ``only`` selects properties by (decoded) id."""
    names = {"title": "title"} if page.data_source_id is None else workspace.source_of(page).names
    shown = [key for key in names if only is None or key in only]
    title = page_title(workspace, page)
    slug = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-")
    plain_id = page.id.replace("-", "")
    answer: Json = {
        "object": "page",
        "id": page.id,
        "created_time": to_minute(page.created_at),
        "last_edited_time": to_minute(page.edited_at),
        "created_by": {"object": "user", "id": page.created_by},
        "last_edited_by": {"object": "user", "id": page.edited_by},
        "cover": None,
        "icon": None,
        "parent": page_parent(workspace, page),
        "in_trash": page.in_trash,
        "is_archived": False,
        "is_locked": False,
        "properties": {names[key]: property_value(workspace, page, key) for key in shown},
        "url": f"https://app.notion.com/p/{slug}-{plain_id}" if slug else _url(page.id),
        "public_url": None,
    }
    return _with_archived(answer, version)


def data_source_object(workspace: NotionWorkspace, source: DataSource, version: str) -> Json:
    """A data source with the schema of every property."""
    database = workspace.databases[source.database_id]
    by = {"object": "user", "id": workspace.bot_id}
    answer: Json = {
        "object": "data_source",
        "id": source.id,
        "cover": None,
        "icon": {"type": "emoji", "emoji": source.icon} if source.icon else None,
        "created_time": to_minute(source.created_at),
        "created_by": by,
        "last_edited_by": by,
        "last_edited_time": to_minute(source.edited_at),
        "title": rich_text(workspace, source.title),
        "description": [],
        "is_inline": False,
        "properties": {
            source.names[key]: property_schema(workspace, source, one)
            for key, one in source.properties.items()
        },
        "parent": {"type": "database_id", "database_id": database.id},
        "database_parent": _parent(database.parent_page_id),
        "url": _url(database.id),
        "public_url": None,
        "in_trash": source.in_trash,
    }
    return _with_archived(answer, version)


def database_object(workspace: NotionWorkspace, database: Database, version: str) -> Json:
    """A database with the list of its shared data sources."""
    sources = [workspace.data_sources[each] for each in database.data_source_ids]
    answer: Json = {
        "object": "database",
        "id": database.id,
        "title": rich_text(workspace, database.title),
        "description": rich_text(workspace, database.description),
        "parent": _parent(database.parent_page_id),
        "is_inline": False,
        "in_trash": database.in_trash,
        "is_locked": False,
        "created_time": _to_millisecond(database.created_at),
        "last_edited_time": _to_millisecond(database.edited_at),
        "data_sources": [{"id": one.id, "name": one.title} for one in sources if one.shared],
        "icon": None,
        "cover": None,
        "url": _url(database.id),
        "public_url": None,
    }
    return _with_archived(answer, version)


def block_object(workspace: NotionWorkspace, block: Block, version: str) -> Json:
    """A block of text."""
    bot = workspace.bot_id
    answer: Json = {
        "object": "block",
        "id": block.id,
        "parent": {"type": "page_id", "page_id": block.page_id},
        **_block_times(block.created_at, block.edited_at, bot, bot),
        "has_children": bool(block.blocks),
        "in_trash": block.in_trash,
        "type": block.type,
        block.type: {"rich_text": rich_text(workspace, block.runs), "color": "default"},
    }
    return _with_archived(answer, version)


def comment_object(workspace: NotionWorkspace, comment: Comment) -> Json:
    """A comment; its author has only an id."""
    return {
        "object": "comment",
        "id": comment.id,
        "parent": {"type": "page_id", "page_id": comment.page_id},
        "discussion_id": comment.discussion_id,
        "created_time": to_minute(comment.created_at),
        "last_edited_time": to_minute(comment.edited_at),
        "created_by": {"object": "user", "id": comment.created_by},
        "rich_text": rich_text(workspace, comment.runs),
    }


def page_block_object(workspace: NotionWorkspace, page: Page, version: str) -> Json:
    """A page as a block of its parent."""
    answer: Json = {
        "object": "block",
        "id": page.id,
        "parent": page_parent(workspace, page),
        **_block_times(page.created_at, page.edited_at, page.created_by, page.edited_by),
        "has_children": bool(page.blocks),
        "in_trash": page.in_trash,
        "type": "child_page",
        "child_page": {"title": page_title(workspace, page)},
    }
    return _with_archived(answer, version)


def database_block_object(workspace: NotionWorkspace, database: Database, version: str) -> Json:
    """A database as a block of its parent."""
    bot = workspace.bot_id
    answer: Json = {
        "object": "block",
        "id": database.id,
        "parent": _parent(database.parent_page_id),
        **_block_times(database.created_at, database.edited_at, bot, bot),
        "has_children": False,
        "in_trash": database.in_trash,
        "type": "child_database",
        "child_database": {"title": database.title},
    }
    return _with_archived(answer, version)


def page_title(workspace: NotionWorkspace, page: Page) -> str:
    """The plain text of a page's title."""
    key = "title"
    if page.data_source_id is not None:
        schema = workspace.source_of(page).properties
        key = next(each for each, one in schema.items() if one.type == "title")
    return "".join(run.text for run in as_runs(page.values.get(key)))


def page_parent(workspace: NotionWorkspace, page: Page) -> Json:
    """The parent of a page: a data source, a page, or the workspace."""
    if page.data_source_id is None:
        return _parent(page.parent_page_id)
    return {
        "type": "data_source_id",
        "data_source_id": page.data_source_id,
        "database_id": workspace.source_of(page).database_id,
    }


def property_schema(workspace: NotionWorkspace, source: DataSource, one: Property) -> Json:
    """A property's entry in its data source's schema."""
    key = one.id or ""
    answer: Json = {
        "id": encode_property_id(key),
        "name": source.names[key],
        "description": one.description,
        "type": one.type,
        one.type: {},
    }
    match one.type:
        case "number":
            answer["number"] = {"format": one.number_format}
        case "select" | "multi_select":
            answer[one.type] = {"options": _options(source, one)}
        case "status":
            answer["status"] = {"options": _options(source, one), "groups": _groups(source, one)}
        case "formula":
            answer["formula"] = {"expression": one.expression}
        case "unique_id":
            answer["unique_id"] = {"prefix": one.prefix}
        case "relation":
            answer["relation"] = _relation(workspace, one)
        case "rollup":
            answer["rollup"] = _rollup(workspace, source, one)
        case _:
            pass
    return answer


def _block_times(created_at: datetime, edited_at: datetime, author: str, editor: str) -> Json:
    return {
        "created_time": to_minute(created_at),
        "last_edited_time": to_minute(edited_at),
        "created_by": {"object": "user", "id": author},
        "last_edited_by": {"object": "user", "id": editor},
    }


def _options(source: DataSource, one: Property) -> list[Json]:
    return [{**option(source, one, name), "description": None} for name in one.options]


def _groups(source: DataSource, one: Property) -> list[Json]:
    groups = one.groups or {"To-do": one.options, "In progress": (), "Complete": ()}
    colors = {"To-do": "gray", "In progress": "blue", "Complete": "green"}
    return [
        {
            "id": notion_id("group", source.id, one.id or "", name),
            "name": name,
            "color": colors.get(name, "default"),
            "option_ids": [option(source, one, each)["id"] for each in members],
        }
        for name, members in groups.items()
    ]


def _relation(workspace: NotionWorkspace, one: Property) -> Json:
    target = workspace.data_sources[one.to or ""]
    answer: Json = {"database_id": target.database_id, "data_source_id": target.id}
    if one.synced_with is None:
        return {**answer, "type": "single_property", "single_property": {}}
    synced = {
        "synced_property_name": one.synced_with,
        "synced_property_id": encode_property_id(target.property_id(one.synced_with)),
    }
    return {**answer, "type": "dual_property", "dual_property": synced}


def _rollup(workspace: NotionWorkspace, source: DataSource, one: Property) -> Json:
    aim = rollup_aim(workspace, source, one)
    if aim is None:  # its relation or target property was deleted
        return {
            "rollup_property_name": "",
            "relation_property_name": "",
            "rollup_property_id": "",
            "relation_property_id": "",
            "function": one.function,
        }
    relation_key, _, key = aim
    return {
        "rollup_property_name": one.target,
        "relation_property_name": one.relation,
        "rollup_property_id": encode_property_id(key),
        "relation_property_id": encode_property_id(relation_key),
        "function": one.function,
    }


def _parent(page_id: str | None) -> Json:
    if page_id is None:
        return {"type": "workspace", "workspace": True}
    return {"type": "page_id", "page_id": page_id}


def _url(id: str) -> str:
    return f"https://app.notion.com/p/{id.replace('-', '')}"


def _to_millisecond(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def _with_archived(answer: Json, version: str) -> Json:
    return {**answer, "archived": answer["in_trash"]} if version == BEFORE_TRASH else answer
