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
    assert scrub([tmp_path], tmp_path / "none.duckdb", write=True) == []
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_credential_in_a_map_of_a_checkpoint_is_replaced(
    table: DeltaTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_forms", {})
    secrets.remember(_TOKEN)
    checkpoints = list((tmp_path / "lake/_delta_log").glob("*.checkpoint.parquet"))
    found = scrub([tmp_path], tmp_path / "none.duckdb", write=True)
    assert set(checkpoints) <= set(found)
    left = scrub([tmp_path], tmp_path / "none.duckdb", write=False)
    assert not set(checkpoints) & set(left)
