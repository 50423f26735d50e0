"""Values and progress: named cases, properties, and a slow plain-Python oracle."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.progress.progress import compute_progress
from okr_model.progress.value_series import KEY, current_values
from okr_model.quantities.units import convert
from tests.support.key_result_frames import (
    NO_CHECK_INS,
    START,
    check_ins,
    day,
    definitions,
    measured,
    measurements,
)
from tests.support.okr_cells import Q4

TODAY = date(2026, 11, 28)


def progress_rows(as_of: date, *cases: dict[str, Any]) -> list[dict[str, Any]]:
    """The progress of each case; ``value`` and ``first`` are its current and first value."""
    rows = definitions(*cases).assign(
        current_value=[case["value"] for case in cases],
        first_value=[case.get("first", case["value"]) for case in cases],
    )
    computed = compute_progress(
        rows.astype({"current_value": "float64", "first_value": "float64"}), as_of
    )
    return [
        {name: None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in computed.to_dict("records")
    ]


def progress_of(as_of: date = TODAY, value: float | None = 40.0, **fields: Any) -> dict[str, Any]:
    return progress_rows(as_of, {"value": value, **fields})[0]


@pytest.mark.parametrize(
    ("fields", "raw", "state"),
    [
        ({"value": 59.0}, 0.59, "computed"),
        ({"value": -20.0}, -0.2, "computed"),
        ({"value": 120.0}, 1.2, "computed"),
        ({"kind": "decrease", "baseline": 72, "target": 4, "value": 38}, 0.5, "computed"),
        ({"kind": "decrease", "baseline": 72, "target": 4, "value": 106}, -0.5, "computed"),
        (
            {"kind": "at least", "baseline": None, "target": 8.5, "value": 7.75, "first": 7},
            0.5,
            "from first measurement",
        ),
        (
            {"kind": "at least", "baseline": None, "target": 8.5, "value": 8.2, "first": 9},
            0.0,
            "from first measurement",
        ),
        ({"kind": "at least", "baseline": 8.5, "target": 8.5, "value": 8.5}, 1.0, "computed"),
        ({"kind": "at most", "baseline": 3, "target": 5, "value": 6}, 0.0, "computed"),
        ({"kind": "band", "target": 40, "target_high": 60, "value": 40}, 1.0, "computed"),
        ({"kind": "band", "target": 40, "target_high": 60, "value": 60}, 1.0, "computed"),
        ({"kind": "band", "target": 40, "target_high": 60, "value": 65}, 0.75, "computed"),
        ({"kind": "band", "target": 40, "target_high": 60, "value": 0}, -1.0, "computed"),
        ({"kind": "yes/no", "target": 1, "value": 1}, 1.0, "computed"),
        ({"kind": "yes/no", "target": 1, "value": 0}, 0.0, "computed"),
        ({"kind": "milestones", "unit": "%", "value": 40}, 0.4, "computed"),
        ({"kind": "milestones", "unit": None, "value": 0.4}, 0.4, "computed"),
        ({"kind": "milestones", "value": 3}, None, "not supported"),
        ({"kind": "yes/no", "target": 1, "value": 0.5}, None, "not supported"),
        ({"baseline": 100}, None, "baseline equals target"),
        ({"kind": None, "baseline": 100}, None, "baseline equals target"),
        ({"kind": None, "target": None}, None, "no target"),
        ({"kind": "band", "target": 40}, None, "no target"),
        ({"kind": "band", "target": 40, "target_high": 40}, None, "zero-width band"),
        ({"value": None}, None, "no value"),
        ({"baseline": None, "first": None}, None, "no baseline"),
    ],
)
def test_progress_is_a_number_or_a_named_state(
    fields: dict[str, Any], raw: float | None, state: str
) -> None:
    row = progress_of(**fields)
    assert row["progress_state"] == state
    assert row["progress_raw"] == (None if raw is None else pytest.approx(raw))
    clamped = None if raw is None else pytest.approx(min(1.0, max(0.0, raw)))
    assert row["progress"] == clamped


@pytest.mark.parametrize(
    ("offset", "value", "pace"),
    [
        (0, 0.0, "on"),
        (0, 11.0, "ahead"),
        (91, 90.0, "on"),
        (91, 89.9, "behind"),
        (91, 110.0, "on"),
        (91, 110.1, "ahead"),
        (-5, 0.0, "on"),
        (200, 50.0, "behind"),
    ],
)
def test_pace_has_a_tolerance_and_its_edges_belong_to_on(
    offset: int, value: float, pace: str
) -> None:
    row = progress_of(day(offset), value)
    assert row["pace"] == pace
    assert row["expected_progress"] == min(1.0, max(0.0, offset / 91))


@pytest.mark.parametrize(
    ("fields", "pace"),
    [
        ({"kind": "band", "target": 40, "target_high": 60, "value": 50}, "on"),
        ({"kind": "band", "target": 40, "target_high": 60, "value": 61}, "behind"),
        ({"kind": "yes/no", "target": 1, "value": 1}, "on"),
        ({"kind": "yes/no", "target": 1, "value": 0}, None),
        ({"kind": "yes/no", "target": 1, "value": 0, "due_on": TODAY}, "behind"),
        ({"kind": "at most", "baseline": 3, "target": 5, "value": 6}, "behind"),
        ({"value": None}, None),
    ],
)
def test_where_progress_is_a_state_so_is_pace(fields: dict[str, Any], pace: str | None) -> None:
    assert progress_of(**fields)["pace"] == pace


def value_of(
    *groups: list[dict[str, Any]], calls: pd.DataFrame = NO_CHECK_INS, as_of: date = TODAY
) -> dict[str, Any]:
    row = current_values(definitions({}), measurements(*groups), calls, as_of).iloc[0].to_dict()
    return {name: None if pd.isna(cell) else cell for name, cell in row.items()}


def test_the_latest_value_is_by_the_day_it_is_true_for() -> None:
    row = value_of(measured("KR-1", [(20, 5.0), (6, 9.0), (70, 7.0), (-1, 1.0)]))
    assert (row["current_value"], row["first_value"]) == (5.0, 9.0)
    assert row["current_value_at"] == pd.Timestamp(day(20))
    assert (row["value_source"], row["value_state"]) == ("sheets, Tab!C20", "measured")


def test_an_ended_cycle_keeps_the_value_of_its_last_day() -> None:
    row = value_of(measured("KR-1", [(91, 5.0), (92, 9.0)]), as_of=date(2027, 3, 1))
    assert row["current_value"] == 5.0


def test_on_one_day_aggregates_precede_rows_and_rows_precede_check_ins() -> None:
    aggregate = measured("KR-1", [(6, 1.0)], "jira median")
    row = measured("KR-1", [(6, 2.0), (13, 2.5)])
    calls = check_ins("KR-1", [(6, "high", 3.0), (20, "high", 4.0)])
    assert value_of(row, aggregate, calls=calls, as_of=day(6))["current_value"] == 1.0
    assert value_of(row, calls=calls, as_of=day(6))["current_value"] == 2.0
    assert value_of(calls=calls)["current_value"] == 4.0
    assert value_of(calls=calls)["value_source"].startswith("check-in")


def test_a_value_in_a_check_in_counts_after_the_last_other_reading() -> None:
    row = measured("KR-1", [(6, 2.0), (13, 2.5)])
    calls = check_ins("KR-1", [(6, "high", 3.0), (10, "high", 3.5), (20, "high", 4.0)])
    found = value_of(row, calls=calls)
    assert (found["current_value"], found["first_value"]) == (4.0, 2.0)
    assert found["value_source"].startswith("check-in")
    assert value_of(row, calls=calls, as_of=day(19))["current_value"] == 2.5
    assert value_of(row, calls=calls, as_of=day(12))["current_value"] == 3.5
    newer = measured("KR-1", [(6, 2.0), (13, 2.5), (21, 2.6)])
    assert value_of(newer, calls=calls)["current_value"] == 2.6
    unreadable = measured("KR-1", [(6, 2.0), (21, None)])
    assert value_of(unreadable, calls=calls)["current_value"] == 4.0


def test_unreadable_readings_count_only_where_there_is_nothing_else() -> None:
    assert value_of(measured("KR-1", [(6, 3.0), (13, None)]))["current_value"] == 3.0
    nothing = value_of(measured("KR-1", [(6, None)]))
    assert (nothing["value_state"], nothing["current_value"]) == ("unreadable", None)
    assert nothing["current_value_at"] is None
    assert value_of()["value_state"] == "no value"
    stated = value_of(measured("KR-1", [(6, None)]), calls=check_ins("KR-1", [(3, "low", 8.0)]))
    assert (stated["value_state"], stated["current_value"]) == ("measured", 8.0)


KINDS = st.sampled_from(["increase", "decrease", "at least", "at most", "band"])
FIGURE = st.integers(-50, 50).map(float)
READINGS = st.lists(
    st.tuples(
        st.integers(-10, 110),
        st.one_of(st.none(), FIGURE),
        st.sampled_from(["sheets", "notion", "jira median", "check-in"]),
    ),
    max_size=12,
    unique_by=lambda reading: (reading[0], reading[2]),
)
DEFINITION = st.fixed_dictionaries(
    {
        "kind": KINDS,
        "baseline": st.one_of(st.none(), FIGURE),
        "target": st.one_of(st.none(), FIGURE),
        "target_high": st.one_of(st.none(), FIGURE),
    }
)


def frames(
    cases: list[tuple[dict[str, Any], list[tuple[int, float | None, str]]]],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rows, calls = [], [NO_CHECK_INS]
    for number, (_, readings) in enumerate(cases, 1):
        for offset, value, measure in readings:
            if measure == "check-in":
                calls.append(check_ins(f"KR-{number}", [(offset, None, value)]))
            else:
                rows.append(measured(f"KR-{number}", [(offset, value)], measure))
    stated = [frame for frame in calls if not frame.empty]
    return (
        definitions(*[definition for definition, _ in cases]),
        measurements(*rows),
        pd.concat(stated, ignore_index=True) if stated else NO_CHECK_INS,
    )


def slow_value(readings: list[tuple[int, float | None, str]], as_of: date) -> tuple[Any, Any]:
    """First and latest value, one Key Result at a time."""
    last = (min(as_of, Q4.end) - START).days
    seen = [
        (offset, ("jira median", "notion", "sheets", "check-in").index(measure), value, measure)
        for offset, value, measure in readings
        if 0 <= offset <= last and value is not None
    ]
    measured_until = max((at for at, _, _, measure in seen if measure != "check-in"), default=-1)
    chosen = sorted(one for one in seen if one[3] != "check-in" or one[0] > measured_until)
    if not chosen:
        return None, None
    newest = min(reading for reading in chosen if reading[0] == chosen[-1][0])
    return chosen[0][2], newest[2]


def slow_progress(
    definition: dict[str, Any], first: float | None, value: float | None
) -> float | str:
    """Unclamped progress or the state, one Key Result at a time."""
    kind, target, high = definition["kind"], definition["target"], definition["target_high"]
    if target is None or (kind == "band" and high is None):
        return "no target"
    if value is None:
        return "no value"
    if kind == "band":
        if high <= target:
            return "zero-width band"
        return 1 - max(target - value, value - high, 0) / (high - target)
    baseline = first if definition["baseline"] is None else definition["baseline"]
    up = kind in ("increase", "at least")
    holds = kind in ("at least", "at most")
    met = value >= target if up else value <= target
    if (baseline > target if up else baseline < target) or (holds and baseline == target):
        return float(met)
    if baseline == target:
        return "baseline equals target"
    return (value - baseline) / (target - baseline)


@pytest.mark.thorough
@settings(max_examples=30)
@given(
    st.lists(st.tuples(DEFINITION, READINGS), min_size=1, max_size=4),
    st.integers(-5, 120),
    st.randoms(use_true_random=False),
)
def test_values_and_progress_agree_with_plain_python_in_any_order(
    cases: list[Any], offset: int, random: Any
) -> None:
    as_of = START + timedelta(days=offset)
    key_results, rows, calls = frames(cases)
    shuffled = rows.sample(frac=1, random_state=random.randrange(2**31))
    found = current_values(key_results, shuffled, calls, as_of)
    computed = compute_progress(key_results.join(found.drop(columns=KEY)), as_of)
    for number, (definition, readings) in enumerate(cases):
        first, value = slow_value(readings, as_of)
        assert _plain(found["current_value"][number]) == value
        assert _plain(found["first_value"][number]) == first
        expected = slow_progress(definition, first, value)
        row = computed.iloc[number]
        if isinstance(expected, str):
            assert row["progress_state"] == expected
            assert pd.isna(row["progress_raw"])
        else:
            assert row["progress_raw"] == pytest.approx(expected)
            assert 0.0 <= row["progress"] <= 1.0


RISING, FALLING = ("increase", "at least"), ("decrease", "at most")
MIRROR = {
    "increase": "decrease",
    "decrease": "increase",
    "at least": "at most",
    "at most": "at least",
}


@settings(max_examples=25)
@given(
    st.sampled_from(sorted(MIRROR)), FIGURE, FIGURE, FIGURE, st.sampled_from([0.25, 60.0, 3600.0])
)
def test_progress_is_mirrored_and_knows_no_unit(
    kind: str, baseline: float, target: float, value: float, scale: float
) -> None:
    case: dict[str, Any] = {"kind": kind, "baseline": baseline, "target": target, "value": value}
    figures = ("baseline", "target", "value")
    mirrored = {"kind": MIRROR[kind], **{name: -case[name] for name in figures}}
    scaled = {"kind": kind, **{name: case[name] * scale for name in figures}}
    plain, *others = progress_rows(TODAY, case, mirrored, scaled)
    for other in others:
        assert other["progress_state"] == plain["progress_state"]
        assert other["progress_raw"] == (
            None if plain["progress_raw"] is None else pytest.approx(plain["progress_raw"])
        )


@settings(max_examples=15)
@given(
    st.sampled_from(
        [
            ("days", "minutes"),
            ("$", "USD"),
            ("EUR per month", "EUR per quarter"),
            ("sessions per week", "sessions per day"),
            ("hours per year", "days per month"),
        ]
    ),
    FIGURE,
    FIGURE,
    FIGURE,
)
def test_another_unit_on_both_sides_leaves_progress_as_it_is(
    units: tuple[str, str], baseline: float, target: float, value: float
) -> None:
    kind = "decrease" if target < baseline else "increase"
    given = {"baseline": baseline, "target": target, "value": value}
    other: dict[str, Any] = {name: convert(figure, *units) for name, figure in given.items()}
    assert None not in other.values()
    one, two = progress_rows(TODAY, {"kind": kind, **given}, {"kind": kind, **other})
    assert two["progress_state"] == one["progress_state"]
    expected = one["progress_raw"]
    assert two["progress_raw"] == (None if expected is None else pytest.approx(expected))


@settings(max_examples=25)
@given(FIGURE, st.integers(1, 60).map(float), FIGURE, FIGURE)
def test_a_better_value_never_lowers_progress(
    baseline: float, way: float, one: float, other: float
) -> None:
    low, high = sorted([one, other])
    cases = [{"kind": kind, "baseline": baseline, "target": baseline + way} for kind in RISING]
    cases += [{"kind": kind, "baseline": baseline, "target": baseline - way} for kind in FALLING]
    # The other way round the baseline is past the target already: 1 while it is met, else 0.
    cases += [case | {"target": 2 * baseline - case["target"]} for case in cases]
    cases += [{"kind": "yes/no"}, {"kind": "milestones", "unit": "%"}]
    pairs = [(0.0, 1.0) if case["kind"] == "yes/no" else (low, high) for case in cases]
    both = [(case, value) for case, pair in zip(cases, pairs, strict=True) for value in pair]
    rows = progress_rows(TODAY, *[{**case, "value": value} for case, value in both])
    raw = [row["progress_raw"] for row in rows]
    for case, worse, better in zip(cases, raw[::2], raw[1::2], strict=True):
        assert worse >= better if case["kind"] in FALLING else worse <= better, case


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else value


def test_no_progress_is_nought_and_not_minus_nought() -> None:
    rows = definitions({"kind": "decrease", "baseline": 48.0, "target": 4.0})
    found = compute_progress(rows.assign(current_value=48.0, first_value=48.0), day(20))
    for name in ("progress_raw", "progress"):
        assert str(found[name].iloc[0]) == "0.0"
