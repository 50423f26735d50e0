"""Scores of pairs of work and Key Results: by words, by meaning, and by team.

What belongs here: the score of a pair, and the facts that its reason names. What does not: how
similar two texts are (``text_similarity``), and the chance that a score stands for (``chances``).

The score is the similarity of the texts. A Key Result of the same team gets 0.15 on top, about as
much as one rare shared word: a team's work is mostly for its own Key Results, unless the texts say
otherwise. With an embedding model, a fifth of the similarity is the cosine of the texts'
embeddings, so that *churn* may match *leavers*. Similarity to the other work that already serves a
Key Result, taken together, adds up to 0.8, as far as it helps to find the known links again: where
every Key Result has one piece of work, it would only mislead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from okr_model.links.suggestions.chances import shares_of
from okr_model.links.suggestions.linked_work import LinkedWork, Positions
from okr_model.links.suggestions.text_similarity import Meaning, TextSimilarity
from okr_model.quantities.teams import split_teams

ABOUT = ["id", "title", "text", "team"]
FACTS = ["shared", "same_team", "alike", "resembles"]

_SAME_TEAM = 0.15
_MEANING_SHARE = 0.2
_WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8)  # of linked work
_LEAST_GAIN = 2.0  # of the logarithm of the likelihood, for linked work to count
_TRIED = 2000
_AT_ONCE = 500
_ALIKE = 0.4  # a cosine exceeded by one in thirty random pairs, and by half of the right ones


class PairScores:
    """Scores of every piece of work with every target.

    Args:
        work: ``id``, ``title``, ``text``, ``team``; any of the last three may be null.
        targets: The same.
        meaning: An embedding model, if installed.
        linked: Which work serves which targets: pairs of positions, each once. A link never counts
            for the score of its own work: each is hidden in turn.
    """

    def __init__(
        self,
        work: pd.DataFrame,
        targets: pd.DataFrame,
        meaning: Meaning | None = None,
        linked: tuple[Positions, Positions] | None = None,
    ) -> None:
        self._texts = TextSimilarity(work, targets, meaning)
        self._teams = _memberships(work["team"], targets["team"])
        self._linked = LinkedWork(self._texts.of_work, len(targets), linked) if linked else None

    def scores(self, rows: Positions, columns: Positions, weight: float = 0.0) -> Any:
        """The score of each of some work with each of some targets, from 0, by position."""
        return self.toward(columns, weight)(rows)

    def toward(self, columns: Positions, weight: float = 0.0) -> Callable[[Positions], Any]:
        """:meth:`scores` of ever other work with the same targets, prepared once.

        Args:
            columns: The positions of the targets.
            weight: What similarity to linked work counts; see :meth:`weight_of_linked_work`.
        """
        by_words, by_meaning = self._texts.by_words(columns), self._texts.by_meaning(columns)
        work, targets = self._teams
        teams = targets[columns].T
        near = self._linked.toward(columns) if self._linked and weight else None

        def scores(rows: Positions) -> Any:
            score = by_words(rows)
            if by_meaning is not None:
                score = (1 - _MEANING_SHARE) * score + _MEANING_SHARE * by_meaning(rows)
            score[work[rows] @ teams > 0] += _SAME_TEAM
            if near is not None:
                score += weight * near(rows)
            return score

        return scores

    def weight_of_linked_work(self, known: Iterable[tuple[Positions, Positions, Any]]) -> float:
        """What similarity to linked work should count, so that known links are found again.

        Args:
            known: For each cycle: work, its targets, and which of its pairs are right (a sparse
                matrix of all work and targets). Of much work, an evenly spaced part is tried.

        Returns:
            The weight under which the right targets have the largest shares; 0 if it hardly helps.
        """
        if self._linked is None:
            return 0.0
        gained = np.zeros(len(_WEIGHTS))
        for rows, columns, right in known:
            some = rows[:: max(1, len(rows) // _TRIED)]
            score, near = self.toward(columns), self._linked.toward(columns)
            for first in range(0, len(some), _AT_ONCE):
                part = some[first : first + _AT_ONCE]
                hits = right[part][:, columns].toarray() > 0
                base, more = score(part), near(part)
                gained += [
                    np.log(shares_of(base + weight * more)[hits]).sum() for weight in _WEIGHTS
                ]
        best = int(np.argmax(gained))
        return _WEIGHTS[best] if gained[best] - gained[0] > _LEAST_GAIN else 0.0

    def facts(self, rows: Positions, columns: Positions) -> pd.DataFrame:
        """For each pair of a row and the column beside it, what may be named as a reason.

        Returns:
            ``shared`` (the shared words that tell most, as the target spells them), ``same_team``,
            ``alike`` (in meaning; false without a model), and ``resembles`` (the position of the
            other work that serves the target and resembles this most; -1 without any such).
        """
        work, targets = self._teams
        meant = self._texts.meaning_of_pairs(rows, columns)
        return pd.DataFrame(
            {
                "shared": self._texts.shared(rows, columns),
                "same_team": (work[rows] * targets[columns]).any(axis=1),
                "alike": meant >= _ALIKE if meant is not None else np.zeros(len(rows), bool),
                "resembles": self._linked.nearest(rows, columns)
                if self._linked
                else np.full(len(rows), -1),
            }
        )


def _memberships(work: pd.Series, targets: pd.Series) -> tuple[Any, Any]:
    """For work and for targets: a row each, with 1 for each of its teams."""
    sides = [
        side.reset_index(drop=True)
        for side in (split_teams(work, targets), split_teams(targets, work))
    ]
    teams = pd.Index(pd.concat(sides).explode().dropna().unique())
    found = [np.zeros((len(side), len(teams)), "float32") for side in sides]
    for rows, side in zip(found, sides, strict=True):
        named = side.explode().dropna()
        rows[named.index.to_numpy("int64"), teams.get_indexer(named)] = 1
    return found[0], found[1]
