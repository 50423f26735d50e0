"""The run's own row of ``runs``: what it says about when its tables were swapped in."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from okr_model.tables import BY_NAME, RUNS
from okr_model.tables.contract import arrow_schema
from pipelines.publish import history

EARLY = dt.datetime(2026, 11, 5, 1, tzinfo=dt.UTC)
SWAPPED = EARLY + dt.timedelta(minutes=9)


def runs(*ids: str) -> pa.Table:
    row = {
        "as_of": EARLY.date(),
        "kind": "night",
        "started_at": EARLY,
        "published_at": EARLY,
        "outcome": "complete",
        "failed_sources": [],
        "key_results": 0,
        "findings": 0,
    }
    return pa.Table.from_pylist([row | {"run_id": one} for one in ids], arrow_schema(RUNS))


def test_a_run_is_published_when_every_other_table_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course: list[str] = []
    monkeypatch.setattr(history, "about_to_commit", lambda: course.append("table"))

    def instant() -> dt.datetime:
        course.append("instant")
        return SWAPPED

    others = ("sources", "findings", "links")
    tables = {"runs": runs("before", "this")}
    tables |= {name: arrow_schema(BY_NAME[name]).empty_table() for name in others}
    written = history.write_delta(tables, tmp_path, "this", instant, 30)
    assert course == ["table", "table", "table", "instant", "table"]
    assert written["runs"]["published_at"].to_pylist() == [EARLY, SWAPPED]
    assert history.history(tmp_path, RUNS)["published_at"].to_pylist() == [EARLY, SWAPPED]
    assert written["runs"].schema == tables["runs"].schema
