"""The page under load: twenty people at once on two thousand Key Results and twenty thousand links.

What belongs here: the time of each view, the memory of ``okr serve``, and whether an answer is ever
an error or a mixture of runs while tables are swapped. What does not: what a view shows.

The company is read by a real night from CSV files; ``okr serve`` is a process of its own, and has
been started once before: as after an installation, its modules are compiled. Each of
the twenty reads for a second, on average, before the next view; while tables are swapped, eight ask
without a pause.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from pipelines.ingest.pull import pull_sources
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.past_days.late_entries import publish_night
from pipelines.project import Project

_DAY = dt.date(2026, 11, 28)
_WEEKS = 8
_TEAMS = 250
_READING = 1.0  # seconds for which a person looks at a view, on average
_SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin}
cycles: [{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: okrs, locale: en_US}}
datasets:
  - {holds: objectives, from: files, place: objectives.csv,
     fields: {id: id, title: title, team: team}}
  - holds: key_results
    from: files
    place: key-results.csv
    fields: {id: id, objective: objective, statement: words, team: team, baseline: from, target: to}
  - holds: initiatives
    from: files
    place: initiatives.csv
    fields: {id: id, title: title, team: team, key_result: kr}
  - {holds: measurements, from: files, place: weekly.csv,
     fields: {key_result: kr, date: day, value: value}}
  - {holds: check_ins, from: files, place: check-ins.csv,
     fields: {key_result: kr, date: day, confidence: said, note: note}}
"""


def write_company(folder: Path, key_results: int, links: int) -> None:
    """Settings and files of a company of that size."""
    okrs = folder / "okrs"
    okrs.mkdir(parents=True)
    (folder / "okr.yaml").write_text(_SETTINGS, "utf-8")
    ids = [f"KR-{n}" for n in range(1, key_results + 1)]
    mondays = [dt.date(2026, 10, 5) + dt.timedelta(weeks=n) for n in range(_WEEKS)]
    _write(
        okrs / "objectives.csv",
        "id,title,team",
        (f"O-{n},Objective number {n},Team {n % _TEAMS}" for n in range(key_results // 4)),
    )
    _write(
        okrs / "key-results.csv",
        "id,objective,words,team,from,to",
        (
            f"{key},O-{n // 4},Raise figure {n} of the product,Team {n // 4 % _TEAMS},0,100"
            for n, key in enumerate(ids)
        ),
    )
    _write(
        okrs / "initiatives.csv",
        "id,title,team,kr",
        (
            f"I-{n},Initiative number {n},Team {n % _TEAMS},{ids[n % len(ids)]}"
            for n in range(links)
        ),
    )
    values = (
        f"{key},{day},{5 * week + n % 11}"
        for week, day in enumerate(mondays)
        for n, key in enumerate(ids)
    )
    _write(okrs / "weekly.csv", "kr,day,value", values)
    said = (
        f"{key},{day},{('High', 'Medium', 'Low')[(n + week) % 3]},Words of week {week}"
        for week, day in enumerate(mondays)
        for n, key in enumerate(ids)
    )
    _write(okrs / "check-ins.csv", "kr,day,said,note", said)


def _write(path: Path, header: str, rows: Iterator[str]) -> None:
    path.write_text("\n".join((header, *rows, "")), "utf-8")


def night(folder: Path, day: dt.date) -> None:
    """A night of the company, without Dagster."""
    now = dt.datetime.combine(day, dt.time(1), dt.UTC)
    project, run_id = Project(folder / "okr.yaml", now=now), f"night of {day}"
    for outcome in pull_sources(project, project.settings.source_names):
        assert outcome.error is None, outcome.error
    run_steps(NIGHTLY, project, run_id)
    publish_night(project, run_id)


class Served:
    """``okr serve`` as a process, and requests to it.

    Args:
        folder: Of the company.
        compiled: Where Python keeps modules once they are compiled.
    """

    def __init__(self, folder: Path, compiled: Path) -> None:
        okr = str(Path(sys.executable).with_name("okr"))
        command = [okr, "serve", "-c", str(folder / "okr.yaml"), "--port", "0"]
        about = {**os.environ, "PYTHONPYCACHEPREFIX": str(compiled)}
        about.pop("PYTHONDONTWRITEBYTECODE", None)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=about)  # noqa: S603 - our own command
        assert self.process.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        assert found, "okr serve did not say where it is"
        self.port = int(found[1])

    def get(self, path: str) -> tuple[int, bytes, float]:
        """Status, body and seconds of one request."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        return answer.status, body, time.perf_counter() - began

    def megabytes(self) -> float:
        """The most memory that it has had resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) / 1000


@contextmanager
def served(folder: Path, compiled: Path) -> Iterator[Served]:
    """The page, ended with the context."""
    one = Served(folder, compiled)
    try:
        yield one
    finally:
        one.process.terminate()
        one.process.wait()


def read(page: Served, path: str, rounds: int) -> list[tuple[int, bytes, float]]:
    """What one person does: open a view, read for a second or two, open it again."""
    answers = []
    for _ in range(rounds):
        time.sleep(random.uniform(0, 2 * _READING))  # noqa: S311 - people, not secrets
        answers.append(page.get(path))
    return answers


def measure(page: Served, paths: Sequence[str], users: int, rounds: int) -> bool:
    """Print each view's times with ``users`` at once; whether all are fast and none an error."""
    good = True
    print(f"{'view':<44} {'kB':>6} {'median':>8} {'95 %':>8} {'most':>8}")
    for path in paths:
        page.get(path)  # the first reader after a night waits for what is made once
        with ThreadPoolExecutor(users) as pool:
            people = [pool.submit(read, page, path, rounds) for _ in range(users)]
            answers = [answer for one in people for answer in one.result()]
        times = sorted(seconds for *_, seconds in answers)
        late = times[int(len(times) * 0.95)]
        errors = sum(status != 200 for status, *_ in answers)
        size = len(answers[0][1]) / 1000
        shown = (1000 * one for one in (statistics.median(times), late, times[-1]))
        print(f"{path:<44} {size:>6.1f} " + " ".join(f"{one:>5.0f} ms" for one in shown), end="")
        print(f"  {errors} errors" if errors else "", flush=True)
        good = good and not errors and late < 0.2 and size < 150
    return good


def swap_under_load(page: Served, published: Path, other: Path, path: str, requests: int) -> bool:
    """Ask while the file is replaced again and again; every answer must be of one run."""
    stop, swaps = threading.Event(), [0]
    files = [shutil.copy2(published, published.with_name("one.kept")), str(other)]

    def swap() -> None:
        while not stop.is_set():
            beside = published.with_name("swapped.tmp")
            shutil.copy2(files[swaps[0] % 2], beside)
            beside.replace(published)
            swaps[0] += 1
            time.sleep(1.0)

    swapping = threading.Thread(target=swap)
    swapping.start()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(page.get, [path] * requests))
    stop.set()
    swapping.join()
    errors = sum(status != 200 for status, *_ in answers)
    seen = {tuple(sorted(set(_DAYS.findall(body.decode())))) for _, body, _ in answers}
    mixed = [days for days in seen if len(days) != 1]
    print(
        f"{requests} requests during {swaps[0]} swaps: {errors} errors,"
        f" {len(mixed)} mixtures, {len(seen)} runs seen"
    )
    return not errors and not mixed and len(seen) == 2


_DAYS = re.compile(r'"as_of": ?"(\d{4}-\d\d-\d\d)"')
"""The days of the rows of an answer: one run has one."""


def main() -> int:
    """Print times and memory; 0 if every view is fast and whole."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--key-results", type=int, default=2_000)
    parser.add_argument("--links", type=int, default=20_000)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1_000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.dict(os.environ, {"DAGSTER_HOME": ""}),
    ):
        folder = Path(name)
        write_company(folder, options.key_results, options.links)
        published = folder / "data" / "published.duckdb"
        night(folder, _DAY - dt.timedelta(days=1))
        other = shutil.copy2(published, folder / "other.duckdb")
        night(folder, _DAY)
        compiled = folder / "compiled"
        with served(folder, compiled) as page:
            for path in PATHS:
                page.get(path)
        with served(folder, compiled) as page:
            good = measure(page, PATHS, options.users, options.rounds)
            print(f"memory of okr serve: {page.megabytes():.0f} MB at most")
            good = page.megabytes() < 300 and good
            path = "/api/key-results?team=Team%201"
            whole = swap_under_load(page, published, Path(other), path, options.requests)
    return 0 if good and whole else 1


PATHS = (
    "/team",
    "/team/Team%201",
    "/key-results/KR-7",
    "/meeting/Team%201",
    "/company",
    "/lead",
    "/tonight",
    "/tables",
    "/tables/links",
    "/find?q=figure",
    "/api/key-results?team=Team%201",
)


if __name__ == "__main__":
    sys.exit(main())
