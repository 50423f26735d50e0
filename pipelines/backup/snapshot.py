"""The state of the data folder as of one instant, while a run may be at work.

What belongs here: which files the state consists of, and finding an instant at which all of them
are of one state. What does not: the archive that is made of them (``archive``).

A run may be killed at any moment, and the next one goes on from what is on disk: so the state of
any one instant is whole. Everything in it is either replaced by a rename or never changed once
written, so hard links keep it as it is, and no run has to wait. The logs of tables and the small
files say which instant it is. They are listed, linked and listed again: if both lists are the same,
all of them lay there together in between. The tables' data files are linked afterwards, because
they stay for a day after a commit has replaced them.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
from deltalake import DeltaTable
from filelock import FileLock, Timeout

from pipelines.backup.contents import DATA, DUCKDB, logs_in, published_rows
from pipelines.errors import ensure_writable
from pipelines.lake.manifest import Manifest, read_manifest, table_trouble
from pipelines.paths import DataPaths
from published.errors import UserError

_PATIENCE = 60.0  # seconds in which there has to be one moment without a commit
_PAUSE = 0.1
Head = tuple[int, int, int]
"""Inode, size and time of change of a file that tells of which instant the state is."""


class UnsteadyStateError(UserError):
    """There was no instant at which the state stood still."""


class DamagedStateError(UserError):
    """What is to be backed up is damaged."""


class AlreadyBackingUpError(UserError):
    """Another back-up of the same data folder is being made."""


class _File(msgspec.Struct):
    path: str


class _Action(msgspec.Struct):
    add: _File | None = None
    remove: _File | None = None


@contextmanager
def snapshot(
    paths: DataPaths,
    report: Callable[[str, str], None],
    beside: Sequence[Path] = (),
    patience: float = 0.0,
) -> Iterator[Path]:
    """A folder that holds the state as a back-up does; deleted afterwards.

    Args:
        paths: Whose state.
        report: Hears of waiting.
        beside: Further files of the data folder that belong to it, if they are there.
        patience: Seconds to wait for another back-up that is being made.

    Raises:
        UnsteadyStateError: Commits followed each other too closely for a minute.
        DamagedStateError: A table or file of it is damaged or gone.
        AlreadyBackingUpError: Another back-up is being made.
    """
    ensure_writable(paths.data, "data: in okr.yaml")
    folder = paths.snapshot
    lock = FileLock(paths.snapshot_lock)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        raise AlreadyBackingUpError(
            f"{paths.data}: another back-up of it is being made. Wait for it to end."
        ) from None
    try:
        _take(paths, folder, beside, report)
        _ensure_whole(paths, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _take(
    paths: DataPaths, folder: Path, beside: Sequence[Path], report: Callable[[str, str], None]
) -> None:
    patience = time.monotonic() + _PATIENCE
    while not _taken(paths, folder, beside):
        if time.monotonic() > patience:
            raise UnsteadyStateError(
                f"{paths.data}: a run wrote to it without a pause for {_PATIENCE:.0f} seconds."
                " Run okr backup again, at the latest when the run has ended."
            )
        report("back-up", "waiting for a moment between two commits")
        time.sleep(_PAUSE)


def _taken(paths: DataPaths, folder: Path, beside: Sequence[Path]) -> bool:
    """Try once; whether the state stood still."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        heads = _heads(paths, beside)
        for name, (path, _) in heads.items():
            link(path, folder / name)
        if _heads(paths, beside) != heads:
            return False
        for log in logs_in([folder / DATA / "lake", folder / DATA / "published"]):
            table = log.parent
            _link_data(paths.data / table.relative_to(folder / DATA), table)
    except FileNotFoundError:  # replaced or deleted meanwhile
        return False
    return True


def _heads(paths: DataPaths, beside: Sequence[Path]) -> dict[str, tuple[Path, Head]]:
    """The files that tell of which instant the state is, by their name in a back-up."""
    small = [*paths.lake.glob("*.attempt.json"), *paths.alerts.glob("*.json")]
    small += [paths.alerts / "last-good-run", *beside]
    files = [path for path in (*small, paths.manifest, paths.blocked_run) if path.is_file()]
    for log in logs_in([paths.lake, paths.history]):
        files += [file for file in sorted(log.iterdir()) if _is_committed(file.name)]
    named = {f"{DATA}/{file.relative_to(paths.data).as_posix()}": file for file in files}
    if paths.duckdb.is_file():
        named[DUCKDB] = paths.duckdb
    return {name: (file, _head(file)) for name, file in named.items()}


def _head(file: Path) -> Head:
    stat = file.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _is_committed(name: str) -> bool:
    """Whether a file of a log is whole; one that is being written has another name."""
    written = name[:1].isdigit() and name.endswith((".json", ".parquet"))
    return written or name == "_last_checkpoint"


def _link_data(table: Path, to: Path) -> None:
    """Link the data files of every version of a table that its log still tells of."""
    live = _live_files(to)
    for name in live | _files_in_commits(to / "_delta_log"):
        if name in live or (table / name).exists():  # those of earlier versions may be deleted
            if not (table / name).exists():
                continue  # damaged, and found to be by what is looked at next
            link(table / name, to / name)


def _live_files(table: Path) -> set[str]:
    try:
        return set(
            pa.table(DeltaTable(str(table)).get_add_actions(flatten=True))["path"].to_pylist()
        )
    except BaseException as error:  # a panic of Delta's engine is none of Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        return set()


def _files_in_commits(log: Path) -> set[str]:
    decoder, found = msgspec.json.Decoder(_Action), set()
    for commit in log.glob("*.json"):
        with commit.open("rb") as lines:
            for line in lines:
                action = decoder.decode(line)
                found |= {one.path for one in (action.add, action.remove) if one}
    return found


def link(path: Path, to: Path) -> None:
    """Link a file, or copy it where the file system has no links."""
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, to)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(path, to)


def _ensure_whole(paths: DataPaths, folder: Path) -> None:
    """Make sure that nothing of the state is damaged, or gone since the last run.

    Raises:
        DamagedStateError: Something is.
    """
    data = folder / DATA
    manifest = read_manifest(data / paths.manifest.name) or Manifest()
    logs = logs_in([data / "lake", data / "published"])
    names = {log.parent.relative_to(data).as_posix() for log in logs} | set(manifest.tables)
    if not names:
        raise DamagedStateError(f"{paths.data}: there is nothing to back up yet. Run: okr sync")
    for name in sorted(names):
        if trouble := table_trouble(data / name, manifest.tables.get(name)):
            raise _damaged(paths, f"{name} {trouble}")
    try:
        published_rows(folder / DUCKDB)
    except duckdb.Error:
        raise _damaged(paths, f"{paths.duckdb.name} cannot be read") from None


def _damaged(paths: DataPaths, what: str) -> DamagedStateError:
    return DamagedStateError(
        f"{paths.data}: {what}, so it is not backed up. Run okr sync, which makes anew what can be"
        " and says what to restore; then back up again."
    )
