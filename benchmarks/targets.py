"""Kills at random moments of publishing to every target, with readers of each.

A process publishes two runs in turn to Postgres, Parquet, CSV and Delta, and is killed at a random
moment, again and again. Meanwhile readers ask each target. Counted: what readers saw that was of
two runs or incomplete, targets that the next attempt did not repair, and rows of other people that
were touched. All have to be 0.

    python -m benchmarks targets [KILLS]
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
from deltalake import DeltaTable

from pipelines.publish.targets.manifest import Target
from pipelines.publish.targets.published_run import PublishedRun, open_run
from pipelines.publish.targets.write import make_target
from pipelines.settings.targets import TargetSettings
from tests.support.postgres import PASSWORD, postgres
from tests.support.published_runs import publish_run, run_id

_TABLES = ("key_results", "links", "findings", "sources")
_OF_POSTGRES = " UNION ALL ".join(
    f"SELECT run_id, count(*) FROM okr.{table} GROUP BY run_id"  # noqa: S608 - our own names
    for table in (*_TABLES, "manifest")
)
_ROWS = {run_id(1): (14, 14, 14, 1), run_id(2): (40, 40, 40, 1)}


def targets_in(folder: Path, url: str) -> list[Target]:
    """One target of each kind."""
    settings = [
        TargetSettings(name=kind, kind=kind, folder=str(folder / kind))
        for kind in ("parquet", "csv", "delta")
    ]
    settings.append(TargetSettings(name="postgres", kind="postgres", url=url))
    return [make_target(one, None) for one in settings]


def publish_for_ever(folder: Path, url: str) -> None:
    """What is killed: both runs to all targets, in turn."""
    (folder / "begun").touch()
    runs = [open_run(folder / f"{number}.duckdb") for number in (2, 1)]
    for run in itertools.cycle(runs):
        for target in targets_in(folder, url):
            target.write(run)


def read_csv(folder: Path) -> tuple[set[str], tuple[int, ...]]:
    """Runs and rows of a folder of CSV files, each as its manifest says it is."""
    told = json.loads((folder / "manifest.json").read_bytes())["tables"]
    found: set[str] = set()
    for name in _TABLES:
        content = (folder / told[name]["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == told[name]["sha256"]
        found |= {row["run_id"] for row in csv.DictReader(content.decode().splitlines(True))}
    return found, tuple(told[name]["rows"] for name in _TABLES)


def read_parquet(folder: Path) -> tuple[set[str], tuple[int, ...]]:
    """The same of Parquet files."""
    import pyarrow.parquet as pq

    told = json.loads((folder / "manifest.json").read_bytes())["tables"]
    tables = [pq.read_table(folder / told[name]["file"], columns=["run_id"]) for name in _TABLES]
    found = {one for table in tables for one in table["run_id"].to_pylist()}
    return found, tuple(table.num_rows for table in tables)


def read_delta(folder: Path) -> tuple[set[str], tuple[int, ...]]:
    """The same of the versions that the manifest names."""
    rows = DeltaTable(str(folder / "manifest")).to_pyarrow_table().to_pylist()
    told = {row["table"]: row["version"] for row in rows}
    opened = [DeltaTable(str(folder / name), version=told[name]) for name in _TABLES]
    tables = [table.to_pyarrow_table(columns=["run_id"]) for table in opened]
    found = {one for table in tables for one in table["run_id"].to_pylist()}
    return found, tuple(table.num_rows for table in tables)


def read_postgres(url: str) -> tuple[set[str], tuple[int, ...]]:
    """The same of one statement."""
    with psycopg.connect(url, autocommit=True, options="-c lock_timeout=2000") as connection:
        rows = connection.execute(_OF_POSTGRES.encode()).fetchall()
    return {run for run, _ in rows}, tuple(count for _, count in rows[: len(_TABLES)])


class Readers:
    """One thread a target, which looks without a pause."""

    def __init__(self, looks: dict[str, Callable[[], tuple[set[str], tuple[int, ...]]]]) -> None:
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=one, daemon=True) for one in looks.items()
        ]
        for one in self._threads:
            one.start()

    def _read(self, name: str, look: Callable[[], tuple[set[str], tuple[int, ...]]]) -> None:
        while not self._ended.is_set():
            try:
                runs, rows = look()
            except Exception as error:
                self.wrong.append(f"{name}: {type(error).__name__} {error}")
                continue
            self.seen[name] += 1
            if len(runs) != 1 or rows != _ROWS[min(runs)]:
                self.wrong.append(f"{name}: {runs} {rows}")
            time.sleep(0.02)

    def end(self) -> None:
        """Let all of them end."""
        self._ended.set()
        for one in self._threads:
            one.join()


def _kill(folder: Path, url: str, seconds: float) -> None:
    (folder / "begun").unlink(missing_ok=True)
    process = multiprocessing.get_context("spawn").Process(
        target=publish_for_ever, args=(folder, url)
    )
    process.start()
    while not (folder / "begun").exists() and process.is_alive():
        time.sleep(0.01)
    time.sleep(seconds)
    process.kill()
    process.join()


def _unrepaired(targets: Sequence[Target], run: PublishedRun) -> list[str]:
    found = []
    for target in targets:
        target.write(run)
        held = target.manifest()
        if held is None or not held.is_of(run):
            found.append(target.name)
    return found


def main() -> int:
    """Kill, and count what went wrong."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory(prefix="okr-targets-") as name, postgres() as port:
        folder, base = Path(name), f"postgresql://dagster:{PASSWORD.replace(' ', '%20')}@127.0.0.1"
        with psycopg.connect(f"{base}:{port}/dagster", autocommit=True) as owner:
            owner.execute("CREATE DATABASE warehouse ENCODING 'UTF8' TEMPLATE template0")
        url = f"{base}:{port}/warehouse"
        first = publish_run(folder / "1.duckdb", 1)
        publish_run(folder / "2.duckdb", 2, rows=40)
        targets = targets_in(folder, url)
        assert _unrepaired(targets, first) == []
        mine = "CREATE TABLE okr.mine AS SELECT run_id FROM okr.runs"
        mine += "; ALTER TABLE okr.runs ADD note text; UPDATE okr.runs SET note = 'mine'"
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(mine.encode())
            (folder / "parquet" / "mine.txt").write_text("mine")
            readers = Readers(
                {
                    "parquet": lambda: read_parquet(folder / "parquet"),
                    "csv": lambda: read_csv(folder / "csv"),
                    "delta": lambda: read_delta(folder / "delta"),
                    "postgres": lambda: read_postgres(url),
                }
            )
            unrepaired: list[str] = []
            for _ in range(kills):
                _kill(folder, url, random.uniform(0, 4))  # noqa: S311 - when to kill, no secret
                unrepaired += _unrepaired(targets, first)
            readers.end()
            query = "SELECT (SELECT count(*) FROM okr.mine), note FROM okr.runs"
            kept = other.execute(query.encode()).fetchall()
        versions = len(list((folder / "parquet").iterdir()))
        touched = int(kept[0] != (1, "mine")) + int(not (folder / "parquet" / "mine.txt").exists())
    print(f"{kills} kills; readers looked {dict(readers.seen)}")
    print(f"mixed or incomplete: {len(readers.wrong)} {readers.wrong[:3]}")
    print(f"not repaired by the next attempt: {len(unrepaired)} {unrepaired[:3]}")
    print(f"of other people, touched: {touched}; files in the Parquet folder: {versions}")
    return int(bool(readers.wrong or unrepaired or touched))


if __name__ == "__main__":
    sys.exit(main())
