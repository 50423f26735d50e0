"""Where this process writes what does not fit in its memory, and what killed ones left there.

What belongs here: making that folder, and removing it and its forerunners. What does not: what is
written to it (``duckdb_session``).

A process that is killed leaves its folder, with as much of people's data as it had written. So
each process holds a lock in its own, which the operating system releases however the process ends,
and removes those of its user that nobody holds. One without a lock file, or made within the hour,
may be one whose owner has not locked it yet.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "okr-sync-"
LOCK = "in-use.lock"
_SETTLED = 3600.0  # seconds


@functools.cache
def spill_folder() -> str:
    """A folder that no other user can read, the same for the whole process.

    It is removed when the process ends; empty where no folder for temporary files can be written.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        held = FileLock(folder / LOCK)
        held.acquire(timeout=0)
    except OSError:
        return ""
    _remove_left_ones(beside=folder)
    atexit.register(_remove, folder, held)
    return str(folder)


def _remove_left_ones(beside: Path) -> None:
    """Remove the folders of processes that were killed; one that cannot be removed stays."""
    with suppress(OSError):
        mine = beside.stat().st_uid
        for folder in beside.parent.glob(f"{PREFIX}*"):
            with suppress(OSError, Timeout):
                found = folder.lstat()  # a link may lead anywhere, and so may another user's files
                if found.st_uid == mine and stat.S_ISDIR(found.st_mode) and _is_left(folder):
                    held = FileLock(folder / LOCK)
                    held.acquire(timeout=0)
                    _remove(folder, held)


def _is_left(folder: Path) -> bool:
    return time.time() - (folder / LOCK).lstat().st_mtime > _SETTLED


def _remove(folder: Path, held: FileLock) -> None:
    held.release()  # Windows removes no file that is open
    shutil.rmtree(folder, ignore_errors=True)
