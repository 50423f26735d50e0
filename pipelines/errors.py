"""The errors whose reader can mend what is wrong.

The ``okr`` command prints their message, without a traceback, and exits with 2. Every other
exception is a fault of ours and is shown whole.
"""

import traceback
from pathlib import Path

from connectors.errors import PermanentError, SourceError


class UserError(Exception):
    """Something that the person at the keyboard can mend; the message says how."""


def our_fault(name: str, fault: Exception) -> SourceError:
    """A defect as a failed attempt: its kind and place, not its words, which may hold a secret."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return PermanentError(
        name,
        f"okr-sync itself failed ({type(fault).__name__} at {place}).",
        "Please report it; what was read before stands.",
    )
