from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from okr_model.forecast import compute_forecast
from okr_model.values import all_measurements, cycle_series
from tests.okr_model.key_result_frames import (
    NO_CHECK_INS,
    day,
    definitions,
    measured,
    measurements,
)

TODAY = date(2026, 11, 28)
WEEKS = (1, 8, 15, 29, 36, 43, 50, 57)  # a week is missing


def forecasts(
    *cases: tuple[dict[str, Any], list[tuple[int, float]]], as_of: date = TODAY
) -> list[dict[str, Any]]:
    key_results = definitions(*[definition for definition, _ in cases])
    rows = measurements(*[measured(f"KR-{n}", points) for n, (_, points) in enumerate(cases, 1)])
    series = cycle_series(key_results, all_measurements(key_results, rows, NO_CHECK_INS), as_of)
    computed = compute_forecast(key_results, series, as_of)
    return [
        {name: None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in computed.to_dict("records")
    ]


def test_the_formula_is_the_one_that_is_stated() -> None:
    values = [3.0, 9.0, 16.0, 27.0, 30.0, 41.0, 44.0, 52.0]
    (row,) = forecasts(({}, list(zip(WEEKS, values, strict=True))))
    drift = (values[-1] - values[0]) / 56
    left = 91 - 57
    centre = values[-1] + drift * left / 2
    steps = zip(
        zip(WEEKS, values, strict=True), zip(WEEKS[1:], values[1:], strict=True), strict=False
    )
    noise = sum((w - v - drift * (e - d)) ** 2 / (e - d) for (d, v), (e, w) in steps) / 6
    spread = math.sqrt(noise * left + (drift * left / 2) ** 2)
    assert row["forecast_value"] == pytest.approx(centre)
    assert row["spread"] == pytest.approx(spread)
    likely = stats.t.sf((100 - centre) / spread, df=6)
    assert row["attainment_probability"] == pytest.approx(likely, abs=5e-5)
    assert row["forecast_low"] == pytest.approx(centre + spread * stats.t.ppf(0.1, df=6))
    assert row["forecast_high"] == pytest.approx(centre + spread * stats.t.ppf(0.9, df=6))
    assert row["trend_per_week"] == pytest.approx(7 * np.polyfit(WEEKS, values, 1)[0])


@pytest.mark.parametrize("readings", [0, 1, 2, 3])
def test_fewer_than_four_days_give_no_number(readings: int) -> None:
    (row,) = forecasts(({}, [(WEEKS[n], float(n)) for n in range(readings)]))
    assert row["evidence_state"] == "not enough evidence"
    for name in ("attainment_probability", "forecast_value", "forecast_low", "forecast_high"):
        assert row[name] is None
    assert (row["trend_per_week"] is None) == (readings < 2)


@pytest.mark.parametrize(
    "definition",
    [
        {"kind": "yes/no", "target": 1},
        {"kind": "milestones"},
        {"kind": None, "target": None},
        {"target": None},
        {"kind": "band"},
    ],
)
def test_without_a_question_there_is_no_probability(definition: dict[str, Any]) -> None:
    (row,) = forecasts((definition, [(d, float(d)) for d in WEEKS]))
    assert row["attainment_probability"] is None
    assert row["evidence_state"] == "not enough evidence"


@pytest.mark.parametrize(
    ("definition", "value", "probability"),
    [
        ({}, 99.0, 0.0),
        ({}, 100.0, 1.0),
        ({"kind": "at most", "target": 4}, 4.0, 1.0),
        ({"kind": "at most", "target": 4}, 4.1, 0.0),
        ({"kind": "band", "target": 4, "target_high": 6}, 6.0, 1.0),
        ({"kind": "band", "target": 4, "target_high": 6}, 6.1, 0.0),
    ],
)
def test_a_flat_series_and_a_passed_due_day_are_settled(
    definition: dict[str, Any], value: float, probability: float
) -> None:
    flat, due = forecasts(
        (definition, [(d, value) for d in WEEKS]),
        ({**definition, "due_on": TODAY}, [(1, 50.0), (57, value)]),
    )
    assert flat["attainment_probability"] == due["attainment_probability"] == probability
    assert flat["evidence_state"] == due["evidence_state"] == "enough"
    assert due["forecast_value"] == due["forecast_low"] == due["forecast_high"] == value


def test_after_the_due_day_only_what_was_true_by_then_counts() -> None:
    (row,) = forecasts(({"due_on": day(40)}, [(1, 0.0), (36, 100.0), (50, 20.0)]))
    assert row["attainment_probability"] == 1.0


def test_a_straight_path_is_neither_certain_nor_hopeless() -> None:
    (row,) = forecasts(({}, [(d, 100 * d / 91) for d in WEEKS]))
    assert 0.05 < row["attainment_probability"] < 0.5


VALUES = st.lists(st.integers(-100, 100).map(float), min_size=8, max_size=8)


@settings(max_examples=25, deadline=None)
@given(VALUES, st.integers(-150, 150).map(float), st.integers(0, 50).map(float))
def test_probability_is_mirrored_monotone_and_knows_no_unit(
    values: list[float], target: float, more: float
) -> None:
    def points(change: Any) -> list[tuple[int, float]]:
        return [(d, change(v)) for d, v in zip(WEEKS, values, strict=True)]

    plain, mirrored, scaled, higher, harder, band = forecasts(
        ({"target": target}, points(lambda v: v)),
        ({"kind": "decrease", "target": -target}, points(lambda v: -v)),
        ({"target": target * 64}, points(lambda v: v * 64)),
        ({"target": target}, points(lambda v: v + more)),
        ({"target": target + more}, points(lambda v: v)),
        ({"kind": "band", "target": target, "target_high": target + more}, points(lambda v: v)),
    )
    likely = plain["attainment_probability"]
    assert mirrored["attainment_probability"] == pytest.approx(likely, abs=1e-4)
    assert scaled["attainment_probability"] == likely
    assert mirrored["forecast_value"] == pytest.approx(-plain["forecast_value"])
    assert higher["attainment_probability"] >= likely - 1e-4
    assert harder["attainment_probability"] <= likely
    assert 0.0 <= band["attainment_probability"] <= likely + 1e-4
    if plain["spread"]:
        inside = likely - harder["attainment_probability"]
        assert band["attainment_probability"] == pytest.approx(inside, abs=2e-4)


def test_many_key_results_are_computed_at_once() -> None:
    count = 2000
    key_results = pd.concat([definitions({})] * count, ignore_index=True)
    key_results["key_result_id"] = [f"KR-{n}" for n in range(count)]
    one = measurements(measured("KR-1", [(d, float(d)) for d in WEEKS]))
    rows = one.loc[one.index.repeat(count)].reset_index(drop=True)
    rows["key_result_id"] = [f"KR-{n}" for _ in WEEKS for n in range(count)]
    series = cycle_series(key_results, all_measurements(key_results, rows, NO_CHECK_INS), TODAY)
    computed = compute_forecast(key_results, series, TODAY)
    assert len(series) == count * len(WEEKS)
    assert computed["attainment_probability"].nunique() == 1
