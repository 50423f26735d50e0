"""The organization as a reader of its tables needs to know it.

What belongs here: its name, words, zone and cycles. What does not: where its data lies (settings).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from published.selection import Cycle


@dataclass(frozen=True, slots=True)
class Organization:
    """Who reads, and in which words.

    Attributes:
        name: Shown at the top of every page.
        zone: In which days begin and end.
        confidence: The three levels in its own words, best first.
        cycles: Its OKR cycles.
    """

    name: str
    zone: dt.tzinfo
    confidence: tuple[str, str, str]
    cycles: Sequence[Cycle]
