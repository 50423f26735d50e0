"""Figures in explanations are written as people write them."""

import datetime as dt
from typing import Any

import pytest

from okr_model.explain.progress import way_lines
from okr_model.explain.wording import short


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1551428.9, "1551430"),
        (-1.2345678e9, "-1234570000"),
        (0.56043956, "0.56044"),
        (1.25e-7, "0.000000125"),
        (40.0, "40"),
        (0.0, "0"),
    ],
)
def test_a_computed_number_has_six_digits_that_count_and_no_power_of_ten(
    value: float, words: str
) -> None:
    assert short(value) == words


@pytest.mark.parametrize(
    ("baseline", "target", "current", "words"),
    [
        (5, 2, 4, "The target is 2 away, with 40 days left."),
        (5, 2, 1.5, "The target is passed by 0.5, with 40 days left."),
        (0, 40, 34, "The target is 6 away, with 40 days left."),
        (0, 40, 43, "The target is passed by 3, with 40 days left."),
        (0, 40, 40, "The target is 0 away, with 40 days left."),
    ],
)
def test_the_distance_to_the_target_is_told_in_its_own_direction(
    baseline: float, target: float, current: float, words: str
) -> None:
    day = dt.date(2026, 11, 21)
    facts: dict[str, Any] = {"baseline": baseline, "target": target, "current_value": current}
    facts |= {"progress_state": "computed", "expected_progress": 0.5, "phases": None}
    facts |= {"kind": "decrease" if target < baseline else "increase", "as_of": day}
    facts |= {"due_on": day + dt.timedelta(40), "cycle_end": day + dt.timedelta(40)}
    facts |= {"current_value_at": day, "cycle_start": day - dt.timedelta(50)}
    assert way_lines(facts)[-1] == words
