"""Whose files a run writes: their owner's only, or also a group's to read.

What belongs here: the rights that files and folders are made with. What does not: the files.

The rights come from the process's umask, because most files are made by libraries: Delta, DuckDB,
SQLite. A group comes from the folders, which pass theirs on to what is made in them (``setgid``).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import UnwritableError

OWNER_ONLY = 0o077
_AND_GROUP = 0o027
_FOLDER_OF_GROUP = 0o2750


@contextmanager
def private_files(folders: Iterable[Path], group: str | None) -> Iterator[None]:
    """Make files readable by nobody else meanwhile.

    Args:
        folders: Those that are written in; made where they are missing, and given to ``group``.
        group: The name of a group that may read them; None for nobody.

    Raises:
        UnwritableError: There is no such group, or this account cannot give files to it.
    """
    before = os.umask(_AND_GROUP if group else OWNER_ONLY)
    try:
        for folder in folders if group else ():
            _give(folder, str(group))
        yield
    finally:
        os.umask(before)


def open_to_others(folder: Path, group: str | None) -> list[Path]:
    """What in ``folder`` accounts other than the owner may read, or the group may write.

    With ``group``, that the group may read is as it should be. A folder that nobody else may enter
    protects what is in it.
    """
    allowed = stat.S_IRGRP | stat.S_IXGRP if group else 0
    wrong = (stat.S_IRWXG | stat.S_IRWXO) & ~allowed
    if not folder.exists() or not folder.stat().st_mode & wrong:
        return []
    every = [folder, *folder.rglob("*")]
    return [path for path in every if not path.is_symlink() and path.stat().st_mode & wrong]


def _give(folder: Path, group: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(folder, group=group)
        folder.chmod(_FOLDER_OF_GROUP)
    except LookupError:
        raise UnwritableError(f"files: group: there is no group {group!r}.") from None
    except OSError as error:
        raise UnwritableError(
            f"{folder}: cannot be given to the group {group!r} ({error.strerror}). Let this account"
            " be a member of it, or name another in files: group: in okr.yaml."
        ) from None
