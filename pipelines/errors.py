"""Errors that the user can fix, as opposed to bugs.

What belongs here: the base class of user errors, and how a bug is reported as a failed attempt.
What does not: the individual errors, which are defined where they are raised.

The ``okr`` command prints the message of a :class:`UserError` without a traceback and exits with 2.
Any other exception is a bug and is shown with its traceback.
"""

import traceback
from pathlib import Path

from connectors.errors import PermanentError, SourceError


class UserError(Exception):
    """A problem that the user can fix; the message says how."""


def our_fault(name: str, fault: Exception) -> SourceError:
    """A bug as a failed attempt: type and location only; its message may contain a secret."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return PermanentError(
        name,
        f"okr-sync itself failed ({type(fault).__name__} at {place}).",
        "Please report it; the data read earlier is kept.",
    )
