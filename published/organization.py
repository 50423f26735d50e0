"""The organization as a reader of its tables needs to know it.

What belongs here: its name, words, zone and cycles. What does not: where its data lies (settings).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from okr_model.confidence.thresholds import SignalThresholds
from okr_model.progress.progress import PACE_TOLERANCE
from published.selection import Cycle


@dataclass(frozen=True, slots=True)
class Organization:
    """Who reads, and in which words.

    Attributes:
        name: Shown at the top of every page.
        zone: In which days begin and end.
        confidence: The three levels in its own words, best first.
        cycles: Its OKR cycles.
        pace_tolerance: How far from its path a Key Result is still on it, by its settings.
        signals: The thresholds of signals, likewise.
    """

    name: str
    zone: dt.tzinfo
    confidence: tuple[str, str, str]
    cycles: Sequence[Cycle]
    pace_tolerance: float = PACE_TOLERANCE
    signals: SignalThresholds = field(default_factory=SignalThresholds)
