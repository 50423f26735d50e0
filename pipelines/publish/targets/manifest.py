"""What a target says of itself: which run it holds, and which tables and columns.

What belongs here: the form of manifests, and whether one is of a given run. What does not: where a
kind of target keeps its manifest, and the run (``published_run``).

A target's manifest is written last. What readers find by it is complete, and of one run.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import msgspec

from pipelines.lake.manifest import installed_version
from pipelines.publish.targets.published_run import PublishedRun, PublishedTable
from published.errors import UserError

FORMAT = 1
"""The version of the form of manifests; a later one may only add to it without a new number."""
WRITER = "okr-sync"


class TargetError(UserError):
    """A target cannot be read or written; the message says what to do."""


class ColumnState(msgspec.Struct, frozen=True):
    """A column of the contract, as a target has it."""

    name: str
    type: str
    required: bool = False
    unit: str | None = None
    meaning: str = ""


class TableState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A table of a target.

    Attributes:
        rows: How many rows it has.
        key: The columns that identify a row.
        columns: All its columns, in order.
        file: Of a folder: the table's file, relative to the manifest.
        bytes: How large the file is.
        sha256: The file's digest, in hexadecimal digits.
        version: Of Delta: the version of the table.
    """

    rows: int
    key: tuple[str, ...] = ()
    columns: tuple[ColumnState, ...] = ()
    file: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    version: int | None = None


class Manifest(msgspec.Struct, frozen=True):
    """What a target holds.

    Attributes:
        run_id: The run that read the sources last; see the table ``runs``.
        as_of: The day of the tables.
        published_at: When that run was published.
        runs: How many runs had been published by then: a rebuild adds one, too.
        written_at: When the target was written.
        tables: Its tables by their names.
        written_by: Always okr-sync; tells its manifests from other files of that name.
        version: The version of okr-sync that wrote it.
        format: The version of the manifest's form.
    """

    run_id: str
    as_of: dt.date
    published_at: dt.datetime
    runs: int
    written_at: dt.datetime
    tables: dict[str, TableState]
    written_by: str = ""
    version: str = ""
    format: int = FORMAT

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return {name: table.rows for name, table in self.tables.items()}

    def is_of(self, run: PublishedRun) -> bool:
        """Whether the target holds just what ``run`` would be written as."""
        same = (self.run_id, self.runs) == (run.run_id, run.runs)
        return same and set(self.tables) == {table.name for table in run.tables}


def manifest_of(run: PublishedRun, tables: dict[str, TableState]) -> Manifest:
    """The manifest of a target that has just been written from ``run``."""
    now = dt.datetime.now(dt.UTC)
    told = run.run_id, run.as_of, run.published_at, run.runs
    return Manifest(*told, now, tables, WRITER, installed_version())


def state_of(table: PublishedTable, **where: str | int) -> TableState:
    """The entry of one table in a manifest; ``where`` says where it lies."""
    columns = tuple(
        ColumnState(one.name, one.type, one.required, one.unit, one.meaning)
        for one in table.columns
    )
    entry = TableState(table.rows, table.declared.key, columns)
    return msgspec.structs.replace(entry, **where)


class Target(Protocol):
    """A place that holds the published tables of one run."""

    @property
    def name(self) -> str:
        """What the settings call it."""

    @property
    def place(self) -> str:
        """Where it is, without credentials."""

    def manifest(self) -> Manifest | None:
        """What it says that it holds; None if nothing.

        Raises:
            TargetError: It cannot be read, or is somebody else's.
        """

    def missing(self, manifest: Manifest) -> str | None:
        """The first thing that its manifest names and that is not there; None if all of it is.

        Raises:
            TargetError: It cannot be read, or is somebody else's.
        """

    def rehearse(self, run: PublishedRun) -> None:
        """Make the checks of :meth:`write` that need no writing; nothing is changed.

        Raises:
            TargetError: It would be refused.
        """

    def write(self, run: PublishedRun) -> Manifest:
        """Replace what it holds by ``run``, all at once for its readers.

        Raises:
            TargetError: It cannot be written; it holds what it held before.
        """

    def look(self) -> str:
        """What it is and whether it could be written, in a sentence; nothing is changed.

        Raises:
            TargetError: It could not.
        """
