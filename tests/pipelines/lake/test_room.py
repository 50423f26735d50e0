"""Free space is looked for before anything large is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from pipelines import text_embeddings
from pipelines.errors import RESERVE, DiskFullError, disk_trouble, our_fault
from pipelines.ingest.landing import Landing
from pipelines.lake.confined_sql.process import QueryError, run_query
from pipelines.lake.duckdb_session import connect
from pipelines.lake.step_files import StepFiles
from pipelines.lake.tables import Lake
from tests.pipelines.ingest.test_landing import Script

NOW = dt.datetime(2026, 11, 5, 1, tzinfo=dt.UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake that holds two records, one of which has a newer version that is not folded yet."""
    lake = Lake(tmp_path / "lake")
    landing(lake).land(Script([{"a": "one", "b": "two"}]))
    with mock.patch.object(Landing, "fold", return_value=0):
        landing(lake).land(Script([{"a": "one", "b": "new"}]))
    return lake


def landing(lake: Lake) -> Landing:
    return Landing(lake, "KR-[0-9]+", NOW)


@pytest.fixture
def full() -> Iterator[None]:
    """What the disk has left is kept for small files."""
    with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=RESERVE)):
        yield


WRITES: dict[str, Callable[[Lake], object]] = {
    "what is read": lambda lake: landing(lake).land(Script([{"c": "three"}])),
    "what is folded": lambda lake: lake.fold(
        "notion_pages", lake.landed("notion_pages"), connect()
    ),
    "rows that are rewritten": lambda lake: lake.rewrite(
        "notion_pages",
        "log",
        f"SELECT * FROM {lake.scan('notion_pages', 'log')}",  # noqa: S608 - our own name
        connect(),
    ),
    "tables between steps": lambda lake: StepFiles(lake.root / "staging", "run").write(
        "a table", pd.DataFrame({"a": range(1_000)})
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_nearly_full_disk_is_refused_before_the_write(
    lake: Lake, full: None, write: Callable[[Lake], object]
) -> None:
    before = files(lake)
    with pytest.raises(DiskFullError, match="16 MB are free on this disk") as raised:
        write(lake)
    assert files(lake) == before
    assert "may be needed. Free some space there" in str(disk_trouble(raised.value))
    assert "cannot be stored" in str(our_fault("notion", raised.value))
    assert "16 MB are free" in str(our_fault("notion", raised.value))


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_with_room_it_is_written(lake: Lake, write: Callable[[Lake], object]) -> None:
    (lake.root / "staging/run").mkdir(parents=True)
    before = files(lake)
    write(lake)
    assert files(lake) > before


def files(lake: Lake) -> set[Path]:
    return {path for path in lake.root.rglob("*") if path.is_file()}


def test_a_query_without_room_for_its_views_is_a_sentence(lake: Lake, full: None) -> None:
    with pytest.raises(QueryError, match="cannot be started: No space left on device"):
        run_query(lake, "SELECT DATE '2026-11-05' AS day, count(*) AS value FROM notion_pages")


def test_embeddings_without_room_are_left_out(
    tmp_path: Path, full: None, caplog: pytest.LogCaptureFixture
) -> None:
    with mock.patch.object(text_embeddings, "_model_name", return_value="a model"):
        text_embeddings._write(tmp_path / "embeddings.npz", {b"k": np.zeros(4, np.float32)})
    assert "Embeddings could not be kept" in caplog.text
    assert list(tmp_path.iterdir()) == []
