"""The tables of one run, held open: readers never see two runs in one answer."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pytest

from published.snapshot import Snapshots
from published.tables import NotPublishedError, UnreadablePublishedError

ROWS = 2000


def publish(path: Path, run: int) -> None:
    """A published file of two tables that both tell their run, swapped in as a run does."""
    beside = path.with_suffix(".tmp")
    with duckdb.connect(str(beside)) as connection:
        connection.execute("CREATE SCHEMA okr")
        for name in ("key_results", "runs"):
            query = "SELECT ?::INTEGER AS run, range AS n FROM range(?)"
            connection.execute(f"CREATE TABLE okr.{name} AS {query}", [run, ROWS])
    beside.replace(path)


def runs_in(path: Path, snapshots: Snapshots) -> set[tuple[int, int]]:
    tables = snapshots.current()
    rows = [tables.table(name)["run"] for name in ("key_results", "runs")]
    return {(int(one.min()), int(one.max())) for one in rows}


def test_a_new_run_is_seen_and_an_old_snapshot_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "published.duckdb"
    publish(path, 1)
    snapshots = Snapshots(path)
    first = snapshots.current()
    assert first is snapshots.current()
    publish(path, 2)
    assert snapshots.current() is not first
    assert first.table("runs")["run"].unique().tolist() == [1]
    assert snapshots.current().table("runs")["run"].unique().tolist() == [2]


def test_what_is_made_once_is_made_anew_for_the_next_run(tmp_path: Path) -> None:
    path, made = tmp_path / "published.duckdb", []
    publish(path, 1)
    snapshots = Snapshots(path)
    for _ in range(3):
        snapshots.current().once("key", lambda: made.append(1))
    publish(path, 2)
    snapshots.current().once("key", lambda: made.append(2))
    assert made == [1, 2]


def test_no_answer_mixes_two_runs_while_tables_are_swapped(tmp_path: Path) -> None:
    path, mixed, stop = tmp_path / "published.duckdb", [], threading.Event()
    publish(path, 0)
    snapshots = Snapshots(path)

    def read() -> None:
        while not stop.is_set():
            found = runs_in(path, snapshots)
            if len(found) != 1 or any(low != high for low, high in found):
                mixed.append(found)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for run in range(1, 15):
        publish(path, run)
    stop.set()
    for reader in readers:
        reader.join()
    assert mixed == []
    assert runs_in(path, snapshots) == {(14, 14)}


def test_nothing_published_and_a_damaged_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "it's.duckdb"  # a quote in its name, too
    with pytest.raises(NotPublishedError, match="nothing is published yet"):
        Snapshots(path).current()
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(UnreadablePublishedError, match="makes it anew"):
        Snapshots(path).current()
    path.unlink()
    publish(path, 1)
    assert len(Snapshots(path).current().table("runs", "n < ?", [3])) == 3
