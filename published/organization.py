"""The organization as a reader of its tables needs to know it.

What belongs here: its name, words, zone, cycles and teams. What does not: where its data lies
(settings).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from okr_model.confidence.thresholds import SignalThresholds
from okr_model.governance.phases import PhaseWeeks
from okr_model.governance.quality.limits import Limits
from okr_model.progress.progress import PACE_TOLERANCE
from okr_model.teams.teams import Teams
from published.formatting import ENGLISH, Formatter
from published.selection import Cycle

_VOWELS = tuple("aeiou")


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the organization calls what every page speaks of, as inside a sentence.

    Attributes:
        company: The whole, of which a team is a part.
        levels: Other words for the levels that Objectives state.
    """

    objective: str = "Objective"
    objectives: str = "Objectives"
    key_result: str = "Key Result"
    key_results: str = "Key Results"
    initiative: str = "initiative"
    initiatives: str = "initiatives"
    team: str = "team"
    teams: str = "teams"
    company: str = "company"
    levels: Mapping[str, str] = field(default_factory=dict)

    def level(self, stated: str) -> str:
        """The organization's word for a level, ``stated`` as a source has it."""
        return self.levels.get(stated.casefold(), stated)


def first_up(words: str) -> str:
    """Words that begin a sentence or are a heading: ``Key Result``, ``Initiatives``."""
    return words[:1].upper() + words[1:]


def with_article(word: str) -> str:
    """``a team``, ``an Objective``: by the first letter, which is right for most words."""
    return f"{'an' if word.casefold().startswith(_VOWELS) else 'a'} {word}"


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
        words: What it calls Objectives, Key Results and the like.
        figures: Writes numbers and days in its language.
        teams: Those that its settings declare, and the rhythm of all others.
        phases: How long the phases of its cycles are.
        limits: How many Objectives and Key Results there may be.
    """

    name: str
    zone: dt.tzinfo
    confidence: tuple[str, str, str]
    cycles: Sequence[Cycle]
    pace_tolerance: float = PACE_TOLERANCE
    signals: SignalThresholds = field(default_factory=SignalThresholds)
    words: OwnWords = field(default_factory=OwnWords)
    figures: Formatter = ENGLISH
    teams: Teams = field(default_factory=Teams)
    phases: PhaseWeeks = field(default_factory=PhaseWeeks)
    limits: Limits = field(default_factory=Limits)

    def in_english(self) -> Organization:
        """The same with the usual words and English figures, as programs are answered."""
        return replace(self, words=OwnWords(), figures=ENGLISH)
