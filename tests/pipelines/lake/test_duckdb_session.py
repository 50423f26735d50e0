"""The memory of DuckDB, and where it writes what does not fit."""

from __future__ import annotations

import stat
from pathlib import Path

import duckdb
import pytest

from pipelines.lake import duckdb_session
from pipelines.lake.duckdb_session import connect_apart
from pipelines.spill_folder import spill_folder

_WIDE = (
    "CREATE TEMP TABLE wide AS SELECT i, repeat(i::VARCHAR, 40) AS text FROM range(200_000) t(i)"
)


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    found = connection.execute("SELECT current_setting(?)", [name]).fetchall()
    return str(found[0][0])


def test_half_of_the_memory_is_left_to_the_rest() -> None:
    bytes_of = "SELECT parse_formatted_bytes(current_setting('memory_limit'))"
    with connect_apart() as ours, duckdb.connect() as usual:
        limit, all_of_it = (each.sql(bytes_of).fetchall()[0][0] for each in (ours, usual))
    assert limit == pytest.approx(all_of_it * 5 / 8, rel=0.01)


def test_what_does_not_fit_is_written_where_nobody_else_can_read_it() -> None:
    with connect_apart() as one, connect_apart() as other:
        folders = [Path(setting(each, "temp_directory")) for each in (one, other)]
        assert folders[0] != folders[1]
        assert folders[0].parent == folders[1].parent
        assert stat.S_IMODE(folders[0].parent.stat().st_mode) == 0o700
        for each in (one, other):
            each.execute("SET memory_limit = '24MB'")
            each.execute(_WIDE)
        assert all(list(folder.iterdir()) for folder in folders)
        for each in (one, other):
            assert each.sql("SELECT count(*), sum(len(text)) FROM wide").fetchall()[0][0] == 200_000
    assert not any(folder.exists() for folder in folders)


def test_without_a_folder_for_temporary_files_it_works_within_its_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_there(prefix: str) -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.mkdtemp", none_there)
    monkeypatch.setattr(duckdb_session, "spill_folder", spill_folder.__wrapped__)
    with connect_apart() as connection:
        assert setting(connection, "temp_directory") == ""
        assert connection.sql("SELECT 1").fetchall() == [(1,)]
