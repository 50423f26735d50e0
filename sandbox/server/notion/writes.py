"""Notion's write endpoints: pages, their bodies, databases and data sources."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.server.notion.answers import Call, Finder
from sandbox.server.notion.errors import NotionError, invalid, invalid_body
from sandbox.server.notion.ids import decode_property_id, notion_id
from sandbox.server.notion.input import (
    NewBlock,
    read_blocks,
    read_properties,
    read_runs,
    read_schema,
)
from sandbox.server.notion.query import find_property
from sandbox.server.notion.records import Block, DataSource, NewDataSource, Page
from sandbox.server.notion.render import (
    BEFORE_TRASH,
    block_object,
    comment_object,
    data_source_object,
    database_block_object,
    database_object,
    page_block_object,
    page_object,
)
from sandbox.server.notion.values import Json


class Writes(Finder):
    """The write endpoints; each takes a call and returns the response body."""

    def create_page(self, call: Call) -> Json:
        """A new row of a data source, or a page under another."""
        _require(self.workspace.may_insert_content)
        parent = _parent(call)
        children = _children(call)
        if "data_source_id" in parent or "database_id" in parent:
            source = self.find_source(self._source_id(parent))
            properties = read_properties(source, call.body.get("properties", {}))
            self._check_relations(source, properties)
            page = self.workspace.add_page(source.id, str(uuid.uuid4()), properties)
        else:
            above = self.find_page(_uuid(parent, "page_id"))
            properties = read_properties(None, call.body.get("properties", {}))
            page = self.workspace.add_page(
                None, str(uuid.uuid4()), properties, parent_page_id=above.id
            )
        self._append(page, children)
        return page_object(self.workspace, page, call.version)

    def create_comment(self, call: Call) -> Json:
        """A comment on a page, in a discussion of its own or in an existing one."""
        runs = read_runs(call.body.get("rich_text"), "rich_text")
        discussion = call.body.get("discussion_id")
        if discussion is None:
            page = self.find_page(_uuid(_parent(call), "page_id"))
        else:
            pages = self.workspace.pages.values()
            threads = {one.discussion_id: page for page in pages for one in page.comments}
            if discussion not in threads:
                raise self.missing("discussion", str(discussion))
            page = threads[str(discussion)]
        said = self.workspace.comment(page.id, runs, discussion=discussion)
        return comment_object(self.workspace, said)

    def update_page(self, call: Call) -> Json:
        """Change properties, or trash and restore."""
        _require(self.workspace.may_update_content)
        page = self.find_page(call.id)
        known = {"properties", "in_trash", "icon", "cover", "is_locked"}
        if call.version == BEFORE_TRASH:
            known.add("archived")
        for unknown in call.body.keys() - known:
            raise invalid_body(unknown, "not present", call.body[unknown])
        in_trash = call.body.get("in_trash", call.body.get("archived"))
        if page.in_trash and in_trash is not False:
            raise invalid(
                "Can't edit page on block with an archived ancestor. You must unarchive the "
                "ancestor before editing."
            )
        source = self.workspace.source_of(page) if page.data_source_id else None
        properties = read_properties(source, call.body.get("properties", {}))
        if source is not None:
            self._check_relations(source, properties)
        if in_trash is not None and bool(in_trash) != page.in_trash:
            change = self.workspace.trash_page if in_trash else self.workspace.restore_page
            change(page.id)
        if properties:
            self.workspace.edit_page(page.id, **properties)
            page.edited_by = self.workspace.bot_id
        return page_object(self.workspace, page, call.version)

    def create_database(self, call: Call) -> Json:
        """A database under a page, with its first data source."""
        above = self.find_page(_uuid(_parent(call), "page_id"))
        title = _plain_title(call.body)
        schema = (call.body.get("initial_data_source") or {}).get("properties")
        new = NewDataSource(
            str(uuid.uuid4()), title, read_schema(schema or {"Name": {"title": {}}})
        )
        database = self.workspace.add_database(
            str(uuid.uuid4()), title, [new], parent_page_id=above.id
        )
        return database_object(self.workspace, database, call.version)

    def update_database(self, call: Call) -> Json:
        """Change title or description, or trash and restore."""
        _require(self.workspace.may_update_content)
        database = self.find_database(call.id)
        known = {"title", "description", "in_trash", "icon", "cover", "is_inline", "is_locked"}
        for unknown in call.body.keys() - known:
            raise invalid_body(unknown, "not present", call.body[unknown])
        if "title" in call.body:
            database.title = _plain_title(call.body)
        if "description" in call.body:
            database.description = read_runs(call.body["description"], "description")
        if "in_trash" in call.body:
            database.in_trash = bool(call.body["in_trash"])
        database.edited_at = self.workspace.clock.now
        return database_object(self.workspace, database, call.version)

    def create_data_source(self, call: Call) -> Json:
        """One more data source in a database."""
        database = self.find_database(_uuid(_parent(call), "database_id"))
        schema = read_schema(call.body.get("properties"))
        if sum(one.type == "title" for one in schema.values()) != 1:
            raise invalid("Title is not provided: a data source needs exactly one title property.")
        new = NewDataSource(str(uuid.uuid4()), _plain_title(call.body), schema)
        source = self.workspace.add_data_source(database.id, new)
        source.icon = (call.body.get("icon") or {}).get("emoji")
        return data_source_object(self.workspace, source, call.version)

    def update_data_source(self, call: Call) -> Json:
        """Rename, trash or restore it, or add, rename and delete properties."""
        _require(self.workspace.may_update_content)
        source = self.find_source(call.id)
        if "title" in call.body:
            source.title = _plain_title(call.body)
        in_trash = call.body.get("in_trash", call.body.get("archived"))
        if in_trash is not None:
            source.in_trash = bool(in_trash)
        for name, config in (call.body.get("properties") or {}).items():
            self._change_property(source, name, config)
        source.edited_at = self.workspace.clock.now
        return data_source_object(self.workspace, source, call.version)

    def append_children(self, call: Call) -> Json:
        """Append text blocks to a page."""
        page = self.find_page(call.id)
        added = self._append(page, _children(call))
        return {
            "object": "list",
            "results": [block_object(self.workspace, block, call.version) for block in added],
            "next_cursor": None,
            "has_more": False,
            "type": "block",
            "block": {},
        }

    def delete_block(self, call: Call) -> Json:
        """Move a block, a page or a database to the trash."""
        if call.id in self.workspace.pages:
            page = self.find_page(call.id)
            self.workspace.trash_page(page.id)
            return page_block_object(self.workspace, page, call.version)
        if call.id in self.workspace.databases:
            database = self.find_database(call.id)
            database.in_trash = True
            return database_block_object(self.workspace, database, call.version)
        for page in self.workspace.pages.values():
            for block in page.blocks:
                if block.id == call.id:
                    block.in_trash = True
                    block.edited_at = page.edited_at = self.workspace.clock.now
                    return block_object(self.workspace, block, call.version)
        raise self.missing("block", call.id)

    def _change_property(self, source: DataSource, sent: str, config: Any) -> None:
        known = sent in source.names.values() or decode_property_id(sent) in source.properties
        if not known:
            self.workspace.add_property(source.id, sent, read_schema({sent: config})[sent])
            return
        name = source.names[find_property(source, sent)]
        if config is None:
            self.workspace.delete_property(source.id, name)
        elif set(config) == {"name"}:
            self.workspace.rename_property(source.id, name, config["name"])
        else:
            self.workspace.change_property(source.id, name, read_schema({name: config})[name])

    def _append(self, page: Page, children: Sequence[NewBlock]) -> list[Block]:
        added = []
        for one in children:
            [block] = self.workspace.append_blocks(page.id, [one.runs], one.type)
            self._indent(block, one.children)
            added.append(block)
        return added

    def _indent(self, above: Block, children: Sequence[NewBlock]) -> None:
        for place, one in enumerate(children):
            key = notion_id("block", above.id, str(place))
            at = above.created_at
            above.blocks.append(Block(key, above.page_id, one.type, one.runs, at, at))
            self._indent(above.blocks[-1], one.children)

    def _check_relations(self, source: DataSource, values: Mapping[str, Any]) -> None:
        """Refuse a relation to a page that is not there, or not in the related data source."""
        for name, value in values.items():
            one = source.properties[source.property_id(name)]
            for each in value or () if one.type == "relation" else ():
                if self.find_page(each).data_source_id != one.to:
                    raise invalid(f"{name}: page {each} is not in the related data source.")

    def _source_id(self, parent: Mapping[str, Any]) -> str:
        if "data_source_id" in parent:
            return _uuid(parent, "data_source_id")
        sources = self.find_database(_uuid(parent, "database_id")).data_source_ids
        if len(sources) != 1:
            raise invalid(
                "Databases with multiple data sources are not supported with a database_id "
                "parent; provide a data_source_id."
            )
        return sources[0]


def _require(capability: bool) -> None:
    if not capability:
        raise NotionError(403, "restricted_resource", "Insufficient permissions for this endpoint.")


def _parent(call: Call) -> Mapping[str, Any]:
    parent = call.body.get("parent")
    if not isinstance(parent, Mapping):
        raise invalid_body("parent", "an object", parent)
    return parent


def _uuid(parent: Mapping[str, Any], name: str) -> str:
    try:
        return str(uuid.UUID(parent.get(name)))
    except (TypeError, ValueError, AttributeError):
        raise invalid_body(f"parent.{name}", "a valid uuid", parent.get(name)) from None


def _plain_title(body: Mapping[str, Any]) -> str:
    return "".join(run.text for run in read_runs(body.get("title", []), "title"))


def _children(call: Call) -> tuple[NewBlock, ...]:
    return read_blocks(call.body.get("children") or [])
