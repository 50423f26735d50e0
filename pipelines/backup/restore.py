"""Putting a back-up back: checked as a whole first, then in the place of what is there.

What belongs here: the order of the steps, and what of a data folder a back-up replaces. What does
not: the archive (``archive``), and what the next run mends (``maintenance``).

Everything is unpacked beside the state and compared with its checksums and row counts. Only then
is what is there set aside, and the rest is renames. While these go on, a folder tells every other
command that the state is incomplete.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from deltalake.exceptions import DeltaError

from pipelines.backup.archive import (
    DamagedBackupError,
    Report,
    read_contents,
    read_file,
    unpack,
)
from pipelines.backup.contents import (
    DATA,
    DUCKDB,
    SETTINGS,
    Contents,
    ensure_restorable,
    published_rows,
    tables_in,
)
from pipelines.errors import UnwritableError, ensure_writable
from pipelines.lake.manifest import rows_of, set_aside, table_trouble
from pipelines.lake.private_files import private_files
from pipelines.lake.run_lock import exclusive_run
from pipelines.paths import DataPaths
from pipelines.settings import load_settings
from published.errors import UserError

_OTHER = "Take another copy of the back-up, or an earlier one."
_OWN = stat.S_IRUSR | stat.S_IWUSR


class StateExistsError(UserError):
    """There is state where the back-up would go, and nobody asked to replace it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A back-up that was put back, or could be.

    Attributes:
        contents: What was in it.
        data: The data folder.
        settings: The settings file that names it.
        settings_restored: Whether that file was not there, and is the back-up's.
        set_aside: Where what was there before is now; on a dry run, what would be set aside.
        decisions_before: How many decisions of people were there before.
        in_the_way: Of a dry run without ``replace``: what is there, so that it would be refused.
    """

    contents: Contents
    data: Path
    settings: Path
    settings_restored: bool
    set_aside: tuple[Path, ...]
    decisions_before: int
    in_the_way: tuple[str, ...] = ()


def restore(
    backup: Path, settings_path: Path, report: Report, *, replace: bool, write: bool
) -> Restored:
    """Put a back-up back, into the data folder that the settings name.

    Args:
        backup: The archive.
        settings_path: The settings file; that of the back-up goes there if there is none.
        report: Hears of the progress.
        replace: Whether state that is there is set aside.
        write: Whether it is put back, or only checked, which state that is there does not hinder.

    Raises:
        pipelines.backup.archive.DamagedBackupError: The archive is not as it was written.
        pipelines.backup.contents.UnfitBackupError: A newer version made it.
        StateExistsError: It is to be put back, there is state already, and ``replace`` is not set.
        pipelines.lake.run_lock.AlreadyRunningError: A run is at work there.
        pipelines.errors.DiskFullError: There is no room for it.
        pipelines.errors.UnwritableError: The folder of the settings or the data cannot be written.
        pipelines.settings.SettingsError: The settings cannot be used.
    """
    contents = read_contents(backup)
    ensure_restorable(backup, contents)
    with ExitStack() as stack:
        named = stack.enter_context(_settings(backup, contents, settings_path))
        settings = load_settings(named, with_secrets=False)
        paths = DataPaths(settings.data, settings.publish.duckdb)
        there = state_in(paths)
        held = tuple(one.name for one in there if one != paths.alerts and not replace)
        if held and write:  # alerts are what a refused run leaves
            raise StateExistsError(
                f"{paths.data}: holds state already ({', '.join(held)})."
                " Name another folder by data: in okr.yaml, or have it set aside with --replace."
            )
        decisions = rows_of(paths.decisions)
        if write:
            stack.enter_context(private_files([paths.data], settings.files.group))
            stack.enter_context(exclusive_run(paths.run_lock))
            ensure_writable(paths.duckdb.parent, "publish: duckdb: in okr.yaml")
        unpacked = stack.enter_context(_folder_to_unpack_in(paths if write else None))
        unpack(backup, contents, unpacked, report)
        _ensure_same_rows(backup, contents, unpacked)
        if write:
            there = _put_in_place(paths, unpacked)
            if named != settings_path:
                named.replace(settings_path)
    restored = named != settings_path
    return Restored(contents, paths.data, settings_path, restored, tuple(there), decisions, held)


@contextmanager
def _settings(backup: Path, contents: Contents, path: Path) -> Iterator[Path]:
    """The settings file; where there is none, that of the back-up beside its place."""
    if path.is_file():
        yield path
        return
    if not path.parent.is_dir():
        raise UnwritableError(f"{path.parent}: there is no such folder for {path.name}. Make it.")
    beside = path.with_name(f"{path.name}.tmp")
    text = read_file(backup, contents, SETTINGS)
    try:
        beside.write_bytes(text)
        beside.chmod(_OWN)
        yield beside
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _folder_to_unpack_in(paths: DataPaths | None) -> Iterator[Path]:
    """An empty folder: in the data folder, so that a rename is enough, or a temporary one."""
    if paths is None:
        with TemporaryDirectory(prefix="okr-restore-") as temporary:
            yield Path(temporary)
        return
    folder = paths.data / "restore.tmp"  # the next run deletes it if this process is killed
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def state_in(paths: DataPaths) -> list[Path]:
    """What of the data folder a back-up takes the place of."""
    folders = [paths.lake, paths.history, paths.decisions_backup.parent, paths.alerts]
    folders.append(paths.restoring)
    files = [paths.manifest, paths.blocked_run, paths.duckdb]
    return [one for one in folders if one.is_dir() and any(one.iterdir())] + [
        one for one in files if one.exists()
    ]


def _ensure_same_rows(backup: Path, contents: Contents, unpacked: Path) -> None:
    """Make sure that every table can be opened, and has the rows that it had.

    Raises:
        DamagedBackupError: One has not; the message names it.
    """
    data = unpacked / DATA
    for name in contents.tables:
        if trouble := table_trouble(data / name, None):
            raise DamagedBackupError(f"{backup}: its table {name} {trouble}. {_OTHER}")
    try:
        tables, published = tables_in(data), published_rows(unpacked / DUCKDB)
    except (DeltaError, duckdb.Error):
        raise DamagedBackupError(f"{backup}: one of its tables cannot be read. {_OTHER}") from None
    odd = [*_different(contents.tables, tables), *_different(contents.published, published)]
    if odd:
        raise DamagedBackupError(
            f"{backup}: its table {odd[0]} has not the rows that were backed up. {_OTHER}"
        )


def _different(known: Mapping[str, object], found: Mapping[str, object]) -> list[str]:
    return [name for name in {**known, **found} if known.get(name) != found.get(name)]


def _put_in_place(paths: DataPaths, unpacked: Path) -> list[Path]:
    """Set aside what is there and move the rest into its place; returns where the former is."""
    shutil.rmtree(paths.restoring, ignore_errors=True)  # of a restore that was ended
    unpacked.rename(paths.restoring)
    today = dt.datetime.now(dt.UTC).date()
    there = [one for one in state_in(paths) if one != paths.restoring]
    aside = [set_aside(one, paths.data, today) for one in there]
    for one in sorted((paths.restoring / DATA).iterdir()):
        move(one, paths.data / one.name)
    if (paths.restoring / DUCKDB).exists():
        move(paths.restoring / DUCKDB, paths.duckdb)
    shutil.rmtree(paths.restoring)
    return aside


def move(path: Path, to: Path) -> None:
    """Move into its place in one step; the published file may lie on another disk."""
    if to.is_dir():  # empty, or it would have been set aside
        to.rmdir()
    try:
        path.replace(to)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = to.with_name(f"{to.name}.{os.getpid()}.tmp")
        shutil.copyfile(path, beside)
        beside.replace(to)
