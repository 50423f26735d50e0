"""What changed in definitions between two nights."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.progress.definition_changes import (
    definition_changes,
    gone_findings,
    moved_findings,
    moved_targets,
)
from okr_model.tables import CHANGES
from okr_model.tables.contract import conform, violations
from tests.support.key_result_frames import definitions

MONDAY = date(2026, 11, 16)
NONE = pd.DataFrame(columns=CHANGES.column_names)
USUAL: dict[str, Any] = {
    "key_result_id": "KR-1",
    "unit": "count",
    "target": 9.0,
    "owner": "Mei",
    "url": "https://kr",
    "baseline_source": "declared",
}


def night(*rows: dict[str, Any], number: int = 0) -> pd.DataFrame:
    """Definitions as published on the Monday and the days after it."""
    frame = definitions(*[{**USUAL, **row} for row in rows])
    for name in ("baseline_source", "url"):
        frame[name] = [{**USUAL, **row}[name] for row in rows]
    return frame.assign(
        due_on=frame["due_on"].dt.date, as_of=MONDAY + timedelta(days=number), run_id="r"
    )


def over(*nights: dict[str, Any]) -> pd.DataFrame:
    """The changes that as many nights find, each with one Key Result."""
    before, known = pd.DataFrame(), NONE
    for number, row in enumerate(nights):
        now = night(row, number=number)
        today = MONDAY + timedelta(days=number)
        known = definition_changes(before, now, known, today, f"run {number}")
        known = conform(known, CHANGES)
        assert violations(known, CHANGES) == []
        before = now
    return known


def sides(changes: pd.DataFrame) -> list[tuple[Any, ...]]:
    rows = changes[["number", "field", "old", "new"]].astype("object")
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


def test_the_first_night_and_a_quiet_one_find_nothing() -> None:
    assert over({}).empty
    assert over({}, {}).empty


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ({}, {"target": 8.5}, [(1, "target", "9", "8.5")]),
        ({}, {"target": None}, [(1, "target", "9", None)]),
        ({"target": None}, {}, [(1, "target", None, "9")]),
        ({}, {"owner": "Arun"}, [(1, "owner", "Mei", "Arun")]),
        ({"owner": None}, {"owner": None}, []),
        ({}, {"due_on": date(2026, 12, 1)}, [(1, "due_on", "2026-12-31", "2026-12-01")]),
        (
            {},
            {"kind": "at least", "target": 10.0},
            [(1, "target", "9", "10"), (2, "kind", "increase", "at least")],
        ),
        (
            {"unit": "days", "target": 3.0, "baseline": 5.0},
            {"unit": "hours", "target": 72.0, "baseline": 120.0},
            [(1, "unit", "days", "hours")],
        ),
        (
            {"unit": "days", "target": 3.0, "baseline": 5.0},
            {"unit": "hours", "target": 48.0, "baseline": 120.0},
            [(1, "target", "72 hours", "48 hours"), (2, "unit", "days", "hours")],
        ),
        (
            {"unit": "score", "target": 3.0},
            {"unit": "hours", "target": 48.0},
            [(1, "target", "3 score", "48 hours"), (2, "unit", "score", "hours")],
        ),
        ({"baseline": 0.0}, {"baseline": 1.0}, [(1, "baseline", "0", "1")]),
        (
            {"baseline": 4.0, "baseline_source": "first measurement of the cycle"},
            {"baseline": None, "baseline_source": None},
            [],
        ),
    ],
)
def test_a_change_keeps_the_old_and_the_new_value(
    before: dict[str, Any], now: dict[str, Any], found: list[tuple[Any, ...]]
) -> None:
    assert sides(over(before, now)) == found


def test_target_and_unit_that_change_together_are_two_rows() -> None:
    found = over({"unit": "%", "target": 75.0}, {"unit": "hours", "target": 4.0})
    assert sides(found) == [(1, "target", "75 %", "4 hours"), (2, "unit", "%", "hours")]
    assert found["old_value"].isna().all()
    assert list(found["new_value"].dropna()) == [4.0]
    (moved,) = moved_targets(found, night({"unit": "hours", "target": 4.0})).to_dict("records")
    assert pd.isna(moved["target_before"])
    found = over({"unit": "days", "target": 3.0}, {"unit": "hours", "target": 4.0})
    assert sides(found) == [(1, "target", "72 hours", "4 hours"), (2, "unit", "days", "hours")]
    (moved,) = moved_targets(found, night({"unit": "hours", "target": 4.0})).to_dict("records")
    assert moved["target_before"] == 72.0


def test_a_unit_that_was_only_named_anew_moves_no_target() -> None:
    found = over({"unit": "tickets", "target": 4.0}, {"unit": "issues", "target": 4.0})
    assert [field for _, field, _, _ in sides(found)] == ["unit"]


def test_a_change_stays_and_the_next_is_counted_on() -> None:
    changes = over({}, {"target": 8.5}, {"target": 8.5}, {"target": 8.0, "owner": "Arun"}, {})
    assert sides(changes) == [
        (1, "target", "9", "8.5"),
        (2, "target", "8.5", "8"),
        (3, "owner", "Mei", "Arun"),
        (4, "target", "8", "9"),
        (5, "owner", "Arun", "Mei"),
    ]
    assert changes["run_id"].tolist() == ["run 1", "run 3", "run 3", "run 4", "run 4"]
    assert [str(day) for day in changes["seen_on"][:2]] == ["2026-11-17", "2026-11-19"]


def test_a_key_result_that_comes_or_goes_has_not_changed() -> None:
    both = night({}, {"key_result_id": "KR-2"})
    assert definition_changes(both, night({}, number=1), NONE, MONDAY, "run").empty
    assert definition_changes(night({}), both, NONE, MONDAY, "run").empty


def test_a_key_result_that_is_gone_is_told_once_and_by_name() -> None:
    before = night({}, {"key_result_id": "KR-2"})
    assert gone_findings(pd.DataFrame(), before).empty
    assert gone_findings(before, before).empty
    (finding,) = gone_findings(before, night({})).to_dict("records")
    assert (finding["rule"], finding["subject_id"]) == ("Key Result gone", "KR-2")
    assert finding["url"] == "https://kr"
    assert gone_findings(night({}), before).empty


def test_a_past_day_computed_again_compares_nothing() -> None:
    yesterday = MONDAY - timedelta(days=1)
    assert definition_changes(night({}), night({"target": 1.0}), NONE, yesterday, "run").empty
    assert len(definition_changes(night({}), night({"target": 1.0}), NONE, MONDAY, "run")) == 1


def test_only_words_written_since_explain_a_change() -> None:
    why = "The market halved."
    told = over({"rationale": None}, {"target": 8.0, "rationale": why})
    assert told["rationale"].tolist() == [why]
    silent = over({"rationale": why}, {"target": 8.0, "rationale": why})
    assert silent["rationale"].isna().all()


def test_a_reason_that_is_written_later_explains_what_nobody_had_explained() -> None:
    told = over({}, {"target": 8.5}, {"target": 8.5, "rationale": "The test devices counted."})
    assert told["rationale"].tolist() == ["The test devices counted."]
    assert told["seen_on"].nunique() == 1
    again = over(
        {}, {"target": 8.5}, {"target": 8.5, "rationale": "a"}, {"target": 8.5, "rationale": "b"}
    )
    assert again["rationale"].tolist() == ["a"]
    new = over({}, {"target": 8.5}, {"target": 8.0, "rationale": "of the second"})
    assert [None if pd.isna(one) else one for one in new["rationale"]] == [None, "of the second"]


def moved(*nights: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = moved_targets(over(*nights), night(nights[-1]))
    return list(rows[["target_before", "target_moved_on"]].itertuples(index=False, name=None))


def test_a_moved_target_that_came_back_does_not_count() -> None:
    tuesday = pd.Timestamp(MONDAY + timedelta(days=1))
    wednesday = tuesday + timedelta(days=1)
    assert moved({}, {}) == []
    assert moved({}, {"target": 8.5}) == [(9.0, tuesday)]
    assert moved({}, {"target": 8.5}, {"target": 8.0}) == [(8.5, wednesday)]
    assert moved({}, {"target": 8.5}, {}) == []
    days = {"unit": "days", "target": 3.0}
    hours = {"unit": "hours", "target": 48.0}
    assert moved(days, {**days, "target": 2.0}, hours) == [(72.0, tuesday)]


def test_each_move_is_one_finding_that_keeps_its_evidence() -> None:
    changes = over({}, {"target": 8.5}, {"target": 8.0, "rationale": "Agreed with the board."})
    rows = night({"target": 8.0}).assign(signals=[["target moved"]])
    first, second = moved_findings(rows, changes).to_dict("records")
    assert first["severity"] == "warning"
    assert first["sentence"] == (
        "KR-1: The target was moved from 9 to 8.5, seen on 2026-11-17. Nobody wrote why: ask."
    )
    assert second["severity"] == "info"
    assert second["sentence"].endswith("Why: “Agreed with the board.”.")
    assert first["evidence"] < second["evidence"]
    assert moved_findings(rows.assign(signals=[[]]), changes).empty


@pytest.mark.thorough
@settings(max_examples=8)
@given(st.lists(st.sampled_from([7.0, 8.0, 9.0]), min_size=1, max_size=6))
def test_the_changes_add_up_to_the_movement(targets: list[float]) -> None:
    changes = over(*[{"target": target} for target in targets])
    assert (changes["new_value"] - changes["old_value"]).sum() == targets[-1] - targets[0]
    assert len(changes) == sum(a != b for a, b in itertools.pairwise(targets))


AT = pd.Timestamp("2026-11-15T20:00:00Z")


def logged(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "key_result_id": "KR-1", "cycle_id": "2026-Q4", "field": "target", "old": "9", "new": "10",
        "old_value": 9.0, "new_value": 10.0, "unit": "count", "rationale": None, "url": "https://kr",
        "changed_at": AT, "changed_on": date(2026, 11, 16),
    }  # fmt: skip
    return pd.DataFrame([{**usual, **row} for row in rows])


STEPS = logged(
    {"old": "9", "new": "12", "old_value": 9.0, "new_value": 12.0},
    {"old": "12", "new": "10", "old_value": 12.0, "changed_at": AT + pd.Timedelta(hours=2)},
)


def after(before: pd.DataFrame, now: pd.DataFrame, known: pd.DataFrame, log: pd.DataFrame) -> Any:
    changes = definition_changes(before, now, known, MONDAY + timedelta(days=1), "r2", log)
    changes = conform(changes, CHANGES)
    assert violations(changes, CHANGES) == []
    return changes


def test_logged_changes_stand_for_what_comparing_the_runs_finds() -> None:
    before, now = night({}), night({"target": 10.0, "owner": "Arun"}, number=1)
    changes = after(before, now, NONE, STEPS)
    assert sides(changes) == [
        (1, "target", "9", "12"),
        (2, "target", "12", "10"),
        (3, "owner", "Mei", "Arun"),
    ]
    assert changes["changed_on"].astype("str").tolist() == ["2026-11-16"] * 2 + ["2026-11-17"]
    assert changes["seen_on"].astype("str").tolist() == ["2026-11-17"] * 3
    assert changes["changed_at"].notna().tolist() == [True, True, False]
    moved = moved_targets(changes, now)
    assert moved["target_before"].tolist() == [12.0]
    assert moved["target_moved_on"].dt.date.tolist() == [date(2026, 11, 16)]
    assert after(now, now, changes, STEPS).equals(changes)


def test_a_log_that_ends_elsewhere_explains_nothing() -> None:
    changes = after(night({}), night({"target": 11.0}, number=1), NONE, STEPS)
    assert [row[1:] for row in sides(changes)][-1] == ("target", "9", "11")
    assert len(changes) == 3


def test_what_an_older_version_found_by_comparing_runs_is_not_told_again() -> None:
    known = definition_changes(night({}), night({"target": 10.0}, number=1), NONE,
                               MONDAY + timedelta(days=1), "r1")  # fmt: skip
    old = known.drop(columns=["changed_on", "changed_at"])
    now = night({"target": 10.0}, number=1)
    assert sides(after(now, now, old, logged({}))) == [(1, "target", "9", "10")]


def test_the_first_run_records_what_the_log_tells() -> None:
    changes = after(pd.DataFrame(), night({"target": 10.0}), NONE, logged({}))
    assert sides(changes) == [(1, "target", "9", "10")]
