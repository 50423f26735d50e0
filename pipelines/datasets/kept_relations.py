"""Relations into a Notion data source that cannot be reached: they stand as last read.

What belongs here: telling a relation that someone emptied from one that Notion shows as empty,
because what it points to is not shared. What does not: the unreachable place's own records, which
nobody overwrites.

While a place is out of reach, nothing that others show of it is believed: relations into it keep
what they held, and so do the rollups and formulas of a record that has such a relation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import msgspec

from connectors.cells import Cell, decode_cells, encode_cells
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.streams import hidden_places
from pipelines.lake.tables import Lake

Row = dict[str, Any]
_COMPUTED = ("rollup", "formula")
IN_PLACE = """$place IN (
    replace(place, '-', ''), replace(json_extract_string(raw, '$.parent.database_id'), '-', '')
)"""
"""SQL: whether a page lies in a database or data source, given by its id without hyphens."""


def with_kept_relations(
    lake: Lake, connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]
) -> list[Row]:
    """Pages as they landed, but for relations into what cannot be reached."""
    kept = list(rows)
    for hidden in hidden_places(lake, "notion"):
        reached = hidden.reached
        if reached is None:
            continue  # it never was, so nothing of it was ever known
        later = {row["id"] for row in kept if row["seen_at"] > reached}
        if not later:
            continue
        there = hidden.records or _ids_in(lake, connection, hidden.place)
        before = _versions(lake, connection, later, reached)
        kept = [
            _restored(row, before[row["id"]], there)
            if row["id"] in before and row["seen_at"] > reached
            else row
            for row in kept
        ]
    return kept


def _ids_in(lake: Lake, connection: duckdb.DuckDBPyConnection, place: str) -> frozenset[str]:
    query = f"SELECT DISTINCT id FROM {lake.scan('notion_pages', 'log')} WHERE {IN_PLACE}"  # noqa: S608 - the lake names its files
    rows = arrow(connection, query, {"place": place.replace("-", "")})
    return frozenset(rows["id"].to_pylist())


def _versions(
    lake: Lake, connection: duckdb.DuckDBPyConnection, ids: set[str], until: dt.datetime
) -> dict[str, tuple[dict[str, Cell], set[str]]]:
    """The newest version of each record seen by then: its cells, and which are computed."""
    query = f"""
        SELECT id, cells, json_extract(raw, '$.properties') AS properties
        FROM {lake.scan("notion_pages", "log")}
        WHERE id IN (SELECT unnest($ids)) AND seen_at <= $until
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY landed DESC) = 1
    """  # noqa: S608 - the lake names its files
    rows = arrow(connection, query, {"ids": sorted(ids), "until": until}).to_pylist()
    return {row["id"]: (decode_cells(row["cells"]), _computed(row["properties"])) for row in rows}


def _computed(properties: str | None) -> set[str]:
    """Ids of the properties that Notion computes."""
    served = msgspec.json.decode(properties) if properties else {}
    return {str(one.get("id")) for one in served.values() if one.get("type") in _COMPUTED}


def _restored(row: Row, before: tuple[Mapping[str, Cell], set[str]], there: frozenset[str]) -> Row:
    """The row with what it held of ``there``; the same row where it held nothing of it."""
    earlier, computed = before
    cells = decode_cells(row["cells"])
    lost = {
        key: tuple(ref for ref in cell.refs if ref in there and ref not in cells[key].refs)
        for key, cell in earlier.items()
        if cell.kind == "refs" and key in cells
    }
    lost = {key: refs for key, refs in lost.items() if refs}
    if not lost:
        return row
    for key, refs in lost.items():
        all_refs = (*cells[key].refs, *refs)
        cells[key] = msgspec.structs.replace(earlier[key], refs=all_refs, name=cells[key].name)
    cells |= {key: earlier[key] for key in computed if key in earlier and key in cells}
    return row | {"cells": encode_cells(cells)}
