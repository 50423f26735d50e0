"""Delta tables that many nights wrote: as small as their rows, and the same rows."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from pipelines.errors import RESERVE, DiskFullError
from pipelines.lake import delta
from pipelines.lake.manifest import mark_table, table_trouble

ROWS = pa.table({"a": [1, 2, 3]})


def entries(path: Path) -> list[str]:
    return sorted(file.name for file in (path / "_delta_log").glob("*.json"))


def files(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet"))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A table of fifty appends by a version that set no retention."""
    for number in range(50):
        properties = CommitProperties(app_transactions=[Transaction("landing", number)])
        write_deltalake(str(tmp_path), ROWS, mode="append", commit_properties=properties)
    return tmp_path


def test_many_commits_become_few_files_and_the_rows_stay(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "_DAY", 0)
    (written / "left-by-a-killed-run.parquet").write_bytes(b"half a file")
    assert delta.is_due(written)
    delta.tidy(written, 1)
    assert not delta.is_due(written)
    assert len(files(written)) == 1
    assert len(entries(written)) == 1
    table = DeltaTable(str(written))
    assert table.to_pyarrow_table().num_rows == 150
    assert table.transaction_version("landing") == 49
    assert delta.carries(table, delta.retention(1))


def test_what_was_replaced_stays_as_long_as_was_said(written: Path) -> None:
    write_deltalake(str(written), ROWS, mode="overwrite")
    delta.tidy(written, 30)
    earlier = DeltaTable(str(written), version=49)
    assert earlier.to_pyarrow_table().num_rows == 150
    assert len(entries(written)) > 50


def test_a_newest_commit_that_is_gone_is_noticed_though_its_checkpoint_can_be_read(
    written: Path,
) -> None:
    delta.tidy(written, 1)
    known = mark_table(written)
    assert table_trouble(written, None) is None
    (written / entries_of(written)[-1]).unlink()
    assert DeltaTable(str(written)).to_pyarrow_table().num_rows == 150
    for mark in (known, None):
        said = str(table_trouble(written, mark))
        assert said.startswith("cannot be read: its file _delta_log/")
        assert said.endswith(".json is gone")


def entries_of(path: Path) -> list[str]:
    return [f"_delta_log/{name}" for name in entries(path)]


def test_without_room_to_compact_what_is_not_needed_goes_and_the_rest_stays(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "_DAY", 0)
    (written / "left-by-a-killed-run.parquet").write_bytes(b"half a file")
    with (
        mock.patch("shutil.disk_usage", return_value=mock.Mock(free=RESERVE)),
        pytest.raises(DiskFullError, match="16 MB are free on this disk"),
    ):
        delta.tidy(written, 1)
    assert len(files(written)) == 50
    assert not delta.is_due(written)
    assert DeltaTable(str(written)).to_pyarrow_table().num_rows == 150


def test_a_table_of_few_commits_is_left_alone(tmp_path: Path) -> None:
    assert not delta.is_due(tmp_path)
    write_deltalake(str(tmp_path), ROWS, configuration=delta.retention(1))
    assert not delta.is_due(tmp_path)
    assert delta.carries(DeltaTable(str(tmp_path)), delta.retention(1))
    assert not delta.carries(DeltaTable(str(tmp_path)), delta.retention(2))


def test_another_retention_in_the_settings_reaches_the_table(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path), ROWS, configuration=delta.retention(30))
    delta.tidy(tmp_path, 90)
    assert delta.carries(DeltaTable(str(tmp_path)), delta.retention(90))


def test_an_open_table_has_what_others_commit_and_is_asked_for_nothing_else(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    update = DeltaTable.update_incremental

    def counted(table: DeltaTable) -> None:
        asked.append(table.version())
        update(table)

    monkeypatch.setattr(DeltaTable, "update_incremental", counted)
    table = DeltaTable(str(written))
    delta.bring_up_to_date(table, written)
    assert (table.version(), asked) == (49, [])
    for _ in range(3):
        write_deltalake(str(written), ROWS, mode="append")
    delta.bring_up_to_date(table, written)
    assert (table.version(), asked) == (52, [49])


def test_an_open_table_whose_log_was_tidied_meanwhile_is_brought_up_to_date(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = DeltaTable(str(written))
    write_deltalake(str(written), ROWS, mode="append")
    write_deltalake(str(written), ROWS, mode="append")
    monkeypatch.setattr(delta, "_DAY", 0)
    delta.tidy(written, 1)
    assert not (written / "_delta_log" / f"{50:020}.json").exists()
    delta.bring_up_to_date(table, written)
    assert table.to_pyarrow_table().num_rows == 156
