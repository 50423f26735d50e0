"""The aggregate functions of measures.

What belongs here: one definition of each aggregate, shared by issues, rows and cells. What does
not: selecting the values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from okr_model.measures.parser import PERCENTILE

Numbers = npt.NDArray[np.float64]

COUNTED_UNITS = {"count": "count", "share": "%", "ratio": "x"}
"""The units of aggregates whose unit does not depend on the values."""

QUOTIENTS = ("share", "ratio")
"""The aggregates that divide two sums."""

_AGGREGATES: Mapping[str, Callable[[Numbers], Any]] = {
    "count": len,
    "last": lambda values: values[-1],
    "sum": np.sum,
    "mean": np.mean,
    "median": np.median,
}


def aggregate(name: str, values: Numbers) -> float:
    """``count, last, sum, mean, median`` or a percentile such as ``p90`` of some values.

    Returns:
        NaN without any values, except for a count. A percentile between two values is
        interpolated linearly, as in spreadsheets.
    """
    if not len(values) and name != "count":
        return float("nan")
    percentile = PERCENTILE.fullmatch(name)
    if percentile:
        return float(np.percentile(values, int(percentile[1])))
    return float(_AGGREGATES[name](values))


def quotient(name: str, over: float, under: float) -> float:
    """A ``share`` in percent, or a ``ratio``; NaN if the divisor is 0."""
    if not under:
        return float("nan")
    return over / under * (100 if name == "share" else 1)
