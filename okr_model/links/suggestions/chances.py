"""What a score is worth: the chance that a suggestion is right, learnt from what is known.

What belongs here: shares of scores, the curve from a share to a chance, and learning it. What does
not: scores (``pair_scores``), and which pairs are known to be right or wrong (``suggest``).

The share of a target is its part of all candidates for one piece of work, in which a score counts
e^(16 x score), and *none of them* counts as a score of 0.1::

    share = e^(16 score) / (e^1.6 + sum of e^(16 score) of every target)

The chance follows from the odds of the share::

    chance = 1 / (1 + e^-(intercept + slope ln(share / (1 - share))))

Without anything known, intercept and slope are those of MITRE's CWE, in samples of 10 to 254
targets, with texts and without; so are the numbers 16 and 0.1. What is known moves them: the
estimate is the most probable one if both are normally distributed around those of CWE. About thirty
known links weigh as much as that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_STEEPNESS = 16.0
_NONE = 0.1
_SPREAD = np.array([0.7, 0.25])
"""Standard deviations of intercept and slope among organizations."""
_STEPS = 25
_LEAST_SLOPE = 0.05
_FOLDS = 10
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class ChanceCurve:
    """The curve from a share to a chance, and how many known cases it was learnt from."""

    intercept: float = 0.2
    slope: float = 0.8
    cases: int = 0

    def chance(self, share: Any) -> Any:
        """The chance that a suggestion with such a share is right."""
        return _logistic(self.intercept + self.slope * log_odds(share))


def shares_of(scores: Any) -> Any:
    """The share of each target for each piece of work; a score of -inf takes no part."""
    weight = np.exp(_STEEPNESS * scores)
    return weight / (np.exp(_STEEPNESS * _NONE) + weight.sum(axis=1, keepdims=True))


def log_odds(share: Any) -> Any:
    """The logarithm of share / (1 - share), also at the edges."""
    inside = np.clip(share, _EDGE, 1 - _EDGE)
    return np.log(inside / (1 - inside))


def learn(share: Numbers, right: Numbers) -> ChanceCurve:
    """The most probable curve, given pairs that are known to be right (1) or wrong (0)."""
    start = ChanceCurve()
    prior = np.array([start.intercept, start.slope])
    if not len(share):
        return start
    facts = np.column_stack([np.ones(len(share)), log_odds(share)])
    found = prior
    for _ in range(_STEPS):  # Newton's method: the function is convex
        chance = _logistic(facts @ found)
        slope = facts.T @ (chance - right) + (found - prior) / _SPREAD**2
        bend = (facts.T * (chance * (1 - chance))) @ facts + np.diag(_SPREAD**-2)
        found = found - np.linalg.solve(bend, slope)
    return ChanceCurve(float(found[0]), max(_LEAST_SLOPE, float(found[1])), len(share))


def chances_hidden_in_turn(share: Numbers, right: Numbers, group: npt.NDArray[np.uint64]) -> Any:
    """The chance of each pair by a curve that knew nothing of it, nor of others of its group.

    Args:
        share: Each pair's share.
        right: Whether it is right.
        group: What is hidden together: a hash of the work. Groups are hidden a tenth at a time.
    """
    fold = group % _FOLDS
    chance = np.zeros(len(share))
    for one in np.unique(fold):
        hidden = fold == one
        chance[hidden] = learn(share[~hidden], right[~hidden]).chance(share[hidden])
    return chance


def _logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(x, -50, 50)))
