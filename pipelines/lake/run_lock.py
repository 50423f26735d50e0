"""The run lock: one run at a time in a data folder.

What belongs here: acquiring and releasing the lock. What does not: who acquires it and how long it
waits.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import UnwritableError, ensure_writable
from published.errors import UserError


class AlreadyRunningError(UserError):
    """Another run holds the lock of the data folder."""


def _number_in(holder: Path) -> str:
    try:
        number = holder.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return "unknown"
    return number if number.isdigit() else "unknown"


@contextmanager
def exclusive_run(lock: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock file; the operating system releases it even if the run is killed.

    The lock is re-entrant for all threads of the process that holds it.

    Args:
        lock: The lock file; a file beside it contains the id of the process that holds it.
        patience: Seconds to wait for another process to release it.

    Raises:
        AlreadyRunningError: Another process holds it.
        UnwritableError: Nothing can be written in its folder.
    """
    ensure_writable(lock.parent, "data: in okr.yaml")
    holder = lock.with_suffix(".pid")  # Windows would not let others read the lock file itself
    held = FileLock(lock, is_singleton=True, thread_local=False)
    if lock.is_dir():
        raise UnwritableError(f"{lock}: is a folder where the lock file belongs. Remove it.")
    try:
        held.acquire(timeout=patience, poll_interval=0.5)
    except Timeout:
        number = _number_in(holder)
        raise AlreadyRunningError(
            f"{lock.parent}: another run (process {number}) is at work here. Wait for it to end."
        ) from None
    except OSError as error:
        raise UnwritableError(
            f"{lock}: cannot be locked ({error.strerror}). Give this account the right to write it."
        ) from None
    try:
        # It is only for the message of a second run: that it cannot be written stops no run.
        with suppress(OSError):
            holder.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        held.release()
