"""Scores of past calls, against numbers worked out by hand and by a slow walk through the calls."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.forecast.calibration import DAILY_COLUMNS, calibration, past_calls
from okr_model.tables import CALIBRATION
from okr_model.tables.contract import conform, violations

START, END = date(2026, 7, 1), date(2026, 9, 30)
LEVELS = {"high": 0.8, "medium": 0.5, "low": 0.2}


def said(
    key_result: str,
    day: int,
    probability: float | None = None,
    level: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What one night published of a Key Result, on a day counted from the cycle's first."""
    return {
        "key_result_id": key_result,
        "cycle_id": "2026-Q3",
        "cycle_start": START,
        "cycle_end": END,
        "due_on": END,
        "team": "Sales",
        "as_of": START + timedelta(days=day),
        "attainment_probability": probability,
        "stated_confidence": level,
        "pace": None,
    } | more


def ended(key_result: str, met: float | None, **more: Any) -> dict[str, Any]:
    return said(key_result, 95, met, **more)


def calls_of(*rows: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=DAILY_COLUMNS)
    return past_calls(frame.astype({"attainment_probability": "float64"}), LEVELS)


def scores(calls: pd.DataFrame, fewest: int = 2) -> pd.DataFrame:
    rows = conform(calibration(calls, fewest), CALIBRATION)
    assert violations(rows, CALIBRATION) == []
    return rows.set_index(["method", "part", "value"]).sort_index()


# Two met their target and two did not; the team calls one of each right.
FOUR = [
    said("KR-1", 10, 0.9, "high", pace="on"),
    said("KR-2", 10, 0.6, "low", pace="behind"),
    said("KR-3", 10, 0.4, "high", pace="ahead"),
    said("KR-4", 10, None, "low", pace=None, team="Support"),
    ended("KR-1", 1.0),
    ended("KR-2", 1.0),
    ended("KR-3", 0.0),
    ended("KR-4", 0.0),
]


def test_the_scores_are_those_of_a_pocket_calculator() -> None:
    rows = scores(calls_of(*FOUR))
    computed = rows.loc[("computed", "all", "all")]
    assert computed["brier"] == pytest.approx((0.01 + 0.16 + 0.16) / 3)
    assert computed["stated"] == pytest.approx(1.9 / 3)
    assert computed["observed"] == pytest.approx(2 / 3)
    assert computed["base_rate_brier"] == pytest.approx(2 / 9)
    assert computed["sharpness"] == pytest.approx(math.sqrt((0.16 + 0.01 + 0.01) / 3))
    assert (computed["calls"], computed["key_results"], computed["unanswered"]) == (3, 3, 1)
    team = rows.loc[("team", "all", "all")]
    assert team["brier"] == pytest.approx((0.04 + 0.64 + 0.64 + 0.04) / 4)
    assert team["stated"] == pytest.approx(0.5)
    common = rows.loc[("team", "in common", "all")]
    assert common["brier"] == pytest.approx((0.04 + 0.64 + 0.64) / 3)
    pace = rows.loc[("pace", "all", "all")]
    assert pace["brier"] == pytest.approx((0 + 1 + 1) / 3)


def test_few_key_results_are_counted_and_not_scored() -> None:
    rows = scores(calls_of(*FOUR), fewest=4)
    assert rows.loc[("computed", "all", "all"), "state"] == "too few"
    assert rows.loc[("team", "all", "all"), "state"] == "enough"
    assert rows.loc[("team", "team", "Support"), "calls"] == 1
    for name in ("brier", "base_rate_brier", "stated", "observed", "sharpness"):
        assert rows.loc[("computed", "all", "all"), name] != rows.loc[("team", "all", "all"), name]
        assert pd.isna(rows.loc[("team", "team", "Support"), name])


def test_many_calls_on_one_key_result_are_still_one() -> None:
    calls = calls_of(*[said("KR-1", 7 * n, 0.9) for n in range(13)], ended("KR-1", 1.0))
    row = scores(calls).loc[("computed", "all", "all")]
    assert (row["calls"], row["key_results"], row["state"]) == (13, 1, "too few")


def test_a_week_has_one_call_its_last_before_the_due_day() -> None:
    calls = calls_of(
        said("KR-1", 0, 0.1),
        said("KR-1", 6, 0.2),
        said("KR-1", 7, 0.3),
        said("KR-1", 90, 0.4),
        said("KR-1", 91, 1.0),  # the due day: that is the outcome
    )
    assert calls.empty  # the cycle has not ended
    calls = calls_of(
        said("KR-1", 0, 0.1),
        said("KR-1", 6, 0.2),
        said("KR-1", 7, 0.3),
        said("KR-1", 90, 0.4),
        said("KR-1", 91, 1.0),
        ended("KR-1", 1.0),
    )
    assert calls[["week", "computed", "met"]].to_numpy().tolist() == [
        [1, 0.2, 1.0],
        [2, 0.3, 1.0],
        [13, 0.4, 1.0],
    ]


def test_an_own_due_date_ends_the_calls_and_a_correction_changes_the_outcome() -> None:
    early = {"due_on": START + timedelta(days=20)}
    calls = calls_of(
        said("KR-1", 10, 0.7, **early),
        said("KR-1", 30, 0.0, **early),
        said("KR-2", 10, 0.6),
        ended("KR-2", 0.0),
        said("KR-2", 96, 1.0),
        said("KR-1", 96, 0.0, **early),
    )
    assert calls[["key_result_id", "week", "met"]].to_numpy().tolist() == [
        ["KR-1", 2, 0.0],
        ["KR-2", 2, 1.0],
    ]


def test_without_an_outcome_there_is_no_call() -> None:
    assert calls_of(said("KR-1", 10, 0.7), ended("KR-1", None)).empty
    assert scores(calls_of(said("KR-1", 10, 0.7), ended("KR-1", None))).empty


def test_each_call_is_in_the_tenth_of_its_probability() -> None:
    edges = [0.0, 0.099, 0.1, 0.3, 0.7, 0.999, 1.0]
    rows = [said(f"KR-{n}", 10, p) for n, p in enumerate(edges)]
    rows += [ended(f"KR-{n}", 1.0) for n in range(len(edges))]
    found = scores(calls_of(*rows)).loc["computed"].loc["probability"]["calls"].to_dict()
    assert found == {"0–10 %": 2, "10–20 %": 1, "30–40 %": 1, "70–80 %": 1, "90–100 %": 2}


@pytest.mark.thorough
@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 6),
            st.integers(0, 12),
            st.none() | st.sampled_from([0.05, 0.25, 0.5, 0.95]),
            st.sampled_from([None, "high", "medium", "low"]),
        ),
        min_size=1,
        max_size=25,
        unique_by=lambda call: call[:2],
    )
)
def test_scores_are_those_of_a_slow_walk(
    calls: list[tuple[int, int, float | None, str | None]],
) -> None:
    met = {number: float(number % 2) for number in range(1, 7)}
    rows = [said(f"KR-{n}", 7 * week, p, level) for n, week, p, level in calls]
    rows += [ended(f"KR-{number}", met[number]) for number in met]
    found = scores(calls_of(*rows))
    for method, pick in (("computed", 2), ("team", 3)):
        losses = [
            ((LEVELS[call[pick]] if pick == 3 else call[pick]) - met[call[0]]) ** 2  # type: ignore[index,operator]  # one column, two types
            for call in calls
            if call[pick] is not None
        ]
        row = found.loc[(method, "all", "all")]
        assert row["calls"] == len(losses)
        assert row["unanswered"] == len(calls) - len(losses)
        if row["state"] == "enough":
            assert row["brier"] == pytest.approx(sum(losses) / len(losses))
        by_week = found.loc[(method, "week")]
        assert by_week["calls"].sum() == len(losses)
        assert set(by_week.index) == {str(week + 1) for _, week, _, _ in calls}
