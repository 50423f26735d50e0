"""Filters and sorts of a data source query, evaluated on stored values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.server.notion.errors import invalid
from sandbox.server.notion.ids import decode_property_id
from sandbox.server.notion.records import DataSource, Page, Property, Span, Value
from sandbox.server.notion.rollups import day_or_instant, is_empty
from sandbox.server.notion.store import NotionWorkspace
from sandbox.server.notion.values import plain_value

Test = Callable[[Page], bool]
_TIMESTAMPS = ("created_time", "last_edited_time")
_DEEPEST = 2


def build_filter(workspace: NotionWorkspace, source: DataSource, asked: object) -> Test:
    """Turn a ``filter`` object into a test of pages.

    Raises:
        NotionError: It names an unknown property or condition.
    """
    return _build(workspace, source, asked, 0)


def sort_pages(
    workspace: NotionWorkspace, source: DataSource, pages: list[Page], sorts: object
) -> list[Page]:
    """Pages by ``sorts``, the first one is the primary key; empty values come last."""
    if not isinstance(sorts, list):
        raise invalid("body failed validation: body.sorts should be an array.")
    for sort in reversed(sorts):
        read = _sort_reader(workspace, source, sort)
        filled = [page for page in pages if not is_empty(read(page))]
        blank = [page for page in pages if is_empty(read(page))]
        filled.sort(
            key=lambda page: _orderable(read(page)), reverse=sort.get("direction") == "descending"
        )
        pages = filled + blank
    return pages


def find_property(source: DataSource, sent: str) -> str:
    """The id of a property by name or id; NotionError if there is none."""
    if sent in source.names.values():
        return source.property_id(sent)
    if decode_property_id(sent) in source.properties:
        return decode_property_id(sent)
    raise invalid(f"Could not find property with name or id: {sent}")


def _build(workspace: NotionWorkspace, source: DataSource, asked: object, depth: int) -> Test:
    if not isinstance(asked, Mapping):
        raise invalid("body failed validation: body.filter should be an object.")
    for word, combine in (("and", all), ("or", any)):
        if word in asked:
            if depth >= _DEEPEST:
                raise invalid("body failed validation: body.filter is nested too deeply.")
            tests = [_build(workspace, source, each, depth + 1) for each in asked[word]]
            return _combined(tests, combine)
    if "timestamp" in asked:
        return _timestamp_test(workspace, asked)
    key = find_property(source, str(asked.get("property", "")))
    one = source.properties[key]
    kinds = asked.keys() - {"property", "type"}
    if len(kinds) != 1:
        raise invalid("body failed validation: body.filter should name one property type.")
    kind = kinds.pop()
    if kind != one.type and not (one.type == "unique_id" and kind == "number"):
        raise invalid(f"database property {one.type} does not match filter {kind}")
    test = _condition(workspace, one, kind, asked[kind])
    return lambda page: test(plain_value(workspace, page, key))


def _combined(tests: Sequence[Test], combine: Callable[[list[bool]], bool]) -> Test:
    return lambda page: combine([test(page) for test in tests])


def _timestamp_test(workspace: NotionWorkspace, asked: Mapping[str, Any]) -> Test:
    name = asked["timestamp"]
    if name not in _TIMESTAMPS or name not in asked:
        raise invalid(f"body failed validation: body.filter.timestamp {name!r} has no condition.")
    test = _single(_DATES, asked[name], workspace)

    def meets(page: Page) -> bool:
        stated = page.created_at if name == "created_time" else page.edited_at
        return test(stated.replace(second=0, microsecond=0))

    return meets


def _condition(
    workspace: NotionWorkspace, one: Property, kind: str, asked: Mapping[str, Any]
) -> Callable[[Value], bool]:
    """The test of one value for the conditions of its property type."""
    if kind == "formula":
        inner = next(iter(asked))
        table = {"string": _TEXTS, "number": _NUMBERS, "checkbox": _BOXES, "date": _DATES}
        if inner not in table:
            raise invalid(f"body failed validation: no formula filter {inner!r}.")
        return _guarded(inner, _single(table[inner], asked[inner], workspace))
    if kind == "rollup":
        return _rollup_condition(workspace, one, asked)
    table_of_kind = _BY_KIND.get(kind)
    if table_of_kind is None:
        raise invalid(f"body failed validation: no filter for {kind!r}.")
    return _single(table_of_kind, asked, workspace)


def _rollup_condition(
    workspace: NotionWorkspace, one: Property, asked: Mapping[str, Any]
) -> Callable[[Value], bool]:
    how = next(iter(asked))
    if how in ("number", "date"):
        table = _NUMBERS if how == "number" else _DATES
        return _guarded(how, _single(table, asked[how], workspace))
    if how not in ("any", "every", "none"):
        raise invalid(f"body failed validation: no rollup filter {how!r}.")
    kind, condition = next(iter(asked[how].items()))
    test = _condition(workspace, one, kind, condition)

    def meets(values: Value) -> bool:
        found = [test(each) for each in values or ()]
        return all(found) if how == "every" else any(found) is (how == "any")

    return meets


def _guarded(kind: str, test: Callable[[Value], bool]) -> Callable[[Value], bool]:
    """The test, false for a result of another type."""
    types: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "number": (int, float),
        "checkbox": (bool,),
        "date": (date, Span),
    }
    allowed = types[kind]

    def meets(value: Value) -> bool:
        fits = value is None or isinstance(value, allowed)
        return fits and (kind != "number" or not isinstance(value, bool)) and test(value)

    return meets


Conditions = Mapping[str, Callable[[Value, Any, datetime], bool]]


def _single(
    table: Conditions, asked: Mapping[str, Any], workspace: NotionWorkspace
) -> Callable[[Value], bool]:
    if not isinstance(asked, Mapping) or len(asked) != 1:
        raise invalid("body failed validation: a filter should hold exactly one condition.")
    name, operand = next(iter(asked.items()))
    if name not in table:
        raise invalid(f"body failed validation: no condition {name!r}, only {sorted(table)}.")
    meets = table[name]
    return lambda value: meets(value, operand, workspace.clock.now)


def _sort_reader(
    workspace: NotionWorkspace, source: DataSource, sort: Mapping[str, Any]
) -> Callable[[Page], Value]:
    if "timestamp" in sort:
        if sort["timestamp"] == "created_time":
            return lambda page: page.created_at.replace(second=0, microsecond=0)
        return lambda page: page.edited_at.replace(second=0, microsecond=0)
    key = find_property(source, str(sort.get("property", "")))
    one = source.properties[key]
    if one.type in ("select", "status"):  # options sort in schema order, not alphabetically
        places = {name: place for place, name in enumerate(one.options)}
        return lambda page: places.get(plain_value(workspace, page, key))
    return lambda page: plain_value(workspace, page, key)


def _orderable(value: Value) -> Any:
    if isinstance(value, date | Span):
        return day_or_instant(value)
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return value.casefold() if isinstance(value, str) else value


def _text(value: Value) -> str:
    return "" if value is None else str(value).casefold()


def _plain_id(id: object) -> str:
    return str(id).replace("-", "").lower()


def _compared(value: Value, operand: object) -> tuple[Any, Any] | None:
    """Both sides of a date comparison: as days if the operand is one, else as timestamps."""
    if value is None:
        return None
    instant = day_or_instant(value).astimezone(UTC)
    text = str(operand)
    if "T" not in text:
        return instant.date(), date.fromisoformat(text)
    asked = datetime.fromisoformat(text)
    return instant, asked if asked.tzinfo else asked.replace(tzinfo=UTC)


def _date_test(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Any, datetime], bool]:
    def meets(value: Value, operand: Any, _now: datetime) -> bool:
        try:
            sides = _compared(value, operand)
        except ValueError:
            raise invalid("body failed validation: should be a valid ISO 8601 date.") from None
        return sides is not None and compare(*sides)

    return meets


def _within(first_day: int, last_day: int) -> Callable[[Value, Any, datetime], bool]:
    """Whether a date is within a range of days relative to now."""

    def meets(value: Value, _operand: Any, now: datetime) -> bool:
        if value is None:
            return False
        low, high = now + timedelta(days=first_day), now + timedelta(days=last_day)
        return low.date() <= day_or_instant(value).date() <= high.date()

    return meets


def _number_test(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Any, datetime], bool]:
    return lambda value, operand, _now: value is not None and compare(value, operand)


_EMPTY: Conditions = {
    "is_empty": lambda value, _operand, _now: is_empty(value),
    "is_not_empty": lambda value, _operand, _now: not is_empty(value),
}
_TEXTS: Conditions = {
    **_EMPTY,
    "equals": lambda value, operand, _now: _text(value) == _text(operand),
    "does_not_equal": lambda value, operand, _now: _text(value) != _text(operand),
    "contains": lambda value, operand, _now: _text(operand) in _text(value),
    "does_not_contain": lambda value, operand, _now: _text(operand) not in _text(value),
    "starts_with": lambda value, operand, _now: _text(value).startswith(_text(operand)),
    "ends_with": lambda value, operand, _now: _text(value).endswith(_text(operand)),
}
_NUMBERS: Conditions = {
    **_EMPTY,
    "equals": _number_test(lambda value, operand: value == operand),
    "does_not_equal": lambda value, operand, _now: value != operand,
    "greater_than": _number_test(lambda value, operand: value > operand),
    "less_than": _number_test(lambda value, operand: value < operand),
    "greater_than_or_equal_to": _number_test(lambda value, operand: value >= operand),
    "less_than_or_equal_to": _number_test(lambda value, operand: value <= operand),
}
_BOXES: Conditions = {
    "equals": lambda value, operand, _now: bool(value) is operand,
    "does_not_equal": lambda value, operand, _now: bool(value) is not operand,
}
_OPTIONS: Conditions = {
    **_EMPTY,
    "equals": lambda value, operand, _now: value == operand,
    "does_not_equal": lambda value, operand, _now: value != operand,
}
_LISTS: Conditions = {
    **_EMPTY,
    "contains": lambda value, operand, _now: operand in (value or ()),
    "does_not_contain": lambda value, operand, _now: operand not in (value or ()),
}
_REFERENCES: Conditions = {
    **_EMPTY,
    "contains": lambda value, operand, _now: _plain_id(operand) in map(_plain_id, value or ()),
    "does_not_contain": (
        lambda value, operand, _now: _plain_id(operand) not in map(_plain_id, value or ())
    ),
}
_DATES: Conditions = {
    **_EMPTY,
    "equals": _date_test(lambda value, operand: value == operand),
    "before": _date_test(lambda value, operand: value < operand),
    "after": _date_test(lambda value, operand: value > operand),
    "on_or_before": _date_test(lambda value, operand: value <= operand),
    "on_or_after": _date_test(lambda value, operand: value >= operand),
    "past_week": _within(-7, 0),
    "past_month": _within(-30, 0),
    "past_year": _within(-365, 0),
    "next_week": _within(0, 7),
    "next_month": _within(0, 30),
    "next_year": _within(0, 365),
}
_BY_KIND: Mapping[str, Conditions] = {
    **dict.fromkeys(("title", "rich_text", "url", "email", "phone_number"), _TEXTS),
    **dict.fromkeys(("number", "unique_id"), _NUMBERS),
    "checkbox": _BOXES,
    **dict.fromkeys(("select", "status"), _OPTIONS),
    "multi_select": _LISTS,
    **dict.fromkeys(("people", "relation", "created_by", "last_edited_by"), _REFERENCES),
    **dict.fromkeys(("date", "created_time", "last_edited_time"), _DATES),
    "files": _EMPTY,
}
