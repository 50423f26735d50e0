"""Definitions as they were, and the changes that a log dates."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from okr_model.entities import read_key_results, read_objectives
from okr_model.entities.derived.past_definitions import (
    LOG_COLUMNS,
    cells_at,
    cells_before,
    logged_changes,
)
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q4, ZONE, frame, record

OBJECTIVES, _ = read_objectives(empty_cells(), [Q4])


def issue(number: int, **fields: Any) -> list[dict[str, Any]]:
    usual = {"id": f"KR-{number}", "target": 85, "baseline": 50, "unit": "%"}
    rows = record("key_results", str(number), "jira", **{**usual, **fields})
    return [{**row, "dataset": "krs"} for row in rows]


def empty(kind: str = "empty") -> dict[str, Any]:
    return {"kind": kind, "text": ""}


def log(*entries: tuple[int, str, str, str | None, str | None]) -> pd.DataFrame:
    """Entries: issue, field, instant in November, from, to; a day is an id, as Jira has it."""
    rows = [
        {
            "source": "jira", "record_id": str(number), "dataset": "krs", "field": field,
            "at": pd.Timestamp(f"2026-11-{at}:00Z"), "from_text": old, "to_text": new,
            "from_id": old if field == "due" else None, "to_id": new if field == "due" else None,
        }
        for number, field, at, old, new in entries
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS)


def read(cells: pd.DataFrame) -> pd.DataFrame:
    return read_key_results(cells, OBJECTIVES, [Q4], ZONE, as_of=Q4.start)[0]


def told(cells: pd.DataFrame, entries: pd.DataFrame) -> list[tuple[Any, ...]]:
    rows = logged_changes(cells, entries, read).sort_values(["key_result_id", "changed_at"])
    rows = rows.assign(at=rows["changed_at"].dt.strftime("%d %H:%M"))
    shown = rows[["key_result_id", "field", "old", "new", "at", "rationale"]].astype("object")
    return list(shown.where(shown.notna(), None).itertuples(index=False, name=None))


def test_two_changes_of_a_target_are_two_with_their_own_instants() -> None:
    entries = log(
        (1, "target", "10T09:00", "75.0", "80.0"),
        (1, "target", "11T22:00", "80.0", "85.0"),
        (2, "target", "11T22:00", "70", "85"),
    )
    assert told(frame(issue(1), issue(2), issue(3)), entries) == [
        ("KR-1", "target", "75 %", "80 %", "10 09:00", None),
        ("KR-1", "target", "80 %", "85 %", "11 22:00", None),
        ("KR-2", "target", "70 %", "85 %", "11 22:00", None),
    ]


def test_what_changes_at_one_instant_is_one_change_and_a_later_rationale_explains_it() -> None:
    cells = frame(issue(1, due={"kind": "date", "date": "2026-12-15", "text": "2026-12-15"},
                        rationale="The market grew."))  # fmt: skip
    entries = log(
        (1, "target", "10T09:00", "75", "85"),
        (1, "due", "10T09:00", "2026-12-31", "2026-12-15"),
        (1, "rationale", "10T09:05", None, "The market grew."),
    )
    assert told(cells, entries) == [
        ("KR-1", "target", "75 %", "85 %", "10 09:00", "The market grew."),
        ("KR-1", "due_on", "2026-12-31", "2026-12-15", "10 09:00", "The market grew."),
    ]


def test_the_first_day_moves_as_the_log_says() -> None:
    cells = frame(issue(1, start={"kind": "date", "date": "2026-10-15", "text": "2026-10-15"}))
    entries = log((1, "start", "10T09:00", "2026-10-08", "2026-10-15"))
    assert told(cells, entries) == [
        ("KR-1", "starts_on", "2026-10-08", "2026-10-15", "10 09:00", None)
    ]


def test_a_moment_in_the_log_is_its_day() -> None:
    cells = frame(issue(1, due={"kind": "date", "date": "2026-12-15", "text": "2026-12-15"}))
    before = cells_before(
        cells, log((1, "due", "10T09:00", "2026-12-01T08:30", "2026-12-15T08:30"))
    )
    assert before.loc[before["field"] == "due", "date"].tolist() == ["2026-12-01"]


def test_target_and_unit_may_change_together() -> None:
    cells = frame(issue(1, target=4, baseline=9, unit="hours"))
    entries = log((1, "target", "10T09:00", "75", "4"), (1, "unit", "10T09:00", "%", "hours"))
    changed = {(field, old, new) for _, field, old, new, *_ in told(cells, entries)}
    assert {("target", "75 %", "4 hours"), ("unit", "%", "hours")} <= changed


def test_a_target_filled_in_and_one_emptied() -> None:
    cells = frame(issue(1), issue(2, target=empty()))
    entries = log((1, "target", "10T09:00", None, "85"), (2, "target", "10T09:00", "85", None))
    changes = told(cells, entries)
    assert ("KR-1", "target", None, "85 %", "10 09:00", None) in changes
    assert ("KR-2", "target", "85 %", None, "10 09:00", None) in changes


@pytest.mark.thorough
def test_a_change_there_and_back_is_two_and_nothing_is_none() -> None:
    entries = log((1, "target", "10T09:00", "85", "80"), (1, "target", "10T10:00", "80", "85"))
    assert [row[2:4] for row in told(frame(issue(1)), entries)] == [
        ("85 %", "80 %"),
        ("80 %", "85 %"),
    ]
    assert told(frame(issue(1)), log()) == []
    assert told(frame(issue(1)), log((9, "target", "10T09:00", "1", "2"))) == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("instant", "target"),
    [("09T00:00", 75.0), ("10T09:00", 75.0), ("10T10:00", 80.0), ("12T00:00", 85.0)],
)
def test_the_cells_of_an_instant_are_what_the_log_gives_whenever_they_were_read(
    instant: str, target: float
) -> None:
    entries = log(
        (1, "target", "10T09:00", "75", "80"),
        (1, "target", "11T09:00", "80", "85"),
    )
    for read_then in (75, 80, 85):
        cells = frame(issue(1, target=read_then))
        then = cells_at(cells, entries, pd.Timestamp(f"2026-11-{instant}:00Z"))
        assert then.loc[then["field"] == "target", "number"].tolist() == [target]
        assert read(then)["target"].tolist() == [target]


def test_what_a_log_says_in_a_form_that_is_not_certain_is_left_to_the_comparison_of_runs() -> None:
    cells = frame(issue(1, due={"kind": "date", "date": "2026-12-15", "text": "2026-12-15"}))
    entries = log((1, "target", "10T09:00", "seventy", "85"))
    entries = pd.concat([entries, log((1, "due", "10T09:00", "31/Dec/26", "15/Dec/26"))])
    pd.testing.assert_frame_equal(cells_before(cells, entries), cells.astype(cells.dtypes))
    assert told(cells, entries) == []


def test_records_of_other_sources_and_other_fields_stay() -> None:
    sheet = record("key_results", "1", id="KR-9", target=5)
    cells = frame(issue(1), [{**row, "dataset": "krs"} for row in sheet])
    before = cells_before(cells, log((1, "target", "10T09:00", "75", "85")))
    changed = (before["number"] != cells["number"]) & before["number"].notna()
    assert before.loc[changed, ["source", "field", "number"]].to_numpy().tolist() == [
        ["jira", "target", 75.0]
    ]
