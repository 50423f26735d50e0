"""Cells of all datasets as one long frame: one row per record and canonical field.

What belongs here: building that frame, and findings for what could not be read. What does not:
finding and mapping the records (``records``) and activity, which the model reads in bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from connectors.records import Problem
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.quantities.cells import CELL_COLUMNS, empty_cells
from pipelines.datasets.last_reading import UnreadDataset, read_dataset
from pipelines.datasets.records import Record
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset


def read_cells(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    datasets: Iterable[Dataset],
    zone: ZoneInfo,
) -> tuple[pd.DataFrame, list[Finding], list[UnreadDataset]]:
    """Read every dataset's records, those that cannot be read now as they were last read.

    Sentences tell days in ``zone``.

    Returns:
        The frame with :data:`okr_model.quantities.cells.CELL_COLUMNS`; findings: of rule
        ``unreadable dataset`` for each dataset that cannot be read now, and whatever the reader of
        a place found odd in it; and the datasets that cannot be read now.
    """
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    unread: list[UnreadDataset] = []
    for dataset in datasets:
        reading = read_dataset(lake, connection, dataset)
        if reading.unread:
            unread.append(reading.unread)
            findings.append(_unreadable(reading.unread, zone))
        rows.extend(_long(dataset.holds, reading.records, dataset.mapping))
        findings.extend(problem_finding(problem) for problem in reading.problems)
    return _frame(rows), findings, unread


def long_cells(holds: str, records: Iterable[Record]) -> pd.DataFrame:
    """Records as the frame with :data:`okr_model.quantities.cells.CELL_COLUMNS`."""
    return _frame(list(_long(holds, records)))


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return empty_cells()
    return pd.DataFrame(rows, columns=list(CELL_COLUMNS)).astype(CELL_COLUMNS)


def _long(holds: str, records: Iterable[Record], mapping: str = "") -> Iterator[dict[str, Any]]:
    for record in records:
        for field, cell in record.cells.items():
            yield {
                "holds": holds,
                "source": record.source,
                "place": record.place,
                "record_id": record.id,
                "record_url": record.url,
                "dataset": mapping,
                "row": record.row,
                "created_at": record.created_at,
                "edited_at": record.edited_at,
                "field": field,
                "name": cell.name,
                "address": cell.address,
                "kind": cell.kind,
                "text": cell.text,
                "number": cell.number,
                "date": cell.date,
                "end": cell.end,
                "unit": cell.unit,
                "locale": cell.locale,
                "refs": list(cell.refs),
                "seen_at": record.seen_at,
            }


def problem_finding(problem: Problem) -> Finding:
    """A connector's problem as a finding."""
    return Finding(
        # One of the rules by name; what a newer version left in the lake is published as it is.
        rule=cast("Rule", problem.rule),
        severity=problem.severity,
        subject_type="record",
        subject_id=problem.subject,
        sentence=problem.sentence,
        url=problem.url,
    )


def _unreadable(dataset: UnreadDataset, zone: ZoneInfo) -> Finding:
    return Finding(
        rule=Rule.UNREADABLE_DATASET,
        severity="error",
        subject_type="source",
        subject_id=f"{dataset.source} {dataset.holds}",
        sentence=dataset.sentence(zone),
        evidence=dataset.place,
    )
