"""What has changed since a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from published.key_results.since import base_day, definition_changes, movements
from published.moment import NoSuchDayError
from published.snapshot import Snapshot
from tests.support.page.published_file import DAY, publish

BEFORE = DAY - dt.timedelta(days=7)


@pytest.fixture
def tables(tmp_path: Path) -> Snapshot:
    def row(key: str, value: float | None, level: str | None, day: dt.date) -> dict[str, object]:
        return {
            "key_result_id": key,
            "cycle_id": "2026-Q4",
            "current_value": value,
            "computed_confidence": level,
            "as_of": day,
        }

    now = [row("KR-1", 5.0, "high", DAY), row("KR-2", None, None, DAY), row("KR-3", 1.0, None, DAY)]
    then = [row("KR-1", 3.5, "low", BEFORE), row("KR-2", 2.0, "low", BEFORE)]
    changes = [
        {
            "key_result_id": "KR-1",
            "cycle_id": "2026-Q4",
            "number": n,
            "field": "target",
            "changed_on": day,
        }
        for n, day in enumerate((BEFORE, BEFORE + dt.timedelta(days=1), DAY), 1)
    ]
    rows = {"key_results": now, "key_results_daily": [*then, *now], "changes": changes}
    return Snapshot(publish(tmp_path / "published.duckdb", rows))


def test_a_movement_is_known_only_where_both_days_are(tables: Snapshot) -> None:
    found = {row["key_result_id"]: row for row in movements(tables, BEFORE, "2026-Q4")}
    assert found["KR-1"]["current_value_change"] == 1.5
    assert found["KR-1"]["computed_confidence_then"] == "low"
    assert found["KR-2"]["current_value_then"] == 2.0
    assert found["KR-2"]["current_value_change"] is None
    assert found["KR-3"]["current_value_change"] is None


def test_a_value_in_another_unit_has_not_moved(tmp_path: Path) -> None:
    usual = {"key_result_id": "KR-1", "cycle_id": "2026-Q4", "current_value": 5.0, "unit": "hours"}
    now = {**usual, "as_of": DAY, "progress": 0.5}
    for unit, change in (("hours", 3.0), ("days", None), (None, None)):
        then = {**now, "as_of": BEFORE, "current_value": 2.0, "progress": 0.2, "unit": unit}
        found = {"key_results": [now], "key_results_daily": [then, now]}
        (row,) = movements(Snapshot(publish(tmp_path / "p.duckdb", found)), BEFORE, "2026-Q4")
        assert row["current_value_change"] == change
        assert row["progress_change"] == pytest.approx(0.3)
        assert "unit_then" not in row


def test_definitions_changed_after_the_day(tables: Snapshot) -> None:
    assert [row["number"] for row in definition_changes(tables, BEFORE, "2026-Q4")] == [2, 3]
    until = DAY - dt.timedelta(days=1)
    assert [row["number"] for row in definition_changes(tables, BEFORE, "2026-Q4", until)] == [2]


def test_the_base_is_the_last_day_published_until_then(tables: Snapshot) -> None:
    assert base_day(tables, BEFORE + dt.timedelta(days=3)) == BEFORE
    with pytest.raises(NoSuchDayError, match="or before it"):
        base_day(tables, BEFORE - dt.timedelta(days=1))
