"""Kills at random moments of publishing to every target, with readers of each.

A process publishes two runs in turn to Postgres, Parquet, CSV, Delta, a Google Sheet and a Notion
database, and is killed at a random moment, again and again. Meanwhile readers ask each target.
Counted: what readers saw that was of two runs or incomplete (and did not say so), targets that the
next attempt did not repair, and what of other people was touched. All have to be 0.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
from deltalake import DeltaTable

from benchmarks.shared_targets import ROWS, Addresses, Look, run_of, shared
from pipelines.publish.targets.manifest import Target
from pipelines.publish.targets.published_run import PublishedRun, open_run
from pipelines.publish.targets.write import make_target
from pipelines.settings.targets import TargetSettings
from tests.support.published.runs import publish_run, run_id
from tests.support.services.postgres import PASSWORD, postgres

_TABLES = ("key_results", "links", "findings", "sources")
_OF_POSTGRES = " UNION ALL ".join(
    f"SELECT run_id, count(*) FROM okr.{table} GROUP BY run_id"  # noqa: S608 - our own names
    for table in (*_TABLES, "manifest")
)
_ROWS = {run_id(1): {(14, 14, 14, 1)}, run_id(2): {(40, 40, 40, 1)}}
for _number, _rows in ROWS.items():  # of a database, and of the two tabs of a spreadsheet
    _ROWS[run_id(_number)] |= {(_rows,), (_rows, _rows)}


def targets_in(folder: Path, url: str) -> list[Target]:
    """One target of each kind."""
    settings = [
        TargetSettings(name=kind, kind=kind, folder=str(folder / kind))
        for kind in ("parquet", "csv", "delta")
    ]
    settings.append(TargetSettings(name="postgres", kind="postgres", url=url))
    return [make_target(one, None) for one in settings]


def publish_for_ever(folder: Path, url: str, addresses: Addresses) -> None:
    """What is killed: both runs to all targets, in turn and in any order."""
    (folder / "begun").touch()
    for number in itertools.cycle((2, 1)):
        run, of_running = open_run(folder / f"{number}.duckdb"), run_of(number)
        writes = [(target, run) for target in targets_in(folder, url)]
        writes += [(target, of_running) for target in addresses.targets()]
        random.shuffle(writes)
        for target, whole in writes:
            target.write(whole)


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

    def __init__(self, looks: Mapping[str, Callable[[], Look]]) -> None:
        self.seen: Counter[str] = Counter()
        self.told: Counter[str] = Counter()  # that it is not whole
        self.wrong: list[str] = []
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=one, daemon=True) for one in looks.items()
        ]
        for one in self._threads:
            one.start()

    def _read(self, name: str, look: Callable[[], Look]) -> None:
        while not self._ended.is_set():
            try:
                found = look()
            except Exception as error:  # whatever a reader meets is wrong, and counted
                self.wrong.append(f"{name}: {type(error).__name__} {error}")
                continue
            self.seen[name] += 1
            if found is None:
                self.told[name] += 1
            elif len(found[0]) != 1 or found[1] not in _ROWS[min(found[0])]:
                self.wrong.append(f"{name}: {found}")
            time.sleep(0.02)

    def end(self) -> None:
        """Let all of them end."""
        self._ended.set()
        for one in self._threads:
            one.join()


def _kill(folder: Path, url: str, addresses: Addresses, seconds: float) -> None:
    (folder / "begun").unlink(missing_ok=True)
    process = multiprocessing.get_context("spawn").Process(
        target=publish_for_ever, args=(folder, url, addresses)
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


def _other_people(url: str, folder: Path) -> None:
    """What others have beside our tables and files."""
    mine = "CREATE TABLE okr.mine AS SELECT run_id FROM okr.runs"
    mine += "; ALTER TABLE okr.runs ADD note text; UPDATE okr.runs SET note = 'mine'"
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(mine.encode())
    (folder / "parquet" / "mine.txt").write_text("mine")


def _touched(url: str, folder: Path) -> int:
    query = "SELECT (SELECT count(*) FROM okr.mine), note FROM okr.runs"
    with psycopg.connect(url, autocommit=True) as other:
        kept = other.execute(query.encode()).fetchall()
    return int(kept[0] != (1, "mine")) + int(not (folder / "parquet" / "mine.txt").exists())


@contextmanager
def _warehouse() -> Iterator[str]:
    with postgres() as port:
        base = f"postgresql://dagster:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}"
        with psycopg.connect(f"{base}/dagster", autocommit=True) as owner:
            owner.execute("CREATE DATABASE warehouse ENCODING 'UTF8' TEMPLATE template0")
        yield f"{base}/warehouse"


def main() -> int:
    """Kill, and count what went wrong."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with (
        tempfile.TemporaryDirectory(prefix="okr-targets-") as name,
        _warehouse() as url,
        shared(Path(name)) as (services, addresses),
    ):
        folder = Path(name)
        first = publish_run(folder / "1.duckdb", 1)
        publish_run(folder / "2.duckdb", 2, rows=40)
        targets, in_services = targets_in(folder, url), addresses.targets()
        assert _unrepaired(targets, first) + _unrepaired(in_services, run_of(1)) == []
        services.annotate()
        _other_people(url, folder)
        folders = {"parquet": read_parquet, "csv": read_csv, "delta": read_delta}
        looks = {kind: partial(read, folder / kind) for kind, read in folders.items()}
        readers = Readers({**looks, "postgres": lambda: read_postgres(url), **services.readers()})
        unrepaired: list[str] = []
        for _ in range(kills):
            _kill(folder, url, addresses, random.uniform(0, 6))  # noqa: S311 - no secret
            unrepaired += _unrepaired(targets, first) + _unrepaired(in_services, run_of(1))
        readers.end()
        versions = len(list((folder / "parquet").iterdir()))
        touched = _touched(url, folder) + services.touched()
    print(f"{kills} kills; readers looked {dict(readers.seen)}")
    print(f"were told that it is not whole: {dict(readers.told)}")
    print(f"mixed or incomplete: {len(readers.wrong)} {readers.wrong[:3]}")
    print(f"not repaired by the next attempt: {len(unrepaired)} {unrepaired[:3]}")
    print(f"of other people, touched: {touched}; files in the Parquet folder: {versions}")
    return int(bool(readers.wrong or unrepaired or touched))


if __name__ == "__main__":
    sys.exit(main())
