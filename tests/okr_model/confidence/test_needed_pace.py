"""The pace that is needed, and the fastest there ever was over so long a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.confidence.needed_pace import FEWEST_LIKE, pace_evidence
from okr_model.progress.value_series import all_measurements, cycle_series
from tests.support.key_result_frames import NO_CHECK_INS, day, definitions, measured, measurements
from tests.support.okr_cells import Q4

Points = list[tuple[int, float]]
NOTHING = pd.DataFrame({"key_result_id": [], "cycle_id": [], "date": [], "value": []}).astype(
    {"key_result_id": "str", "cycle_id": "str", "date": "datetime64[us]", "value": "float64"}
)
PATH = [(0, 0.0), (7, 5.0), (14, 6.0), (21, 20.0), (28, 21.0), (63, 42.0)]


def paces(points: Points, before: Points = (), **fields: Any) -> pd.Series:
    """The paces of one Key Result; ``like_…`` fields are those of its like paths."""
    like = {"like_paths": 0, "like_lowest": np.nan, "like_highest": np.nan}
    like |= {name: fields.pop(name) for name in list(fields) if name in like}
    one = definitions(fields)
    rows = all_measurements(one, measurements(measured("KR-1", points)), NO_CHECK_INS)
    series = cycle_series(one, rows, Q4.end)
    at, last = points[-1]
    one = one.assign(
        **like,
        aim=one["target"],
        current_value=last,
        current_value_at=pd.Timestamp(day(at)),
        last_reading=last,
        days_left=float(91 - at),
    )
    earlier = [(one["key_result_id"][0], Q4.id, pd.Timestamp(day(d)), v) for d, v in before]
    frame = pd.DataFrame(earlier, columns=NOTHING.columns).astype(NOTHING.dtypes.to_dict())
    return pace_evidence(one, series, frame).iloc[0]


def test_both_paces_are_per_week_and_over_the_same_time() -> None:
    found = paces(PATH)
    assert found["needed_pace"] == pytest.approx((100 - 42) / (91 - 63) * 7)
    assert found["best_pace"] == pytest.approx((21 + 14 * 0.6 - 6) / 28 * 7)  # from the third on
    assert found["best_pace_of"] == "own readings"


def test_less_is_better_is_the_mirror() -> None:
    down = paces([(at, -value) for at, value in PATH], kind="decrease", target=-100.0)
    assert down.equals(paces(PATH))


@pytest.mark.parametrize(
    ("points", "fields"),
    [
        ([*PATH[:-1], (63, 100.0)], {}),
        ([*PATH[:-1], (63, 120.0)], {}),
        (PATH, {"kind": "band", "target_high": 120.0}),
        (PATH, {"kind": "yes/no"}),
        (PATH, {"target": None}),
        ([*PATH, (91, 60.0)], {}),  # no day is left
    ],
)
def test_nothing_is_needed_where_the_target_is_met_or_has_no_direction(
    points: Points, fields: dict[str, Any]
) -> None:
    assert paces(points, **fields).isna().all()


def test_own_readings_tell_it_from_twice_the_time_that_is_left_on() -> None:
    enough = [(1, 0.0), (20, 1.0), (40, 2.0), (61, 3.0)]  # 60 days, and 30 are left
    assert paces(enough)["best_pace"] > 0
    short = [(2, 0.0), *enough[1:]]
    assert pd.isna(paces(short)["best_pace"])
    assert paces(short, before=[(-50, -1.0)])["best_pace"] > 0
    assert pd.isna(paces([(0, 0.0), (40, 2.0), (70, 3.0)])["best_pace"])  # three readings


def test_earlier_cycles_count_and_a_new_start_is_no_gain() -> None:
    before = [(-40, 0.0), (-20, 80.0), (-5, 90.0)]
    found = paces(PATH, before)
    assert found["best_pace"] == pytest.approx((80 + 10 * 8 / 15) / 28 * 7)


def test_a_likely_error_is_no_pace() -> None:
    wrong = [(0, 0.0), (7, 5.0), (14, 9.0), (21, 2000.0), (28, 21.0), (63, 42.0)]
    assert paces(wrong)["best_pace"] < 10


def test_like_paths_tell_it_where_own_readings_cannot() -> None:
    few = [(30, 5.0), (63, 42.0)]
    like = {"like_paths": FEWEST_LIKE, "like_lowest": 40.0, "like_highest": 70.0}
    found = paces(few, **like)
    assert (found["best_pace"], found["best_pace_of"]) == ((70 - 42) / 28 * 7, "like paths")
    assert pd.isna(paces(few, **{**like, "like_paths": FEWEST_LIKE - 1})["best_pace"])
    assert paces(PATH, **like)["best_pace_of"] == "own readings"
    falling = paces(few, **like, kind="decrease", target=0.0)
    assert falling["best_pace"] == pytest.approx((42 - 40) / 28 * 7)


@settings(max_examples=4)
@given(st.integers(0, 2**32 - 1))
def test_the_fastest_pace_is_that_of_a_search_day_by_day(seed: int) -> None:
    random = np.random.default_rng(seed)
    many = {}
    for number in range(50):
        count = 4 if number < 15 else random.integers(4, 13)
        days = np.sort(random.choice(89, count, replace=False))
        values = random.integers(0, 41, len(days))
        many[f"KR-{len(many) + 1}"] = [
            (int(at), float(v)) for at, v in zip(days, values, strict=True)
        ]
    found = paces_of(many)
    told = 0
    for key, points in many.items():
        (first, *_, last), best = (at for at, _ in points), found[key]
        left = 91 - last
        if last - first < 2 * left:
            assert pd.isna(best)
            continue
        path = np.interp(np.arange(first, last + 1), *zip(*points, strict=True))
        fastest = (path[left:] - path[: len(path) - left]).max() / left * 7
        if pd.isna(best):  # what is left without a likely error is too short
            assert len(points) > 4
            continue
        assert best <= fastest + 1e-9
        if len(points) == 4:  # no reading can be set aside
            assert best == pytest.approx(fastest)
            told += 1
    assert told


def paces_of(many: dict[str, Points]) -> pd.Series:
    """The best pace of each of many Key Results, by its id."""
    rows = definitions(*({"key_result_id": key, "target": 300.0} for key in many))
    readings = measurements(*(measured(key, points) for key, points in many.items()))
    series = cycle_series(rows, all_measurements(rows, readings, NO_CHECK_INS), Q4.end)
    last = [points[-1] for points in many.values()]
    rows = rows.assign(
        like_paths=0,
        like_lowest=np.nan,
        like_highest=np.nan,
        aim=rows["target"],
        current_value=[value for _, value in last],
        current_value_at=[pd.Timestamp(day(at)) for at, _ in last],
        last_reading=np.nan,
        days_left=np.nan,
    )
    best = pace_evidence(rows, series, NOTHING)["best_pace"]
    return best.set_axis(rows["key_result_id"])
