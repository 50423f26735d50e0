"""Errors that the user can fix, as opposed to bugs.

What belongs here: the base class of user errors, and how a bug is reported as a failed attempt.
What does not: the individual errors, which are defined where they are raised.

The ``okr`` command prints the message of a :class:`UserError` without a traceback and exits with 2.
Any other exception is a bug and is shown with its traceback.
"""

import tempfile
import traceback
from pathlib import Path

from connectors.errors import PermanentError, SourceError


class UserError(Exception):
    """A problem that the user can fix; the message says how."""


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


def our_fault(name: str, fault: Exception) -> SourceError:
    """A bug as a failed attempt: type and location only; its message may contain a secret."""
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
