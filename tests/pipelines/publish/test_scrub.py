"""Credentials in the checkpoints of Delta tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from connectors import secrets
from pipelines.publish.scrub import scrub

_TOKEN = "kept-by-an-older-version-7f3a"


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    """A table with a checkpoint whose maps hold texts, one of them the token."""
    folder = str(tmp_path / "lake")
    rows = pa.table({"a": [1, 2], "part": ["x", _TOKEN]})
    properties = CommitProperties(custom_metadata={"cursor": "2026-11-28"})
    configuration = {"delta.appendOnly": "false"}
    write_deltalake(
        folder,
        rows,
        partition_by=["part"],
        configuration=configuration,
        commit_properties=properties,
    )
    one = DeltaTable(folder)
    one.create_checkpoint()
    return one


def test_a_checkpoint_without_a_credential_holds_none(table: DeltaTable, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert scrub([tmp_path], tmp_path / "none.duckdb", write=True).holding == []
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_credential_in_a_map_of_a_checkpoint_is_replaced(
    table: DeltaTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_forms", {})
    secrets.remember(_TOKEN)
    checkpoints = list((tmp_path / "lake/_delta_log").glob("*.checkpoint.parquet"))
    found = scrub([tmp_path], tmp_path / "none.duckdb", write=True).holding
    assert set(checkpoints) <= set(found)
    left = scrub([tmp_path], tmp_path / "none.duckdb", write=False).holding
    assert not set(checkpoints) & set(left)


def test_what_cannot_be_read_is_told_and_the_rest_is_looked_through(
    table: DeltaTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_forms", {})
    secrets.remember(_TOKEN)
    (data, *_) = sorted((tmp_path / "lake").rglob("part-*.parquet"))
    (commit,) = (tmp_path / "lake/_delta_log").glob("*0.json")
    (checkpoint,) = (tmp_path / "lake/_delta_log").glob("*.checkpoint.parquet")
    published, log = tmp_path / "published.duckdb", tmp_path / "okr.log"
    damaged = [data, commit, checkpoint, published]
    for file in damaged:
        file.write_bytes(b"\x00garbage" * 500)
    log.write_text(f"token {_TOKEN}", "utf-8")
    for write in (False, True):
        looked = scrub([tmp_path], published, write=write)
        assert looked.unread == sorted(damaged)
        assert log in looked.holding
    assert _TOKEN not in log.read_text("utf-8")
    assert published.read_bytes().startswith(b"\x00garbage")
