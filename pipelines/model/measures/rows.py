"""Evaluating declared measures over rows, properties, cells and named ranges.

What belongs here: loading the records that such a measure names and passing them to the model;
every place is read once, however many Key Results use it. What does not: issues
(``key_results``), SQL (``queries``), and the measure language and its aggregates (``okr_model``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import duckdb
import pandas as pd

from okr_model.findings import findings_frame, join_findings
from okr_model.measures.cell_measures import cell_values
from okr_model.measures.parser import MeasureText
from okr_model.measures.row_measures import (
    TableSnapshot,
    evaluate_rows,
    evaluate_standing,
    rows_of_day,
    rows_standing,
)
from okr_model.measures.row_selection import TABLE
from okr_model.quantities.days import local_day
from pipelines.datasets.cells import long_cells
from pipelines.datasets.last_reading import DatasetReading, UnreadDataset, read_dataset
from pipelines.datasets.records import Missing, Record
from pipelines.datasets.table_history import DatasetSnapshot, table_history
from pipelines.lake.confined_sql.process import QueryProcess
from pipelines.model.measures.cell_history import history_of_cell, history_of_range
from pipelines.model.measures.declared import DeclaredMeasure, fault
from pipelines.project import Project
from pipelines.settings import Dataset, SheetPlace

MeasureResult = tuple[pd.DataFrame, pd.DataFrame]
_Loaded = TypeVar("_Loaded")


@dataclass
class MeasureContext:
    """What the measures of one run share.

    Attributes:
        project: The project whose lake and tables are read.
        connection: The connection to read the lake with.
        key_results: All Key Results.
        queries: The process that runs the measures in SQL; None where there are none.
        days: The days to evaluate windows on.
        judged: The days on which values that settle late are judged.
        cache: What was loaded for one measure and may serve another.
        unread: The tables that stand as last read, by name.
        depends: The Key Results that depend on each: ``key_result_id, name``.
    """

    project: Project
    connection: duckdb.DuckDBPyConnection
    key_results: pd.DataFrame
    queries: QueryProcess | None = None
    days: Sequence[dt.date] = ()
    judged: Collection[dt.date] = ()
    cache: dict[tuple[object, ...], Any] = field(default_factory=dict)
    unread: dict[str, UnreadDataset] = field(default_factory=dict)
    depends: list[tuple[str, str]] = field(default_factory=list)

    def once(self, load: Callable[[Dataset], _Loaded], dataset: Dataset) -> _Loaded:
        """The result of ``load`` for this dataset with these fields, cached."""
        return self.once_for((load.__name__, dataset.model_dump_json()), lambda: load(dataset))

    def once_for(self, key: tuple[object, ...], load: Callable[[], _Loaded]) -> _Loaded:
        """The result of ``load`` for this key, cached."""
        if key not in self.cache:
            self.cache[key] = load()
        loaded: _Loaded = self.cache[key]
        return loaded

    def days_of(self, each: DeclaredMeasure) -> list[dt.date]:
        """The days to evaluate a window of the measure on."""
        late = dt.timedelta(days=each.settle_days)
        return sorted({*self.days, *(day - late for day in self.judged if late)})

    def table(self, name: str) -> Dataset:
        """The dataset that measures refer to by ``name``."""
        return next(one for one in self.project.settings.datasets if one.name == name)

    @property
    def marks(self) -> list[dt.date]:
        """The first days of the cycles that have begun; content as of them counts in the cycle."""
        starts = pd.to_datetime(self.key_results["cycle_start"].dropna()).dt.date.unique()
        return sorted(start for start in starts if start <= self.project.clock.today)

    def reading(self, dataset: Dataset) -> DatasetReading:
        """The current rows, or those of when the table could last be read."""
        return read_dataset(self.project.lake, self.connection, dataset)

    def read_until(self, dataset: Dataset) -> dt.date:
        """The day on which the rows were last read: of those after it nothing is known."""
        unread = self.once(self.reading, dataset).unread
        lake = self.project.lake
        ends = [one.at for one in lake.pulls.complete(dataset.source) if one.at]
        ends = [end for end in ends if lake.cutoff is None or end <= lake.cutoff.at]
        last = unread.since if unread else max(ends, default=None)
        zone = self.project.settings.organization.zone
        return last.astimezone(zone).date() if last else dt.date.min

    def history(self, dataset: Dataset) -> list[DatasetSnapshot] | Missing:
        """The daily versions of the rows, or why there is no such table."""
        reading = self.once(self.reading, dataset)
        if reading.unread and reading.was_never_read:
            return Missing(reading.unread.why)
        zone = self.project.settings.organization.zone
        return table_history(reading.lake, self.connection, dataset, self.marks, zone)

    def dependents(self) -> pd.DataFrame:
        """Which Key Results depend on the tables that stand as last read, so far."""
        return pd.DataFrame(self.depends, columns=["key_result_id", "source"], dtype="str")

    def as_last_read(self, each: DeclaredMeasure, dataset: Dataset) -> pd.DataFrame:
        """Note that the measure's table stands as last read, if it does; the finding that says so.

        One that was never read stands for nothing: see :meth:`history`.
        """
        unread = self.once(self.reading, dataset).unread
        if unread is None or unread.since is None:
            return findings_frame()
        self.unread[unread.name] = unread
        self.depends.append((each.key_result_id, unread.name))
        zone = self.project.settings.organization.zone
        why = f"{unread.why} Its values stand as last read on {local_day(unread.since, zone)}"
        found = fault(each.key_result_id, each.what.text, why)
        return findings_frame([replace(found, severity="error")])

    def by_record(self, dataset: Dataset) -> dict[str, list[DatasetSnapshot]] | Missing:
        """The same for each record."""
        history = self.once(self.history, dataset)
        if isinstance(history, Missing):
            return history
        found: dict[str, list[DatasetSnapshot]] = {}
        for version in history:
            for record in version.records:
                found.setdefault(record.id, []).append(replace(version, records=(record,)))
        return found


def of_rows(context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series) -> MeasureResult:
    """A measure over the rows of a table."""
    what, dataset = each.what, _with_columns(context, each.what)
    lost, reading = context.as_last_read(each, dataset), context.once(context.reading, dataset)
    if what.by is None or reading.was_never_read:
        history = context.once(context.history, dataset)
        rows, found = _of_undated(context, each, key_result, history)
        return rows, join_findings([found, lost])
    cells = long_cells(TABLE, reading.records)
    zone = context.project.settings.organization.timezone
    days = [day for day in context.days_of(each) if day <= context.read_until(dataset)]
    rows, found = evaluate_rows(what, each.name, cells, key_result, context.key_results, zone, days)
    return rows, join_findings([found, lost])


def of_property(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series
) -> MeasureResult:
    """A property of the Key Result's own record, which is no issue of Jira (``own_fields``)."""
    source, record_id = str(key_result["source"]), str(key_result["record_id"])
    found: list[DatasetSnapshot] | Missing = Missing(
        "its record is in none of the places that hold them"
    )
    for dataset in context.project.settings.datasets_from(source, "key_results"):
        with_property = dataset.model_copy(update={"fields": {each.what.of: each.what.of}})
        records = context.once(context.by_record, with_property)
        if isinstance(records, Missing):
            found = records
        elif record_id in records:
            lost = context.as_last_read(each, with_property)
            rows, complaints = _of_undated(context, each, key_result, records[record_id])
            return rows, join_findings([complaints, lost])
    return _of_undated(context, each, key_result, found)


def of_cells(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series
) -> MeasureResult:
    """Every version of a cell or a named range, true for the day on which it was first read."""
    place = context.table(each.what.source).place
    assert isinstance(place, SheetPlace)  # noqa: S101 - as the settings check
    zone = context.project.settings.organization.zone
    find = history_of_range if each.what.named else history_of_cell
    history = find(context.project.lake, context.connection, place, each.what, context.marks, zone)
    lost = without_value(each, history.complaint, had=not history.versions.empty)
    if history.versions.empty:
        return pd.DataFrame(), lost
    rows, found = cell_values(each.what, each.name, history.versions, key_result)
    return rows, join_findings([found, lost])


def rows_of_value(
    context: MeasureContext, each: DeclaredMeasure, key_result: pd.Series, day: dt.date
) -> pd.DataFrame:
    """The rows from which a measure was computed; see ``okr_model.measures.row_measures``."""
    what, dataset = each.what, _with_columns(context, each.what)
    if what.by is None:
        history = context.once(context.history, dataset)
        cells, snapshots = snapshots_of([] if isinstance(history, Missing) else history)
        return rows_standing(what, cells, snapshots, key_result, context.key_results, day)
    cells = long_cells(TABLE, context.once(context.reading, dataset).records)
    zone = context.project.settings.organization.timezone
    return rows_of_day(what, cells, key_result, context.key_results, zone, day)


def _with_columns(context: MeasureContext, what: MeasureText) -> Dataset:
    """The table of a measure, mapping the columns that it names."""
    tested = [*what.where, *what.part, *what.whole]
    columns = [name for name in (what.of, what.by, *tested) if name]
    fields = {"fields": {name: name for name in columns}}
    return context.table(what.source).model_copy(update=fields)


def _of_undated(
    context: MeasureContext,
    each: DeclaredMeasure,
    key_result: pd.Series,
    history: list[DatasetSnapshot] | Missing,
) -> MeasureResult:
    """A measure over rows without a date: its value from each day on which they changed."""
    if isinstance(history, Missing):
        return pd.DataFrame(), without_value(each, str(history), had=False)
    cells, snapshots = snapshots_of(history)
    rows, found, complaint = evaluate_standing(
        each.what, each.name, cells, snapshots, key_result, context.key_results
    )
    return rows, join_findings([found, without_value(each, complaint, had=len(rows) > 0)])


def snapshots_of(
    history: Sequence[DatasetSnapshot],
) -> tuple[pd.DataFrame, list[TableSnapshot]]:
    """Each version of a record as a record of its own, and the snapshots that refer to them."""
    versions: dict[tuple[str, tuple[object, ...]], Record] = {}
    snapshots = []
    for table in history:
        ids = []
        for record in table.records:
            key = (record.id, tuple(record.cells.items()))
            versions.setdefault(key, replace(record, id=f"{record.id}@{len(versions)}"))
            ids.append(versions[key].id)
        snapshots.append(TableSnapshot(table.day, table.seen_at, tuple(ids), table.again))
    return long_cells(TABLE, versions.values()), snapshots


def without_value(each: DeclaredMeasure, complaint: str | None, *, had: bool) -> pd.DataFrame:
    """The finding for a measure without a value; an error if it had one before."""
    if complaint is None:
        return findings_frame()
    found = fault(each.key_result_id, each.what.text, complaint)
    return findings_frame([replace(found, severity="error" if had else "warning")])
