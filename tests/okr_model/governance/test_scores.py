"""Scores under present and original terms, their bands, and what a miss suggests."""

from __future__ import annotations

import datetime as dt
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.governance.closings import closings
from okr_model.governance.original_terms import original_terms
from okr_model.governance.phases import PhaseWeeks
from okr_model.governance.scores import bands, build_scores
from okr_model.links.decisions import empty_log
from okr_model.tables import SCORES
from okr_model.tables.contract import conform, violations
from okr_model.teams.teams import Rhythm, Teams
from tests.okr_model.governance.nights import NO_CHANGES, at, changes_over, rows_on
from tests.support.key_result_frames import NO_CHECK_INS, check_ins, definitions
from tests.support.okr_cells import Q3, Q4

DRAFT, AGREED, LATER, END = (
    date(2026, 10, 5), date(2026, 10, 20), date(2026, 11, 20), date(2027, 1, 4),
)  # fmt: skip
TEAMS = Teams(usual=Rhythm(every_days=7))


def scored(
    rows: pd.DataFrame,
    defined: pd.DataFrame,
    changes: pd.DataFrame = NO_CHANGES,
    said: pd.DataFrame = NO_CHECK_INS,
    day: date = END,
) -> dict[Any, Any]:
    found = build_scores(
        rows, closings(defined, empty_log()), changes, said, TEAMS, PhaseWeeks(), day
    )
    conformed = conform(found.assign(as_of=day, run_id="r"), SCORES)
    assert violations(conformed, SCORES) == []
    (row,) = found[found["cycle_id"] == Q4.id].to_dict("records")
    return row


def test_a_silent_edit_of_the_target_is_scored_under_both() -> None:
    first, second = definitions({"target": 100.0}), definitions({"target": 50.0})
    changes = changes_over((AGREED, first), (LATER, second))
    row = scored(rows_on(END, second, at(45, 80)), second, changes)
    assert (row["score"], row["score_original"]) == (0.9, 0.45)
    assert (row["original_target"], row["terms_changed"]) == (100.0, 1)
    assert (row["band"], row["band_original"]) == ("satisfactory", "some progress")


def test_an_edit_together_with_the_unit_is_scored_under_both() -> None:
    days = definitions({"unit": "days", "kind": "decrease", "baseline": 5.0, "target": 2.0})
    hours = definitions({"unit": "hours", "kind": "decrease", "baseline": 120.0, "target": 72.0})
    changes = changes_over((AGREED, days), (LATER, hours))
    row = scored(rows_on(END, hours, at(84, 80)), hours, changes)
    assert row["original_unit"] == "days"
    assert row["original_target"] == 48.0
    assert row["score"] == 0.75
    assert row["score_original"] == 0.5


def test_a_unit_that_does_not_convert_leaves_the_original_score_unknown() -> None:
    percent, count = definitions({"unit": "%"}), definitions({"unit": "count", "target": 500.0})
    changes = changes_over((AGREED, percent), (LATER, count))
    row = scored(rows_on(END, count, at(250, 80)), count, changes)
    assert row["score"] == 0.5
    assert pd.isna(row["score_original"])
    assert pd.isna(row["original_target"])


def test_what_was_agreed_on_in_the_baseline_phase_is_the_original() -> None:
    draft, agreed = definitions({"target": 500.0}), definitions({"target": 100.0})
    changes = changes_over((DRAFT, draft), (date(2026, 10, 14), agreed))
    row = scored(rows_on(END, agreed, at(50, 80)), agreed, changes)
    assert (row["original_target"], row["terms_changed"]) == (100.0, 0)


def test_several_edits_go_back_to_the_first() -> None:
    nights = [definitions({"target": target}) for target in (100.0, 80.0, 50.0)]
    days = (AGREED, date(2026, 11, 1), LATER)
    changes = changes_over(*zip(days, nights, strict=True))
    row = scored(rows_on(END, nights[-1], at(50, 80)), nights[-1], changes)
    assert (row["original_target"], row["terms_changed"]) == (100.0, 2)
    assert (row["score"], row["score_original"]) == (1.0, 0.5)


def test_a_baseline_filled_in_later_was_missing_and_not_moved() -> None:
    without, given_later = definitions({"baseline": None}), definitions({"baseline": 20.0})
    changes = changes_over((AGREED, without), (LATER, given_later))
    row = scored(rows_on(END, given_later, at(60, 80)), given_later, changes)
    assert row["original_baseline"] == 20.0
    assert row["score_original"] == row["score"] == 0.5


def test_a_running_cycle_has_progress_and_no_score() -> None:
    first, second = definitions({"target": 100.0}), definitions({"target": 50.0})
    changes = changes_over((AGREED, first), (LATER, second))
    row = scored(rows_on(LATER, second, at(25)), second, changes, day=LATER)
    assert (row["progress"], row["progress_original"]) == (0.5, 0.25)
    assert pd.isna(row["score"])
    assert pd.isna(row["score_original"])
    assert pd.isna(row["band"])


@pytest.mark.parametrize(
    ("score", "ambition", "band"),
    [
        (1.0, "committed", "reached"),
        (0.9, "committed", "failed"),
        (0.0, "committed", "failed"),
        (1.0, "aspirational", "reached"),
        (0.7, "aspirational", "satisfactory"),
        (0.1 * 7, None, "satisfactory"),
        (0.69, "aspirational", "some progress"),
        (0.3, None, "some progress"),
        (0.29, None, "none"),
        (0.0, "aspirational", "none"),
        (None, "committed", None),
    ],
)
def test_bands(score: float | None, ambition: str | None, band: str | None) -> None:
    (found,) = bands(pd.Series([score], dtype="float64"), pd.Series([ambition], dtype="str"))
    assert (None if pd.isna(found) else found) == band


@pytest.mark.parametrize(
    ("weeks", "value", "rhythm", "suggests"),
    [
        (range(1, 14), 20.0, "strong", "the Key Result"),
        (range(1, 4), 20.0, "weak", "the cadence"),
        (range(1, 14), 100.0, "strong", None),
    ],
)
def test_a_miss_suggests_the_key_result_or_the_cadence(
    weeks: range, value: float, rhythm: str, suggests: str | None
) -> None:
    defined = definitions({})
    said = check_ins("KR-1", [(7 * week, "high", None) for week in weeks])
    row = scored(rows_on(END, defined, at(value, 80)), defined, said=said)
    assert row["check_ins_due"] == 13
    assert row["check_ins_made"] == len(weeks)
    assert row["rhythm"] == rhythm
    assert (None if pd.isna(row["miss_suggests"]) else row["miss_suggests"]) == suggests


def test_lineage_by_the_same_id_or_as_the_record_says() -> None:
    older = {"cycle_id": Q3.id, "cycle_start": Q3.start, "cycle_end": Q3.end, "due_on": Q3.end}
    defined = definitions(
        {"key_result_id": "KR-1", **older},
        {"key_result_id": "KR-2", **older},
        {"key_result_id": "KR-1"},
        {"key_result_id": "KR-9", "carried_from": "KR-2"},
    )
    rows = rows_on(LATER, defined)
    found = build_scores(
        *(rows, closings(defined, empty_log()), NO_CHANGES, NO_CHECK_INS),
        *(TEAMS, PhaseWeeks(), LATER),
    ).set_index(["key_result_id", "cycle_id"])
    assert found.loc[("KR-1", Q4.id), "carried_from"] == "KR-1 (2026-Q3)"
    assert found.loc[("KR-1", Q3.id), "carried_to"] == "KR-1 (2026-Q4)"
    assert found.loc[("KR-9", Q4.id), "carried_from"] == "KR-2 (2026-Q3)"
    assert found.loc[("KR-2", Q3.id), "carried_to"] == "KR-9 (2026-Q4)"


@given(st.lists(st.integers(1, 400), min_size=1, max_size=4))
@settings(max_examples=10)  # each compares up to four nights
def test_the_original_target_is_the_one_agreed_on(targets: list[int]) -> None:
    nights = [definitions({"target": float(target)}) for target in targets]
    days = [Q4.start + dt.timedelta(days=day) for day in (3, 13, 14, 60)]
    changes = changes_over(*zip(days, nights, strict=False))
    agreed = pd.Series([days[1]], dtype="datetime64[us]")
    terms, changed = original_terms(nights[-1], changes, agreed)
    assert terms["target"].tolist() == [targets[:2][-1]]
    moved = sum(old != new for old, new in pairwise(targets[1:]))
    assert changed.tolist() == [moved]
