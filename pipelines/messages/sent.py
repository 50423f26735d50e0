"""What became of one message or page.

What belongs here: the record. What does not: sending.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of it.

    Attributes:
        to: Its place in the settings.
        teams: Whom it is about.
        title: Its subject.
        reason: Why it could not be sent; None if it was.
        address: Where a page that was written can be read.
    """

    to: str
    teams: tuple[str, ...]
    title: str
    reason: str | None
    address: str | None = None
