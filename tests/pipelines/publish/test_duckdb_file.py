"""The published DuckDB file: swapped in whole, or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import duckdb
import pyarrow as pa
import pytest

from okr_model.tables import BY_NAME, KPIS
from okr_model.tables.contract import arrow_schema
from pipelines.errors import DiskFullError
from pipelines.publish import duckdb_file
from pipelines.publish.duckdb_file import (
    UnwrittenFileError,
    remove_leftovers,
    update_duckdb,
    write_duckdb,
)
from published.tables import row_counts

EMPTY = {name: arrow_schema(table).empty_table() for name, table in BY_NAME.items()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file without a row."""
    path = tmp_path_factory.mktemp("written") / "published.duckdb"
    write_duckdb(EMPTY, path)
    return path


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    """The same, to be written anew."""
    return Path(shutil.copy(written, tmp_path))


def kpis(count: int) -> pa.Table:
    """So many rows, each with what is required of it."""
    schema = arrow_schema(KPIS)
    values = {
        pa.string(): lambda n: f"{n:040}",
        pa.date32(): lambda n: n % 20_000,
        pa.float64(): float,
    }
    columns = [
        pa.array([values[field.type](n) for n in range(count)], field.type)
        if field.type in values
        else pa.nulls(count, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def test_what_a_killed_run_left_goes_and_the_published_file_stays(path: Path) -> None:
    for name in ("published.duckdb.17.tmp", "published.duckdb.17.tmp.wal", "published.duckdb.wal"):
        (path.parent / name).write_bytes(b"half")
    (path.parent / "published.duckdb.copy").write_bytes(b"somebody's own")
    remove_leftovers(path)
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name, f"{path.name}.copy"]
    assert row_counts(path).keys() == EMPTY.keys()


def test_a_file_that_does_not_hold_what_was_written_is_not_swapped_in(path: Path) -> None:
    before = path.read_bytes()
    with (
        mock.patch.object(duckdb_file, "row_counts", return_value={"runs": 0}),
        pytest.raises(UnwrittenFileError),
    ):
        write_duckdb(EMPTY, path)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_without_room_nothing_is_begun(path: Path) -> None:
    with (
        mock.patch("shutil.disk_usage", return_value=mock.Mock(free=3_000_000)),
        pytest.raises(DiskFullError, match=r"3 MB are free on this disk, and 1. MB may be needed"),
    ):
        update_duckdb({"kpis": EMPTY["kpis"]}, path)


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from tests.pipelines.publish.test_duckdb_file import EMPTY, kpis
from pipelines.publish.duckdb_file import write_duckdb
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
write_duckdb(EMPTY | {"kpis": kpis(60_000)}, Path(sys.argv[1]))
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on the size of files")
@pytest.mark.parametrize("most", [100_000, 4_000_000])
def test_a_disk_that_fills_up_meanwhile_leaves_the_published_file_alone(
    path: Path, most: int
) -> None:
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(path), str(most)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "DiskFullError" in done.stderr, done.stderr
    assert "The disk is full. Free some space there" in done.stderr
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_rows_are_in_the_file_itself_when_it_is_swapped_in(path: Path) -> None:
    write_duckdb(EMPTY | {"kpis": kpis(50)}, path)
    assert not path.with_name(f"{path.name}.wal").exists()
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM okr.kpis").fetchall() == [(50,)]


def _made(path: Path) -> list[list[object]]:
    """Everything that a published file has but rows."""
    queries = (
        "SELECT table_name, sql, comment FROM duckdb_tables() ORDER BY ALL",
        "SELECT table_name, column_name, column_index, data_type, is_nullable, comment"
        " FROM duckdb_columns() WHERE NOT internal ORDER BY ALL",
        "SELECT table_name, constraint_text FROM duckdb_constraints() ORDER BY ALL",
        "SELECT function_name FROM duckdb_functions() WHERE NOT internal",
    )
    with duckdb.connect(str(path), read_only=True) as connection:
        return [connection.execute(query).fetchall() for query in queries]


@pytest.mark.parametrize(
    ("done", "taken_over"),
    [
        ("SELECT 1", True),
        ("COMMENT ON COLUMN okr.kpis.kpi_id IS 'somebody''s words'", False),
        ("COMMENT ON TABLE okr.kpis IS NULL", False),
        ("ALTER TABLE okr.kpis ADD COLUMN mine INTEGER", False),
        ("DROP TABLE okr.kpis", False),
        ("CREATE VIEW okr.mine AS SELECT 1 AS one", False),
        ("CREATE MACRO okr.mine(a) AS a + 1", False),
    ],
)
def test_a_new_file_is_made_as_declared_whatever_became_of_the_published_one(
    path: Path, done: str, taken_over: bool
) -> None:
    declared = _made(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(done)
    with mock.patch.object(duckdb_file, "_make", wraps=duckdb_file._make) as make:
        write_duckdb(EMPTY | {"kpis": kpis(3)}, path)
    assert _made(path) == declared
    assert make.called is not taken_over
    assert row_counts(path)["kpis"] == 3
