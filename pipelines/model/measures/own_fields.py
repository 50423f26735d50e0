"""A field of a Key Result's own Jira issue, on every day, from the issue's change log.

What belongs here: the versions that such a field had, by day. What does not: their values
(``okr_model.measures.row_measures``), and fields of the issues that a measure selects.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import duckdb
import narwhals as nw
import pandas as pd

from connectors.cells import Cell, decode_cells
from okr_model.activity.issue_fields import as_number, field_log
from okr_model.activity.issue_history import CHANGE_COLUMNS, spells
from okr_model.findings import join_findings
from okr_model.measures.row_measures import emptied_rows, evaluate_standing
from pipelines.datasets.issue_fields import fault_of_field, field_ids, field_names
from pipelines.datasets.records import Missing, Record
from pipelines.datasets.table_history import DatasetSnapshot
from pipelines.lake.duckdb_session import arrow
from pipelines.model.measures.declared import DeclaredMeasure
from pipelines.model.measures.rows import MeasureContext, MeasureResult, snapshots_of, without_value


@dataclass(frozen=True)
class OwnFields:
    """What all Key Results of Jira have, and had, in one field.

    Attributes:
        log: From :func:`okr_model.activity.issue_fields.field_log`.
        present: The record of each issue, its cell under the name of the field.
        created: When each issue was created.
    """

    log: pd.DataFrame
    present: dict[str, Record]
    created: dict[str, dt.datetime]


def of_own_field(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series
) -> MeasureResult:
    """A field of the Key Result's own issue: its value on every day on which it changed.

    From a day on which it was emptied, its value is unknown.
    """
    loaded = context.once_for(("own field", each.what.of), lambda: _load(context, each.what.of))
    if isinstance(loaded, Missing):
        return pd.DataFrame(), without_value(each, str(loaded), had=False)
    marks, zone = context.marks, context.project.settings.organization.zone
    return field_values(each, loaded, key_result, context.key_results, marks, zone)


def field_values(
    each: DeclaredMeasure,
    loaded: OwnFields,
    key_result: pd.Series,
    key_results: pd.DataFrame,
    marks: Iterable[dt.date],
    zone: ZoneInfo,
) -> MeasureResult:
    """The values of one Key Result by day, from what its issue has and had in the field."""
    name, record = each.what.of, loaded.present.get(str(key_result["record_id"]))
    if record is None:
        return pd.DataFrame(), without_value(each, "its issue is not read any more", had=False)
    history = [*_versions(loaded, record, name, marks, zone)]
    cells, of_days = snapshots_of(history)
    rows, found, why = evaluate_standing(
        each.what, each.name, cells, of_days, key_result, key_results
    )
    filled = [one.day for one in history if not _is_empty(one, name)]
    gaps = [one for one in history if _is_empty(one, name) and filled and one.day > filled[0]]
    if _is_empty(history[-1], name):
        since = next((one.day for one in reversed(gaps) if not one.again), None)
        why = "its field is empty, and always was"
        if since:
            why = f"“{name}” was emptied on {since}, so that its value is unknown since then"
    empty = emptied_rows(
        each.name, key_result, [(one.day, one.seen_at) for one in gaps], _where(record, name)
    )
    parts = [part for part in (rows, empty) if len(part)]
    complaint = without_value(each, why, had=bool(filled))
    values = pd.concat(parts, ignore_index=True) if parts else rows
    return values, join_findings([found, complaint])


def _load(context: MeasureContext, name: str) -> OwnFields | Missing:
    lake, connection = context.project.lake, context.connection
    names, read = field_names(lake, connection)
    found = field_ids(names, name)
    there = [one for one in found if one in read]
    if len(there) != 1:
        return Missing(fault_of_field(name, found, there, names, read))
    mine = context.key_results[context.key_results["source"] == "jira"]
    wanted = [str(one) for one in mine["record_id"].dropna().unique()]
    changes = connection.sql(
        f"SELECT {', '.join(CHANGE_COLUMNS)} FROM {lake.scan('jira_changes')} "  # noqa: S608 - the lake names its files
        "WHERE list_contains($ids, issue_id)",
        params={"ids": wanted},
    )
    called = {there[0]: names.known.loc[names.known["id"] == there[0], "name"].tolist()}
    log = field_log(nw.from_native(changes), there, called)
    return OwnFields(log, *_present(lake.scan("jira_issues"), connection, wanted, there[0], name))


def _present(
    files: str,
    connection: duckdb.DuckDBPyConnection,
    wanted: Sequence[str],
    field_id: str,
    name: str,
) -> tuple[dict[str, Record], dict[str, dt.datetime]]:
    query = f"SELECT id, place, url, seen_at, created_at, updated_at, cells FROM {files} "  # noqa: S608 - the lake names its files
    query += "WHERE NOT deleted AND list_contains($ids, id)"
    records, created = dict[str, Record](), dict[str, dt.datetime]()
    for row in arrow(connection, query, {"ids": list(wanted)}).to_pylist():
        cells = decode_cells(row["cells"] or "{}")
        cell = cells.get(field_id, Cell("empty", name=name, address=field_id))
        records[row["id"]] = Record(
            source="jira",
            place=row["place"],
            id=row["id"],
            url=row["url"],
            seen_at=row["seen_at"],
            cells={name: cell},
            created_at=row["created_at"],
            edited_at=row["updated_at"],
        )
        created[row["id"]] = row["created_at"] or row["seen_at"]
    return records, created


def _versions(
    loaded: OwnFields, record: Record, name: str, marks: Iterable[dt.date], zone: ZoneInfo
) -> Iterator[DatasetSnapshot]:
    """The field as of the end of each day on which it changed, and of each day in ``marks``."""
    held = record.cells[name]
    log = loaded.log[loaded.log["issue_id"] == record.id]
    log = log.assign(column=name, old=log["from_text"], new=log["to_text"])
    now = pd.Series([held.text if held.kind != "empty" else None], index=[record.id], dtype="str")
    rows = spells(log, name, now).sort_values("since", na_position="first", kind="stable")
    days = dict[dt.date, tuple[dt.datetime, Cell]]()
    for value, since, until in rows[["value", "since", "until"]].itertuples(index=False):
        at = (
            loaded.created[record.id]
            if pd.isna(since)
            else since.tz_localize("UTC").to_pydatetime()
        )
        cell = held if pd.isna(until) else _logged_cell(value, held)
        days[at.astimezone(zone).date()] = (at, cell)
    latest: tuple[dt.datetime, Cell] | None = None
    for day in sorted({*days, *marks}):
        latest = days.get(day, latest)
        if latest is not None:
            at, cell = latest
            as_then = replace(record, cells={name: cell}, seen_at=at)
            yield DatasetSnapshot(day, at, (as_then,), again=day not in days)


def _logged_cell(text: object, held: Cell) -> Cell:
    """A former content of a field, as the cell that it would be now."""
    if not isinstance(text, str) or not text.strip():
        return Cell("empty", name=held.name, address=held.address)
    number = as_number(text)
    if math.isnan(number):
        return Cell("text", text, name=held.name, address=held.address)
    return Cell("number", text, number, name=held.name, address=held.address)


def _is_empty(version: DatasetSnapshot, name: str) -> bool:
    return version.records[0].cells[name].kind == "empty"


def _where(record: Record, name: str) -> dict[str, str | None]:
    cell = record.cells[name]
    field = f"{cell.name} ({cell.address})" if cell.name != cell.address else cell.name
    return {"source": "jira", "record_id": record.id, "url": record.url, "field": field}
