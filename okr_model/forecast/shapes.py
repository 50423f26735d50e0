"""The shape of a path, and the past paths nearest to it in shape.

What belongs here: what makes two paths alike. What does not: what is remembered of past paths
(``past_paths``), and what the like ones say about a target (``like_paths``).

A path is taken at steps of a thirteenth of its whole time back from its last reading, less that
reading, in steps of its own. Near is near in these numbers. A counter that went down is the mirror
of one that went up. A level is not: on public series, what rose and what fell did not go on alike,
and mirroring levels made like paths a worse forecast.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.forecast.series_statistics import SHAPE
from okr_model.forecast.usable_readings import PARTS
from okr_model.progress.kinds import COUNTER

USUALLY_LIKE = 20
Numbers = NDArray[np.float64]


def like_count(number: int) -> int:
    """How many of so many past paths are like one: 20, of more than 2,000 a hundredth."""
    return min(number, max(USUALLY_LIKE, number // 100))


def directions(parts: pd.DataFrame) -> pd.Series:
    """−1 for a counter whose last reading is below its first, else 1."""
    falls = (parts["path"] == COUNTER) & (parts["drift_per_day"] < 0)
    return pd.Series(np.where(falls, -1.0, 1.0), index=parts.index)


def shapes_in_steps(parts: pd.DataFrame) -> pd.DataFrame:
    """The shape of each path in steps of its own, that of a counter that went down mirrored."""
    size = parts["step_size"].where(parts["step_size"] > 0)
    return parts[list(SHAPE)].mul(directions(parts) / size, axis="index")


def nearest(asked: pd.DataFrame, past: pd.DataFrame, cut: float, most: int) -> NDArray[np.intp]:
    """The places of the ``most`` nearest of ``past``, nearest first, one row each.

    Args:
        asked: Shapes, from :func:`shapes_in_steps`.
        past: Shapes of past paths, at least ``most``.
        cut: The share of days gone; so many thirteenths of it are compared.
        most: How many.
    """
    from scipy.spatial import cKDTree  # heavy, and the page forecasts nothing

    seen = list(SHAPE[: int(cut * PARTS + 1e-9)])
    tree = cKDTree(past[seen].to_numpy("float64"))
    _, found = tree.query(asked[seen].to_numpy("float64"), k=np.arange(1, most + 1))
    return np.asarray(found)
