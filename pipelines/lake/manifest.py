"""The manifest: what state there was after the last night, so that a loss is noticed.

What belongs here: the file, the version of the state, and comparing a table or a file with what it
says. What does not: what is done about a loss (``pipelines.maintenance``).

Delta and Parquet files never change once they are written, so a file that has another size or
checksum than it had is damaged. Checksums are computed only of files that are new, or whose time of
change differs: a copy of the whole folder is no damage.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import zlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from deltalake import DeltaTable

from published.errors import UserError

STATE_VERSION = 2
"""The version of all that is kept in the data folder; a new one is what older code cannot read.

1 is that of okr-sync 0.1.0, which kept no manifest; the first run makes 2 of it.
"""
BEFORE_MANIFESTS = 1
_FIRST_WITH_MANIFEST = 2

FileMark = tuple[int, int, int]
"""Size in bytes, time of change in nanoseconds, CRC-32 of the content."""
_CHUNK = 1 << 20


class NewerStateError(UserError):
    """The state is one that only a newer version of okr-sync can read."""


class TableMark(msgspec.Struct, frozen=True):
    """A Delta table as a night left it; ``files`` are those of its rows and its log."""

    id: str
    version: int
    rows: int
    files: dict[str, FileMark]


class Notice(msgspec.Struct, frozen=True):
    """What was found damaged or gone and made anew: told in the tables of the next run."""

    subject: str
    sentence: str


class Manifest(msgspec.Struct):
    """The state as the last run left it.

    Attributes:
        written_at: When; None before the first run.
        last_day: The latest day that was published when it had begun, as an ISO date.
        tables: The Delta tables by their path in the data folder.
        files: The other files by their path there.
        to_read_anew: Sources of which a stream was lost, with the start of the run that noticed.
        known_since: The instant before which no day can be computed any more, as the pull log says.
        notices: What the next published tables are to tell.
        version: Of the state; see :data:`STATE_VERSION`.
        written_by: The version of okr-sync that wrote it.
    """

    written_at: str | None = None
    last_day: str | None = None
    tables: dict[str, TableMark] = {}
    files: dict[str, FileMark] = {}
    to_read_anew: dict[str, str] = {}
    known_since: str | None = None
    notices: list[Notice] = []
    version: int = _FIRST_WITH_MANIFEST  # whose first manifests did not say so
    written_by: str | None = None

    @property
    def day(self) -> str:
        """The day on which it was written, for sentences."""
        return (self.written_at or "")[:10]


class _Version(msgspec.Struct):
    """What can be read of the manifest of any version."""

    version: int = _FIRST_WITH_MANIFEST
    written_by: str | None = None


def ensure_known_state(path: Path) -> None:
    """Make sure that the state is not one that only a newer version can read.

    Raises:
        NewerStateError: It is; the message says what to do.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Version)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return  # there is none, or it is damaged, which is no reason to refuse
    if found.version > STATE_VERSION:
        writer = f"okr-sync {found.written_by}" if found.written_by else "A newer okr-sync"
        raise NewerStateError(
            f"{path.parent}: {writer} wrote this data folder, and okr-sync {installed_version()}"
            f" cannot read it (state version {found.version}, known up to {STATE_VERSION})."
            f" Install {writer[:1].lower()}{writer[1:]} or newer again, or put back a back-up made"
            " before the upgrade with: okr restore BACKUP --replace"
        )


def installed_version() -> str:
    """The version of okr-sync that is running."""
    try:
        return version("okr-sync")
    except PackageNotFoundError:
        return "unknown"


def read_manifest(path: Path) -> Manifest | None:
    """The manifest; None if there is none, or one that cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step; the state is of this version from now on."""
    manifest.version, manifest.written_by = STATE_VERSION, installed_version()
    write_whole(path, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def write_whole(path: Path, content: bytes) -> None:
    """Replace a small file in one step, flushed to the disk before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def set_aside(path: Path, data: Path, day: dt.date) -> Path:
    """Move a file or folder out of the way, to a name with the day; returns the new path."""
    if path.is_relative_to(data):
        to = data / "set-aside" / f"{day}" / path.relative_to(data)
    else:
        to = path.with_name(f"{path.name}.set-aside-{day}")
    free, number = to, 2
    while free.exists():
        free, number = to.with_name(f"{to.name}-{number}"), number + 1
    free.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, free)
    return free


def mark_table(folder: Path, before: TableMark | None = None) -> TableMark | None:
    """The table as it is now; None if there is none. ``before`` spares computing checksums."""
    if before and _is_untouched(folder, before):
        return before
    table = _opened(folder)
    if table is None:
        return None
    old = before.files if before else {}
    live = {str(name) for name in _live_files(table)["path"].to_pylist()}
    names = sorted(live | {f"_delta_log/{file.name}" for file in _log_files(folder)})
    files = {name: mark_file(folder / name, old.get(name)) for name in names}
    there = {name: mark for name, mark in files.items() if mark}
    return TableMark(str(table.metadata().id), table.version(), _count(table), there)


def mark_file(path: Path, before: FileMark | None = None) -> FileMark | None:
    """The file as it is now; None if there is none."""
    try:
        stat = path.stat()
        if before and before[:2] == (stat.st_size, stat.st_mtime_ns):
            return before
        return stat.st_size, stat.st_mtime_ns, _checksum(path)
    except OSError:
        return None


def table_trouble(folder: Path, known: TableMark | None) -> str | None:
    """What is wrong with a table, as the end of a sentence that begins with its name; or None."""
    if known and _is_untouched(folder, known):
        return None
    try:
        table = _opened(folder)
        if table is None:
            something = known or (folder.exists() and (folder.is_file() or any(folder.iterdir())))
            return "is gone" if known else "cannot be read" if something else None
        same = known if known and str(table.metadata().id) == known.id else None
        return (
            _missing_commit(folder, table)
            or (_changed_file(folder, same) if same else None)
            or _unreadable_file(folder, table, same)
            or (_fewer(table, known, is_same=same is not None) if known else None)
        )
    except BaseException as error:  # a panic of Delta's engine is none of Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        return "cannot be read"


def is_begun(folder: Path) -> bool:
    """Whether a table has its folder, and perhaps data files, but no commit yet."""
    return folder.is_dir() and not _log_files(folder)


def rows_of(folder: Path) -> int:
    """How many rows a table has; 0 if there is none, or none that can be read."""
    if table_trouble(folder, None):
        return 0
    table = _opened(folder)
    return _count(table) if table else 0


def _opened(folder: Path) -> DeltaTable | None:
    return DeltaTable(str(folder)) if DeltaTable.is_deltatable(str(folder)) else None


def _live_files(table: DeltaTable) -> pa.Table:
    return pa.table(table.get_add_actions(flatten=True))


def _count(table: DeltaTable) -> int:
    return sum(count or 0 for count in _live_files(table)["num_records"].to_pylist())


def _log_files(folder: Path) -> list[Path]:
    return [file for file in (folder / "_delta_log").glob("*.*") if file.name[:1].isdigit()]


def _is_untouched(folder: Path, known: TableMark) -> bool:
    """Whether no file is new, gone or written since, which spares opening the table."""
    log = {f"_delta_log/{file.name}" for file in _log_files(folder)}
    if log != {name for name in known.files if name.startswith("_delta_log/")}:
        return False
    try:
        now = ((folder / name).stat() for name in known.files)
        return all(
            (stat.st_size, stat.st_mtime_ns) == mark[:2]
            for stat, mark in zip(now, known.files.values(), strict=True)
        )
    except OSError:
        return False


def _missing_commit(folder: Path, table: DeltaTable) -> str | None:
    """The newest commit, if it is gone: a checkpoint of it can be read, and nothing appended."""
    newest = f"_delta_log/{table.version():020}.json"
    there = (folder / newest).is_file()
    return None if there else f"cannot be read: its file {newest} is gone"


def _changed_file(folder: Path, known: TableMark) -> str | None:
    """A file that is there, but not as it was written."""
    for name, mark in known.files.items():
        now = mark_file(folder / name, mark)
        if now and (now[0], now[2]) != (mark[0], mark[2]):
            return f"cannot be read: its file {name} is damaged"
    return None


def _unreadable_file(folder: Path, table: DeltaTable, known: TableMark | None) -> str | None:
    """A file of the table's rows that is gone, cut short or, if it is new, cannot be opened."""
    import pyarrow.parquet as pq  # large, and the page has no use for it

    marked: Mapping[str, Any] = known.files if known else {}
    live = _live_files(table).select(["path", "size_bytes", "num_records"]).to_pylist()
    for one in live:
        path = folder / one["path"]
        if not path.is_file():
            return f"cannot be read: its file {one['path']} is gone"
        size = path.stat().st_size
        if size != one["size_bytes"] or (
            one["path"] not in marked and pq.read_metadata(path).num_rows != one["num_records"]
        ):
            return f"cannot be read: its file {one['path']} is damaged"
    return None


def _fewer(table: DeltaTable, known: TableMark, *, is_same: bool) -> str | None:
    """Rows or commits that were there and are not, unless the table went on since."""
    rows, version = _count(table), table.version()
    if is_same and version > known.version:
        return None
    if rows < known.rows:
        return f"has only {rows:,} of its {known.rows:,} rows"
    return "lacks its last commits" if is_same and version < known.version else None


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found = zlib.crc32(chunk, found)
    return found
