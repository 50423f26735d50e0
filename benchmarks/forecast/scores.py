"""Scores of forecast probabilities.

What belongs here: Brier scores with intervals, reliability, sharpness. What does not: the methods
that are scored.

Questions of one series are dependent, so intervals come from a bootstrap over whole series, with
the same draws for every method (paired): the 2.5th and 97.5th percentile of 1,000 draws. Questions
without a probability are excluded; their share is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Score:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def brier(probability: Numbers, met: Numbers, series: NDArray[np.intp], seed: int = 1) -> Score:
    """Mean squared difference of probability and outcome."""
    return bootstrap_mean((probability - met) ** 2, series, seed)


def bootstrap_mean(values: Numbers, series: NDArray[np.intp], seed: int = 1) -> Score:
    """A mean with its bootstrap interval over whole series; null values are excluded."""
    known = ~np.isnan(values)
    _, place = np.unique(series[known], return_inverse=True)
    total, count = np.bincount(place, values[known]), np.bincount(place)
    draws = np.random.default_rng(seed).multinomial(
        len(total), np.full(len(total), 1 / len(total)), size=DRAWS
    )
    means = (draws @ total) / (draws @ count)
    low, high = np.quantile(means, [0.025, 0.975])
    return Score(float(total.sum() / count.sum()), float(low), float(high))


def reliability(probability: Numbers, met: Numbers) -> pd.DataFrame:
    """By decile of the probability: ``questions, stated, observed`` (means)."""
    known = ~np.isnan(probability)
    decile = np.minimum((probability[known] * 10).astype("int64"), 9)
    rows = pd.DataFrame({"decile": decile, "stated": probability[known], "observed": met[known]})
    return rows.groupby("decile").agg(
        questions=("stated", "size"), stated=("stated", "mean"), observed=("observed", "mean")
    )


def sharpness(probability: Numbers) -> float:
    """Root mean square distance from ½: 0 is always undecided, 0.5 always certain."""
    known = probability[~np.isnan(probability)]
    return float(np.sqrt(np.mean((known - 0.5) ** 2)))


def log_loss(probability: Numbers, met: Numbers) -> float:
    """Mean negative log of the probability of what happened; none counts as below 0.001."""
    known = ~np.isnan(probability)
    stated = np.clip(probability[known], 0.001, 0.999)
    return float(-np.log(np.where(met[known] > 0, stated, 1 - stated)).mean())


def auc(probability: Numbers, met: Numbers) -> float:
    """The chance that a met target had a higher probability than a missed one; ties are half."""
    known = ~np.isnan(probability)
    ranks = pd.Series(probability[known]).rank().to_numpy("float64")
    yes = met[known] > 0
    hits, misses = int(yes.sum()), int((~yes).sum())
    if not hits or not misses:
        return float("nan")
    return float((ranks[yes].sum() - hits * (hits + 1) / 2) / (hits * misses))
