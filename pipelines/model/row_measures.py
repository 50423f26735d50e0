"""Declared measures of rows, properties, cells and named ranges, out of the lake.

What belongs here: handing the records that such a measure names to the model, each place read once
however many Key Results are measured by it. What does not: issues and queries (``measuring``), how
a measure is written or aggregated (``okr_model``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import duckdb
import pandas as pd

from okr_model.findings import Finding, findings_frame, join_findings
from okr_model.measures.cell_measures import cell_values
from okr_model.measures.parser import MeasureText
from okr_model.measures.row_measures import (
    TABLE,
    TableSnapshot,
    evaluate_rows,
    evaluate_standing,
    rows_of_day,
    rows_standing,
)
from pipelines.datasets import Missing, Record, long_cells, read_cells
from pipelines.datasets.table_history import TableVersion, table_history
from pipelines.model.cell_history import held_by_cell, held_by_name
from pipelines.model.declared_measures import DeclaredMeasure, fault
from pipelines.project import Project
from pipelines.settings import Dataset, SheetPlace

MeasureResult = tuple[pd.DataFrame, pd.DataFrame]
_Kept = TypeVar("_Kept")


@dataclass
class MeasureContext:
    """What the measures of one night share.

    Attributes:
        project: Whose lake and tables.
        connection: To read the lake with.
        key_results: All Key Results.
        kept: What was read for one measure and serves another as well.
    """

    project: Project
    connection: duckdb.DuckDBPyConnection
    key_results: pd.DataFrame
    kept: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def once(self, make: Callable[[Dataset], _Kept], dataset: Dataset) -> _Kept:
        """What ``make`` gives for a dataset with these fields, made once."""
        key = (make.__name__, dataset.model_dump_json())
        if key not in self.kept:
            self.kept[key] = make(dataset)
        kept: _Kept = self.kept[key]
        return kept

    def table(self, name: str) -> Dataset:
        """The dataset that measures call so."""
        return next(one for one in self.project.settings.datasets if one.name == name)

    @property
    def marks(self) -> list[dt.date]:
        """The first days of the cycles that have begun: what stood on them stands in the cycle."""
        starts = pd.to_datetime(self.key_results["cycle_start"].dropna()).dt.date.unique()
        return sorted(start for start in starts if start <= self.project.clock.today)

    def cells(self, dataset: Dataset) -> tuple[pd.DataFrame, list[Finding]]:
        """The rows that stand now."""
        return read_cells(self.project.lake, self.connection, [dataset])

    def history(self, dataset: Dataset) -> list[TableVersion] | Missing:
        """The rows that stood on each day, or why there is no such table."""
        zone = self.project.settings.organization.zone
        try:
            return table_history(self.project.lake, self.connection, dataset, self.marks, zone)
        except Missing as missing:
            return missing

    def by_record(self, dataset: Dataset) -> dict[str, list[TableVersion]] | Missing:
        """The same, record by record."""
        history = self.once(self.history, dataset)
        if isinstance(history, Missing):
            return history
        found: dict[str, list[TableVersion]] = {}
        for stood in history:
            for record in stood.records:
                found.setdefault(record.id, []).append(replace(stood, records=(record,)))
        return found


def of_rows(context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series) -> MeasureResult:
    """A measure of a table's rows."""
    what, dataset = each.what, _asking(context, each.what)
    if what.by is None:
        return _of_standing(context, each, key_result, context.once(context.history, dataset))
    cells, problems = context.once(context.cells, dataset)
    zone = context.project.settings.organization.timezone
    rows, found = evaluate_rows(what, each.name, cells, key_result, context.key_results, zone)
    faults = [
        fault(each.key_result_id, what.text, problem.sentence)
        for problem in problems
        if problem.rule == "unreadable dataset"
    ]
    return rows, join_findings([found, findings_frame(faults)])


def of_property(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series
) -> MeasureResult:
    """A property of the record that the Key Result itself was read from."""
    source, record_id = str(key_result["source"]), str(key_result["record_id"])
    if source == "jira":
        why = "an issue of Jira has no such measure; map the field as value of measurements instead"
        return pd.DataFrame(), findings_frame([fault(each.key_result_id, each.what.text, why)])
    found: list[TableVersion] | Missing = Missing(
        "its record is in none of the places that hold them"
    )
    for dataset in context.project.settings.datasets_from(source, "key_results"):
        asking = dataset.model_copy(update={"fields": {each.what.of: each.what.of}})
        records = context.once(context.by_record, asking)
        if isinstance(records, Missing):
            found = records
        elif record_id in records:
            return _of_standing(context, each, key_result, records[record_id])
    return _of_standing(context, each, key_result, found)


def of_cells(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series
) -> MeasureResult:
    """Every version of a cell or a named range, true for the day it was first read on."""
    place = context.table(each.what.source).place
    assert isinstance(place, SheetPlace)  # noqa: S101 - as the settings check
    zone = context.project.settings.organization.zone
    find = held_by_name if each.what.named else held_by_cell
    held = find(context.project.lake, context.connection, place, each.what, context.marks, zone)
    lost = _lost(each, held.complaint, had=not held.versions.empty)
    if held.versions.empty:
        return pd.DataFrame(), lost
    rows, found = cell_values(each.what, each.name, held.versions, key_result)
    return rows, join_findings([found, lost])


def rows_of_value(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series, day: dt.date
) -> pd.DataFrame:
    """The rows that gave a measure its value; see ``okr_model.measures.row_measures``."""
    what, dataset = each.what, _asking(context, each.what)
    if what.by is None:
        history = context.once(context.history, dataset)
        cells, standing = _versions([] if isinstance(history, Missing) else history)
        return rows_standing(what, cells, standing, key_result, context.key_results, day)
    cells, _ = context.once(context.cells, dataset)
    zone = context.project.settings.organization.timezone
    return rows_of_day(what, cells, key_result, context.key_results, zone, day)


def _asking(context: MeasureContext, what: MeasureText) -> Dataset:
    """The table of a measure, with the columns that it names."""
    tested = [*what.where, *what.part, *what.whole]
    columns = [name for name in (what.of, what.by, *tested) if name]
    asked = {"fields": {name: name for name in columns}}
    return context.table(what.source).model_copy(update=asked)


def _of_standing(
    context: MeasureContext,
    each: DeclaredMeasure,
    key_result: pd.Series,
    history: list[TableVersion] | Missing,
) -> MeasureResult:
    """Rows that carry no day: what they came to from each day on which they were read anew."""
    if isinstance(history, Missing):
        return pd.DataFrame(), _lost(each, str(history), had=False)
    cells, standing = _versions(history)
    rows, found, complaint = evaluate_standing(
        each.what, each.name, cells, standing, key_result, context.key_results
    )
    return rows, join_findings([found, _lost(each, complaint, had=len(rows) > 0)])


def _versions(history: Sequence[TableVersion]) -> tuple[pd.DataFrame, list[TableSnapshot]]:
    """Every version of every record as a record of its own, and which of them stood when."""
    known: dict[tuple[str, tuple[object, ...]], Record] = {}
    standing = []
    for stood in history:
        keys = []
        for record in stood.records:
            key = (record.id, tuple(record.cells.items()))
            known.setdefault(key, replace(record, id=f"{record.id}@{len(known)}"))
            keys.append(known[key].id)
        standing.append(TableSnapshot(stood.day, stood.seen_at, tuple(keys), stood.again))
    return long_cells(TABLE, known.values()), standing


def _lost(each: DeclaredMeasure, complaint: str | None, *, had: bool) -> pd.DataFrame:
    """The finding for a measure without a value; an error where it had one before."""
    if complaint is None:
        return findings_frame()
    found = fault(each.key_result_id, each.what.text, complaint)
    return findings_frame([replace(found, severity="error" if had else "warning")])
