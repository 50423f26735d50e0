"""What a table has lost since the last night, by the manifest."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from pipelines.lake.manifest import (
    STATE_VERSION,
    Manifest,
    installed_version,
    mark_table,
    read_manifest,
    set_aside,
    table_trouble,
    write_manifest,
)


def grown(folder: Path, commits: int = 3) -> Path:
    """A table of so many commits, ten rows each."""
    for _ in range(commits):
        write_deltalake(str(folder), pa.table({"n": list(range(10))}), mode="append")
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    made = grown(tmp_path / "table")
    for file in made.rglob("*.*"):  # file systems count in steps of milliseconds
        os.utime(file, (1_700_000_000, 1_700_000_000))
    return made


def commit(table: Path, number: int) -> Path:
    return table / "_delta_log" / f"{number:020}.json"


def rows(table: Path) -> Path:
    return min(table.glob("*.parquet"))


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbled(path: Path) -> None:
    """The same length, the same beginning and end: only the checksum can tell."""
    whole = path.read_bytes()
    path.write_bytes(whole[:6] + b"\xa5" * (len(whole) - 12) + whole[-6:])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [halved, garbled, emptied, Path.unlink])
@pytest.mark.parametrize("which", [rows, *(lambda table, n=n: commit(table, n) for n in range(3))])
def test_a_damaged_file_of_a_known_table_is_noticed(
    table: Path, which: Callable[[Path], Path], damage: Callable[[Path], None]
) -> None:
    known = mark_table(table)
    assert table_trouble(table, known) is None
    damage(which(table))
    assert table_trouble(table, known)


@pytest.mark.parametrize("damage", [halved, emptied, Path.unlink])
def test_lost_rows_are_noticed_of_a_table_that_nobody_has_recorded(
    table: Path, damage: Callable[[Path], None]
) -> None:
    assert table_trouble(table, None) is None
    damage(rows(table))
    assert table_trouble(table, None)


def test_a_table_that_is_gone_or_begun_anew_with_fewer_rows_is_noticed(table: Path) -> None:
    known = mark_table(table)
    shutil.rmtree(table)
    assert table_trouble(table, known) == "is gone"
    assert table_trouble(table, None) is None  # one that never was
    grown(table, commits=2)
    assert table_trouble(table, known) == "has only 20 of its 30 rows"


def test_going_on_copying_and_restoring_are_no_loss(table: Path, tmp_path: Path) -> None:
    known = mark_table(table)
    copy = tmp_path / "copy"
    shutil.copytree(table, copy, copy_function=shutil.copy)  # with other times
    assert table_trouble(copy, known) is None
    write_deltalake(str(table), pa.table({"n": [1]}), mode="overwrite")
    assert table_trouble(table, known) is None


def test_the_manifest_is_what_was_written_or_nothing(tmp_path: Path, table: Path) -> None:
    path, mark = tmp_path / "state.json", mark_table(table)
    assert mark is not None
    written = Manifest(written_at="2026-11-28T02:00:00+00:00", tables={"t": mark}, version=1)
    write_manifest(path, written)
    assert read_manifest(path) == written
    assert (written.version, written.written_by) == (STATE_VERSION, installed_version())
    halved(path)
    assert read_manifest(path) is None
    path.write_bytes(b'{"tables": 3}')
    assert read_manifest(path) is None


def test_two_things_set_aside_on_one_day_do_not_meet(tmp_path: Path) -> None:
    day, found = dt.date(2026, 11, 28), []
    for _ in range(2):
        (tmp_path / "lake").mkdir(exist_ok=True)
        (tmp_path / "lake" / "one").write_text("x", encoding="utf-8")
        found.append(set_aside(tmp_path / "lake" / "one", tmp_path, day))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "set-aside/2026-11-28/lake/one",
        "set-aside/2026-11-28/lake/one-2",
    ]
