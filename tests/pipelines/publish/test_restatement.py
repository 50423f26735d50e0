"""Which rows of a day that is computed again replace the published ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from okr_model.tables import KEY_RESULTS_DAILY
from pipelines.publish.restatement import Restated, restate
from tests.support.page.small_tables import filled

ROW: dict[str, Any] = {
    "key_result_id": "KR-1",
    "cycle_id": "2026-Q4",
    "as_of": dt.date(2026, 11, 10),
    "run_id": "run-1",
    "source": "sheets",
    "record_id": "book:7:2",
    "url": "https://sheets.test/book#gid=7&range=A2",
    "current_value": 30.0,
    "value_source": "sheets, Value (Weekly!C14)",
    "value_url": "https://sheets.test/book#gid=8&range=C14",
    "other_value_url": "https://sheets.test/book#gid=9&range=C3",
}
MOVED = {
    "record_id": "book:7:3",
    "url": "https://sheets.test/book#gid=7&range=A3",
    "value_source": "sheets, Value (Weekly!C15)",
    "value_url": "https://sheets.test/book#gid=8&range=C15",
    "other_value_url": "https://sheets.test/book#gid=9&range=C4",
}


def again(**changed: Any) -> Restated:
    """The published row, computed again by another run with what changed."""
    before, now = (
        filled(KEY_RESULTS_DAILY, [row]) for row in (ROW, ROW | {"run_id": "run-2"} | changed)
    )
    return restate(before, now, "run-2")


def test_a_row_of_which_only_the_places_moved_is_left_unchanged() -> None:
    found = again(**MOVED)
    assert (found.unchanged, found.new, found.restated.num_rows) == (1, 0, 0)
    (row,) = found.daily.to_pylist()
    assert {name: row[name] for name in ROW} == ROW


@pytest.mark.parametrize(
    "changed",
    [
        {"current_value": 31.0},
        {"value_source": "check-in, Value (Weekly!C14)"},
        {"source": "jira", "record_id": "10001"},
    ],
)
def test_a_row_with_another_value_measure_or_source_is_replaced(changed: dict[str, Any]) -> None:
    found = again(**MOVED | changed)
    assert (found.unchanged, found.new, found.restated.num_rows) == (0, 0, 1)
    assert found.restated["restated_by"].to_pylist() == ["run-2"]


def test_a_record_that_is_known_by_more_than_its_row_is_compared() -> None:
    of_jira = ROW | {"source": "jira", "record_id": "10001"}
    other = of_jira | {"record_id": "10002", "run_id": "run-2"}
    tables = (filled(KEY_RESULTS_DAILY, [row]) for row in (of_jira, other))
    assert restate(*tables, "run-2").restated.num_rows == 1
