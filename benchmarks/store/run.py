"""Two machines and one store: both try the same night, and are killed or stopped meanwhile.

Each try is one night. Two machines, with data folders of their own and one bucket, begin it within
a second of each other, while people decide on both. At random moments processes are killed, or
stopped for longer than the lease lasts and then let go on. Machines are started again until the
night is done. Readers fetch the state all the time.

Counted, and all has to be 0: nights computed twice from the same inputs; states that were put in
place and are not in the history of the next; decisions that were recorded and are gone, or are
there twice; states that a reader could not fetch as a whole or that have tables of two runs.

    python -m benchmarks store [--tries 100] [--seed 1]
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest import mock

from benchmarks.store.night import RESULTS, act, decide
from okr_model.tables import KEY_RESULTS, RUNS, SOURCES
from pipelines.backup.snapshot import snapshot
from pipelines.paths import DataPaths
from pipelines.store.decisions import keys_of, log_in
from pipelines.store.fetch import fetch
from pipelines.store.head import Head, read_head
from pipelines.store.objects import Objects, open_objects
from published.tables import PublishedTables
from tests.support.services.object_store import object_store
from tests.support.small_company import SETTINGS, SmallCompany

URL = "s3://okr/trial"
_FIRST = dt.date(2026, 10, 5)
_LONGEST = 300.0  # seconds that a night may take with all that happens to it
_FIRST_SECONDS = 10.0  # and does at first
_DECIDING_KILLED = 0.4  # of those processes
_DISTURBED = 2  # times that something happens to a night
_FORKED = multiprocessing.get_context("forkserver")


class Reader:
    """A machine that only reads: it fetches without a pause, and notes every head."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self.paths = DataPaths(folder / "data", folder / "data" / "published.duckdb")
        self.paths.data.mkdir(parents=True)
        self.heads: dict[int, Head] = {}
        self.fetched = 0
        self.torn: list[str] = []
        self._objects = objects
        self._ended = threading.Event()
        self._looking = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ended.wait(1.0):
            try:
                with self._looking:
                    self.look()
            except Exception as error:  # whatever a reader meets is wrong, and counted
                self.torn.append(f"{type(error).__name__}: {error}")

    def look(self) -> None:
        """Fetch, and see whether what is here is one state."""
        found = read_head(self._objects)
        if found is None or not found[0].generation:
            return
        self.heads[found[0].generation] = found[0]
        done = fetch(self._objects, self.paths, lambda *_: None)
        if not done.files:
            return
        self.fetched += 1
        with snapshot(self.paths, lambda *_: None):  # opens every table
            pass
        tables = PublishedTables(self.paths.duckdb)
        runs = {str(one) for one in tables.frame(KEY_RESULTS.name)["run_id"].unique()}
        known = set(tables.frame(RUNS.name)["run_id"]) | set(tables.frame(SOURCES.name)["run_id"])
        if len(runs) != 1 or not runs <= known:
            self.torn.append(f"tables of the runs {sorted(runs)}")

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """What is here is the newest state, and stays so meanwhile."""
        with self._looking:
            self.look()
            yield

    def end(self) -> None:
        """Let it end, and look once more."""
        self._ended.set()
        self._thread.join()
        self.look()


class Trial:
    """The machines and what became of their nights."""

    def __init__(self, folder: Path, environment: dict[str, str], seed: int) -> None:
        self.folder, self.environment = folder, environment
        self.drawn = random.Random(seed)  # noqa: S311 - moments, not secrets
        self.counted = Counter[str]()
        self.companies = []
        self._took: list[float] = []
        for name in ("one", "two"):
            company = SmallCompany(folder / name)
            (company.folder / "okr.yaml").write_text(f"{SETTINGS}store: {URL}\n", "utf-8")
            self.companies.append(company)

    def night(self, day: dt.date) -> None:
        """One try: until a machine says that the night is done."""
        for company in self.companies:
            company.write("weekly.csv", f"kr,day,value\nKR-1,{day},{day.toordinal() % 90 + 1}\n")
        longest = self._usual() / 3
        deciding = [self._start(decide, company, day, longest) for company in self.companies]
        for one in deciding:
            if self.drawn.random() < _DECIDING_KILLED:
                threading.Timer(self.drawn.uniform(0.0, 6 * longest), one.kill).start()
                self.counted["deciding processes killed"] += 1
        begun, calm = time.monotonic(), 0
        end = begun + _LONGEST
        while not self._is_done(day):
            if time.monotonic() > end:
                self.counted["nights that were not done in time"] += 1
                break
            machines = list(self.companies)
            self.drawn.shuffle(machines)
            running = [self._start(act, company, day) for company in machines]
            if calm < _DISTURBED:
                self._disturb(running, machines, day)
            else:
                begun = time.monotonic()
            calm += 1
            for one in running:
                one.join(_LONGEST)
                _end(one)
        self._took.append(time.monotonic() - begun)
        for one in deciding:
            one.join(_LONGEST)
        self.counted["tries"] += 1

    def _usual(self) -> float:
        """Seconds that a night takes on this machine."""
        return statistics.median(self._took) if self._took else _FIRST_SECONDS

    def _start(
        self, what: object, company: SmallCompany, day: dt.date, *more: float
    ) -> BaseProcess:
        arguments = (company.folder, day, self.environment, *more)
        process = _FORKED.Process(target=what, args=arguments)  # type: ignore[arg-type]
        process.start()
        self.counted["processes"] += 1
        time.sleep(self.drawn.uniform(0, 0.5))
        return process

    def _disturb(
        self, running: list[BaseProcess], machines: list[SmallCompany], day: dt.date
    ) -> None:
        """Kill whoever is at work, or stop it while the other machine takes over; or neither."""
        what = self.drawn.choice(["kill", "kill", "kill", "stop", "stop", "leave"])
        time.sleep(self.drawn.uniform(0.0, self._usual()))
        alive = [at for at, one in enumerate(running) if one.is_alive()]
        if not alive or what == "leave":
            return
        at = self.drawn.choice(alive)
        if what == "kill":
            self.counted["processes killed"] += 1
            _end(running[at])
            return
        self.counted["processes stopped"] += 1
        pid = running[at].pid or 0
        os.kill(pid, signal.SIGSTOP)
        try:
            other = self._start(act, machines[1 - at], day)
            other.join(_LONGEST)
            _end(other)
        finally:
            os.kill(pid, signal.SIGCONT)

    def told(self) -> list[list[str]]:
        """What the processes told, line by line."""
        path = self.folder / RESULTS
        return (
            [line.split() for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        )

    def _is_done(self, day: dt.date) -> bool:
        ends = ("computed", "unchanged")
        return any(line[0] in ends and line[1] == str(day) for line in self.told())


def _end(process: BaseProcess) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    process.join()


def judge(trial: Trial, reader: Reader) -> dict[str, int]:
    """What has to be 0."""
    tables = PublishedTables(reader.paths.duckdb)
    runs = tables.frame(RUNS.name)
    told = trial.told()
    computed = {" ".join(line[2:]) for line in told if line[0] == "computed"}
    same = runs.dropna(subset=["inputs"]).groupby(["as_of", "inputs"])["run_id"].nunique()
    recorded = [line[1] for line in told if line[0] == "decided"]
    there = Counter(key.partition(" ")[0] for key in keys_of(log_in(reader.paths.data)))
    rows = len(log_in(reader.paths.data).frame())
    heads = reader.heads
    return {
        "nights computed twice": int((same > 1).sum()),
        "states lost": len(computed - set(runs["run_id"]))
        + sum(
            one.before != heads[number - 1].listing
            for number, one in heads.items()
            if number - 1 in heads
        ),
        "decisions lost": sum(not there[one] for one in recorded),
        "decisions twice": rows - len(there),
        "torn states": len(reader.torn),
        "nights not done": trial.counted["nights that were not done in time"],
    }


def _in_line(found: dict[str, int]) -> str:
    return ", ".join(f"{what}: {count}" for what, count in found.items())


def main(arguments: list[str] | None = None) -> int:
    """Run the tries and print the figures; 1 if one that has to be 0 is not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks store", description=__doc__)
    parser.add_argument("--tries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    _FORKED.set_forkserver_preload(["benchmarks.store.night"])
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        object_store() as environment,
        mock.patch.dict(os.environ, environment),
    ):
        reader = Reader(Path(folder) / "reader", open_objects(URL))
        trial = Trial(Path(folder), environment, chosen.seed)
        for number in range(chosen.tries):
            trial.night(_FIRST + dt.timedelta(days=number))
            if (number + 1) % 5 == 0:
                with reader.at_rest():
                    so_far = _in_line(judge(trial, reader))
                print(
                    f"  {number + 1} tries, {time.monotonic() - begun:.0f} s: {so_far}", flush=True
                )
        reader.end()
        found = judge(trial, reader)
        ended = Counter(line[0] for line in trial.told())
        names = {one.rpartition("/")[0] for one in open_objects(URL).names("files")}
    print(", ".join(f"{count} {what}" for what, count in trial.counted.items()))
    print("the processes that were left to end:", dict(ended))
    print(f"{max(reader.heads)} states put in place, {reader.fetched} fetched whole by a reader;")
    print(
        f"objects of {len(names)} attempts are left in the store; {time.monotonic() - begun:.0f} s"
    )
    print(_in_line(found))
    for one in reader.torn:
        print(f"  {one}")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main())
