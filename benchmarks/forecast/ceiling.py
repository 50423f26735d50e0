"""Gradient boosting: how much a method with thousands of parameters would find in the same paths.

What belongs here: its features and its answers. What does not: methods a person can recompute.

It sees what our method sees: the observed points back from the last, in mean absolute steps, and
how far the target is, in the same; and the collection. It learns from all collections at once, and
whether each past window met each target of the questions' own grid, which no other method knows.
So it is a ceiling to look up to, on the build half alone. Needs ``pip install scikit-learn``.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.forecast.questions import OBSERVED, WINDOW, Questions

Numbers = NDArray[np.float64]
_STEPS = max(OBSERVED) - 1


def ceiling_answers(questions: Questions, past: Questions) -> Numbers:
    """The probability for each question.

    Raises:
        ModuleNotFoundError: If scikit-learn is not installed.
    """
    boosting = import_module("sklearn.ensemble").HistGradientBoostingClassifier
    known, asked = _features(past), _features(questions)
    names = {name: place for place, name in enumerate(sorted(set(past.asked["collection"])))}
    known[:, -1], asked[:, -1] = (
        each.asked["collection"].map(names).to_numpy("float64") for each in (past, questions)
    )
    model = boosting(
        max_iter=400,
        learning_rate=0.05,
        min_samples_leaf=100,
        categorical_features=[known.shape[1] - 1],
        random_state=1,
    ).fit(known, _above(past.asked))
    above = model.predict_proba(asked)[:, 1]
    return np.where(questions.asked["rising"], above, 1.0 - above)


def _above(asked: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the path ended at or above the target."""
    return np.asarray(asked["met"] == asked["rising"], dtype="bool")


def _features(questions: Questions) -> Numbers:
    asked = questions.asked
    found = np.full((len(asked), _STEPS + 4), np.nan)
    for observed, places in asked.groupby("observed").indices.items():
        points = int(str(observed))
        seen = questions.windows[asked["window"].to_numpy()[places]][:, :points]
        size = np.abs(np.diff(seen)).mean(axis=1)
        size = np.where(size > 0, size, 1.0)
        away = (asked["target"].to_numpy("float64")[places] - seen[:, -1]) / size
        back = (seen[:, -2::-1] - seen[:, -1:]) / size[:, None]
        found[np.ix_(places, np.arange(points - 1))] = back
        found[places, _STEPS] = away
        found[places, _STEPS + 1] = away / np.sqrt(WINDOW - points)
        found[places, _STEPS + 2] = points
    return found
