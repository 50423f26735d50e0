"""Request bodies of writes: property values, schemas and blocks, validated and decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from sandbox.server.notion.errors import invalid, invalid_body
from sandbox.server.notion.ids import uuid_text
from sandbox.server.notion.query import find_property
from sandbox.server.notion.records import (
    COMPUTED,
    DataSource,
    Property,
    PropertyType,
    Run,
    Span,
    Value,
)

_LONGEST_TEXT = 2000
_LONGEST_OPTION = 100
_LONGEST_LIST = 100
_DEEPEST = 2  # levels of blocks in one request


def read_properties(source: DataSource | None, sent: object) -> dict[str, Value]:
    """The stored values of a ``properties`` object by property name; it may have names or ids.

    Raises:
        NotionError: A property does not exist, is computed, or the value has another type.
    """
    if not isinstance(sent, Mapping):
        raise invalid_body("properties", "an object", sent)
    if source is None:
        if sent.keys() - {"title"}:
            raise invalid("Only title is a property of a page that is in no data source.")
        return {name: _page_title(value) for name, value in sent.items()}
    found: dict[str, Value] = {}
    for sent_name, value in sent.items():
        key = find_property(source, sent_name)
        one, name = source.properties[key], source.names[key]
        if one.type in COMPUTED or one.type in ("formula", "unique_id"):
            raise invalid(f"{name} is a computed property and cannot be written.")
        found[name] = _read_value(one, name, value)
    return found


def read_schema(sent: object) -> dict[str, Property]:
    """Properties by name of a data source to create.

    Raises:
        NotionError: A type is unknown or its configuration is incomplete.
    """
    if not isinstance(sent, Mapping):
        raise invalid_body("properties", "an object", sent)
    return {name: _read_property(name, config) for name, config in sent.items()}


def read_runs(sent: object, path: str) -> tuple[Run, ...]:
    """The rich text that a client sent."""
    if not isinstance(sent, list):
        raise invalid_body(path, "an array", sent)
    if len(sent) > _LONGEST_LIST:
        raise invalid(f"body failed validation: body.{path}.length should be ≤ `100`.")
    return tuple(_read_run(one, f"{path}[{place}]") for place, one in enumerate(sent))


@dataclass(frozen=True, slots=True)
class NewBlock:
    """A block that is to be added, and those indented below it."""

    type: str
    runs: tuple[Run, ...]
    children: tuple[NewBlock, ...] = ()


def read_blocks(sent: object, path: str = "children", depth: int = 1) -> tuple[NewBlock, ...]:
    """The blocks of ``children``, up to 100 side by side and two levels deep.

    Raises:
        NotionError: There are more, or one is no text block.
    """
    if not isinstance(sent, list):
        raise invalid_body(path, "an array", sent)
    if len(sent) > _LONGEST_LIST:
        raise invalid(f"body failed validation: body.{path}.length should be ≤ `100`.")
    return tuple(_read_block(one, f"{path}[{place}]", depth) for place, one in enumerate(sent))


def _read_block(sent: object, path: str, depth: int) -> NewBlock:
    known = (
        "paragraph",
        "heading_1",
        "heading_2",
        "heading_3",
        "bulleted_list_item",
        "numbered_list_item",
        "quote",
    )
    if isinstance(sent, Mapping):
        for type in known:
            if isinstance(body := sent.get(type), Mapping):
                runs = read_runs(body.get("rich_text", []), f"{path}.{type}.rich_text")
                below = body.get("children")
                if below is None:
                    return NewBlock(type, runs)
                if depth == _DEEPEST or type.startswith("heading"):
                    raise invalid_body(f"{path}.{type}.children", "not present", below)
                return NewBlock(
                    type, runs, read_blocks(below, f"{path}.{type}.children", depth + 1)
                )
    raise invalid_body(path, f"a block of one of {known}", sent)


def _page_title(value: object) -> Value:
    title = value.get("title") if isinstance(value, Mapping) else value
    return read_runs(title, "properties.title.title")


def _read_value(one: Property, name: str, value: object) -> Value:
    if not isinstance(value, Mapping) or one.type not in value:
        raise invalid(f"{name} is expected to be {one.type}.")
    inner, path = value[one.type], f"properties.{name}.{one.type}"
    if one.type in ("title", "rich_text"):
        return read_runs(inner, path)
    if inner is None:
        return None
    if one.type in ("select", "status"):
        return _option_name(one, name, inner)
    return _READERS[one.type](one, inner, path)


def _number(_one: Property, inner: Any, path: str) -> Value:
    if isinstance(inner, bool) or not isinstance(inner, int | float):
        raise invalid_body(path, "a number or `null`", inner)
    return inner


def _checkbox(_one: Property, inner: Any, path: str) -> Value:
    if not isinstance(inner, bool):
        raise invalid_body(path, "a boolean", inner)
    return inner


def _string(_one: Property, inner: Any, path: str) -> Value:
    if not isinstance(inner, str) or len(inner) > _LONGEST_TEXT:
        raise invalid_body(path, f"a string of at most {_LONGEST_TEXT} characters", inner)
    return inner


def _option_names(one: Property, inner: Any, path: str) -> Value:
    if not isinstance(inner, list) or len(inner) > _LONGEST_LIST:
        raise invalid_body(path, f"an array of at most {_LONGEST_LIST} options", inner)
    return [_option_name(one, path, each) for each in inner]


def _ids(_one: Property, inner: Any, path: str) -> Value:
    if not isinstance(inner, list) or len(inner) > _LONGEST_LIST:
        raise invalid_body(path, f"an array of at most {_LONGEST_LIST} references", inner)
    try:
        return [uuid_text(each["id"]) for each in inner]
    except (KeyError, TypeError, ValueError):
        raise invalid_body(f"{path}[0].id", "a valid uuid", inner) from None


def _files(_one: Property, inner: Any, path: str) -> Value:
    try:
        return [each["external"]["url"] for each in inner]
    except (KeyError, TypeError):
        raise invalid_body(path, "an array of external files", inner) from None


def _date(_one: Property, inner: Any, path: str) -> Value:
    try:
        start, end = (
            _day_or_time(inner["start"]),
            _day_or_time(inner["end"]) if inner.get("end") else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise invalid_body(f"{path}.start", "a valid ISO 8601 date string", inner) from None
    zone = inner.get("time_zone")
    return Span(start, end, zone) if end or zone else start


_READERS: Mapping[str, Callable[[Property, Any, str], Value]] = {
    "number": _number,
    "checkbox": _checkbox,
    "url": _string,
    "email": _string,
    "phone_number": _string,
    "multi_select": _option_names,
    "people": _ids,
    "relation": _ids,
    "files": _files,
    "date": _date,
}


def _day_or_time(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _option_name(one: Property, name: str, inner: Any) -> str:
    option = inner.get("name") if isinstance(inner, Mapping) else None
    if not isinstance(option, str):
        raise invalid_body(f"properties.{name}.{one.type}.name", "a string", inner)
    if len(option) > _LONGEST_OPTION:
        raise invalid_body(f"properties.{name}.{one.type}.name.length", "≤ `100`", len(option))
    if "," in option:
        raise invalid("Invalid select option, commas not allowed: " + option)
    if one.type == "status" and option not in one.options:
        raise invalid(f'Invalid status option. Status option "{option}" does not exist.')
    return option


def _read_run(sent: object, path: str) -> Run:
    if not isinstance(sent, Mapping):
        raise invalid_body(path, "an object", sent)
    if mention := sent.get("mention"):
        kind = "page" if "page" in mention else "user"
        key = uuid_text(mention[kind]["id"])
        shown = str(sent.get("plain_text", ""))
        return Run(shown, page=key) if kind == "page" else Run(shown, user=key)
    text: object = (sent.get("text") or {}).get("content")
    if not isinstance(text, str):
        raise invalid_body(f"{path}.text.content", "a string", text)
    if len(text) > _LONGEST_TEXT:
        raise invalid(
            f"body failed validation: body.{path}.text.content.length should be ≤ "
            f"`{_LONGEST_TEXT}`, instead was `{len(text)}`."
        )
    link = (sent["text"].get("link") or {}).get("url")
    return Run(text, href=link, bold=bool((sent.get("annotations") or {}).get("bold")))


def _read_property(name: str, config: object) -> Property:
    if not isinstance(config, Mapping):
        raise invalid_body(f"properties.{name}", "an object", config)
    kind = next((each for each in get_args(PropertyType) if each in config), None)
    if kind is None:
        raise invalid_body(f"properties.{name}", "defined by one property type", config)
    inner = config[kind] or {}
    return Property(
        kind,
        options=tuple(each["name"] for each in inner.get("options", ())),
        number_format=inner.get("format", "number"),
        to=inner.get("data_source_id"),
        relation=inner.get("relation_property_name"),
        target=inner.get("rollup_property_name"),
        function=inner.get("function", "show_original"),
        expression=inner.get("expression", ""),
        prefix=inner.get("prefix"),
        description=config.get("description"),
    )
