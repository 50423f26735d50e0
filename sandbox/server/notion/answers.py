"""Notion's read endpoints: retrieve, query, search, and pagination."""

from __future__ import annotations

from base64 import b32decode, b32encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.datastructures import QueryParams

from sandbox.server.notion.errors import NotionError, invalid, invalid_body, not_found
from sandbox.server.notion.ids import encode_property_id, uuid_text
from sandbox.server.notion.query import build_filter, find_property, sort_pages
from sandbox.server.notion.records import Block, Database, DataSource, Page
from sandbox.server.notion.render import (
    BEFORE_TRASH,
    block_object,
    comment_object,
    data_source_object,
    database_object,
    page_block_object,
    page_object,
    page_title,
)
from sandbox.server.notion.store import NotionWorkspace
from sandbox.server.notion.values import (
    Json,
    full_user,
    rich_text,
    rollup_aim,
    rollup_item,
    rollup_targets,
    rollup_value,
    typed_value,
)

PAGE_SIZE = 100
ROW_LIMIT = 10_000
"""The most rows of one query, over all its pages."""
_PAGED = ("title", "rich_text", "relation", "people")
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with validated headers and path.

    ``id`` is a dashed UUID or empty; ``query`` and ``body`` are as sent.
    """

    version: str
    id: str
    property_id: str
    query: QueryParams
    body: Mapping[str, Any]


class Finder:
    """Finds objects by id; those that are not shared are not found, as in Notion."""

    def __init__(self, workspace: NotionWorkspace) -> None:
        self.workspace = workspace

    def find_page(self, id: str) -> Page:
        """A page; trashed ones included."""
        page = self.workspace.pages.get(id)
        if page is None or not self.workspace.is_visible(page):
            raise self.missing("page", id)
        return page

    def find_source(self, id: str) -> DataSource:
        """A data source."""
        source = self.workspace.data_sources.get(id)
        if source is None or not source.shared:
            raise self.missing("data_source", id)
        return source

    def find_database(self, id: str) -> Database:
        """A database with at least one shared data source."""
        database = self.workspace.databases.get(id)
        sources = self.workspace.data_sources
        if database is None or not any(sources[each].shared for each in database.data_source_ids):
            raise self.missing("database", id)
        return database

    def missing(self, kind: str, id: str) -> Exception:
        """The error that an object was not found."""
        return not_found(kind, id, self.workspace.users[self.workspace.bot_id].name)


class Answers(Finder):
    """The read endpoints; each takes a call and returns the response body."""

    def users(self, call: Call) -> Json:
        """All users, people before bots, paged."""
        users = sorted(self.workspace.users.values(), key=lambda one: one.is_bot)
        shown, rest = paged(users, lambda one: one.id, call.query)
        return _listed([full_user(self.workspace, one) for one in shown], rest, "user")

    def me(self, _call: Call) -> Json:
        """The integration's own bot."""
        return full_user(self.workspace, self.workspace.users[self.workspace.bot_id])

    def user(self, call: Call) -> Json:
        """One user."""
        known = self.workspace.users.get(call.id)
        if known is None:
            raise self.missing("user", call.id)
        return full_user(self.workspace, known)

    def database(self, call: Call) -> Json:
        """A database."""
        return database_object(self.workspace, self.find_database(call.id), call.version)

    def data_source(self, call: Call) -> Json:
        """A data source with its schema."""
        return data_source_object(self.workspace, self.find_source(call.id), call.version)

    def page(self, call: Call) -> Json:
        """A page, optionally with selected properties only."""
        page = self.find_page(call.id)
        only = None
        if page.data_source_id is not None:
            only = _asked_properties(self.workspace.source_of(page), call.query)
        return page_object(self.workspace, page, call.version, only)

    def query(self, call: Call) -> Json:
        """Rows of a data source by filter and sorts, at most 10,000 of them."""
        source = self.find_source(call.id)
        _check_keys(call, {"filter", "sorts", "start_cursor", "page_size", "in_trash"})
        in_trash = bool(call.body.get("in_trash", call.body.get("archived", False)))
        rows = [self.workspace.pages[each] for each in self.workspace.rows[source.id]]
        rows = [page for page in rows if page.in_trash == in_trash]
        if asked := call.body.get("filter"):
            meets = build_filter(self.workspace, source, asked)
            rows = [page for page in rows if meets(page)]
        if sorts := call.body.get("sorts"):
            rows = sort_pages(self.workspace, source, rows, sorts)
        only = _asked_properties(source, call.query)
        shown, rest = paged(rows[:ROW_LIMIT], lambda one: one.id, call.body)
        results = [page_object(self.workspace, page, call.version, only) for page in shown]
        answer = _listed(results, rest, "page_or_data_source")
        if rest is None and len(rows) > ROW_LIMIT:
            reason = "query_result_limit_reached"
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": reason}
        return answer

    def search(self, call: Call) -> Json:
        """Pages and data sources whose title contains the query, latest edited first."""
        _check_keys(call, {"query", "filter", "sort", "start_cursor", "page_size"})
        words = str(call.body.get("query", "")).casefold()
        kind = (call.body.get("filter") or {}).get("value")
        found: list[Page | DataSource] = []
        if kind in (None, "page"):
            found += [
                page
                for page in self.workspace.pages.values()
                if not page.in_trash
                and self.workspace.is_visible(page)
                and words in page_title(self.workspace, page).casefold()
            ]
        if kind in (None, "data_source"):
            sources = self.workspace.data_sources.values()
            found += [one for one in sources if one.shared and words in one.title.casefold()]
        ascending = (call.body.get("sort") or {}).get("direction") == "ascending"
        found.sort(key=lambda one: one.edited_at, reverse=not ascending)
        shown, rest = paged(found, lambda one: one.id, call.body)
        results = [
            page_object(self.workspace, one, call.version)
            if isinstance(one, Page)
            else data_source_object(self.workspace, one, call.version)
            for one in shown
        ]
        return _listed(results, rest, "page_or_data_source")

    def property_item(self, call: Call) -> Json:
        """One property of a page; texts, relations, people and rollups as a paged list."""
        page = self.find_page(call.id)
        if page.data_source_id is None:
            return self._bare_title(call, page)
        source = self.workspace.source_of(page)
        key = find_property(source, call.property_id)
        one = source.properties[key]
        head = {"object": "property_item", "type": one.type, "id": encode_property_id(key)}
        if one.type == "rollup":
            return self._rollup_item(call, page, key, head)
        value = typed_value(self.workspace, page, key)
        if one.type not in _PAGED:
            return {**head, one.type: value}
        items = [{**head, one.type: each} for each in value]
        return _property_list(call, items, head, {})

    def comments(self, call: Call) -> Json:
        """The comments on a page or block that are not resolved, oldest first."""
        if not self.workspace.may_read_comments:
            raise NotionError(
                403, "restricted_resource", "Insufficient permissions for this endpoint."
            )
        try:
            wanted = uuid_text(call.query.get("block_id", ""))
        except ValueError:
            raise invalid("query failed validation: query.block_id should be defined.") from None
        if any(
            block.id == wanted for page in self.workspace.pages.values() for block in page.blocks
        ):
            return _listed([], None, "comment")
        page = self.find_page(wanted)
        found = [one for one in page.comments if not one.resolved]
        shown, rest = paged(found, lambda one: one.id, call.query)
        return _listed([comment_object(self.workspace, one) for one in shown], rest, "comment")

    def block(self, call: Call) -> Json:
        """A block, or a page as a block."""
        for page in self.workspace.pages.values():
            if page.id == call.id and self.workspace.is_visible(page):
                return page_block_object(self.workspace, page, call.version)
            for block in page.blocks:
                if block.id == call.id:
                    return block_object(self.workspace, block, call.version)
        raise self.missing("block", call.id)

    def children(self, call: Call) -> Json:
        """What is in a page, the pages below it included, or indented below a block."""
        above = self._holder(call.id)
        blocks: list[Block | Page] = [block for block in above.blocks if not block.in_trash]
        if isinstance(above, Page):
            pages = self.workspace.pages.values()
            blocks += [one for one in pages if one.parent_page_id == above.id and not one.in_trash]
        shown, rest = paged(blocks, lambda one: one.id, call.query)
        results = [
            page_block_object(self.workspace, one, call.version)
            if isinstance(one, Page)
            else block_object(self.workspace, one, call.version)
            for one in shown
        ]
        return _listed(results, rest, "block")

    def _holder(self, id: str) -> Page | Block:
        for page in filter(self.workspace.is_visible, self.workspace.pages.values()):
            if page.id == id:
                return page
            for block in page.blocks:
                if block.id == id:
                    return block
        raise self.missing("block", id)

    def _bare_title(self, call: Call, page: Page) -> Json:
        if call.property_id != "title":
            raise self.missing("property", call.property_id)
        head = {"object": "property_item", "type": "title", "id": "title"}
        runs = rich_text(self.workspace, page.values.get("title"))
        return _property_list(call, [{**head, "title": run} for run in runs], head, {})

    def _rollup_item(self, call: Call, page: Page, key: str, head: Json) -> Json:
        source = self.workspace.source_of(page)
        one = source.properties[key]
        items: list[Json] = []
        if rollup_aim(self.workspace, source, one) is None:
            return _property_list(call, items, head, rollup_value(self.workspace, page, key))
        targets, _ = rollup_targets(self.workspace, page, one)
        for other, target, _value in targets:
            shown = rollup_item(self.workspace, other, target)
            items.append({"object": "property_item", "id": head["id"], **shown})
        result = rollup_value(self.workspace, page, key)
        if result["type"] == "array":
            result["array"] = []
        answer = _property_list(call, items, head, result)
        if answer["has_more"]:  # only the last page has the aggregate
            answer["property_item"]["rollup"] = {
                "type": "incomplete",
                "incomplete": {},
                "function": one.function,
            }
        return answer


def paged(
    things: Sequence[Thing], key: Callable[[Thing], str], asked: Mapping[str, Any]
) -> tuple[Sequence[Thing], str | None]:
    """The page at ``start_cursor`` with ``page_size`` items, and the cursor of the next page."""
    try:
        size = int(asked.get("page_size", PAGE_SIZE))
    except (TypeError, ValueError):
        raise invalid_body("page_size", "a number", asked["page_size"]) from None
    if not 1 <= size <= PAGE_SIZE:
        bound = "≥ `1`" if size < 1 else f"≤ `{PAGE_SIZE}`"
        raise invalid_body("page_size", bound, size)
    start = 0
    if cursor := asked.get("start_cursor"):
        wanted = _key_of(str(cursor))
        start = next((place for place, one in enumerate(things) if key(one) == wanted), -1)
        if start < 0:
            raise invalid(f"The start_cursor provided is invalid: {cursor}")
    end = start + size
    return things[start:end], _cursor(key(things[end])) if end < len(things) else None


def _cursor(key: str) -> str:
    """A cursor that encodes the first item of the next page."""
    return b32encode(key.encode()).decode()


def _key_of(cursor: str) -> str:
    try:
        return b32decode(cursor).decode()
    except ValueError:
        return ""


def _listed(results: list[Json], rest: str | None, kind: str) -> Json:
    return {
        "object": "list",
        "results": results,
        "next_cursor": rest,
        "has_more": rest is not None,
        "type": kind,
        kind: {},
    }


def _property_list(call: Call, items: list[Json], head: Json, inner: Json) -> Json:
    numbered = list(enumerate(items))
    shown, rest = paged(numbered, lambda one: f"{call.id}/{head['id']}/{one[0]}", call.query)
    path = f"https://api.notion.com/v1/pages/{call.id}/properties/{head['id']}"
    answer = _listed([item for _, item in shown], rest, "property_item")
    answer["property_item"] = {
        "id": head["id"],
        "next_url": f"{path}?start_cursor={rest}" if rest else None,
        "type": head["type"],
        head["type"]: inner,
    }
    return answer


def _check_keys(call: Call, known: Collection[str]) -> None:
    allowed = {*known, "archived", "result_type"} if call.version == BEFORE_TRASH else {*known}
    for unknown in call.body.keys() - allowed - {"result_type"}:
        raise invalid_body(unknown, "not present", call.body[unknown])


def _asked_properties(source: DataSource, query: QueryParams) -> set[str] | None:
    asked = [*query.getlist("filter_properties"), *query.getlist("filter_properties[]")]
    return {find_property(source, each) for each in asked} if asked else None
