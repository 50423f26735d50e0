"""Baselines from the literature: theta, ETS, and two that learn from past paths of a collection.

What belongs here: each as a function of the observed points, and of past windows where it learns.
What does not: simpler rules (``baselines``), our own method.

- theta: exponential smoothing with half the least-squares slope as drift; normal errors;
- ETS: the better by AICc of simple and of Holt's linear exponential smoothing, parameters on a
  grid; normal errors;
- split-conformal: half drift, with the standardized errors it made on past windows as its
  distribution;
- nearest paths: the 50 past windows nearest in shape, all scaled by their mean absolute step, and
  where they ended.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import ndtr

from benchmarks.forecast.baselines import _half_drift, _ols
from benchmarks.forecast.questions import WINDOW, Questions

Numbers = NDArray[np.float64]
NEAREST = 50
_ALPHAS = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0])
_BETAS = np.array([0.05, 0.1, 0.2, 0.4])


def past_answers(questions: Questions, past: Questions) -> dict[str, Numbers]:
    """The probability for each question; ``past`` are the windows to learn from."""
    asked = questions.asked
    names = ("theta", "ETS", "split-conformal", "nearest paths")
    answers = {name: np.empty(len(asked)) for name in names}
    learnt = past.asked.drop_duplicates("window").groupby("collection")["window"]
    known = {name: past.windows[rows.to_numpy()] for name, rows in learnt}
    for (collection, observed), places in asked.groupby(["collection", "observed"]).indices.items():
        rows = asked.iloc[places]
        window, place = np.unique(rows["window"].to_numpy(), return_inverse=True)
        seen = questions.windows[window][:, : int(observed)]
        old = known.get(collection, past.windows)
        methods: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
            "theta": lambda seen, _: _normal(*theta(seen, WINDOW - seen.shape[1])),
            "ETS": lambda seen, _: _normal(*ets(seen, WINDOW - seen.shape[1])),
            "split-conformal": conformal,
            "nearest paths": nearest,
        }
        target, rising = rows["target"].to_numpy("float64"), rows["rising"].to_numpy("bool")
        for name, method in methods.items():
            ends = method(seen, old)[place]
            at_least = (ends >= target[:, None]).mean(axis=1)
            at_most = (ends <= target[:, None]).mean(axis=1)
            answers[name][places] = np.where(rising, at_least, at_most)
    return answers


_QUANTILES = (np.arange(200) + 0.5) / 200
_NORMAL = np.interp(_QUANTILES, ndtr(np.linspace(-6, 6, 4001)), np.linspace(-6, 6, 4001))


def _normal(centre: Numbers, spread: Numbers) -> Numbers:
    """200 equally likely ends, one row each."""
    return np.asarray(centre[:, None] + spread[:, None] * _NORMAL)


def theta(seen: Numbers, ahead: int) -> tuple[Numbers, Numbers]:
    """Simple smoothing plus half the slope."""
    level, alpha, variance = _smoothed(seen)
    end, _, _ = _ols(seen, ahead)
    now, _, _ = _ols(seen, 0)
    drift = (end - now) / 2
    return level + drift, np.sqrt(variance * (1 + (ahead - 1) * alpha**2))


def ets(seen: Numbers, ahead: int) -> tuple[Numbers, Numbers]:
    """Simple or Holt's smoothing, whichever has the lower AICc."""
    number = seen.shape[1]
    level, alpha, variance = _smoothed(seen)
    found = level, np.sqrt(variance * (1 + (ahead - 1) * alpha**2))
    if number < 6:  # too few for the second parameter
        return found
    best = _score(variance, number, 2)
    centre, spread = (part.copy() for part in found)
    for alpha_one in _ALPHAS:
        for beta in _BETAS:
            end, trend, error = _holt(seen, float(alpha_one), float(beta))
            steps = np.arange(1, ahead)
            growth = 1 + ((alpha_one * (1 + beta * steps)) ** 2).sum()
            better = _score(error, number, 4) < best
            best = np.where(better, _score(error, number, 4), best)
            centre = np.where(better, end + ahead * trend, centre)
            spread = np.where(better, np.sqrt(error * growth), spread)
    return centre, spread


def _score(variance: Numbers, number: int, parameters: int) -> Numbers:
    free = max(number - parameters - 2, 1)
    extra = 2 * (parameters + 1) * number / free
    return np.asarray(number * np.log(np.maximum(variance, 1e-300)) + extra)


def _smoothed(seen: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Level, alpha and error variance of the best simple smoothing of each row."""
    best = np.full(len(seen), np.inf)
    level, alpha = seen[:, -1].copy(), np.ones(len(seen))
    for each in _ALPHAS:
        now, total = seen[:, 0], np.zeros(len(seen))
        for place in range(1, seen.shape[1]):
            error = seen[:, place] - now
            total, now = total + error**2, now + each * error
        better = total < best
        best = np.where(better, total, best)
        level, alpha = np.where(better, now, level), np.where(better, each, alpha)
    return level, alpha, best / max(seen.shape[1] - 2, 1)


def _holt(seen: Numbers, alpha: float, beta: float) -> tuple[Numbers, Numbers, Numbers]:
    level, trend = seen[:, 0], (seen[:, -1] - seen[:, 0]) / (seen.shape[1] - 1)
    total = np.zeros(len(seen))
    for place in range(1, seen.shape[1]):
        error = seen[:, place] - level - trend
        level, trend = level + trend + alpha * error, trend + alpha * beta * error
        total = total + error**2
    return level, trend, total / max(seen.shape[1] - 4, 1)


def conformal(seen: Numbers, past: Numbers) -> Numbers:
    """Half drift's end plus its standardized past errors."""
    observed = seen.shape[1]
    centre, spread, _ = _half_drift(seen, WINDOW - observed)
    then, width, _ = _half_drift(past[:, :observed], WINDOW - observed)
    errors = ((past[:, -1] - then) / np.where(width > 0, width, np.inf))[width > 0]
    return np.asarray(centre[:, None] + spread[:, None] * _thinned(errors))


def nearest(seen: Numbers, past: Numbers) -> Numbers:
    """Where the nearest past windows ended, on the scale of each row."""
    observed = seen.shape[1]
    old = past[:, :observed]
    size, old_size = (np.abs(np.diff(rows)).mean(axis=1) for rows in (seen, old))
    usable = old_size > 0
    shape = (old[usable] - old[usable, -1:]) / old_size[usable, None]
    ended = (past[usable, -1] - old[usable, -1]) / old_size[usable]
    scale = np.where(size > 0, size, 1.0)
    tree = cKDTree(shape)
    _, found = tree.query((seen - seen[:, -1:]) / scale[:, None], k=min(NEAREST, len(shape)))
    return np.asarray(seen[:, -1:] + scale[:, None] * ended[found])


def _thinned(errors: Numbers) -> Numbers:
    return np.quantile(errors, _QUANTILES) if len(errors) > len(_QUANTILES) else np.sort(errors)
