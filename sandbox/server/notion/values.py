"""The JSON of property values, from their stored form. Rollup functions are in ``rollups``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sandbox.server.notion.ids import encode_property_id, notion_id
from sandbox.server.notion.records import (
    DataSource,
    Page,
    Property,
    Run,
    Span,
    User,
    Value,
    as_runs,
)
from sandbox.server.notion.rollups import rollup
from sandbox.server.notion.store import NotionWorkspace

Json = dict[str, Any]
REFERENCES = 25
"""The most relations, people, mentions or rollup items in a page object."""
_COLORS = ("default", "gray", "blue", "green", "yellow", "orange", "red", "purple", "pink", "brown")


def property_value(workspace: NotionWorkspace, page: Page, key: str) -> Json:
    """One entry of a page's ``properties``: id, type and value, truncated at 25 references."""
    if page.data_source_id is None:
        title = rich_text(workspace, page.values.get("title"))
        return {"id": "title", "type": "title", "title": title}
    one = workspace.source_of(page).properties[key]
    answer: Json = {"id": encode_property_id(key), "type": one.type}
    if one.type == "relation":
        pages = related(workspace, page, key)
        answer["relation"] = [{"id": each} for each in pages[:REFERENCES]]
        answer["has_more"] = len(pages) > REFERENCES
        return answer
    answer[one.type] = typed_value(workspace, page, key)
    if one.type == "people":
        answer["people"] = answer["people"][:REFERENCES]
    if one.type == "rollup" and answer["rollup"]["type"] == "array":
        answer["rollup"]["array"] = answer["rollup"]["array"][:REFERENCES]
    return answer


def typed_value(workspace: NotionWorkspace, page: Page, key: str) -> Any:
    """The complete value under the type's name."""
    source = workspace.source_of(page)
    one = source.properties[key]
    if one.type == "rollup":
        return rollup_value(workspace, page, key)
    if one.type == "relation":
        return [{"id": each} for each in related(workspace, page, key)]
    if one.type in ("created_time", "last_edited_time"):
        return to_minute(page.created_at if one.type == "created_time" else page.edited_at)
    if one.type in ("created_by", "last_edited_by"):
        return user(workspace, page.created_by if one.type == "created_by" else page.edited_by)
    return stored_value(workspace, source, one, page.values.get(key))


def stored_value(
    workspace: NotionWorkspace, source: DataSource, one: Property, value: Value
) -> Any:
    """A stored value under its type's name."""
    match one.type:
        case "title" | "rich_text":
            return rich_text(workspace, value)
        case "select" | "status":
            return option(source, one, value) if value is not None else None
        case "multi_select":
            return [option(source, one, each) for each in value or ()]
        case "date":
            return date_value(value)
        case "people":
            return [user(workspace, each) for each in value or ()]
        case "files":
            return [_file(each) for each in value or ()]
        case "checkbox":
            return bool(value)
        case "formula":
            return formula_value(value)
        case "unique_id":
            return {"prefix": one.prefix, "number": value}
        case _:  # number, url, email, phone_number
            return value


def rollup_value(workspace: NotionWorkspace, page: Page, key: str) -> Json:
    """A rollup's result: a number, a date, an array, or why there is none."""
    source = workspace.source_of(page)
    one = source.properties[key]
    how = page.broken.get(key)
    if how is None and rollup_aim(workspace, source, one) is None:
        how = "unsupported"  # its relation or target property was deleted
    if how is not None:
        return {"type": how, how: {}, "function": one.function}
    targets, inner = rollup_targets(workspace, page, one)
    kind, result = rollup(one.function, [value for _, _, value in targets], inner)
    if kind == "date":
        result = date_value(result)
    if kind == "array":
        shown = _unique(targets) if one.function == "show_unique" else targets
        result = [rollup_item(workspace, other, target) for other, target, _ in shown]
    return {"type": kind, kind: result, "function": one.function}


def rollup_aim(
    workspace: NotionWorkspace, source: DataSource, one: Property
) -> tuple[str, DataSource, str] | None:
    """A rollup's relation id, the related data source, and the id of the target property.

    None if the relation or the property was deleted.
    """
    relation_key = next((key for key, name in source.names.items() if name == one.relation), None)
    relation = source.properties.get(relation_key or "")
    target = workspace.data_sources.get((relation.to or "") if relation else "")
    if relation_key is None or target is None:
        return None
    key = next((key for key, name in target.names.items() if name == one.target), None)
    return (relation_key, target, key) if key is not None else None


def rollup_targets(
    workspace: NotionWorkspace, page: Page, one: Property
) -> tuple[list[tuple[Page, str, Value]], Property]:
    """The (page, property id, stored value) that a rollup aggregates, and the property's schema.

    Raises:
        KeyError: The relation or the target property was deleted.
    """
    aim = rollup_aim(workspace, workspace.source_of(page), one)
    if aim is None:
        raise KeyError(f"the rollup looks at {one.target!r}, which is no more")
    relation_key, target_source, key = aim
    inner = target_source.properties[key]
    others = [workspace.pages[each] for each in related(workspace, page, relation_key)]
    return [(other, key, plain_value(workspace, other, key)) for other in others], inner


def rollup_item(workspace: NotionWorkspace, page: Page, key: str) -> Json:
    """One entry of a rollup's array: type and value, without an id."""
    kind = workspace.source_of(page).properties[key].type
    return {"type": kind, kind: typed_value(workspace, page, key)}


def plain_value(workspace: NotionWorkspace, page: Page, key: str) -> Value:
    """A value as plain Python, including computed ones, for rollups, filters and sorts."""
    source = workspace.source_of(page)
    one = source.properties[key]
    match one.type:
        case "created_time":
            return page.created_at.replace(second=0, microsecond=0)
        case "last_edited_time":
            return page.edited_at.replace(second=0, microsecond=0)
        case "created_by":
            return [page.created_by]
        case "last_edited_by":
            return [page.edited_by]
        case "relation":
            return related(workspace, page, key)
        case "title" | "rich_text":
            return "".join(run.text for run in as_runs(page.values.get(key)))
        case "rollup":
            if key in page.broken or rollup_aim(workspace, source, one) is None:
                return None
            targets, inner = rollup_targets(workspace, page, one)
            return rollup(one.function, [value for _, _, value in targets], inner)[1]
        case _:
            return page.values.get(key)


def related(workspace: NotionWorkspace, page: Page, key: str) -> list[str]:
    """Ids of the related pages that are shared and not in the trash."""
    return [
        each
        for each in page.values.get(key) or ()
        if (other := workspace.pages.get(each))
        and not other.in_trash
        and workspace.is_visible(other)
    ]


def formula_value(value: Value) -> Json:
    """A formula's result by its type; None is an empty string result."""
    if isinstance(value, bool):
        return {"type": "boolean", "boolean": value}
    if isinstance(value, int | float):
        return {"type": "number", "number": value}
    if isinstance(value, date | Span):
        return {"type": "date", "date": date_value(value)}
    return {"type": "string", "string": value}


def date_value(value: date | datetime | Span | None) -> Json | None:
    """A date object; days without a time, timestamps with milliseconds and offset."""
    if value is None:
        return None
    span = value if isinstance(value, Span) else Span(value)
    end = date_text(span.end) if span.end is not None else None
    return {"start": date_text(span.start), "end": end, "time_zone": span.time_zone}


def date_text(value: date | datetime) -> str:
    """ISO 8601 as in date properties."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return value.isoformat()


def to_minute(instant: datetime) -> str:
    """A timestamp truncated to the minute, in UTC: ``2026-07-04T09:08:00.000Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def option(source: DataSource, one: Property, name: str) -> Json:
    """An option of a select or status, as in page objects."""
    place = one.options.index(name) if name in one.options else 0
    return {
        "id": notion_id("option", source.id, one.id or "", name),
        "name": name,
        "color": _COLORS[place % len(_COLORS)],
    }


def user(workspace: NotionWorkspace, user_id: str) -> Json:
    """A user object; an unknown user has only an id."""
    known = workspace.users.get(user_id)
    return full_user(workspace, known) if known else {"object": "user", "id": user_id}


def full_user(workspace: NotionWorkspace, one: User) -> Json:
    """A person with e-mail, or a bot with its workspace."""
    answer: Json = {"object": "user", "id": one.id, "name": one.name, "avatar_url": None}
    if not one.is_bot:
        person = {"email": one.email, "email_verified": True}
        return {**answer, "type": "person", "person": person}
    bot = {
        "owner": {"type": "workspace", "workspace": True},
        "workspace_name": "Sandbox",
        "workspace_id": workspace.workspace_id,
        "workspace_limits": {"max_file_upload_size_in_bytes": 5242880},
    }
    return {**answer, "type": "bot", "bot": bot}


def rich_text(workspace: NotionWorkspace, text: str | Sequence[Run] | None) -> list[Json]:
    """Rich text objects, one per run."""
    return [_run(workspace, run) for run in as_runs(text)]


def _run(workspace: NotionWorkspace, run: Run) -> Json:
    body: Json
    href = run.href
    if run.page:
        body = {"type": "mention", "mention": {"type": "page", "page": {"id": run.page}}}
        href = f"https://app.notion.com/p/{run.page.replace('-', '')}"
    elif run.user:
        mention = {"type": "user", "user": user(workspace, run.user)}
        body = {"type": "mention", "mention": mention}
    else:
        link = {"url": run.href} if run.href else None
        body = {"type": "text", "text": {"content": run.text, "link": link}}
    annotations = dict.fromkeys(("italic", "strikethrough", "underline", "code"), False)
    return {
        **body,
        "annotations": {"bold": run.bold, **annotations, "color": "default"},
        "plain_text": run.text,
        "href": href,
    }


def _file(url: str) -> Json:
    return {"name": url.rsplit("/", 1)[-1], "type": "external", "external": {"url": url}}


def _unique(targets: list[tuple[Page, str, Value]]) -> list[tuple[Page, str, Value]]:
    seen: dict[str, tuple[Page, str, Value]] = {}
    for target in targets:
        seen.setdefault(repr(target[2]), target)
    return list(seen.values())
