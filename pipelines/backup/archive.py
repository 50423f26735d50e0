"""The archive of a back-up: a ZIP file that any tool opens.

What belongs here: writing, reading and checking the file. What does not: what is put in
(``snapshot``) and where it goes (``restore``).

Files are streamed in pieces, whatever their size. Their checksums are computed on the way, so the
description of the contents is the last file of the archive; a cut archive has none.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from pipelines.backup.contents import CONTENTS, Contents, FileState, is_expected
from pipelines.errors import RESERVE, ensure_space, flush_folder
from published.errors import UserError

_PIECE = 1 << 20
_LARGEST_CONTENTS = 1 << 28  # bytes of the description; more than a million files
_COMPRESSED = (".parquet",)  # by themselves; to do it again would only cost time
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
Report = Callable[[str, str], None]


class BackupExistsError(UserError):
    """There is a file where the back-up would go."""


class DamagedBackupError(UserError):
    """A back-up is not as it was written."""


def ensure_new(target: Path) -> None:
    """Make sure that no file is overwritten.

    Raises:
        BackupExistsError: There is one at ``target``.
    """
    if target.exists():
        raise BackupExistsError(
            f"{target}: is there already, and a back-up replaces no file. Name another, or a folder"
            " in which it gets a name of its own."
        )


def write_archive(
    target: Path, files: Mapping[str, Path | bytes], contents: Contents, report: Report
) -> Contents:
    """Write the archive beside ``target`` and rename it once it is whole.

    Args:
        target: Where it goes.
        files: What goes in, by its name there.
        contents: What is said of it; the files and their checksums are filled in.
        report: Hears of the progress.

    Returns:
        The contents as written.

    Raises:
        BackupExistsError: There is a file at ``target``.
        pipelines.errors.DiskFullError: There is no room for it.
    """
    ensure_new(target)
    whole = sum(size_of(one) for one in files.values())
    ensure_space(target.parent, RESERVE + whole)
    beside = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    beside.unlink(missing_ok=True)
    try:
        rights = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(rights, "w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                found: dict[str, FileState] = {}
                done = 0
                for name, one in files.items():
                    ensure_space(target.parent, RESERVE + size_of(one))
                    report("back-up", f"{done / 1e6:,.0f} of {whole / 1e6:,.0f} MB")
                    found[name] = _put(archive, name, one)
                    done += found[name].size
                contents = msgspec.structs.replace(contents, files=found)
                _put(archive, CONTENTS, msgspec.json.format(msgspec.json.encode(contents)))
            file.flush()
            os.fsync(file.fileno())
        ensure_new(target)
        beside.replace(target)
        flush_folder(target.parent)
    finally:
        beside.unlink(missing_ok=True)
    return contents


def read_contents(backup: Path) -> Contents:
    """What a back-up says about itself.

    Raises:
        DamagedBackupError: It is cut short, or no back-up of okr-sync.
    """
    with _opened(backup) as archive:
        try:
            told = archive.getinfo(CONTENTS)
        except KeyError:
            raise DamagedBackupError(
                f"{backup}: is no back-up of okr-sync: it holds no {CONTENTS}."
            ) from None
        if told.file_size > _LARGEST_CONTENTS:
            raise _damaged(backup, CONTENTS)
        try:
            return msgspec.json.decode(archive.read(told), type=Contents)
        except (*_BROKEN, msgspec.DecodeError, UnicodeDecodeError):
            raise _damaged(backup, CONTENTS) from None


def read_file(backup: Path, contents: Contents, name: str) -> bytes:
    """One small file of a back-up.

    Raises:
        DamagedBackupError: It is missing or altered.
    """
    known, found = contents.files.get(name), io.BytesIO()
    with _opened(backup) as archive:
        try:
            with archive.open(name) as source:
                same = known is not None and _copied(source, found, known.size) == known
        except (*_BROKEN, KeyError):
            same = False
    if not same:
        raise _damaged(backup, name)
    return found.getvalue()


def unpack(backup: Path, contents: Contents, folder: Path, report: Report) -> None:
    """Unpack every file into an empty folder, and compare it with its checksum.

    Raises:
        DamagedBackupError: A file is missing, additional or altered; the message names it.
        pipelines.errors.DiskFullError: There is no room for them.
    """
    ensure_space(folder, RESERVE + contents.size)
    with _opened(backup) as archive:
        there = sorted(archive.namelist())
        wanted = sorted([*contents.files, CONTENTS])
        strange = [name for name in contents.files if not is_expected(name)]
        if there != wanted or strange:
            odd = strange or sorted(set(there) ^ set(wanted)) or [CONTENTS]
            raise _damaged(backup, odd[0])
        done = 0
        for name, known in contents.files.items():
            ensure_space(folder, RESERVE + known.size)
            report("restore", f"{done / 1e6:,.0f} of {contents.size / 1e6:,.0f} MB")
            to = folder / name
            to.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(name) as source, to.open("xb") as file:
                    same = _copied(source, file, known.size) == known
            except (*_BROKEN, FileExistsError):
                same = False
            if not same:
                raise _damaged(backup, name)
            done += known.size


@contextmanager
def _opened(backup: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(backup)
    except OSError as error:
        raise DamagedBackupError(f"{backup}: cannot be read ({error.strerror}).") from None
    except _BROKEN:
        raise DamagedBackupError(
            f"{backup}: is no whole back-up: it is cut short, altered, or no ZIP file. Take another"
            " copy of it, or an earlier back-up."
        ) from None
    with archive:
        yield archive


def _damaged(backup: Path, name: str) -> DamagedBackupError:
    return DamagedBackupError(
        f"{backup}: its file {name} is not as it was backed up, so nothing is restored."
        " Take another copy of the back-up, or an earlier one."
    )


def size_of(one: Path | bytes) -> int:
    """The bytes of a file or a text."""
    return len(one) if isinstance(one, bytes) else one.stat().st_size


def _put(archive: zipfile.ZipFile, name: str, one: Path | bytes) -> FileState:
    at = time.time() if isinstance(one, bytes) else one.stat().st_mtime
    info = zipfile.ZipInfo(name, max(time.localtime(at)[:6], (1980, 1, 1, 0, 0, 0)))
    info.external_attr = (stat.S_IFREG | stat.S_IRUSR | stat.S_IWUSR) << 16
    info.file_size = size = size_of(one)
    packed = name.endswith(_COMPRESSED)
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    with archive.open(info, "w") as file:
        if isinstance(one, bytes):
            file.write(one)
            return FileState(size, hashlib.sha256(one).hexdigest())
        with one.open("rb") as source:
            return _copied(source, file, size)


def _copied(source: IO[bytes], to: IO[bytes], size: int) -> FileState:
    """Copy a file in pieces; one that is longer than ``size`` is not copied to its end."""
    digest, done = hashlib.sha256(), 0
    while done <= size and (piece := source.read(_PIECE)):
        digest.update(piece)
        to.write(piece)
        done += len(piece)
    return FileState(done, digest.hexdigest())
