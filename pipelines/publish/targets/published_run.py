"""The published tables of one run, as targets are written from them.

What belongs here: reading them from the DuckDB file in batches, so that memory stays bounded. What
does not: any one target.

The file stays open: a run that replaces it meanwhile changes nothing of what is read here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from okr_model.tables import TABLES, Column, Table
from okr_model.tables.contract import arrow_schema
from published.restricted.rights import Hidden
from published.snapshot import Snapshot
from published.tables import NOTHING_PUBLISHED, NotPublishedError


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table of the file.

    Attributes:
        declared: Its declaration.
        columns: Those of its columns that the file has; an earlier version's may lack some.
        rows: How many rows it has.
    """

    declared: Table
    columns: tuple[Column, ...]
    rows: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.declared.name

    @property
    def schema(self) -> pa.Schema:
        """Its columns and types in Arrow."""
        whole = arrow_schema(self.declared)
        return pa.schema(
            [whole.field(one.name).with_nullable(not one.required) for one in self.columns]
        )


@dataclass(frozen=True)
class PublishedRun:
    """The tables of one run, held open.

    Attributes:
        run_id: The run that read the sources last; see the table ``runs``.
        as_of: The day of the tables.
        published_at: When that run was published.
        runs: How many runs are published; a rebuild of past days adds one and keeps ``run_id``.
        tables: The tables of the file.
        size: Bytes of the file.
    """

    run_id: str
    as_of: dt.date
    published_at: dt.datetime
    runs: int
    tables: tuple[PublishedTable, ...]
    size: int
    _snapshot: Snapshot = field(repr=False)

    def only(self, names: Sequence[str] | None) -> PublishedRun:
        """The same run with some of its tables; all of them for None."""
        chosen = tuple(one for one in self.tables if names is None or one.name in names)
        told = self.run_id, self.as_of, self.published_at, self.runs
        return PublishedRun(*told, chosen, self.size, self._snapshot)

    def seen_by(self, hidden: Hidden, tolerance: float) -> PublishedRun:
        """The same run without what is hidden; see :meth:`published.snapshot.Snapshot.seen_by`.

        What cannot be computed without it is null, also where that is otherwise never so.
        """
        if not hidden:
            return self
        snapshot = self._snapshot.seen_by(hidden, tolerance)
        tables = tuple(map(_optional, _tables(snapshot)))
        told = self.run_id, self.as_of, self.published_at, self.runs
        return PublishedRun(*told, tables, self.size, snapshot)

    def batches(self, table: PublishedTable) -> Iterator[pa.RecordBatch]:
        """The rows of a table, with the types of the contract."""
        schema = table.schema
        columns = ", ".join(f'"{name}"' for name in schema.names)
        query = f'SELECT {columns} FROM "{table.name}"'  # noqa: S608 - our own names
        for batch in self._snapshot.batches(query):
            yield pa.RecordBatch.from_arrays(
                [batch.column(at).cast(one.type) for at, one in enumerate(schema)], schema=schema
            )

    def nights_since(self, instant: dt.datetime) -> int:
        """How many nights were published after ``instant``."""
        night = "(kind IS NULL OR kind = 'night') AND" if self._has_kinds else ""
        query = f"SELECT count(*) AS n FROM runs WHERE {night} published_at > ?"  # noqa: S608 - our own names
        return int(self._snapshot.rows(query, [instant])[0]["n"])

    @property
    def _has_kinds(self) -> bool:
        runs = [table for table in self.tables if table.name == "runs"]
        return any(column.name == "kind" for table in runs for column in table.columns)


def open_run(path: Path) -> PublishedRun:
    """The tables of the published file.

    Raises:
        published.tables.NotPublishedError: There is none.
        published.tables.UnreadablePublishedError: It is damaged.
    """
    if not path.is_file():
        raise NotPublishedError(f"{path}: {NOTHING_PUBLISHED}")
    snapshot = Snapshot(path)
    last = snapshot.last_run
    if not last:
        raise NotPublishedError(f"{path}: names no run. Run: okr sync")
    tables = tuple(_tables(snapshot))
    runs = next(table.rows for table in tables if table.name == "runs")
    told = str(last["run_id"]), last["as_of"], last["published_at"], runs
    return PublishedRun(*told, tables, path.stat().st_size, snapshot)


def _optional(table: PublishedTable) -> PublishedTable:
    """The table with no column required but those of its key."""
    columns = tuple(
        one if one.name in table.declared.key else replace(one, required=False)
        for one in table.columns
    )
    return replace(table, columns=columns)


def _tables(snapshot: Snapshot) -> Iterator[PublishedTable]:
    query = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'published'"
    there = {(row["table_name"], row["column_name"]) for row in snapshot.rows(query)}
    for table in TABLES:
        columns = tuple(one for one in table.columns if (table.name, one.name) in there)
        if columns:
            (count,) = snapshot.rows(f'SELECT count(*) AS n FROM "{table.name}"')  # noqa: S608 - our own names
            yield PublishedTable(table, columns, int(count["n"]))
