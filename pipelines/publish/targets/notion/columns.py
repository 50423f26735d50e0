"""The properties of the database, and whether a database has them as it should.

What belongs here: which columns of the table become which type of property. What does not: the
values of a type (``connectors.notion.written.values``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.notion.written.values import Json, Kind, Value, WrittenProperty, fitting, served
from okr_model.tables import BY_NAME
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.running import KEY, TABLE

RECORD = "record"
_TITLE = "statement"
_KINDS: Mapping[str, Kind] = {
    _TITLE: "title",
    "key_result_id": "rich_text",
    "cycle_id": "select",
    "objective": "rich_text",
    "teams": "multi_select",
    "owner": "rich_text",
    "kind": "select",
    "unit": "select",
    "baseline": "number",
    "target": "number",
    "current_value": "number",
    "current_value_at": "date",
    "due_on": "date",
    "progress": "percent",
    "expected_progress": "percent",
    "pace": "select",
    "forecast_value": "number",
    "attainment_probability": "percent",
    "stated_confidence": "select",
    "computed_confidence": "select",
    "last_check_in_at": "date",
    "findings": "number",
    "url": "url",
}
_MARK = "okr-sync: "
_LONGEST_MEANING = 200


def properties_of(record_source: str | None) -> tuple[WrittenProperty, ...]:
    """The properties that are written.

    Args:
        record_source: Id of the data source that the Key Results are read from, to which
            ``record`` leads; None if they are read elsewhere, or from several.
    """
    meanings = {one.name: one.meaning for one in BY_NAME[TABLE].columns}
    found = [
        WrittenProperty(name, kind, f"{meanings[name][:_LONGEST_MEANING]} ({_MARK}{name})")
        for name, kind in _KINDS.items()
    ]
    if record_source:
        told = f"The record that it is read from ({_MARK}{RECORD})"
        found.append(WrittenProperty(RECORD, "relation", told, record_source))
    return tuple(found)


def values_of(properties: Sequence[WrittenProperty], row: Mapping[str, Any]) -> dict[str, Value]:
    """The values of a row of the table, by property."""
    given = dict(row) | {RECORD: row["record_id"] if row["source"] == "notion" else None}
    given[_TITLE] = row[_TITLE] or row["key_result_id"]
    return {one.name: fitting(one, given.get(one.name)) for one in properties}


def located(
    properties: Sequence[WrittenProperty], schema: Mapping[str, Json], *, written: bool
) -> dict[str, str | None]:
    """The present name of each property, None where it has yet to be made.

    Args:
        properties: What is written.
        schema: What the data source has.
        written: Whether pages were written there before.

    Raises:
        TargetError: One was renamed, has another type, or the key was deleted.
    """
    title = next(name for name, one in schema.items() if one["type"] == "title")
    found: dict[str, str | None] = {}
    for one in properties:
        name = title if one.kind == "title" else one.name
        there = schema.get(name)
        if there is None:
            _ensure_not_renamed(one, schema)
            if written and one.name in KEY:
                raise TargetError(
                    f"The property “{one.name}” was deleted, by which pages are known, so nothing"
                    " was written. Restore it, or move all pages of okr-sync to the trash and"
                    " empty the database's description."
                )
        elif there["type"] != one.type or not _leads_there(one, there):
            raise TargetError(
                f"The property “{name}” has the type {there['type']}, not {one.type} as okr-sync"
                " writes it, so nothing was written. Give it that type again, or another name."
            )
        found[one.name] = name if there is not None else None
    return found


def key_of(
    properties: Sequence[WrittenProperty], names: Mapping[str, str | None], page: Mapping[str, Any]
) -> tuple[Value, ...]:
    """The key of a page as it is served; not whole if it is somebody's own."""
    values = {one.name: value_at(one, names, page) for one in properties if one.name in KEY}
    return tuple(values[name] for name in KEY)


def value_at(
    one: WrittenProperty, names: Mapping[str, str | None], page: Mapping[str, Any]
) -> Value:
    """The value of a property on a page as it is served; None where it has none yet."""
    found = page["properties"].get(names[one.name] or "")
    return served(one, found) if found else None


def _ensure_not_renamed(one: WrittenProperty, schema: Mapping[str, Json]) -> None:
    for name, there in schema.items():
        if str(there.get("description") or "").endswith(f"({_MARK}{one.name})"):
            raise TargetError(
                f"The property “{one.name}” was renamed to “{name}”, so nothing was written. Rename"
                " it back; or empty its description, and it is yours and okr-sync makes its own."
            )


def _leads_there(one: WrittenProperty, there: Mapping[str, Any]) -> bool:
    """Whether a relation leads to the wanted data source."""
    if one.kind != "relation":
        return True
    return str((there.get("relation") or {}).get("data_source_id")) == one.to
