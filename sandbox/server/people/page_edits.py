"""Texts as somebody types them into a page's properties.

Here belongs finding page and property and reading the text. How a page changes belongs to the
store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sandbox.server.notion.ids import uuid_text
from sandbox.server.notion.records import DataSource, Page, Property, Value
from sandbox.server.notion.render import page_title
from sandbox.server.notion.store import NotionWorkspace
from sandbox.server.notion.values import plain_value


def type_into_page(
    workspace: NotionWorkspace, page_name: str, fields: Sequence[tuple[str, str]]
) -> tuple[list[str], str]:
    """Change a page's properties; an empty text empties one.

    Args:
        workspace: Where it is.
        page_name: The page's id, its title, or what stands in its property ``Key``.
        fields: Pairs of a property's name, and what is typed into it.

    Returns:
        A sentence for each change, and how the page's address ends.

    Raises:
        ValueError: There is no such page, property or value; nothing has changed.
    """
    page = find_page(workspace, page_name)
    source = workspace.source_of(page)
    given = {}
    for name, text in fields:
        property_name = _property(source, name)
        one = source.properties[source.property_id(property_name)]
        given[property_name] = _read(workspace, one, property_name, text.strip())
    before = {name: shown_value(workspace, page, source.property_id(name)) for name in given}
    workspace.edit_page(page.id, **given)
    told = [
        f"{page_title(workspace, page)}, {name}: {was or 'nothing'} → "
        f"{shown_value(workspace, page, source.property_id(name)) or 'nothing'}"
        for name, was in before.items()
    ]
    return told, page.id.replace("-", "")


def find_page(workspace: NotionWorkspace, name: str) -> Page:
    """The one row with that id, key or title.

    Raises:
        ValueError: None is called so, or several are.
    """
    rows = [
        page
        for page in workspace.pages.values()
        if page.data_source_id and not page.in_trash and workspace.is_visible(page)
    ]
    wanted = name.strip().casefold()
    for named in (_id, _key, page_title):
        found = [page for page in rows if named(workspace, page).casefold() == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(page.id for page in found[:5])
            raise ValueError(f"{len(found)} pages are called {name!r}; give the id of one: {ids}")
    raise ValueError(f"no page has the key, title or id {name!r}")


def shown_value(workspace: NotionWorkspace, page: Page, key: str) -> str:
    """A property's value as a person sees it: names instead of ids."""
    value, one = plain_value(workspace, page, key), workspace.source_of(page).properties[key]
    if one.type == "relation":
        return ", ".join(page_title(workspace, workspace.pages[each]) for each in value)
    if one.type in ("people", "created_by", "last_edited_by"):
        return ", ".join(workspace.users[each].name for each in value or ())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)


def _id(_workspace: NotionWorkspace, page: Page) -> str:
    return page.id


def _key(workspace: NotionWorkspace, page: Page) -> str:
    source = workspace.source_of(page)
    if "Key" not in source.names.values():
        return ""
    return str(plain_value(workspace, page, source.property_id("Key")) or "")


def _property(source: DataSource, name: str) -> str:
    known = {word.casefold(): word for word in source.names.values()}
    if name.strip().casefold() not in known:
        there = ", ".join(sorted(known.values()))
        raise ValueError(f"{source.title} has no property {name!r}; there are {there}")
    return known[name.strip().casefold()]


def _read(workspace: NotionWorkspace, one: Property, name: str, text: str) -> Value:
    people = {user.name: user.id for user in workspace.users.values() if not user.is_bot}
    readers: Mapping[str, Callable[[], Value]] = {
        "title": lambda: text,
        "rich_text": lambda: text,
        "url": lambda: text,
        "email": lambda: text,
        "phone_number": lambda: text,
        "number": lambda: float(text),
        "select": lambda: text,
        "status": lambda: _one_of(one.options, text),
        "multi_select": lambda: _words(text),
        "checkbox": lambda: _one_of(("yes", "no"), text) == "yes",
        "date": lambda: date.fromisoformat(text),
        "people": lambda: [people[_one_of(list(people), word)] for word in _words(text)],
        "relation": lambda: [_related(workspace, one, word) for word in _words(text)],
    }
    if one.type not in readers:
        raise ValueError(f"{name} is computed by Notion and cannot be edited")
    if not text:
        return False if one.type == "checkbox" else None
    try:
        return readers[one.type]()
    except ValueError as error:
        raise ValueError(f"{name} is a {one.type.replace('_', ' ')}: {error}") from None


def _related(workspace: NotionWorkspace, one: Property, name: str) -> str:
    page = find_page(workspace, name)
    if page.data_source_id != uuid_text(one.to or ""):
        raise ValueError(f"{name!r} stands in {workspace.source_of(page).title}")
    return page.id


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _one_of(known: Sequence[str], text: str) -> str:
    for name in known:
        if name.casefold() == text.casefold():
            return name
    raise ValueError(f"there is no {text!r}, only {', '.join(known)}")
