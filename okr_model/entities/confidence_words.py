"""The words that an organization uses for the three confidence levels.

What belongs here: mapping a typed word to ``high``, ``medium`` or ``low``. What does not: reading
check-ins (``check_ins``), and what the levels mean (``confidence``).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from okr_model.languages.folding import same_id
from okr_model.tables import LEVELS

ConfidenceWords = tuple[str, str, str]
"""The words for ``high``, ``medium`` and ``low``, in this order."""

USUAL: ConfidenceWords = ("high", "medium", "low")

CONVENTIONS = (
    ("high", "medium", "low"),
    ("high", "challenge", "critical"),
    ("green", "amber", "red"),
)
"""Common wordings, high to low, that are accepted whatever the organization's own words."""


def ensure_different(words: Sequence[str]) -> None:
    """Make sure that a word names one level.

    Raises:
        ValueError: If ``words`` are not three different words.
    """
    if len(words) != 3 or len({_folded(word) for word in words} - {""}) != 3:
        raise ValueError(f"three different words are needed, high to low, not {', '.join(words)}.")


def parse_confidence(text: str, words: Sequence[str]) -> str | None:
    """The level that ``text`` names: ``high``, ``medium``, ``low``, or None.

    Args:
        text: As written in a check-in; case and spaces do not matter.
        words: The organization's three words, high to low; they take precedence over
            :data:`CONVENTIONS`, which are always accepted.

    Raises:
        ValueError: If ``words`` are not three different words.
    """
    ensure_different(words)
    for convention in (words, *CONVENTIONS):
        for word, level in zip(convention, LEVELS, strict=True):
            if _folded(word) == _folded(text):
                return level
    return None


def confidence_levels(texts: pd.Series, words: Sequence[str]) -> pd.Series:
    """:func:`parse_confidence` of each text; null where it names no level."""
    levels = {text: parse_confidence(text, words) for text in texts.dropna().unique()}
    return texts.astype("object").map(levels).astype("str")


def in_own_words(level: str, words: ConfidenceWords) -> str:
    """The organization's word for ``level``, one of :data:`okr_model.tables.LEVELS`."""
    return words[LEVELS.index(level)]


def _folded(word: str) -> str:
    return same_id(word)
