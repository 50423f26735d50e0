"""Baselines: simpler forecasts for the same questions.

What belongs here: each baseline as a function of the observed points. What does not: our own
method.

- base rate: the share of such targets met in the build half, by points seen and by whether the
  target is to be reached or held;
- linear pace: yes if progress is at least the share of elapsed time, else no; for a target that the
  baseline already meets, whether it is met now;
- bands 70/40 and 95/75: green, amber, red by progress in % of the expected progress, the two
  published conventions; each colour's probability is its share of met targets in the build half,
  by points seen, which favours it over any fixed number;
- OLS interval: the least-squares line with its prediction interval;
- random walk, drift, half drift: from the last point with none, all or half of the mean step; t
  intervals; half drift is the method this project began with.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr

from benchmarks.forecast.questions import OBSERVED, WINDOW, Questions

Numbers = NDArray[np.float64]
BANDS = {"bands 70/40": (0.7, 0.4), "bands 95/75": (0.95, 0.75)}


def baseline_answers(questions: Questions, build: Questions) -> dict[str, Numbers]:
    """The probability for each question, by baseline; frequencies are those in ``build``."""
    answers = {
        "base rate": _frequencies(questions, build, lambda one: _is_way(one)),
        "linear pace": _pace(questions),
    }
    for name, edges in BANDS.items():
        answers[name] = _frequencies(questions, build, _colours_by(edges))
    for name, path in PATHS.items():
        answers[name] = _by_path(questions, path)
    return answers


def _is_way(questions: Questions) -> Numbers:
    return (questions.asked["way"] == "to go").to_numpy("float64")


def _frequencies(
    questions: Questions, build: Questions, groups: Callable[[Questions], Numbers]
) -> Numbers:
    """The share of met questions in the same group of the build half."""
    seen = pd.DataFrame(
        {
            "observed": build.asked["observed"],
            "group": groups(build),
            "met": build.asked["met"].astype("float64"),
        }
    )
    often = seen.groupby(["observed", "group"], as_index=False)["met"].mean()
    here = pd.DataFrame({"observed": questions.asked["observed"], "group": groups(questions)})
    found = here.merge(often, on=["observed", "group"], how="left")["met"]
    return found.fillna(0.5).to_numpy("float64")


def _progress(questions: Questions) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Progress, the share of elapsed time, and whether the last observed point meets the target."""
    asked = questions.asked
    window, seen = asked["window"].to_numpy(), asked["observed"].to_numpy()
    target, rising = asked["target"].to_numpy("float64"), asked["rising"].to_numpy("bool")
    start, now = questions.windows[window, 0], questions.windows[window, seen - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        progress = (now - start) / (target - start)
    met = np.where(rising, now >= target, now <= target)
    return progress, (seen - 1) / (WINDOW - 1), met


def _pace(questions: Questions) -> Numbers:
    progress, gone, met = _progress(questions)
    return np.where(_is_way(questions) > 0, progress >= gone, met).astype("float64")


def _colours_by(edges: tuple[float, float]) -> Callable[[Questions], Numbers]:
    """Colours 2, 1, 0 for a target to reach, and 4 or 3 for one that is held or not."""

    def colours(questions: Questions) -> Numbers:
        progress, gone, met = _progress(questions)
        share = progress / gone
        on_the_way = (share >= edges[0]).astype("float64") + (share >= edges[1])
        return np.where(_is_way(questions) > 0, on_the_way, 3.0 + met)

    return colours


def _by_path(
    questions: Questions, path: Callable[[Numbers, int], tuple[Numbers, Numbers, int]]
) -> Numbers:
    asked, answer = questions.asked, np.empty(len(questions.asked))
    for observed in OBSERVED:
        chosen = (asked["observed"] == observed).to_numpy()
        centre, spread, freedom = path(questions.windows[:, :observed], WINDOW - observed)
        window = asked.loc[chosen, "window"].to_numpy()
        target = asked.loc[chosen, "target"].to_numpy("float64")
        away, width = centre[window] - target, spread[window]
        share = stdtr(freedom, away / np.where(width > 0, width, 1.0))
        at_least = np.where(width > 0, share, away >= 0)
        at_most = np.where(width > 0, 1 - share, away <= 0)
        answer[chosen] = np.where(asked.loc[chosen, "rising"], at_least, at_most)
    return answer


def _ols(seen: Numbers, ahead: int) -> tuple[Numbers, Numbers, int]:
    number = seen.shape[1]
    place = np.arange(number) - (number - 1) / 2
    along = float(place @ place)
    slope, level = seen @ place / along, seen.mean(axis=1)
    off = ((seen - level[:, None] - slope[:, None] * place) ** 2).sum(axis=1) / (number - 2)
    end = place[-1] + ahead
    return level + slope * end, np.sqrt(off * (1 + 1 / number + end**2 / along)), number - 2


def _random_walk(seen: Numbers, ahead: int) -> tuple[Numbers, Numbers, int]:
    steps = np.diff(seen)
    return seen[:, -1], np.sqrt((steps**2).mean(axis=1) * ahead), steps.shape[1]


def _drift(seen: Numbers, ahead: int) -> tuple[Numbers, Numbers, int]:
    drift, noise = _steps(seen)
    number = seen.shape[1]
    spread = np.sqrt(noise * ahead * (1 + ahead / (number - 1)))
    return seen[:, -1] + drift * ahead, spread, number - 2


def _half_drift(seen: Numbers, ahead: int) -> tuple[Numbers, Numbers, int]:
    drift, noise = _steps(seen)
    half = drift * ahead / 2
    return seen[:, -1] + half, np.sqrt(noise * ahead + half**2), seen.shape[1] - 2


def _steps(seen: Numbers) -> tuple[Numbers, Numbers]:
    """Mean step, and variance of the steps around it."""
    steps = np.diff(seen)
    return steps.mean(axis=1), steps.var(axis=1, ddof=1)


PATHS = {
    "OLS interval": _ols,
    "random walk": _random_walk,
    "drift": _drift,
    "half drift": _half_drift,
}
