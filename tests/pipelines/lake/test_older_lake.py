"""A lake of version 0.1.0, which kept its pulls in the metadata of commits.

``lake-of-0.1.0.tar.gz`` is what that version wrote in six nights of a small company. KR-1 went to
100, to 110 from the second night on, and to 120 from the fifth on.
"""

from __future__ import annotations

import datetime as dt
import tarfile
from pathlib import Path

import pytest
from deltalake import DeltaTable

from pipelines.ingest.landing import Landing
from pipelines.lake.delta import LAKE_DAYS, carries, retention
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.streams import complete_pulls, last_complete
from pipelines.lake.tables import AsOf, Lake

NIGHTS = [dt.datetime(2026, 11, day, 1, tzinfo=dt.UTC) for day in range(10, 16)]
TARGETS = ["100", "110", "110", "110", "120", "120"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with tarfile.open(Path(__file__).with_name("lake-of-0.1.0.tar.gz")) as packed:
        # As an attribute, because Python 3.11.3 and older know no argument for it.
        packed.extraction_filter = getattr(tarfile, "data_filter", None)
        packed.extractall(tmp_path)  # noqa: S202 - an archive of our own
    return tmp_path / "lake"


def targets(root: Path) -> list[str]:
    """The target of KR-1 as of the end of each night, as the lake knows it now."""
    lake, found = Lake(root), []
    complete = complete_pulls(lake, ["files"])
    for night in NIGHTS:
        then = lake.as_of(AsOf(night + dt.timedelta(hours=20), complete))
        query = f"SELECT cells FROM {then.scan('file_rows')} WHERE cells LIKE '%KR-1\"%O-2%'"  # noqa: S608 - our files
        (cells,) = arrow(connect(), query)["cells"].to_pylist()
        found += [target for target in sorted(set(TARGETS)) if f'"{target}"' in cells]
    return found


def migrated(root: Path) -> Lake:
    lake = Lake(root)
    Landing(lake, r"KR-\d+", NIGHTS[-1]).evolve("files")
    return lake


def logs_lost_until(root: Path, version: int) -> None:
    """What Delta does to a log after 30 days: entries before a checkpoint go."""
    for part in ("log", "current"):
        path = root / "file_rows" / part
        table = DeltaTable(str(path))
        at = min(version, table.version() - 1)
        table.load_as_version(at)
        table.create_checkpoint()
        for number in range(at + 1):
            (path / "_delta_log" / f"{number:020}.json").unlink()


def test_its_past_days_can_be_read_before_anything_is_written(root: Path) -> None:
    before = sorted(root.rglob("*"))
    assert targets(root) == TARGETS
    assert last_complete(Lake(root), "files") == NIGHTS[-1].isoformat()
    assert sorted(root.rglob("*")) == before


def test_the_first_run_brings_it_to_the_present_form(root: Path) -> None:
    older = Lake(root)
    state, pulls = older.pulls.state("files"), older.pulls.complete("files")
    numbers = older.landed("file_rows"), older.folded("file_rows")
    assert state.cursor["complete"]
    assert [pull.at for pull in pulls] == NIGHTS[::-1]
    lake = migrated(root)
    for part in ("log", "current"):
        table = DeltaTable(str(root / "file_rows" / part))
        assert carries(table, retention(LAKE_DAYS))
    assert (lake.landed("file_rows"), lake.folded("file_rows")) == numbers
    assert numbers[0] == numbers[1]
    assert lake.pulls.state("files") == state
    assert [pull.at for pull in lake.pulls.complete("files")] == NIGHTS[::-1]
    assert targets(root) == TARGETS
    once = sorted(root.rglob("*"))
    migrated(root)
    assert sorted(root.rglob("*")) == once


@pytest.mark.thorough
@pytest.mark.parametrize("version", [3, 13, 20])
def test_where_metadata_is_gone_the_rows_tell_when_they_were_read(root: Path, version: int) -> None:
    logs_lost_until(root, version)
    assert targets(root) == TARGETS
    migrated(root)
    assert targets(root) == TARGETS
    assert last_complete(Lake(root), "files") == NIGHTS[-1].isoformat()
