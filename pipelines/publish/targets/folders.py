"""Targets that are folders: one file a table, in a folder a run, and a manifest that names it.

What belongs here: writing a version, switching to it, and removing old ones. What does not: what a
file holds (``parquet_file``, ``csv_file``).

Readers open ``manifest.json`` and then the files that it names. The version before stays, so that
whoever has read an older manifest finds its files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from pipelines.errors import RESERVE, disk_trouble, ensure_space, flush_folder
from pipelines.lake.manifest import write_whole
from pipelines.lake.private_files import private_files
from pipelines.publish.history import about_to_commit
from pipelines.publish.targets.manifest import (
    WRITER,
    Manifest,
    TableState,
    TargetError,
    manifest_of,
    state_of,
)
from pipelines.publish.targets.published_run import PublishedRun, PublishedTable

MANIFEST = "manifest.json"
_INCOMING = ".okr-sync-incoming"
_TIMES = 3  # the published file's size that its tables may need in another form
WriteFile = Callable[[PublishedRun, PublishedTable, Path], None]


class FolderTarget:
    """A folder with the tables as files.

    Args:
        name: What the settings call it.
        folder: Where; made where it is missing.
        suffix: What the files' names end with.
        write_file: Writes the file of one table.
        group: A group of this machine that may read it; None for nobody but its owner.
    """

    def __init__(
        self, name: str, folder: Path, suffix: str, write_file: WriteFile, group: str | None
    ) -> None:
        self.name = name
        self.place = str(folder)
        self._folder = folder
        self._suffix = suffix
        self._write_file = write_file
        self._group = group

    def manifest(self) -> Manifest | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        return self._read(self._folder / MANIFEST)

    def missing(self, manifest: Manifest) -> str | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        for table in manifest.tables.values():
            path = self._folder / (table.file or "")
            if not path.is_file():
                return f"{path} is missing"
            if path.stat().st_size != table.bytes:
                return f"{path} is not as it was written"
        return None

    def rehearse(self, run: PublishedRun) -> None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        self.look()
        ensure_space(self._folder, RESERVE + _TIMES * run.size)

    def write(self, run: PublishedRun) -> Manifest:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        before = self._read(self._folder / MANIFEST)
        try:
            with private_files([self._folder], self._group):
                self._folder.mkdir(parents=True, exist_ok=True)
                ensure_space(self._folder, RESERVE + _TIMES * run.size)
                manifest = self._switched(run)
                self._remove_old({_version_of(manifest), _version_of(before)})
                return manifest
        except OSError as error:
            raise self._refused(error) from None

    def look(self) -> str:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        self._read(self._folder / MANIFEST)
        ensure_right_to_write(self._folder)
        return f"{self._folder} can be written."

    def _switched(self, run: PublishedRun) -> Manifest:
        """Write all files, and let the manifest name them."""
        incoming, version = self._folder / _INCOMING, self._free_name(run.run_id)
        if incoming.exists():  # left by a kill
            shutil.rmtree(incoming)
        incoming.mkdir()
        try:
            tables = {table.name: self._written(run, table, version) for table in run.tables}
            manifest = manifest_of(run, tables)
            content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
            write_whole(incoming / MANIFEST, content)  # tells it from other people's folders
            flush_folder(incoming)
            incoming.rename(self._folder / version)
            flush_folder(self._folder)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        about_to_commit()
        write_whole(self._folder / MANIFEST, content)
        flush_folder(self._folder)
        return manifest

    def _written(self, run: PublishedRun, table: PublishedTable, version: str) -> TableState:
        path = self._folder / _INCOMING / f"{table.name}{self._suffix}"
        self._write_file(run, table, path)
        with path.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
        return state_of(table, file=f"{version}/{path.name}", bytes=size, sha256=digest)

    def _free_name(self, run_id: str) -> str:
        """The version's folder; a run that is written again gets another."""
        name, number = run_id, 2
        while (self._folder / name).exists():
            name, number = f"{run_id}-{number}", number + 1
        return name

    def _remove_old(self, kept: set[str | None]) -> None:
        """Delete the versions that no reader can be at; other people's folders stay."""
        for folder in self._folder.iterdir():
            if folder.name in kept or not folder.is_dir() or folder.is_symlink():
                continue
            with suppress(TargetError, OSError):  # the next run tries again
                if found := self._read(folder / MANIFEST):
                    _remove_version(folder, found)

    def _read(self, path: Path) -> Manifest | None:
        """The manifest at ``path``; None if there is none."""
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = None
        except OSError as error:
            raise self._refused(error) from None
        if found is None or found.written_by != WRITER:
            raise TargetError(
                f"{path} is no manifest of okr-sync, or is damaged. Give the target a folder of its"
                " own, or move that file away."
            )
        return found

    def _refused(self, error: OSError) -> TargetError:
        said = disk_trouble(error) or f"{error.strerror or type(error).__name__}. {_RIGHTS}"
        return TargetError(f"{error.filename or self._folder}: {said}")


def ensure_right_to_write(folder: Path) -> None:
    """Make sure that a folder may be written, or made; nothing is.

    Raises:
        TargetError: It may not.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise TargetError(f"{there} cannot be written. {_RIGHTS}")


_RIGHTS = "Give this account the right to write there, or name another folder in okr.yaml."


def _version_of(manifest: Manifest | None) -> str | None:
    """The folder in which the files of a manifest lie."""
    files = (table.file or "" for table in manifest.tables.values()) if manifest else ()
    return next((file.partition("/")[0] for file in files), None)


def _remove_version(folder: Path, manifest: Manifest) -> None:
    """Delete what okr-sync wrote into a version's folder, and the folder if nothing else is in."""
    for table in manifest.tables.values():
        (folder / Path(table.file or MANIFEST).name).unlink(missing_ok=True)
    if {path.name for path in folder.iterdir()} == {MANIFEST}:
        (folder / MANIFEST).unlink()
        folder.rmdir()
