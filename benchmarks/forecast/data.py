"""The time series that forecasts are scored on: format and split.

What belongs here: reading a folder of series, and the build and the report half. What does not:
fetching public ones (``public_series``), and the questions about a series (``questions``).

The format: a folder of CSV files with a header, each either ``series,date,value`` (any number of
series) or ``date,value`` (one series, named after the file). Dates are ISO days and only define the
order; adjacent points count as one week apart, like weekly readings. Each file is one collection,
which is a slice of the report.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Half = Literal["build", "report"]


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its file, its name, and its values in order."""

    collection: str
    name: str
    values: NDArray[np.float64]


def read_series(folder: Path) -> list[Series]:
    """All series of a folder.

    Raises:
        ValueError: If a file lacks ``date`` or ``value``, or there is no CSV file at all.
    """
    found: list[Series] = []
    for path in sorted(folder.glob("*.csv")):
        rows = pd.read_csv(path, parse_dates=["date"])
        if "value" not in rows:
            raise ValueError(f"{path} needs the columns date and value, and perhaps series")
        if "series" not in rows:
            rows["series"] = path.stem
        rows = rows.dropna(subset=["value"]).sort_values(["series", "date"], kind="stable")
        found += [
            Series(path.stem, str(name), group["value"].to_numpy("float64"))
            for name, group in rows.groupby("series")
        ]
    if not found:
        raise ValueError(f"{folder} holds no CSV file of series")
    return found


def half_of(series: Series) -> Half:
    """The half of a series, by a hash of its name; methods are developed on the build half only."""
    digest = hashlib.sha256(series.name.encode()).digest()
    return "build" if digest[0] % 2 == 0 else "report"


def counters_of(series: list[Series]) -> list[Series]:
    """The running totals of series of amounts: none below 0, at least quarterly."""
    return [
        Series(one.collection, one.name, np.cumsum(one.values))
        for one in series
        if (one.values >= 0).all() and not one.collection.endswith("yearly")
    ]
