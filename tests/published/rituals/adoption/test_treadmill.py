"""Activity against movement, by the team's own level."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from published.errors import UserError
from published.rituals.adoption.treadmill import TREADMILL, Movement, treadmill_of
from published.tables import PublishedTables
from tests.support.page.published_file import DAY, publish
from tests.support.page.restricted_company import key_result

START, MONDAY = dt.date(2026, 10, 1), dt.date(2026, 11, 23)  # DAY is the Saturday of that week
WEEK = dt.timedelta(7)


def tables_of(
    path: Path, moved: dict[str, float | None], weeks: dict[str, list[int]], **more: Any
) -> PublishedTables:
    """Key Results by what they moved; and their activity by week, the newest first."""
    rows = [
        key_result(key, "Sales", "O-1", progress_28d=gained, as_of=DAY, **more)
        for key, gained in moved.items()
    ]
    told = [
        {"key_result_id": key, "cycle_id": "2026-Q4", "week_starts_on": MONDAY - n * WEEK}
        | {"activity": activity}
        for key, counts in weeks.items()
        for n, activity in enumerate(counts)
    ]
    rows_of = {"key_results": rows, "key_result_weeks": told}
    return PublishedTables(publish(path / "published.duckdb", rows_of))


def test_much_is_the_teams_own_level_and_enough_is_half_the_path(tmp_path: Path) -> None:
    # Nine weeks, 90 events, three Key Results: 3.33 a week, 13.3 in four weeks.
    moved = {"KR-1": 0.15, "KR-2": 0.16, "KR-3": None}
    weeks = {"KR-1": [4, 4, 3, 3, 40], "KR-2": [5, 5, 3, 0, 13], "KR-3": [0, 0, 0, 0, 10]}
    one, two, three = treadmill_of(tables_of(tmp_path, moved, weeks), "2026-Q4")
    assert (one.activity, two.activity, three.activity) == (14, 13, 0)
    assert one.level == pytest.approx(90 / 3 / 9 * 4)
    assert one.enough == pytest.approx(0.5 * 28 / 91)
    assert [row.quadrant for row in (one, two, three)] == [
        TREADMILL, "little work, much movement", None,
    ]  # fmt: skip


def test_a_team_without_work_has_none_and_a_key_result_of_two_teams_is_told_for_both(
    tmp_path: Path,
) -> None:
    tables = tables_of(tmp_path, {"KR-1": 0.0}, {}, teams=["Sales", "Product"])
    rows = treadmill_of(tables, "2026-Q4")
    assert [row.team for row in rows] == ["Product", "Sales"]
    assert {row.quadrant for row in rows} == {"little work, little movement"}


@pytest.mark.parametrize(
    "more",
    [
        {"due_on": DAY - dt.timedelta(1)},  # over
        {"cycle_start": DAY - dt.timedelta(27)},  # nothing can have moved for 28 days
        {"cycle_id": "2026-Q3"},
    ],
)
def test_nothing_is_told_of_what_cannot_have_moved(tmp_path: Path, more: dict[str, Any]) -> None:
    found: list[Movement] = treadmill_of(tables_of(tmp_path, {"KR-1": 0.0}, {}, **more), "2026-Q4")
    assert found == []


def test_tables_of_an_earlier_version_say_what_to_do(tmp_path: Path) -> None:
    path = publish(tmp_path / "published.duckdb", {}, without=["key_result_weeks"])
    with pytest.raises(UserError, match="okr sync"):
        treadmill_of(PublishedTables(path), "2026-Q4")
