"""A year of nights on one data folder: does it stay small, fast and true to its past?

What belongs here: a company whose OKRs are a few CSV files, its nights, what the data folder holds
after them, and whether a past day still has the rows that its night published. What does not: the
sources' own protocols (``pulls``).

The clock of the runs moves a day a night. Delta decides by the real clock what it drops, so every
retention is shortened: a day of it lasts ``--day`` real seconds, about what a night takes. Most
nights run without Dagster: the same functions in the same order as its assets call. Every twentieth
(``--dagster``) runs through Dagster, as ``okr sync`` does; its storage is set to ten runs. With
``--computed 10`` only every tenth night computes and publishes, and the first ten; the others read
and tidy.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from pipelines.ingest.pull import pull_sources
from pipelines.lake import delta
from pipelines.maintenance.examine import begin_run, record_state
from pipelines.maintenance.tables import tidy_up
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days.late_entries import publish_night
from pipelines.past_days.rebuild import rebuild
from pipelines.project import Project
from published.tables import PublishedTables

FIRST = dt.date(2026, 10, 5)
_SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin}
cycles: [{id: "2026", start: 2026-10-01, end: 2028-12-31}]
sources: {files: {folder: okrs, locale: en_US}}
retention: {dagster_runs: 10}
datasets:
  - holds: key_results
    from: files
    place: key-results.csv
    fields: {id: id, unit: unit, baseline: from, target: to}
  - {holds: measurements, from: files, place: weekly.csv,
     fields: {key_result: kr, date: day, value: value}}
  - {holds: check_ins, from: files, place: check-ins.csv,
     fields: {key_result: kr, date: day, confidence: said}}
"""
_ALIKE = 9  # nights at either end that are compared
_SHOWN = (1, 2, 5, 10, 20, 40, 60, 100, 150, 200, 250, 300, 350, 400)


@dataclass(frozen=True)
class Measured:
    """What a night cost, and what the data folder held after it."""

    seconds: float
    cpu: float
    megabytes: float
    files: int
    lake_files: int
    dagster: float


class Year:
    """The company, and its nights.

    Args:
        folder: Of its files, settings and data.
        key_results: How many it has.
        computed: Every so many nights one computes and publishes; the first and the last ones all
            do, because one that follows on a gap has more to do.
        dagster: Every so many nights one runs through Dagster.
        nights: How many there will be.
    """

    def __init__(
        self,
        folder: Path,
        key_results: int,
        computed: int = 1,
        dagster: int = 20,
        nights: int = 400,
    ) -> None:
        self.folder = folder
        self.computed = computed
        self.dagster = dagster
        self.nights = nights
        self.ids = [f"KR-{number + 1}" for number in range(key_results)]
        (folder / "okrs").mkdir(parents=True)
        (folder / "okr.yaml").write_text(_SETTINGS, "utf-8")
        self.live(1)

    def live(self, number: int) -> None:
        """What people enter before a night: values on Mondays, words on Fridays, new targets."""
        day = FIRST + dt.timedelta(days=number - 1)
        weeks = [FIRST + dt.timedelta(days=7 * n) for n in range((number - 1) // 7 + 1)]
        fridays = [week + dt.timedelta(days=4) for week in weeks if week.day + 4 <= 31]
        self._write("key-results.csv", "id,unit,from,to", self._definitions(number))
        values = (
            f"{key},{week},{10 + n + place % 7}"
            for n, week in enumerate(weeks)
            for place, key in enumerate(self.ids)
        )
        self._write("weekly.csv", "kr,day,value", values)
        words = ("High", "Medium", "Low")
        said = (
            f"{key},{friday},{words[(n + len(key)) % 3]}"
            for n, friday in enumerate(fridays)
            for key in self.ids[::4]
            if friday <= day
        )
        self._write("check-ins.csv", "kr,day,said", said)

    def _definitions(self, number: int) -> Iterator[str]:
        for place, key in enumerate(self.ids):
            yield f"{key},,0,{100 + (number + place) // 30}"

    def _write(self, name: str, header: str, rows: Iterator[str]) -> None:
        path, text = self.folder / "okrs" / name, "\n".join((header, *rows, ""))
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")

    def project(self, number: int) -> Project:
        """The project of a night, at one in the morning."""
        day = FIRST + dt.timedelta(days=number - 1)
        return Project(self.folder / "okr.yaml", now=dt.datetime.combine(day, dt.time(1), dt.UTC))

    def night(self, number: int) -> Measured:
        """One night, as it is without Dagster or with it."""
        self.live(number)
        began, cpu = time.monotonic(), _cpu()
        if number % self.dagster == 0:
            self._with_dagster(number)
        else:
            self._without_dagster(number)
        return self._measured(time.monotonic() - began, _cpu() - cpu)

    def is_computed(self, number: int) -> bool:
        """Whether a night computes and publishes."""
        first_or_last = number <= _ALIKE + 1 or number >= self.nights - _ALIKE - 1
        return first_or_last or number % self.computed == 0 or number % self.dagster == 0

    def _with_dagster(self, number: int) -> None:
        from pipelines.nightly_run import run_nightly  # slow to import

        done = run_nightly(self.project(number))
        assert done.exit_code == 0, (done.crash, done.violations)

    def _without_dagster(self, number: int) -> None:
        project, run_id = self.project(number), f"night {number}"
        with project.exclusively():
            assert begin_run(project) == ()
            for outcome in pull_sources(project, project.settings.source_names):
                assert outcome.error is None, outcome.error
            assert tidy_up(project) == []
            if not self.is_computed(number):
                return
            project.step_files(run_id).begin()
            run_steps(NIGHTLY, project, run_id)
            publish_night(project, run_id)
            record_state(project)

    def _measured(self, seconds: float, cpu: float) -> Measured:
        data = self.folder / "data"
        sizes = {path: path.stat().st_size for path in data.rglob("*") if path.is_file()}
        dagster = sum(size for path, size in sizes.items() if data / "dagster" in path.parents)
        lake = sum(data / "lake" in path.parents for path in sizes)
        return Measured(seconds, cpu, _mb(sum(sizes.values())), len(sizes), lake, _mb(dagster))

    def said(self, number: int) -> dict[str, tuple[object, ...]]:
        """What the night published of its own day, by Key Result."""
        day = FIRST + dt.timedelta(days=number - 1)
        tables = PublishedTables(self.project(number).paths.duckdb)
        rows = tables.frame("key_results_daily", "as_of = ?", [day])
        columns = rows[["target", "current_value", "stated_confidence", "run_id"]]
        return dict(zip(rows["key_result_id"], map(tuple, columns.to_numpy()), strict=True))

    def asked_again(self, number: int, on: int) -> str:
        """Compute a night's day anew on a later night; what differs from what was published."""
        day = FIRST + dt.timedelta(days=number - 1)
        done = rebuild(self.project(on), day, day, publish=False)
        if done.unchanged == done.rows == len(self.ids) and not done.restated:
            return "the same rows"
        return f"DIFFERENT: {len(done.restated)} of {done.rows} rows, {done.new} new"


def main() -> int:
    """Print the curve of the nights, and whether their past stayed the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nights", type=int, default=400)
    parser.add_argument("--key-results", type=int, default=40)
    parser.add_argument("--computed", type=int, default=1, help="compute every so-manieth night")
    parser.add_argument("--dagster", type=int, default=20, help="Dagster every so-manieth night")
    parser.add_argument("--day", type=int, default=3, help="real seconds of a day of retention")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(delta, "_DAY", options.day),
        mock.patch.dict(os.environ, {"DAGSTER_HOME": ""}),
    ):
        folder = Path(name) / "acme"
        year = Year(folder, options.key_results, options.computed, options.dagster, options.nights)
        return live_through(year, options.nights)


def live_through(year: Year, nights: int) -> int:
    """Let the nights go by and print what came of them; 1 if anything is not as it must be."""
    asked = [number for number in (1, 60, 200, 400) if number < nights] + [nights]
    print("night  seconds  CPU s     MB  files  of the lake  Dagster MB")
    measured: list[Measured] = []
    first, good = {}, True
    for number in range(1, nights + 1):
        one = year.night(number)
        measured.append(one)
        if number in _SHOWN or number == nights:
            print(
                f"{number:>5}  {one.seconds:>7.2f}  {one.cpu:>5.2f}  {one.megabytes:>5.1f}"
                f"  {one.files:>5}  {one.lake_files:>11}  {one.dagster:>10.1f}",
                flush=True,
            )
        if number == 1:
            first = year.said(1)
        if number in asked[1:]:
            again = year.asked_again(1, number)
            kept = year.said(1) == first
            print(f"       night 1 computed anew: {again}; published: {kept}", flush=True)
            good = good and kept and again == "the same rows"
    alike = [
        one.cpu
        for number, one in enumerate(measured, 1)
        if number > 1 and year.is_computed(number) and number % year.dagster
    ]
    ratio = statistics.median(alike[-_ALIKE:]) / statistics.median(alike[:_ALIKE])
    print(f"CPU of the last nine nights without Dagster / of the second to the tenth: {ratio:.2f}")
    return 0 if good and ratio <= 1.3 else 1


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _mb(size: int) -> float:
    return size / 1e6


if __name__ == "__main__":
    sys.exit(main())
