from __future__ import annotations

import itertools
import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import stats

from okr_model.forecast.forecast import compute_forecast
from okr_model.progress.value_series import all_measurements, cycle_series
from tests.support.key_result_frames import (
    NO_CHECK_INS,
    day,
    definitions,
    measured,
    measurements,
)

TODAY = date(2026, 11, 28)
WEEKS = (1, 8, 15, 29, 36, 43, 50, 57)  # a week is missing


def forecasts(
    *cases: tuple[dict[str, Any], list[tuple[int, float]]], as_of: date = TODAY, path: str = "level"
) -> list[dict[str, Any]]:
    key_results = definitions(*[definition for definition, _ in cases]).assign(path=path)
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
    drift, left = (values[-1] - values[0]) / 56, 91 - 57
    earlier = (values[-2] - values[0]) / 49
    steps = itertools.pairwise(zip(WEEKS[:-1], values[:-1], strict=True))
    noise = sum((w - v - earlier * (e - d)) ** 2 / (e - d) for (d, v), (e, w) in steps) / 5
    steadiness = earlier**2 * 49 / (earlier**2 * 49 + noise * (1 + 4 / 25))
    kept = steadiness * 49 / (49 + left / 7)
    back = 0.3 * (1 - kept) * (values[-1] - np.median(values[:-1]))
    centre = values[-1] + kept * drift * left - back
    spread = math.sqrt(noise * left / 16 + kept * (1 - kept) * (earlier * left) ** 2)
    assert row["kept"] == pytest.approx(kept)
    assert row["forecast_value"] == pytest.approx(centre)
    assert row["spread"] == pytest.approx(spread)
    likely = stats.cauchy.sf(100, centre, spread)
    assert row["attainment_probability"] == pytest.approx(likely, abs=5e-5)
    assert row["forecast_low"] == pytest.approx(stats.cauchy.ppf(0.1, centre, spread))
    assert row["forecast_high"] == pytest.approx(stats.cauchy.ppf(0.9, centre, spread))
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
def test_a_flat_series_leaves_little_doubt_and_a_passed_due_day_none(
    definition: dict[str, Any], value: float, probability: float
) -> None:
    flat, due = forecasts(
        (definition, [(d, value) for d in WEEKS]),
        ({**definition, "due_on": TODAY}, [(1, 50.0), (57, value)]),
    )
    doubt = 34 / (2 * 9 * (34 + 56))
    likely = min(max(probability, doubt), 1 - doubt)
    assert flat["attainment_probability"] == pytest.approx(likely, abs=5e-5)
    assert due["attainment_probability"] == probability
    assert flat["evidence_state"] == due["evidence_state"] == "enough"
    assert due["forecast_value"] == due["forecast_low"] == due["forecast_high"] == value


def test_after_the_due_day_only_what_was_true_by_then_counts() -> None:
    (row,) = forecasts(({"due_on": day(40)}, [(1, 0.0), (36, 100.0), (50, 20.0)]))
    assert row["attainment_probability"] == 1.0


def test_a_counter_goes_on_at_its_pace() -> None:
    values = [3.0, 9.0, 16.0, 27.0, 30.0, 41.0, 44.0, 52.0]
    (row,) = forecasts(({}, placed(values)), path="counter")
    drift, left, recent = (52.0 - 3.0) / 56, 91 - 57, (52.0 - 27.0) / 28
    earlier = (44.0 - 3.0) / 49
    steps = itertools.pairwise(zip(WEEKS[:-1], values[:-1], strict=True))
    noise = sum((w - v - earlier * (e - d)) ** 2 / (e - d) for (d, v), (e, w) in steps)
    noise = math.sqrt((noise + 7 * (0.2 * drift) ** 2) / 6)
    centre = 52 + (0.75 * drift + 0.25 * recent) * left
    spread = noise * math.sqrt(left * (1 + left / 56))
    assert row["centre"] == row["forecast_value"] == pytest.approx(centre)
    assert row["spread"] == pytest.approx(spread)
    likely = stats.t(3).sf((100 - centre) / spread)
    assert row["attainment_probability"] == pytest.approx(likely, abs=5e-5)
    tenth = stats.t(3, centre, spread).ppf(0.9)
    assert row["forecast_high"] == pytest.approx(centre + 1.3 * (tenth - centre))


def test_a_counter_never_falls_and_a_met_one_stays_met() -> None:
    met, wild, down = forecasts(
        ({"target": 50}, placed([3.0, 9.0, 16.0, 27.0, 30.0, 41.0, 44.0, 52.0])),
        ({"target": 99}, placed([0.0, 0.0, 0.0, 40.0, 40.0, 40.0, 41.0, 42.0])),
        ({"kind": "decrease", "target": 10}, placed([90.0, 70.0, 60.0, 50, 40, 30, 21, 10])),
        path="counter",
    )
    assert met["attainment_probability"] == down["attainment_probability"] == 0.99
    assert wild["forecast_low"] == 42.0
    assert down["forecast_high"] <= 10.0


@pytest.mark.parametrize(("readings", "counter", "level"), [(4, 0.5, 0.27), (12, 0.5, 0.38)])
def test_exactly_on_the_path_is_even_for_a_counter_and_less_for_a_level(
    readings: int, counter: float, level: float
) -> None:
    path = [(7 * n, 100.0 * n / 13) for n in range(readings)]
    for kind, expected in (("counter", counter), ("level", level)):
        (row,) = forecasts(({}, path), path=kind)
        assert row["attainment_probability"] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("path", ["counter", "level"])
def test_ahead_of_the_path_is_likely_and_behind_it_is_not(path: str) -> None:
    ahead, behind = forecasts(
        *[({}, [(d, pace * d / 91) for d in WEEKS]) for pace in (130.0, 60.0)], path=path
    )
    assert ahead["attainment_probability"] > 0.7
    assert behind["attainment_probability"] < 0.2


def test_a_jump_after_a_flat_line_is_not_taken_for_a_pace() -> None:
    (row,) = forecasts(({}, [(d, 20.0) for d in WEEKS[:-1]] + [(WEEKS[-1], 60.0)]))
    assert row["kept"] == 0.0
    assert row["forecast_value"] == 60.0
    assert 0.0 < row["attainment_probability"] < 0.1


@pytest.mark.parametrize("path", ["counter", "level"])
def test_one_error_on_the_way_changes_little(path: str) -> None:
    straight = [(d, 90.0 * d / 91) for d in WEEKS]
    wrong = [*straight[:3], (29, 290.0), *straight[4:]]
    usual, error = forecasts(({"target": 75}, straight), ({"target": 75}, wrong), path=path)
    assert usual["attainment_probability"] > 0.7
    assert error["set_aside"] == 1
    assert error["attainment_probability"] == pytest.approx(
        usual["attainment_probability"], abs=0.05
    )


@pytest.mark.parametrize(("unit", "whole"), [("%", 100.0), (None, 1.0)])
def test_milestones_aim_at_the_whole(unit: str | None, whole: float) -> None:
    case = {"kind": "milestones", "unit": unit, "target": None}
    stages, done = forecasts(
        (case, [(d, whole * 0.9 * d / 57) for d in WEEKS]),
        ({**case, "due_on": TODAY}, [(1, 0.0), (57, whole)]),
    )
    assert stages["evidence_state"] == "enough"
    assert stages["attainment_probability"] > 0.5
    assert done["attainment_probability"] == 1.0


@pytest.mark.parametrize(("value", "probability"), [(0.0, 0.0), (1.0, 1.0)])
def test_a_yes_or_no_has_a_probability_once_it_is_due(value: float, probability: float) -> None:
    case = {"kind": "yes/no", "target": 1, "unit": "yes/no"}
    points = [(d, value) for d in WEEKS]
    due, open_still = forecasts(({**case, "due_on": TODAY}, points), (case, points))
    assert due["attainment_probability"] == probability
    assert open_still["attainment_probability"] is None
    assert open_still["forecast_value"] is None


def test_the_range_stays_within_what_the_unit_allows() -> None:
    rising = [(d, 40.0 + d) for d in WEEKS]
    noisy = [(d, 97.0 + n % 3) for n, d in enumerate(WEEKS)]
    share, growth, count, days = forecasts(
        ({"unit": "%", "target": 99}, noisy),
        ({"unit": "%", "target": 120}, rising),
        ({"unit": "count"}, rising),
        ({"unit": "days", "kind": "decrease", "target": 2}, [(d, 60.0 - d) for d in WEEKS]),
    )
    assert share["forecast_high"] == 100.0
    assert growth["forecast_high"] == count["forecast_high"] > 100
    assert days["forecast_low"] == 0.0


VALUES = st.lists(st.integers(-100, 100).map(float), min_size=8, max_size=8)
TARGETS = st.integers(-150, 150).map(float)
STEPS = st.integers(0, 50).map(float)


def placed(values: list[float]) -> list[tuple[int, float]]:
    return list(zip(WEEKS, values, strict=True))


@pytest.mark.thorough
@settings(max_examples=25, phases=(Phase.explicit, Phase.generate))
@given(VALUES, TARGETS, STEPS)
def test_probability_is_mirrored_monotone_and_knows_no_unit(
    values: list[float], target: float, more: float
) -> None:
    plain, mirrored, scaled, moved, higher, harder, band = forecasts(
        ({"target": target}, placed(values)),
        ({"kind": "decrease", "target": -target}, placed([-v for v in values])),
        ({"target": target * 64}, placed([v * 64 for v in values])),
        ({"target": target + 1024}, placed([v + 1024 for v in values])),
        ({"target": target}, placed([v + more for v in values])),
        ({"target": target + more}, placed(values)),
        ({"kind": "band", "target": target, "target_high": target + more}, placed(values)),
    )
    likely = plain["attainment_probability"]
    assert mirrored["attainment_probability"] == pytest.approx(likely, abs=1e-4)
    assert scaled["attainment_probability"] == likely
    assert moved["attainment_probability"] == pytest.approx(likely, abs=1e-4)
    assert mirrored["forecast_value"] == pytest.approx(-plain["forecast_value"])
    if not any(row["set_aside"] or row["doubted"] for row in (plain, higher)):
        assert higher["attainment_probability"] >= likely - 1e-4
    assert harder["attainment_probability"] <= likely
    assert 0.0 <= band["attainment_probability"] <= likely + 1e-4
    doubt = plain["least_doubt"]
    # A doubted reading makes a mixture, each part of which is kept from certainty on its own.
    if (
        not plain["doubted"]
        and doubt + 1e-4 < harder["attainment_probability"] <= likely < 1 - doubt - 1e-4
    ):
        inside = max(likely - harder["attainment_probability"], doubt)
        assert band["attainment_probability"] == pytest.approx(inside, abs=2e-4)


@pytest.mark.thorough
@settings(max_examples=25, phases=(Phase.explicit, Phase.generate))
@given(VALUES, TARGETS, st.lists(STEPS, min_size=5, max_size=5))
def test_a_better_last_reading_never_lowers_the_probability(
    values: list[float], target: float, steps: list[float]
) -> None:
    better = sorted(values[-1] + step for step in [0.0, *steps])
    rising = forecasts(*[({"target": target}, placed([*values[:-1], v])) for v in better])
    falling = forecasts(
        *[
            ({"kind": "at most", "target": -target}, placed([*(-w for w in values[:-1]), -v]))
            for v in better
        ]
    )
    for rows in (rising, falling):
        likely = [
            row["attainment_probability"]
            for row in rows
            if not (row["set_aside"] or row["doubted"])
        ]
        assert likely == sorted(likely)


@settings(max_examples=15, phases=(Phase.explicit, Phase.generate))
@given(VALUES, st.integers(-150, 150).map(lambda n: n + 0.5))
def test_doubt_vanishes_as_the_due_day_comes(values: list[float], target: float) -> None:
    lefts = (40, 20, 1, 0)
    rows = forecasts(
        *[({"target": target, "due_on": day(57 + left)}, placed(values)) for left in lefts]
    )
    met = float(values[-1] >= target)
    assert rows[-1]["attainment_probability"] == met
    doubts = [row["least_doubt"] for row in rows]
    assert doubts == sorted(doubts, reverse=True)
    spreads = [row["spread"] for row in rows]
    assert spreads[2] <= spreads[0]
    far = abs(values[-1] - target) > 60
    if far:
        assert abs(rows[2]["attainment_probability"] - met) < 0.1


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
