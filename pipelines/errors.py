"""Errors that the user can fix, as opposed to bugs.

What belongs here: the base class of user errors, and how a bug is reported as a failed attempt.
What does not: the individual errors, which are defined where they are raised.

The ``okr`` command prints the message of a :class:`UserError` without a traceback and exits with 2.
Any other exception is a bug: it prints kind and place, and exits with 1.
"""

import errno
import os
import re
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

from connectors.errors import PermanentError, SourceError
from published.errors import UserError


class UnwritableError(UserError):
    """A folder that must be written to cannot be."""


def ensure_writable(folder: Path, named_by: str) -> None:
    """Create ``folder`` where it is missing, and make sure that files can be written there.

    Args:
        folder: Which one.
        named_by: What names it, such as ``data: in okr.yaml``, for the message.

    Raises:
        UnwritableError: They cannot; the message names the first folder that is the obstacle.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UnwritableError(
            f"{folder}: cannot be written ({error.strerror}). Give this account the right to write"
            f" there, or name another folder by {named_by}."
        ) from None


class DiskFullError(UserError):
    """There is no room on the disk for what has to be written."""


_FREE_SOME = "Free some space there; what was published before is kept."
_CODES = "|".join(str(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_WORDS = "|".join(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_FULL = re.compile(
    # As Python and Arrow, Delta, DuckDB, and SQLite say it. The words alone may be anyone's.
    rf"\[errno (?:{_CODES})\]|\(os error (?:{_CODES})\)|Could not write [^\n]*(?:{_WORDS}|bytes)"
    r"|database or disk is full|disk I/O error",
    re.IGNORECASE,
)


RESERVE = 16_000_000
"""Bytes that stay free beside what is about to be written: for Dagster's events and small files."""


def ensure_space(folder: Path, needed: int) -> None:
    """Make sure that ``needed`` bytes can be written to a folder, before any of them is.

    Raises:
        DiskFullError: They cannot.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise DiskFullError(
            f"{folder}: {free / 1e6:,.0f} MB are free on this disk, and"
            f" {needed / 1e6:,.0f} MB may be needed. {_FREE_SOME}"
        )


def disk_trouble(error: BaseException | str) -> str | None:
    """A full disk in words, if that is what an error, or one behind it, says; else None."""
    behind = [] if isinstance(error, str) else list(_behind(error))
    if refused := next((one for one in behind if isinstance(one, DiskFullError)), None):
        return str(refused)
    texts = [error] if isinstance(error, str) else map(str, behind)
    full = any(_FULL.search(text) for text in texts)
    return f"The disk is full. {_FREE_SOME}" if full else None


def _behind(error: BaseException) -> Iterator[BaseException]:
    """An error and those that led to it."""
    seen: set[int] = set()
    while error and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__  # type: ignore[assignment]


def flush_folder(folder: Path) -> None:
    """Flush a folder's names to the disk, so that a rename outlives a power cut."""
    if os.name == "nt":  # where folders cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def our_fault(name: str, fault: Exception) -> SourceError:
    """A bug as a failed attempt: type and location only; its message may contain a secret.

    A full disk is no bug, and is said.
    """
    if trouble := disk_trouble(fault):
        return PermanentError(name, "What it serves cannot be stored.", trouble)
    return PermanentError(
        name,
        f"okr-sync itself failed ({place_of_fault(fault)}).",
        "Please report it; the data read earlier is kept.",
    )


def place_of_fault(fault: Exception) -> str:
    """A defect's kind and place, such as ``KeyError at measures.py:120``, never its words."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).parts[-3:-2] != ("site-packages",)]
    frame = (ours or frames)[-1]
    return f"{type(fault).__name__} at {Path(frame.filename).name}:{frame.lineno}"
