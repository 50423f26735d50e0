"""The value of a Jira field as a :class:`~connectors.cells.Cell`.

What belongs here: every field type, decoded from the shape of its JSON and its declared type
together. What does not: the columns that every issue has (``issues``).
"""

from collections.abc import Iterator
from typing import Any

from connectors.cells import Cell, plain_cell
from connectors.jira.decode.fields import Field
from connectors.jira.decode.rich_text import Segment, segments
from connectors.jira.decode.timestamps import parse_instant

LINKED_ISSUES = "issuelinks"
"""The id of the field that lists an issue's links to other issues of the same site."""

_NAMES = ("displayName", "value", "name", "key", "title", "emailAddress")
_IDS = ("id", "accountId", "key", "name", "value")


def read_cell(value: Any, field: Field) -> Cell:
    """The cell of ``value``, the decoded JSON of ``field`` in one issue.

    Options, people, labels, versions, sprints and issues become ``refs`` with their ids; a choice
    within a choice (cascading select) lists both. Rich text becomes its words.
    """
    name, address = field.name, field.id
    if value is None or value in ("", [], {}):
        return Cell("empty", name=name, address=address)
    if isinstance(value, bool):
        return Cell("bool", str(value).lower(), float(value), name=name, address=address)
    if isinstance(value, int | float):
        return plain_cell(value, name, address)
    if isinstance(value, str):
        return _of_text(value, field)
    if _is_document(value):
        words = " ".join(one.text for one in segments(value) if one.role == "text")
        return Cell("text" if words else "empty", words, name=name, address=address)
    return _of_things(value, field)


def read_texts(value: Any, cell: Cell) -> list[Segment]:
    """The words and links in ``value``, one segment per listed item."""
    if _is_document(value):
        return segments(value)
    if cell.kind in ("empty", "error"):
        return []
    things = value if isinstance(value, list) else [value]
    words = [word for thing in things for word in _names(thing)] or [cell.text]
    return [Segment("text", word) for word in dict.fromkeys(words)]


def linked_issues(value: Any) -> list[dict[str, str]]:
    """The issues that one issue links to or is linked from, by ``id`` and ``key``.

    ::

        [{"id": "1", "type": {"name": "Relates", ...}, "outwardIssue": {"id": "10001", "key": ...}}]
    """
    ends = [
        link.get("outwardIssue") or link.get("inwardIssue")
        for link in (value if isinstance(value, list) else [])
        if isinstance(link, dict)
    ]
    return [
        {"id": end["id"], "key": end["key"]}
        for end in ends
        if isinstance(end, dict)
        and isinstance(end.get("id"), str)
        and isinstance(end.get("key"), str)
    ]


def _of_text(value: str, field: Field) -> Cell:
    if field.type in ("date", "datetime"):
        try:
            instant = parse_instant(value)
        except ValueError:
            instant = None
        if instant is not None and field.type == "date":
            return Cell("date", value, date=value[:10], name=field.name, address=field.id)
        if instant is not None:
            stamp = instant.isoformat()
            return Cell("datetime", value, date=stamp, name=field.name, address=field.id)
    return Cell("text", value, name=field.name, address=field.id)


def _of_things(value: Any, field: Field) -> Cell:
    things = value if isinstance(value, list) else [value]
    names = [" - ".join(_names(thing)) for thing in things]
    ids = [one for thing in things for one in _ids(thing)]
    if not ids or not any(names):
        return Cell("error", f"unsupported {field.kind}", name=field.name, address=field.id)
    return Cell(
        "refs",
        ", ".join(name for name in names if name),
        refs=tuple(dict.fromkeys(ids)),
        name=field.name,
        address=field.id,
    )


def _names(thing: Any) -> list[str]:
    return [found for one in _chain(thing) if (found := _first(one, _NAMES))]


def _ids(thing: Any) -> list[str]:
    return [found for one in _chain(thing) if (found := _first(one, _IDS))]


def _chain(thing: Any) -> Iterator[Any]:
    """A choice, then the choices nested in it (cascading select)."""
    while thing is not None:
        yield thing
        thing = thing.get("child") if isinstance(thing, dict) else None


def _first(thing: Any, keys: tuple[str, ...]) -> str:
    """The value of the first of ``keys`` that ``thing`` has; a plain value itself."""
    if isinstance(thing, str | int | float):
        return str(thing)
    if isinstance(thing, dict):
        for key in keys:
            if isinstance(found := thing.get(key), str | int) and str(found):
                return str(found)
    return ""


def _is_document(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc"
