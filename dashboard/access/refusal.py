"""Why a request goes no further.

What belongs here: that value. What does not: the checks (``gate``), the answer (``dashboard.app``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further.

    Attributes:
        kind: ``sign in``: nobody is known, and signing in helps. ``forbidden``: somebody or
            something is known and may not. ``address``: it was not meant for this page.
        words: A sentence with the remedy.
    """

    kind: Literal["sign in", "forbidden", "address"]
    words: str
