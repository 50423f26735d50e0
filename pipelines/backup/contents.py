"""What a back-up says about itself: versions, tables with their rows, files with their checksums.

What belongs here: that description, and whether this version can restore it. What does not: the
archive (``archive``).
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import msgspec
from deltalake import DeltaTable

from pipelines.lake.manifest import STATE_VERSION, installed_version
from published.errors import UserError
from published.tables import row_counts

FORMAT = 1
"""The version of the form of archives; a later one may only add to it without a new number."""
CONTENTS = "okr-backup.json"
SETTINGS = "okr.yaml"
DUCKDB = "published.duckdb"
DATA = "data"
DECISIONS = "lake/decisions"
_FOLDERS = ("lake", "published", "alerts")
_FILES = ("state.json", "not-published.json")


class UnfitBackupError(UserError):
    """A back-up was made by a version whose state this one cannot read."""


class TableState(msgspec.Struct, frozen=True):
    """A Delta table as it is in a back-up."""

    version: int
    rows: int


class FileState(msgspec.Struct, frozen=True):
    """A file as it is in a back-up."""

    size: int
    sha256: str


class Contents(msgspec.Struct, frozen=True):
    """What is in a back-up.

    Attributes:
        format: The version of the archive's form.
        okr_sync: The version of okr-sync that made it.
        state: The version of the state that it holds.
        made_at: The instant of which the state is, in ISO format.
        last_day: The latest day that had been published then; None if that is not known.
        tables: The Delta tables by their path in the data folder.
        published: The rows of each table of the published DuckDB file.
        files: Every other file of the archive by its name there.
    """

    format: int
    okr_sync: str
    state: int
    made_at: str
    last_day: str | None = None
    tables: dict[str, TableState] = {}
    published: dict[str, int] = {}
    files: dict[str, FileState] = {}

    @property
    def rows(self) -> int:
        """The rows of all Delta tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def decisions(self) -> int:
        """How many decisions of people it holds."""
        known = self.tables.get(DECISIONS)
        return known.rows if known else 0

    @property
    def size(self) -> int:
        """The bytes of all files, unpacked."""
        return sum(file.size for file in self.files.values())


def ensure_restorable(backup: Path, contents: Contents) -> None:
    """Make sure that this version knows the form and the state of a back-up.

    Raises:
        UnfitBackupError: A newer version made it.
    """
    if contents.format > FORMAT or contents.state > STATE_VERSION:
        raise UnfitBackupError(
            f"{backup}: was made by okr-sync {contents.okr_sync}, whose state (version"
            f" {contents.state}) okr-sync {installed_version()} cannot read: it knows versions up"
            f" to {STATE_VERSION}. Install okr-sync {contents.okr_sync} or newer to restore it."
        )


def is_expected(name: str) -> bool:
    """Whether a file of this name belongs into a back-up; any other is never unpacked."""
    if name in (SETTINGS, DUCKDB):
        return True
    parts = PurePosixPath(name).parts
    plain = name == "/".join(parts) and ".." not in parts and not set('\\:\0"') & set(name)
    if not plain or len(parts) < 2 or parts[0] != DATA:
        return False
    return parts[1] in _FOLDERS if len(parts) > 2 else parts[1] in _FILES


def tables_in(folder: Path) -> dict[str, TableState]:
    """The Delta tables below a data folder, by their path there.

    Raises:
        deltalake.exceptions.DeltaError: One cannot be opened.
    """
    found = {}
    for log in logs_in([folder / name for name in _FOLDERS]):
        table = DeltaTable(str(log.parent))
        name = log.parent.relative_to(folder).as_posix()
        found[name] = TableState(int(table.version()), int(table.count()))
    return found


def logs_in(folders: list[Path]) -> list[Path]:
    """The folder of each Delta table's log; tables lie one or two levels below ``folders``."""
    patterns = ("*/_delta_log", "*/*/_delta_log")
    return sorted(log for folder in folders for pattern in patterns for log in folder.glob(pattern))


def published_rows(path: Path) -> dict[str, int]:
    """The rows of each published table; empty before anything is published.

    Raises:
        duckdb.Error: The file cannot be read.
    """
    return row_counts(path) if path.is_file() else {}
