"""Whose files a run writes: their owner's only, or also a group's to read.

What belongs here: the rights that files and folders are made with, and taking away those that an
older version left. What does not: the files.

The rights come from the process's umask, because most files are made by libraries: Delta, DuckDB,
SQLite. A group comes from the folders, which pass theirs on to what is made in them (``setgid``).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.errors import UnwritableError

if os.name != "nt":  # where there are no groups
    import grp

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


def tighten(paths: Iterable[Path], group: str | None) -> int:
    """Take from others what files and folders of this account's let them do.

    What lies in a folder that nobody else may enter is safe, and left alone; so a folder that is as
    it should be costs one look. Symbolic links are not followed.

    Args:
        paths: Files and folders; what is in a folder is looked at, too.
        group: The name of the group that may read them; None for nobody.

    Returns:
        How many files and folders were changed.
    """
    if os.name == "nt":
        return 0
    gid = None if group is None else grp.getgrnam(group).gr_gid
    return sum(_tighten(path, gid) for path in paths if _is_open(path, gid))


def _tighten(top: Path, gid: int | None) -> int:
    # From the bottom up: a run that is killed leaves the top as it was, and the next one goes on.
    inner = [
        Path(folder) / name
        for folder, folders, files in os.walk(top, topdown=False)
        for name in (*files, *folders)
    ]
    changed = 0
    for path in (*inner, top):
        if _is_open(path, gid):
            with suppress(OSError):  # another account's, or gone meanwhile
                if gid is not None:
                    os.chown(path, -1, gid)
                path.chmod(_rights(path, gid))
                changed += 1
    return changed


def _is_open(path: Path, gid: int | None) -> bool:
    """Whether others have rights to this account's file or folder that they should not have."""
    try:
        found = path.lstat()
    except OSError:
        return False
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        return False
    allowed = 0 if gid is None else stat.S_IRGRP | stat.S_IXGRP
    wrong = (stat.S_IRWXG | stat.S_IRWXO) & ~allowed
    return bool(found.st_mode & wrong) or (gid is not None and found.st_gid != gid)


def _rights(path: Path, gid: int | None) -> int:
    mode = stat.S_IMODE(path.lstat().st_mode) & ~OWNER_ONLY
    if gid is None:
        return mode & ~stat.S_ISGID
    return mode | (_FOLDER_OF_GROUP & ~stat.S_IRWXU if path.is_dir() else stat.S_IRGRP)


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
