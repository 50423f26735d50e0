"""What one question says of one line."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """An answer.

    Attributes:
        holds: Whether it is so; None where it cannot be told.
        words: The words of the line that say so.
        why: Which of several reasons it is, where there are: ``length``, ``abbreviations``.
    """

    holds: bool | None
    words: str | None = None
    why: str | None = None


HOLDS = Verdict(True)
UNKNOWN = Verdict(None)
