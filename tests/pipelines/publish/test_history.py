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


PROMISED = EARLY + dt.timedelta(minutes=10)


@pytest.mark.parametrize(
    ("earlier", "swapped", "kept"),
    [
        (None, PROMISED, True),
        (None, PROMISED + dt.timedelta(seconds=1), False),
        (PROMISED, PROMISED + dt.timedelta(hours=2), True),
    ],
    ids=["in time", "late", "the day stood already"],
)
def test_a_run_says_whether_its_day_was_published_as_promised(
    tmp_path: Path, earlier: dt.datetime | None, swapped: dt.datetime, kept: bool
) -> None:
    rows = runs("before", "this").to_pylist()
    rows[0] |= {"as_of": EARLY.date() - dt.timedelta(days=0 if earlier else 1)}
    rows[0] |= {"published_at": earlier or EARLY}
    rows[1] |= {"promised_at": PROMISED}
    tables = {"runs": pa.Table.from_pylist(rows, arrow_schema(RUNS))}
    written = history.write_delta(tables, tmp_path, "this", lambda: swapped, 30)["runs"]
    assert written["promise_kept"].to_pylist() == [None, kept]
    assert written["seconds"].to_pylist() == [None, (swapped - EARLY).total_seconds()]


def test_without_a_promise_none_is_kept_and_a_former_table_of_runs_is_no_obstacle(
    tmp_path: Path,
) -> None:
    written = history.write_delta({"runs": runs("this")}, tmp_path, "this", lambda: SWAPPED, 30)
    assert written["runs"]["promise_kept"].to_pylist() == [None]
    former = runs("this").select(RUNS.column_names[: RUNS.column_names.index("requests")])
    written = history.write_delta({"runs": former}, tmp_path, "this", lambda: SWAPPED, 30)
    assert written["runs"]["published_at"].to_pylist() == [SWAPPED]
