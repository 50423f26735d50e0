"""What an organization calls what the page speaks of.

What belongs here: ``organization: words:``, and that its words for confidence differ. What does
not: where the page uses a word (``dashboard``).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from okr_model.entities.confidence_words import ConfidenceWords, ensure_different
from pipelines.settings.base import Part


def _different(words: ConfidenceWords) -> ConfidenceWords:
    ensure_different(words)
    return words


OwnLevels = Annotated[ConfidenceWords, AfterValidator(_different)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class OwnWordsSettings(Part):
    """The organization's own words, as inside a sentence; the page begins sentences in capitals.

    A plural that is left out is the singular.
    """

    objective: Word | None = Field(default=None, description="For Objective, such as Ziel.")
    objectives: Word | None = Field(default=None, description="For Objectives.")
    key_result: Word | None = Field(default=None, description="For Key Result.")
    key_results: Word | None = Field(default=None, description="For Key Results.")
    initiative: Word | None = Field(default=None, description="For initiative.")
    initiatives: Word | None = Field(default=None, description="For initiatives.")
    teams: Word | None = Field(default=None, description="For teams.")
    levels: dict[str, Word] = Field(
        default_factory=dict,
        description="For levels, as sources name them, in any case. The page itself speaks of "
        "company and team.",
    )

    @model_validator(mode="after")
    def _one_word_each(self) -> Self:
        folded = [level.casefold() for level in self.levels]
        if len(set(folded)) < len(folded):
            raise ValueError("levels: the same level is given twice.")
        return self

    def told(self) -> dict[str, str]:
        """The words by what they stand for; what is not given is left out."""
        pairs = (("objective", "objectives"), ("key_result", "key_results"))
        found: dict[str, str | None] = {}
        for one, many in (*pairs, ("initiative", "initiatives")):
            found |= {one: getattr(self, one), many: getattr(self, many) or getattr(self, one)}
        levels = self.by_level
        found |= {"company": levels.get("company"), "team": levels.get("team")}
        found["teams"] = self.teams or found["team"]
        return {name: word for name, word in found.items() if word}

    @property
    def by_level(self) -> dict[str, str]:
        """Words by the level they stand for, case folded."""
        return {level.casefold(): word for level, word in self.levels.items()}
