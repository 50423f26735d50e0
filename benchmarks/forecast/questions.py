"""The questions about a series: would this target have been met?

What belongs here: the windows and the targets. The rule was fixed before any method was scored, and
must not be changed for one.

- A window is 14 adjacent points: day 0 to day 91, a quarter of weekly readings. Windows do not
  overlap and are taken from the end of a series, three at most. The first point is the baseline,
  the last one the outcome; 4, 6, 8 or 10 points are observed.
- Targets are on both sides of the outcome: ``outcome ± k·u`` for k = 0.25, 0.75 … 2.75, with ``u``
  the window's mean absolute step times √(remaining points). The grid is even and wide, so that a
  target reveals almost nothing about the outcome: a forecast with the right distribution is
  calibrated on it.
- Each target is used twice, as "at least" and as "at most", so exactly half of all are met. One of
  the two is ahead of the baseline (to go), the other is met at the baseline (to hold).
- A counter is asked about as "at least" only, and a target is "to go" to while the last observed
  point has not met it: what it has met it keeps.
- Windows without any movement have no ``u`` and are skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.forecast.data import Series

WINDOW = 14
WINDOWS_A_SERIES = 3
OBSERVED = (4, 6, 8, 10)
DISTANCES = (0.25, 0.75, 1.25, 1.75, 2.25, 2.75)
STEADY = 0.8


@dataclass(frozen=True, slots=True)
class Questions:
    """``windows`` (points × 14), and one row per question in ``asked``.

    ``asked`` has ``window`` (row of ``windows``), ``series`` (a number), ``collection``, ``kind``,
    ``observed``, ``rising`` (at least), ``target``, ``way`` (to go, to hold), ``path`` (steady,
    unsteady: whether four fifths of the observed steps have the overall direction) and ``met``.
    """

    windows: NDArray[np.float64]
    asked: pd.DataFrame


def ask(series: Sequence[Series], kind: str = "level") -> Questions:
    """All questions of some series of one kind of path (level, counter), by the rule above."""
    cut = [
        (number, one.collection, window)
        for number, one in enumerate(series)
        for window in _windows(one.values)
    ]
    windows = np.array([window for _, _, window in cut]).reshape(-1, WINDOW)
    facts = pd.DataFrame(
        {
            "window": np.arange(len(cut)),
            "series": [number for number, _, _ in cut],
            "collection": [collection for _, collection, _ in cut],
        }
    )
    parts = [
        _asked(windows, facts.assign(kind=kind), observed, sign * distance, rising)
        for observed in OBSERVED
        for distance in DISTANCES
        for sign in (-1, 1)
        for rising in ((True,) if kind == "counter" else (True, False))
    ]
    return Questions(windows, pd.concat(parts, ignore_index=True))


def _windows(values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    ends = [len(values) - n * WINDOW for n in range(WINDOWS_A_SERIES)]
    cut = [values[end - WINDOW : end] for end in ends if end >= WINDOW]
    return [window for window in cut if np.any(np.diff(window) != 0)]


def _asked(
    windows: NDArray[np.float64],
    facts: pd.DataFrame,
    observed: int,
    distance: float,
    rising: bool,
) -> pd.DataFrame:
    outcome, baseline = windows[:, -1], windows[:, 0]
    unit = np.abs(np.diff(windows)).mean(axis=1) * np.sqrt(WINDOW - observed)
    target = outcome + distance * unit
    steps = np.diff(windows[:, :observed])
    along = np.sign(windows[:, observed - 1] - baseline)[:, None]
    steady = (np.sign(steps) == along).mean(axis=1) >= STEADY
    now = windows[:, observed - 1] if (facts["kind"] == "counter").any() else baseline
    ahead = target > now if rising else target < now
    return facts.assign(
        observed=observed,
        rising=rising,
        target=target,
        way=np.where(ahead, "to go", "to hold"),
        path=np.where(steady, "steady", "unsteady"),
        met=(outcome >= target) if rising else (outcome <= target),
    )
