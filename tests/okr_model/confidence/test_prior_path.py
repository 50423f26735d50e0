"""Where the readings before a cycle would have led, and how much there must be of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.confidence.prior_path import prior_evidence, readings_before
from okr_model.forecast.forecast import NO_LESSONS
from okr_model.progress.value_series import all_measurements
from tests.support.key_result_frames import NO_CHECK_INS, day, definitions, measured, measurements
from tests.support.okr_cells import Q4

TODAY = date(2026, 11, 28)
Points = list[tuple[int, float]]
WEEKS = [-84, -77, -70, -63, -56, -49, -42, -35, -28, -21, -14, -7]
RISING = [(at, 100.0 + at) for at in WEEKS]  # a unit a day: 16 at first, 93 a week before the cycle
FALLING = [(at, -value) for at, value in RISING]


def prior(points: Points, later: Points = (), **fields: Any) -> pd.Series:
    one = definitions({"baseline": 100.0, "target": 150.0, **fields})
    rows = all_measurements(one, measurements(measured("KR-1", [*points, *later])), NO_CHECK_INS)
    earlier = readings_before(one, rows, TODAY)
    return prior_evidence(one, earlier, TODAY, NO_LESSONS).iloc[0]


def test_a_counter_that_goes_on_would_get_there_at_its_pace() -> None:
    found = prior(RISING)
    assert found["prior_pace"] == pytest.approx(7.0)
    assert found["prior_chance"] > 0.95
    assert found["prior_reach_on"].date() == day(50)
    assert prior(RISING, target=191.0)["prior_chance"] == pytest.approx(0.5, abs=0.01)


def test_a_counter_that_starts_anew_goes_on_from_its_baseline() -> None:
    found = prior(RISING, baseline=0.0, target=50.0)
    assert found["prior_reach_on"].date() == day(50)
    assert found["prior_chance"] > 0.95
    far = prior(RISING, baseline=0.0, target=92.0)
    assert far["prior_reach_on"].date() == day(92)
    assert far["prior_chance"] < 0.5  # although the last reading before the cycle was above it


def test_a_level_keeps_its_value_whatever_the_baseline_says() -> None:
    back_and_forth = [(at, 93.0 + (at // 7) % 2) for at in WEEKS]
    found = prior(back_and_forth, baseline=50.0, target=60.0)
    assert found["prior_reach_on"].date() == day(-7)  # it was met then already
    assert found["prior_chance"] > 0.9


def test_less_is_better_is_the_mirror() -> None:
    mirror = {"kind": "decrease", "baseline": -100.0, "target": -150.0}
    for level in ({}, {"unit": "hours"}):
        up, down = prior(RISING, **level), prior(FALLING, **level, **mirror)
        assert down["prior_pace"] == pytest.approx(up["prior_pace"])
        assert down["prior_reach_on"] == up["prior_reach_on"]


@pytest.mark.parametrize(
    ("points", "fields"),
    [
        ([], {}),
        (RISING[-3:], {}),  # three days with a reading
        ([(at, 100.0 + at) for at in (-37, -30, -20, -8)], {}),  # over 29 of 91 days
        ([(at, 100.0 + at) for at in (-80, -60, -40, -31)], {}),  # none in the last 30 days
        ([(at, 100.0 + at) for at in (-112, -105, -98, -92)], {}),  # before the last 91 days
        (RISING, {"baseline": None}),
        (RISING, {"baseline": 150.0}),
        (RISING, {"kind": "at least", "baseline": 160.0}),
        (RISING, {"kind": "band", "target_high": 160.0}),
        (RISING, {"kind": "milestones", "unit": "%", "target": None}),
        (RISING, {"target": None}),
        ([*RISING[:-1], (-7, 900.0)], {}),  # a last reading that may be an error
    ],
)
def test_nothing_is_said_without_evidence(points: Points, fields: dict[str, Any]) -> None:
    assert prior(points, **fields).isna().all()


def test_just_enough_readings_are_evidence() -> None:
    for days in ((-38, -30, -20, -7), (-80, -60, -40, -30), (-91, -84, -42, -7)):
        assert prior([(at, 100.0 + at) for at in days])["prior_chance"] > 0


def test_a_pace_that_is_none_reaches_nothing() -> None:
    flat = prior([(at, 100.0) for at in WEEKS])
    assert (flat["prior_pace"], flat["prior_chance"] < 0.1) == (0.0, True)
    assert pd.isna(flat["prior_reach_on"])
    assert pd.isna(prior([(at, 100.0 + at * 1e-9) for at in WEEKS])["prior_reach_on"])


def test_the_readings_of_the_cycle_before_count_under_the_same_id() -> None:
    both = definitions(
        {"key_result_id": "KR-1", "baseline": 0.0, "target": 100.0, "cycle_id": "2026-Q3",
         "cycle_start": date(2026, 7, 1), "cycle_end": date(2026, 9, 30),
         "due_on": date(2026, 9, 30)},
        {"key_result_id": "KR-1", "baseline": 100.0, "target": 150.0},
    )  # fmt: skip
    rows = all_measurements(both, measurements(measured("KR-1", RISING)), NO_CHECK_INS)
    assert set(rows["cycle_id"]) == {"2026-Q3"}
    now = both[both["cycle_id"] == Q4.id]
    found = prior_evidence(now, readings_before(now, rows, TODAY), TODAY, NO_LESSONS).iloc[0]
    assert found.equals(prior(RISING))


def test_a_start_of_its_own_is_where_before_ends() -> None:
    late = prior(RISING, later=[(0, 100.0), (7, 107.0)], starts_on=day(14), baseline=114.0)
    assert late["prior_reach_on"].date() == day(50)
    assert late["prior_pace"] == pytest.approx(7.0)


@pytest.mark.thorough
@settings(max_examples=4)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.25, 64.0]))
def test_neither_units_nor_later_readings_matter(seed: int, unit: float) -> None:
    random = np.random.default_rng(seed)
    steps = random.integers(-20, 21, (40, len(WEEKS)))
    values = 80.0 + steps.cumsum(axis=1)
    found = prior_of(values)
    after = prior_of(values, later=random.integers(0, 500, (40, 3)))
    scaled = prior_of(unit * values, baseline=100.0 * unit, target=150.0 * unit)
    assert found["prior_chance"].notna().sum() > 20
    assert after.equals(found)
    apart = (scaled["prior_chance"] - found["prior_chance"]).abs()
    assert not (apart > 1e-4).any()
    assert scaled["prior_pace"].tolist() == pytest.approx(
        (unit * found["prior_pace"]).tolist(), nan_ok=True
    )
    assert scaled["prior_reach_on"].equals(found["prior_reach_on"])


def prior_of(values: np.ndarray, later: np.ndarray | None = None, **fields: Any) -> pd.DataFrame:
    """The prior paths of many Key Results in percent, one a row of weekly readings."""
    usual = {"unit": "%", "baseline": 100.0, "target": 150.0, **fields}
    many = definitions(*[usual] * len(values))
    after = np.zeros((len(values), 0)) if later is None else later
    days = [*WEEKS, *range(0, 7 * after.shape[1], 7)]
    readings = [
        measured(key, zip(days, map(float, path), strict=True))
        for key, path in zip(many["key_result_id"], np.hstack([values, after]), strict=True)
    ]
    rows = all_measurements(many, measurements(*readings), NO_CHECK_INS)
    return prior_evidence(many, readings_before(many, rows, TODAY), TODAY, NO_LESSONS)
