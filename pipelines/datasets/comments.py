"""Comments on the records of a dataset, for check-ins that are written there.

What belongs here: which comments are of a dataset, and their cells. What does not: which of them
are check-ins (:mod:`okr_model.entities.derived`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
from msgspec import structs

from connectors.cells import Cell
from connectors.registry import SOURCE_FACTS
from okr_model.entities.derived.comment_check_ins import COMMENT
from pipelines.datasets.records import Content, Record, jira_selection, record_ids
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset

_SHOWN = {"jira": "key", "notion": "title"}
"""The column by which people know the record that a comment is on."""


def comment_records(lake: Lake, connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Content:
    """The comments on the dataset's live records: whose Key Result, when, by whom, what.

    Raises:
        Missing: Issues have no column that the dataset selects by.
    """
    problems = (
        jira_selection(lake, connection, dataset).unknown() if dataset.source == "jira" else ()
    )
    ids = record_ids(lake, connection, dataset)
    query = f"""
        SELECT c.* EXCLUDE (raw, texts, cells), r.place AS record_place,
               r.{_SHOWN[dataset.source]} AS shown
        FROM {lake.scan(f"{dataset.source}_comments")} c
        JOIN {lake.scan(SOURCE_FACTS[dataset.source].primary_stream)} r ON r.id = c.place
        WHERE NOT c.deleted AND NOT r.deleted AND list_contains($1::VARCHAR[], c.place)
        ORDER BY c.created_at, c.id
    """  # noqa: S608 - the lake names its files
    rows = arrow(connection, query, [ids]).to_pylist()
    return [_record(dataset.source, row) for row in rows], [*problems]


def _record(source: str, row: Mapping[str, Any]) -> Record:
    number = str(row["id"]).rpartition(":")[2]  # Jira's number, or the beginning of a UUID
    where = f"comment {number.partition('-')[0]} on {row['shown'] or row['place']}"
    created = row["created_at"]
    at = created.isoformat() if created else ""
    cells = {
        "key_result": Cell("refs", row["shown"] or row["place"], refs=(row["place"],)),
        "date": Cell("datetime" if at else "empty", at, date=at or None),
        "author": Cell("text" if row["author"] else "empty", row["author"] or ""),
        COMMENT: Cell("text", row["body"] or ""),
    }
    return Record(
        source=source,
        place=row["record_place"],
        id=row["id"],
        url=row["url"],
        seen_at=row["seen_at"],
        cells={
            name: structs.replace(cell, name=where, address=where) for name, cell in cells.items()
        },
        row=row.get("position"),
        created_at=created,
        edited_at=row["updated_at"],
    )
