"""The past paths that are like a present one, and the part of them that got where it must get.

What belongs here: looking up and counting. What does not: what is remembered of a past path, and
when there are enough (``past_paths``).

Like paths have the same kind and were cut at about the same share of their days. Of these the 20
nearest in shape count, or of more than 2,000 the nearest hundredth (``shapes``). What they then
did, in the steps of the present path, are the ends that its own target is put against.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.forecast.past_paths import CUTS, Lessons
from okr_model.forecast.shapes import (
    directions,
    like_count,
    nearest,
    shapes_in_steps,
)

SHOWN = 5
Numbers = NDArray[np.float64]
_EDGES = ("like_below", "like_up_to", "like_up_to_high")
_EXTREMES = ("like_lowest", "like_highest", *_EDGES)


def with_like_paths(parts: pd.DataFrame, lessons: Lessons) -> pd.DataFrame:
    """``parts`` with ``like_paths``, their ``like_low, like_high`` and the ``like_examples``.

    Also ``like_lowest, like_highest``, the least and the largest of their ends here; and
    ``like_below`` and ``like_up_to`` (the aim), ``like_up_to_high``: the part of the like paths
    that ends below or up to these edges; null where there are none.
    """
    count = np.zeros(len(parts), dtype="int64")
    numbers = {name: np.full(len(parts), np.nan) for name in ("like_low", "like_high", *_EXTREMES)}
    examples = np.full(len(parts), None, dtype=object)
    if not lessons.outcomes.empty:
        size = (parts["step_size"] * directions(parts)).to_numpy("float64")
        last, shapes = parts["last_reading"].to_numpy("float64"), shapes_in_steps(parts)
        aim, high = (parts[name].to_numpy("float64")[:, None] for name in ("aim", "aim_high"))
        for rows, past in _groups(parts, lessons):
            places = nearest(
                shapes.iloc[rows], past, float(past["cut"].iloc[0]), like_count(len(past))
            )
            found = past["went_on"].to_numpy("float64")[places]
            names = (past["key_result_id"] + " of " + past["cycle_id"]).to_numpy("object")
            ends = last[rows][:, None] + size[rows][:, None] * found
            count[rows] = found.shape[1]
            numbers["like_low"][rows], numbers["like_high"][rows] = np.quantile(
                ends, [0.1, 0.9], axis=1, method="weibull"
            )
            numbers["like_lowest"][rows] = ends.min(axis=1)
            numbers["like_highest"][rows] = ends.max(axis=1)
            numbers["like_below"][rows] = (ends < aim[rows]).mean(axis=1)
            numbers["like_up_to"][rows] = (ends <= aim[rows]).mean(axis=1)
            numbers["like_up_to_high"][rows] = (ends <= high[rows]).mean(axis=1)
            for row, near in zip(rows, places[:, :SHOWN], strict=True):
                examples[row] = list(names[near])
    return parts.assign(like_paths=count, like_examples=examples, **numbers)


def _groups(parts: pd.DataFrame, lessons: Lessons) -> list[tuple[NDArray[np.intp], pd.DataFrame]]:
    """The places of rows and the past paths to search, by kind and cut."""
    gone = (parts["days_seen"] / (parts["days_seen"] + parts["days_left"])).to_numpy("float64")
    # Once it is due, the last reading decides, and no past path counts.
    asked = ((parts["step_size"] > 0) & (parts["days_left"] > 0)).to_numpy() & ~np.isnan(gone)
    cut = np.array(CUTS)[np.abs(np.nan_to_num(gone)[:, None] - np.array(CUTS)).argmin(axis=1)]
    path = parts["path"].to_numpy()
    found = []
    for (kind, at), past in lessons.outcomes.groupby(["path", "cut"]):
        rows = np.flatnonzero(asked & (path == kind) & (cut == at))
        if len(rows):
            found.append((rows, past))
    return found
