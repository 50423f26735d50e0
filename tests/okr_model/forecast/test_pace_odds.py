"""What past cycles teach: one number, from enough paths, that breaks no promise."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.forecast.forecast import compute_forecast
from okr_model.forecast.pace_odds import FEWEST_PATHS, ODDS, learn_odds
from okr_model.progress.value_series import all_measurements, cycle_series
from tests.support.key_result_frames import (
    NO_CHECK_INS,
    day,
    definitions,
    measured,
    measurements,
)
from tests.support.okr_cells import Q4

AFTER = Q4.end + timedelta(days=1)
TODAY = date(2026, 11, 28)
WEEKS = np.arange(14)


def learnt(paths: np.ndarray, as_of: date = AFTER) -> float:
    """What paths of weekly readings teach, one a row."""
    names = [f"KR-{n}" for n in range(len(paths))]
    rows = pd.DataFrame({"key_result_id": names, "cycle_id": Q4.id})
    rows = rows.assign(cycle_end=pd.Timestamp(Q4.end), due_on=pd.Timestamp(Q4.end))
    days = pd.Timestamp(Q4.start) + pd.to_timedelta(7 * WEEKS, unit="D")
    series = pd.DataFrame(
        {
            "key_result_id": np.repeat(names, paths.shape[1]),
            "cycle_id": Q4.id,
            "date": np.tile(days[: paths.shape[1]], len(paths)),
            "value": paths.ravel(),
        }
    )
    return learn_odds(rows, series, as_of)


def walks(count: int, pace: float, stops_after: int = 99) -> np.ndarray:
    """Noisy paths of one pace, which may stop."""
    noise = np.random.default_rng(7).normal(0, 2.0, size=(count, len(WEEKS)))
    return pace * np.minimum(WEEKS, stops_after) + noise


GOES_ON, STOPS = walks(60, 1.0), walks(60, 3.0, stops_after=4)


def test_paces_that_went_on_raise_the_odds_and_those_that_stopped_lower_them() -> None:
    assert learnt(GOES_ON) > 1 > learnt(STOPS)
    assert learnt(np.vstack([GOES_ON, STOPS])) < learnt(GOES_ON)


def test_few_paths_teach_nothing_and_a_running_cycle_neither() -> None:
    assert learnt(GOES_ON[: FEWEST_PATHS - 1]) == 1.0
    assert learnt(GOES_ON, Q4.end) == 1.0
    assert learnt(np.ones((60, 14))) == 1.0  # never moved
    assert learnt(GOES_ON[:, :5]) == 1.0  # too short to be cut


def test_what_is_learnt_knows_no_unit_and_no_direction() -> None:
    for paths in (GOES_ON, STOPS):
        assert learnt(paths) == learnt(paths * 64) == learnt(-paths) == learnt(paths + 1024)
        assert learnt(paths) in ODDS


POINTS = [(1, 20.0), (8, 26.0), (15, 31.0), (29, 47.0), (36, 50.0), (57, 70.0)]


def forecast(points: list[tuple[int, float]], odds: float, **definition: object) -> pd.Series:
    one = definitions(definition)
    rows = all_measurements(one, measurements(measured("KR-1", points)), NO_CHECK_INS)
    return compute_forecast(one, cycle_series(one, rows, TODAY), TODAY, odds).iloc[0]


@pytest.mark.parametrize("odds", [0.25, 1.0, 4.0])
def test_the_odds_of_the_kept_share_are_multiplied(odds: float) -> None:
    plain, taught = forecast(POINTS, 1.0)["kept"], forecast(POINTS, odds)["kept"]
    assert taught / (1 - taught) == pytest.approx(odds * plain / (1 - plain))
    left, drift = 91 - 57, 50 / 56
    assert forecast(POINTS, odds)["forecast_value"] == pytest.approx(70 + taught * drift * left)


@pytest.mark.thorough
@settings(max_examples=20)
@given(
    st.lists(st.integers(-100, 100).map(float), min_size=6, max_size=6),
    st.sampled_from(ODDS),
    st.integers(-150, 150).map(float),
    st.integers(0, 50).map(float),
)
def test_learning_keeps_the_promises_of_the_forecast(
    values: list[float], odds: float, target: float, more: float
) -> None:
    days = [1, 8, 15, 29, 36, 57]
    plain = forecast(list(zip(days, values, strict=True)), odds, target=target)
    better = [*values[:-1], values[-1] + more]
    higher = forecast(list(zip(days, better, strict=True)), odds, target=target)
    mirror = forecast(
        [(d, -v) for d, v in zip(days, values, strict=True)], odds, target=-target, kind="decrease"
    )
    likely = plain["attainment_probability"]
    assert higher["attainment_probability"] >= likely
    assert mirror["attainment_probability"] == pytest.approx(likely, abs=1e-4)
    assert 0.0 <= plain["kept"] <= 1.0
    settled = forecast(list(zip(days, values, strict=True)), odds, target=target, due_on=day(57))
    assert settled["attainment_probability"] == float(values[-1] >= target)
    assert not math.isnan(likely)
