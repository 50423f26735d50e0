"""Snapshots of the state: of one instant, whatever is written meanwhile; no night is needed."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from unittest import mock

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from pipelines.backup import snapshot as snapshots
from pipelines.backup.snapshot import (
    AlreadyBackingUpError,
    UnsteadyStateError,
    snapshot,
)
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.manifest import Manifest, write_manifest
from pipelines.paths import DataPaths
from tests.pipelines.maintenance.test_examine import DECISION, FRIDAY
from tests.support.small_company import SmallCompany


def silent(_: str, __: str) -> None:
    """Hear nothing of the progress."""


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    """A state with a table, the small file that tells of it, and published tables."""
    found = SmallCompany(tmp_path).project(FRIDAY).paths
    DecisionLog(found.decisions).append([DECISION])
    write_manifest(found.manifest, Manifest())
    with duckdb.connect(str(found.duckdb)) as connection:
        connection.execute("CREATE TABLE key_results (key_result_id text)")
    return found


def test_a_commit_between_two_looks_is_noticed(paths: DataPaths) -> None:
    """What was linked before a commit and what was linked after it never come together."""
    link, late = snapshots.link, DECISION | {"decision_id": "D-2"}
    tries: list[Path] = []

    def slow(path: Path, to: Path) -> None:
        if to.name == "state.json":
            tries.append(path)
            if len(tries) == 1:
                DecisionLog(paths.decisions).append([late])
        link(path, to)

    with mock.patch.object(snapshots, "link", slow), snapshot(paths, silent) as folder:
        assert len(tries) == 2
        assert DecisionLog(folder / "data" / "lake" / "decisions").count() == 2
    assert not folder.exists()


def test_tables_that_are_written_without_pause_are_of_one_instant(tmp_path: Path) -> None:
    """Each number goes into one table, then into the other: the first is never behind."""
    paths = SmallCompany(tmp_path).project(FRIDAY).paths
    tables = [paths.history / "runs", paths.lake / "pulls"]
    number, done = 0, threading.Event()

    def write() -> None:
        nonlocal number
        for table in tables:
            write_deltalake(str(table), pa.table({"number": [number]}), mode="append")
        number += 1

    def write_on() -> None:
        while not done.is_set():
            write()

    write()
    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for _ in range(10):
            with snapshot(paths, silent) as folder:
                data = folder / "data"
                first, other = (
                    DeltaTable(str(data / one.relative_to(paths.data))) for one in tables
                )
                assert first.to_pyarrow_table().num_rows - other.to_pyarrow_table().num_rows in (
                    0,
                    1,
                )
    finally:
        done.set()
        writer.join()
    assert number > 5


def test_a_state_that_never_stands_still_is_told(paths: DataPaths) -> None:
    never = mock.patch.object(snapshots, "_PATIENCE", 0.0)
    busy = mock.patch.object(snapshots, "_taken", return_value=False)
    refused = pytest.raises(UnsteadyStateError, match="without a pause")
    with never, busy, refused, snapshot(paths, silent):
        pytest.fail("nothing can be taken")


def test_two_at_once_are_one_too_many(paths: DataPaths) -> None:
    refused = pytest.raises(AlreadyBackingUpError, match="another back-up")
    with snapshot(paths, silent), refused, snapshot(paths, silent):
        pytest.fail("there is one already")


def test_files_are_copied_where_there_are_no_links(paths: DataPaths) -> None:
    with mock.patch.object(os, "link", side_effect=PermissionError), snapshot(paths, silent) as one:
        copied = one / "published.duckdb"
        assert copied.stat().st_ino != paths.duckdb.stat().st_ino
        assert copied.read_bytes() == paths.duckdb.read_bytes()


def test_every_version_that_can_still_be_read_is_in_it(tmp_path: Path) -> None:
    paths = SmallCompany(tmp_path).project(FRIDAY).paths
    for number in range(3):
        rows = pa.table({"number": [number]})
        write_deltalake(str(paths.history / "objectives"), rows, mode="overwrite")
    unfinished = paths.history / "objectives" / "part-9.parquet"
    unfinished.write_bytes(b"PAR1")
    with snapshot(paths, silent) as folder:
        there = {one.name for one in folder.rglob("*.parquet")}
    assert there == {one.name for one in paths.history.rglob("*.parquet")} - {unfinished.name}
