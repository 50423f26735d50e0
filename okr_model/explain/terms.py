"""What an organization has settled on, as far as an explanation depends on it.

What belongs here: the figures by which a row was computed, and the words for its levels. What does
not: what a row holds itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from okr_model.confidence.thresholds import SignalThresholds
from okr_model.entities.confidence_words import USUAL, ConfidenceWords
from okr_model.progress.progress import PACE_TOLERANCE


@dataclass(frozen=True, slots=True)
class Terms:
    """How rows are computed, and what their levels are called.

    Attributes:
        tolerance: How far from its path a Key Result is still on it.
        thresholds: Of signals and of the computed level.
        confidence: The words for the three confidence levels.
    """

    tolerance: float = PACE_TOLERANCE
    thresholds: SignalThresholds = field(default_factory=SignalThresholds)
    confidence: ConfidenceWords = USUAL
