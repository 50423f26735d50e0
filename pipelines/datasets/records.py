"""One dataset's records, whichever source they come from, with cells by the model's field names.

What belongs here: selecting a dataset's rows in the lake and mapping their fields. What does not:
what a cell's text means (``okr_model``), and what stands in for a dataset that cannot be read
(``last_reading``).
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from connectors.cells import Cell, decode_cells
from connectors.errors import MissingError
from connectors.records import Problem
from connectors.registry import SOURCE_FACTS
from connectors.sheets.decode.tables import read_table
from okr_model.activity.issue_names import IDS
from okr_model.languages.folding import same_id
from okr_model.quantities.cells import KNOWN_BY_ROW
from pipelines.datasets.issue_names import WHERE_COLUMNS, IssueSelection, select_issues
from pipelines.datasets.kept_relations import with_kept_relations
from pipelines.datasets.places.read_files import was_read
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset, SheetPlace
from pipelines.settings.datasets import REQUIRED_FIELDS

_JIRA_INITIATIVE = {
    "key": "key",
    "title": "summary",
    "owner": "assignee",
    "status": "status",
    "status_category": "status_category",
    "due": "due_on",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a dataset, its cells keyed by the model's field names.

    Attributes:
        row: Its number in a tab or file, from 1; None where the place has no order of its own.
        created_at: When the source says that it was created; None where it does not say.
        edited_at: When the source says that it was last edited, likewise.
    """

    source: str
    place: str
    id: str
    url: str | None
    seen_at: dt.datetime
    cells: Mapping[str, Cell]
    row: int | None = None
    created_at: dt.datetime | None = None
    edited_at: dt.datetime | None = None


LINK_FIELD = "key_result"
"""The model's name of the first field in which an initiative names its Key Results; further ones
are ``key_result 2`` and so on."""


def wanted_fields(dataset: Dataset) -> dict[str, str]:
    """Every field to read: the model's name -> the source's.

    What a record is known by goes first, wherever the settings name it: a row of a tab without it
    is no record.
    """
    links = {
        LINK_FIELD if number == 1 else f"{LINK_FIELD} {number}": wanted
        for number, wanted in enumerate(dataset.link_fields, 1)
    }
    fields = dataset.single_fields | links
    known_by = [*REQUIRED_FIELDS.get(dataset.holds, ())[:1], "id", "title"]
    first = next((name for name in known_by if name in fields), None)
    return fields if first is None else {first: fields[first]} | fields


class Missing(Exception):  # noqa: N818 - not an error of ours: what the settings name is not there
    """The place or a field that a dataset names is not among what was read."""


Content = tuple[list[Record], list[Problem]]


def dataset_records(lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Content:
    """The dataset's live records, and what looks odd in their place.

    Raises:
        Missing: The place holds nothing, or none of its records has a field that is mapped; the
            message names it and what there is.
    """
    read = {"jira": _jira, "notion": _notion, "sheets": _sheets}.get(dataset.source, _rows_of_place)
    return read(lake, connection, dataset)


def place_rows(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset, part: str = "current"
) -> list[dict[str, Any]]:
    """What the lake holds of a dataset's place, as it landed: what stands now, in order.

    Of the ``log``, every version of every record, tombstones too, the newest first.
    """
    stream, condition, order, given = _place(dataset, lake)
    if part == "current":
        condition = f"NOT deleted AND {condition}"
    rows_of_place = lake.scan(stream, part)
    if part == "current" and dataset.source in KNOWN_BY_ROW:
        rows_of_place = _first_read(lake, stream, condition)
    rows = _rows(
        connection,
        f"SELECT * EXCLUDE (raw, texts) FROM {rows_of_place} WHERE {condition} "  # noqa: S608 - the lake names its files
        f"ORDER BY {order if part == 'current' else 'landed DESC'}",
        given,
    )
    return with_kept_relations(lake, connection, rows) if dataset.source == "notion" else rows


def _first_read(lake: Lake, stream: str, condition: str) -> str:
    """A FROM-clause over the current rows, ``seen_at`` being when what they say was first read.

    A row that was moved has another id, and is read anew.
    """
    return f"""(
        SELECT * EXCLUDE (said, first_read) REPLACE (coalesce(first_read, seen_at) AS seen_at)
        FROM {lake.scan(stream)} LEFT JOIN (
            SELECT md5(raw) AS said, min(seen_at) AS first_read
            FROM {lake.scan(stream, "log")} WHERE {condition} GROUP BY said
        ) ON md5(raw) = said
    )"""  # noqa: S608 - the lake names its files


def page_with_refs(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset, key: str
) -> str | None:
    """A page of the place as served, from any time, whose property ``key`` refers to others."""
    stream, condition, _, given = _place(dataset, lake)
    at = '$."' + key.replace('"', '\\"') + '".kind'
    query = f"SELECT raw FROM {lake.scan(stream, 'log')} WHERE {condition} "  # noqa: S608 - the lake names its files
    query += f"AND json_extract_string(cells, ${len(given) + 1}) = 'refs' LIMIT 1"
    found = _rows(connection, query, [*given, at])
    return found[0]["raw"] if found else None


def changed_at(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset
) -> list[dt.datetime]:
    """The instants at which anything in the dataset's place was read anew."""
    stream, condition, _, given = _place(dataset, lake)
    query = f"SELECT DISTINCT seen_at FROM {lake.scan(stream, 'log')} WHERE {condition}"  # noqa: S608 - the lake names its files
    return [row["seen_at"] for row in _rows(connection, query, given)]


def place_name(dataset: Dataset) -> str:
    """A dataset's place as sentences name it."""
    place = dataset.place
    if isinstance(place, SheetPlace):
        return f"{place.tab} of spreadsheet {place.spreadsheet}"
    if place is None:
        asked = "; ".join(f"{name}: {value}" for name, value in dataset.where.items())
        return f"Jira ({asked})" if asked else "Jira"
    return str(place)


def record_ids(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset, *, ever: bool = False
) -> list[str]:
    """The ids of the dataset's live records, or of all that ever were; none without its place."""
    stream, given = SOURCE_FACTS[dataset.source].primary_stream, list[Any]()
    try:
        if dataset.source == "jira":
            condition, given = jira_selection(lake, connection, dataset).condition()
        else:
            stream, condition, _, given = _place(dataset, lake)
    except Missing:
        return []  # already reported by read_cells
    rows, live = lake.scan(stream, "log" if ever else "current"), "true" if ever else "NOT deleted"
    query = f"SELECT DISTINCT id FROM {rows} WHERE {live} AND {condition}"  # noqa: S608 - the lake names its files
    return [row["id"] for row in _rows(connection, query, given)]


def _place(dataset: Dataset, lake: Lake) -> tuple[str, str, str, list[Any]]:
    """Stream, condition, order and parameters of a dataset's place."""
    place = dataset.place
    if isinstance(place, SheetPlace):
        # By the tab's number: of one that was renamed, the versions before and after count.
        tabs = f"SELECT sheet_id FROM {lake.scan('sheet_rows', 'log')} "  # noqa: S608 - the lake names its files
        tabs += "WHERE spreadsheet = $1 AND tab = $2"
        condition = f"spreadsheet = $1 AND sheet_id IN ({tabs})"
        return "sheet_rows", condition, "row", [place.spreadsheet, place.tab]
    stream = SOURCE_FACTS[dataset.source].primary_stream
    if place is None:
        return stream, "true", "id", []
    if dataset.source != "notion":
        order = "place, line" if dataset.source == "files" else "place, id"
        return stream, "place GLOB $1", order, [place]
    condition = """$1 IN (
        replace(place, '-', ''), replace(json_extract_string(raw, '$.parent.database_id'), '-', '')
    )"""
    return stream, condition, "id", [str(place).replace("-", "")]


def _notion(lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Content:
    rows = place_rows(lake, connection, dataset)
    if not rows:
        raise Missing(
            "Notion has shown no page of it. Check the id, and that the database is shared with the"
            " integration."
        )
    return mapped_rows(dataset, rows), []


def mapped_rows(dataset: Dataset, rows: list[dict[str, Any]]) -> list[Record]:
    """Pages, or rows of files, as records in the same order; of names that repeat the first counts.

    Raises:
        Missing: None of them has a field that is mapped.
    """
    found: dict[int, Record] = {}
    places = {"" if dataset.source == "notion" else row["place"]: None for row in rows}
    for place in places:
        mine = [n for n, row in enumerate(rows) if not place or row["place"] == place]
        decoded = [(rows[n], decode_cells(rows[n]["cells"])) for n in mine]
        shown = place or "it"
        records = _mapped(dataset.source, decoded, wanted_fields(dataset), shown)
        found.update(zip(mine, records, strict=True))
    return [found[n] for n in range(len(rows))]


def _jira(lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Content:
    selection = jira_selection(lake, connection, dataset)
    condition, given = selection.condition()
    rows = _rows(
        connection,
        f"SELECT * EXCLUDE (raw, texts) FROM {lake.scan('jira_issues')} "  # noqa: S608 - the lake names its files
        f"WHERE NOT deleted AND {condition} ORDER BY id",
        given,
    )
    rows = [row | selection.present_names(row) for row in rows]
    fields = dict(_JIRA_INITIATIVE) if dataset.holds == "initiatives" else {}
    fields |= wanted_fields(dataset)
    decoded = [
        (row, decode_cells(row["cells"] or "{}") | _column_cells(row, fields.values()))
        for row in rows
    ]
    # An issue has a custom field only if it holds something: absence is emptiness, not drift.
    records = _mapped("jira", decoded, fields, "Jira", absent_is_empty=True)
    return records, [*selection.unknown()]


def jira_selection(
    lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset
) -> IssueSelection:
    """The issues that a dataset selects.

    Raises:
        Missing: Issues have no such column.
    """
    for name in dataset.where:
        if name not in WHERE_COLUMNS:
            known = ", ".join(WHERE_COLUMNS)
            raise Missing(f"where: issues have no {name!r}; there are {known}.")
    return select_issues(lake, connection, dataset)


def _sheets(lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Content:
    place = dataset.place
    assert isinstance(place, SheetPlace)  # noqa: S101 - the settings' own check
    rows = place_rows(lake, connection, dataset)
    if not any(row["tab"] == place.tab for row in rows):
        now = next((str(row["tab"]) for row in rows), None)  # of the tab that once had the name
        raise Missing(_no_tab(connection, lake.scan("sheet_rows"), place, now))
    return tabled_rows(dataset, rows)


def tabled_rows(dataset: Dataset, rows: list[dict[str, Any]]) -> Content:
    """Rows of a tab as the records of the table on it, and what looks odd there.

    Raises:
        Missing: There is no such table.
    """
    place = dataset.place
    assert isinstance(place, SheetPlace)  # noqa: S101 - the settings' own check
    rows = [row for row in rows if row["tab"] == place.tab]
    fields = wanted_fields(dataset)
    try:
        table = read_table(rows, list(fields.values()), place.header_row)
    except MissingError as error:
        raise Missing(error.sentence) from None
    seen = {row["id"]: row["seen_at"] for row in rows}
    sheet = f"{rows[0]['spreadsheet_title']}/{place.tab}" if rows else place.tab
    records = [
        Record(
            source="sheets",
            place=sheet,
            id=record.id,
            url=record.url,
            seen_at=seen[record.id],
            cells={name: record.cells[wanted] for name, wanted in fields.items()},
            row=record.row,
        )
        for record in table.records
    ]
    return records, table.problems


def _rows_of_place(lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Content:
    rows = place_rows(lake, connection, dataset)
    # One that had rows before may be a failed export, and is not taken to be empty.
    if not rows and (not was_read(lake, dataset) or place_rows(lake, connection, dataset, "log")):
        raise Missing(f"no row of {dataset.place} has been read. Check the name and the folder.")
    return mapped_rows(dataset, rows), []


def _no_tab(
    connection: duckdb.DuckDBPyConnection, scan: str, place: SheetPlace, now: str | None
) -> str:
    query = f"SELECT DISTINCT tab FROM {scan} WHERE NOT deleted AND spreadsheet = ? ORDER BY tab"  # noqa: S608 - the lake names its files
    tabs = [row["tab"] for row in _rows(connection, query, [place.spreadsheet])]
    if not tabs:
        return f"Google Sheets has shown nothing of the spreadsheet {place.spreadsheet}."
    close = difflib.get_close_matches(place.tab, tabs, n=1)
    hint = f" Was it renamed to {close[0]!r}?" if close else ""
    hint = f" It was renamed to {now!r}." if now else hint
    return f"the spreadsheet has no tab {place.tab!r}; there are {', '.join(tabs)}.{hint}"


def _mapped(
    source: str,
    decoded: list[tuple[dict[str, Any], dict[str, Cell]]],
    fields: Mapping[str, str],
    place: str,
    *,
    absent_is_empty: bool = False,
) -> list[Record]:
    """Records with cells by the model's names, found by the field's id or else by its name."""
    ids = _field_ids(decoded, fields.values())
    lost = [wanted for wanted in fields.values() if wanted not in ids]
    if lost and decoded and not absent_is_empty:
        there = sorted({cell.name for _, cells in decoded for cell in cells.values()})
        raise Missing(f"{place} has no {lost[0]!r}; there are {', '.join(there)}.")
    return [
        Record(
            source=source,
            place=row["place"],
            id=row["id"],
            url=row["url"],
            seen_at=row["seen_at"],
            cells={
                name: cells[ids[wanted]]
                for name, wanted in fields.items()
                if ids.get(wanted) in cells
            },
            row=row.get("line"),
            created_at=row.get("created_at"),
            edited_at=row.get("updated_at"),
        )
        for row, cells in decoded
    ]


def _field_ids(
    decoded: list[tuple[dict[str, Any], dict[str, Cell]]], wanted: Iterable[str]
) -> dict[str, str]:
    """Each wanted field's id: itself where it is one, else the id of the field of that name."""
    names: dict[str, str] = {}
    for _, cells in decoded:
        for field_id, cell in cells.items():
            names.setdefault(same_id(cell.name), field_id)
    known = {field_id for _, cells in decoded for field_id in cells}
    found = {field: field if field in known else names.get(same_id(field)) for field in wanted}
    return {field: field_id for field, field_id in found.items() if field_id is not None}


def _column_cells(row: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Cell]:
    return {
        name: Cell("text", str(row[name]), refs=_ref(row, name), name=name, address=name)
        for name in wanted
        if name in SOURCE_FACTS["jira"].columns and row[name] is not None
    }


def _ref(row: Mapping[str, Any], column: str) -> tuple[str, ...]:
    found = row.get(IDS.get(column, ""))
    return (found,) if found else ()


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, given: list[Any]
) -> list[dict[str, Any]]:
    return list(arrow(connection, query, given).to_pylist())
