"""What past cycles teach: factors for each kind of path, and how like paths went on."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from okr_model.forecast.ends import Factors
from okr_model.forecast.forecast import NO_LESSONS, compute_forecast
from okr_model.forecast.past_paths import FEWEST_PATHS, GRIDS, Lessons
from okr_model.forecast.shapes import USUALLY_LIKE, like_count
from okr_model.progress.value_series import all_measurements, cycle_series
from tests.support.key_result_frames import (
    NO_CHECK_INS,
    day,
    definitions,
    measured,
    measurements,
)
from tests.support.okr_cells import Q4
from tests.support.past_paths import learnt_from, walks

TODAY = date(2026, 11, 28)
GOES_ON, STOPS = walks(60, 1.0), walks(60, 3.0, stops_after=4)
TOTALS = np.random.default_rng(3).gamma(2.0, 2.0, size=(60, 14)).cumsum(axis=1)


def factors(paths: np.ndarray, path: str = "level") -> Factors:
    return learnt_from(paths, path).factors[path]


@pytest.mark.thorough
def test_paces_that_went_on_raise_the_odds_and_those_that_stopped_lower_them() -> None:
    assert factors(GOES_ON).pace_odds > 1 > factors(STOPS).pace_odds
    assert factors(np.vstack([GOES_ON, STOPS])).pace_odds < factors(GOES_ON).pace_odds


def test_few_paths_teach_nothing_and_a_running_cycle_neither() -> None:
    for taught in (
        learnt_from(GOES_ON[: FEWEST_PATHS - 1]),
        learnt_from(GOES_ON, as_of=Q4.end),
        learnt_from(np.ones((60, 14))),  # never moved
        learnt_from(GOES_ON[:, :3]),  # too short to be cut
    ):
        assert not taught.factors
        assert taught.outcomes.empty


@pytest.mark.thorough
def test_what_is_learnt_knows_no_unit_and_no_direction() -> None:
    for paths in (GOES_ON, STOPS):
        found = factors(paths)
        assert found == factors(paths * 64) == factors(-paths) == factors(paths + 1024)
        for name, grid in GRIDS["level"].items():
            assert getattr(found, name) in grid


def test_the_kinds_of_path_learn_apart() -> None:
    levels, counters = learnt_from(STOPS), learnt_from(TOTALS, "counter")
    assert set(levels.factors) == set(levels.outcomes["path"]) == {"level"}
    assert set(counters.factors) == set(counters.outcomes["path"]) == {"counter"}
    assert (counters.outcomes["went_on"] >= 0).all()


def test_noisy_counters_raise_the_noise_and_even_ones_lower_it() -> None:
    even = np.arange(14) * np.linspace(1, 9, 60)[:, None] + walks(60, 0.0) / 20
    assert factors(even, "counter").noise_factor < 1 < factors(TOTALS**2, "counter").noise_factor


POINTS = [(1, 20.0), (8, 26.0), (15, 31.0), (29, 47.0), (36, 50.0), (57, 70.0)]


def forecast(
    points: list[tuple[int, float]],
    lessons: Lessons = NO_LESSONS,
    path: str = "level",
    **definition: object,
) -> pd.Series:
    one = definitions(definition).assign(path=path)
    rows = all_measurements(one, measurements(measured("KR-1", points)), NO_CHECK_INS)
    return compute_forecast(one, cycle_series(one, rows, TODAY), TODAY, lessons).iloc[0]


@pytest.mark.parametrize("odds", [0.25, 1.0, 4.0])
def test_the_odds_of_the_kept_share_are_multiplied(odds: float) -> None:
    lessons = Lessons({"level": Factors(pace_odds=odds, pull_back=0.0)})
    plain, taught = forecast(POINTS)["kept"], forecast(POINTS, lessons)["kept"]
    assert taught / (1 - taught) == pytest.approx(odds * plain / (1 - plain))
    left, drift = 91 - 57, 50 / 56
    assert forecast(POINTS, lessons)["forecast_value"] == pytest.approx(70 + taught * drift * left)


@pytest.mark.parametrize(("target", "met"), [(60, 1.0), (75, 0.0)])
def test_what_is_due_is_settled_whatever_past_paths_did(target: int, met: float) -> None:
    for path in ("level", "counter"):
        lessons = learnt_from(TOTALS, path)
        for due in (day(57), day(60)):
            row = forecast(POINTS, lessons, path, target=target, due_on=due)
            left = (due - day(57)).days
            assert (row["attainment_probability"] == met) == (left == 0)
        settled = forecast(POINTS, lessons, path, target=target, due_on=day(57))
        assert settled["like_paths"] == 0
        assert settled["forecast_low"] == settled["forecast_high"] == 70.0


def test_the_range_has_the_forecast_in_it() -> None:
    for paths in (GOES_ON, STOPS):
        row = forecast(POINTS, learnt_from(paths))
        assert row["forecast_low"] <= row["forecast_value"] <= row["forecast_high"]


def test_like_paths_are_weighed_by_their_number() -> None:
    lessons = learnt_from(TOTALS, "counter")
    row = forecast(POINTS, lessons, "counter")
    assert row["like_paths"] == USUALLY_LIKE
    assert len(row["like_examples"]) == 5
    counts = row["formula_counts"]
    share = (USUALLY_LIKE * row["like_met"] + counts * row["formula"]) / (USUALLY_LIKE + counts)
    assert row["attainment_probability"] == pytest.approx(share, abs=5e-5)
    assert row["like_low"] <= row["like_high"]
    assert forecast(POINTS, lessons, "level")["like_paths"] == 0  # counters teach it nothing


@pytest.mark.parametrize(
    ("number", "like"),
    [(0, 0), (7, 7), (20, 20), (21, 20), (2_099, 20), (2_100, 21), (5_000, 50)],
)
def test_of_many_past_paths_more_are_like_one(number: int, like: int) -> None:
    assert like_count(number) == like


@pytest.mark.thorough
@pytest.mark.parametrize("scale", [0.2, 1.0, 5.0])
def test_the_range_is_as_wide_as_the_ends_of_past_paths_need(scale: float) -> None:
    """Paths whose steps after the middle are much smaller or larger than those before it."""
    steps = np.random.default_rng(11).normal(0.0, 1.0, size=(400, 14))
    steps[:, 8:] *= scale
    paths = steps.cumsum(axis=1)
    lessons = learnt_from(paths[:200])
    rows = definitions(*({"key_result_id": f"KR-{n}", "target": 9} for n in range(200)))
    points = [list(zip(range(1, 57, 7), path, strict=True)) for path in paths[200:, :8]]
    series = measurements(*(measured(f"KR-{n}", found) for n, found in enumerate(points)))
    rows = rows.assign(path="level")
    series = cycle_series(rows, all_measurements(rows, series, NO_CHECK_INS), TODAY)
    found = compute_forecast(rows, series, TODAY, lessons)
    plain = compute_forecast(rows, series, TODAY)
    shares = [
        np.mean(
            (each["forecast_low"] <= paths[200:, -1]) & (paths[200:, -1] <= each["forecast_high"])
        )
        for each in (found, plain)
    ]
    assert 0.7 < shares[0] < 0.9
    assert abs(shares[0] - 0.8) <= abs(shares[1] - 0.8) + 0.02


@pytest.mark.thorough
def test_the_same_paths_upside_down_are_as_like() -> None:
    rising = forecast(POINTS, learnt_from(STOPS), target=75)
    falling = [(at, -value) for at, value in POINTS]
    mirror = forecast(falling, learnt_from(-STOPS), target=-75, kind="decrease")
    assert mirror["attainment_probability"] == rising["attainment_probability"]
    assert mirror["like_met"] == rising["like_met"]


@pytest.mark.thorough
@settings(max_examples=20, phases=(Phase.explicit, Phase.generate))
@given(
    st.lists(st.integers(-100, 100).map(float), min_size=6, max_size=6),
    st.sampled_from(GRIDS["level"]["pace_odds"]),
    st.integers(-150, 150).map(float),
    st.integers(0, 50).map(float),
)
def test_learning_keeps_the_promises_of_the_forecast(
    values: list[float], odds: float, target: float, more: float
) -> None:
    days = [1, 8, 15, 29, 36, 57]
    lessons = Lessons({"level": Factors(pace_odds=odds)})
    plain = forecast(list(zip(days, values, strict=True)), lessons, target=target)
    better = [*values[:-1], values[-1] + more]
    higher = forecast(list(zip(days, better, strict=True)), lessons, target=target)
    mirror = forecast(
        [(d, -v) for d, v in zip(days, values, strict=True)],
        lessons,
        target=-target,
        kind="decrease",
    )
    likely = plain["attainment_probability"]
    if not (plain["set_aside"] or higher["set_aside"] or plain["doubted"] or higher["doubted"]):
        assert higher["attainment_probability"] >= likely - 1e-4
    assert mirror["attainment_probability"] == pytest.approx(likely, abs=1e-4)
    assert 0.0 <= plain["kept"] <= 1.0
    dated = list(zip(days, values, strict=True))
    settled = forecast(dated, lessons, target=target, due_on=day(57))
    assert settled["attainment_probability"] == float(values[-1] >= target)
    assert not math.isnan(likely)
