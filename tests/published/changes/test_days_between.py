"""What comes late: told when it came, as what it is, and the same by the view."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.published.changes.test_changes import DAYS, answer, figures, key_result
from tests.support.published.nights import PublishedNights

FIRST = "first measurement of the cycle"
Told = dict[tuple[str, ...], tuple[float, list[str]]]


def parts(movement: dict[str, Any]) -> Told:
    return {
        tuple(part["why"]): (round(part["change"], 9), part["days"]) for part in movement["parts"]
    }


def rebuild(nights: PublishedNights, day: dt.date, before: dt.date, *rows: dict[str, Any]) -> None:
    """Compute a day again, half an hour before the night of a later one, as a late entry does."""
    at = dt.datetime.combine(before, dt.time(0, 30), dt.UTC)
    nights.night(day, {"kind": "rebuild", "started_at": at}, key_results=list(rows))


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    """Four days; on the third, readings of earlier days are corrected, which restates the second.

    Of KR-1 the reading that is its value, of KR-2 one before it, of KR-3 the first of the cycle.
    """
    one = PublishedNights(tmp_path_factory.mktemp("late"))

    def rows(value: float, chance: float, baseline: float) -> list[dict[str, Any]]:
        seen = dt.datetime.combine(DAYS[0 if value == 30 else 2], dt.time(0, 20), dt.UTC)
        first = {"baseline": baseline, "baseline_source": FIRST}
        return [
            key_result("KR-1", value, DAYS[0], current_value_seen_at=seen),
            key_result("KR-2", 40.0, DAYS[0], attainment_probability=chance),
            key_result("KR-3", 40.0, DAYS[0], **first),
        ]

    for day in DAYS[:2]:
        one.night(day, key_results=rows(30, 0.2, 20))
    rebuild(one, DAYS[1], DAYS[2], *rows(35, 0.5, 0))
    for day in DAYS[2:4]:
        one.night(day, key_results=rows(35, 0.5, 0))
    return one


@pytest.mark.parametrize("run", ["run-1", "run-2"])
def test_a_late_correction_is_told_as_a_value_on_the_day_on_which_it_came(
    late: PublishedNights, run: str
) -> None:
    found = answer(late, "diff", run, "run-5")
    came = [str(DAYS[2])]
    assert parts(figures(found, "KR-1")["current_value"]) == {("new value",): (5.0, came)}
    chance = figures(found, "KR-2")["attainment_probability"]
    assert parts(chance) == {("something else",): (0.3, came)}
    assert parts(figures(found, "KR-3")["progress"]) == {("new value",): (0.15, came)}


def test_the_view_compares_with_the_same_rows(late: PublishedNights) -> None:
    with duckdb.connect(str(late.duckdb), read_only=True) as connection:
        query = "SELECT key_result_id, since, value_then, current_value FROM okr.changed_since"
        rows = connection.sql(query).fetchall()
    assert sorted(rows) == [("KR-1", day, 30.0, 35.0) for day in DAYS[:2]]
    for run in ("run-1", "run-2"):
        moved = figures(answer(late, "diff", run, "run-5"), "KR-1")["current_value"]
        assert (moved["before"], moved["after"]) == (30.0, 35.0)


def test_what_a_second_run_of_a_day_reads_is_told_on_that_day(tmp_path: Path) -> None:
    one = PublishedNights(tmp_path)
    values = [(DAYS[0], 1.0), (DAYS[1], 1.0), (DAYS[1], 4.0), (DAYS[2], 4.0), (DAYS[3], 4.0)]
    for day, value in values:
        one.night(day, key_results=[key_result("KR-1", value, day)])
    moved = figures(answer(one, "diff", "run-1", "run-5"), "KR-1")["current_value"]
    assert parts(moved) == {("new value",): (3.0, [str(DAYS[1])])}
