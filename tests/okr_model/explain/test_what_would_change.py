"""What would change a row: every bound that is printed is where the rule itself turns."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.explain.terms import Terms
from okr_model.explain.what_would_change import Change, what_would_change
from okr_model.explain.wording import plain
from okr_model.progress.progress import compute_progress

START, END = date(2026, 10, 1), date(2026, 12, 31)
TOLERANCE = 0.1


def frame_of(**facts: Any) -> pd.DataFrame:
    row = {
        "key_result_id": "KR-1", "cycle_id": "Q4", "unit": "count", "target_high": None,
        "starts_on": None, "phases": None, "first_value": None,
        "cycle_start": START, "cycle_end": END, "due_on": END,
        **facts,
    }  # fmt: skip
    numbers = ["baseline", "target", "target_high", "current_value", "first_value"]
    days = ["cycle_start", "cycle_end", "due_on", "starts_on"]
    types = dict.fromkeys(numbers, "float64") | dict.fromkeys(days, "datetime64[us]")
    return pd.DataFrame({name: [value] for name, value in row.items()}).astype(types)


def explained(one: pd.DataFrame, as_of: date, **more: Any) -> tuple[dict[str, Any], list[Change]]:
    computed = compute_progress(one, as_of, TOLERANCE)
    row = one.assign(**{str(name): computed[name] for name in computed}).iloc[0].to_dict()
    row |= {"as_of": as_of, "current_value_at": as_of, "source": "sheets", "record_id": "r"}
    row |= {"url": None, "attainment_probability": None, "computed_confidence": None} | more
    facts = {name: plain(value) for name, value in row.items()}
    return facts, what_would_change(facts, one, None, Terms(TOLERANCE))


def pace(one: pd.DataFrame, value: float, as_of: date) -> str:
    return str(compute_progress(one.assign(current_value=value), as_of, TOLERANCE)["pace"].iloc[0])


@pytest.mark.thorough
@given(
    st.sampled_from(["increase", "decrease", "at least", "at most", "milestones"]),
    st.integers(-50, 50),
    st.integers(1, 200),
    st.floats(-0.4, 1.4),
    st.integers(0, 91),
    st.sampled_from([None, "2026-11-01: {}"]),
)
@settings(max_examples=15)
def test_the_bounds_of_a_pace_are_where_it_turns(
    kind: str, start: int, width: int, way: float, gone: int, phase: str | None
) -> None:
    falls = kind in ("decrease", "at most")
    baseline, target = (float(start), float(start + (-width if falls else width)))
    if kind == "milestones":
        baseline, target = 0.0, 100.0
    value = baseline + way * (target - baseline)
    phases = phase and phase.format(baseline + 0.2 * (target - baseline))
    one = frame_of(
        kind=kind,
        baseline=None if kind == "milestones" else baseline,
        target=target,
        current_value=value,
        unit="%" if kind == "milestones" else "count",
        phases=phases,
    )
    as_of = START + timedelta(days=gone)
    facts, found = explained(one, as_of)
    turns = {change.to: change for change in found if change.what == "pace" and change.on is None}
    assert set(turns) == {"ahead", "on", "behind"} - {facts["pace"]}
    tiny = abs(target - baseline) * 1e-6
    for name, change in turns.items():
        for bound, outward in ((change.least, -1), (change.most, 1)):
            if bound is not None:
                inside, outside = bound - outward * tiny, bound + outward * tiny
                assert pace(one, inside, as_of) == name
                assert pace(one, outside, as_of) != name
    for change in found:
        if change.on is not None:
            assert pace(one, value, change.on) == change.to
            assert pace(one, value, change.on - timedelta(days=1)) == facts["pace"]


def test_the_sentences_say_it_in_the_unit_and_the_way_of_the_key_result() -> None:
    one = frame_of(kind="increase", unit="%", baseline=40, target=80, current_value=50)
    _, found = explained(one, date(2026, 11, 15))
    said = [change.sentence for change in found]
    assert "A value of 55.7802 % or more would be on pace." in said
    assert "A value of more than 63.7802 % would be ahead." in said
    assert "A value that meets ≥ 80 % makes it 1." in said
    one = frame_of(kind="at most", unit="hours", baseline=72, target=4, current_value=30)
    _, found = explained(one, date(2026, 11, 15))
    said = [change.sentence for change in found]
    assert "A value of more than 45.1736 hours would be behind." in said
    assert "Without a newer value its pace is on from 2026-11-18 on." in said


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"kind": "band", "target": 40, "target_high": 60, "current_value": 30},
            "between 40 and 60",
        ),
        ({"kind": "yes/no", "target": 1, "current_value": 0}, "A first reading"),
        ({"kind": "increase", "baseline": 1, "target": 2}, "A first reading for a day from"),
    ],
)
def test_kinds_without_a_way_have_no_bounds_of_pace(facts: dict[str, Any], sentence: str) -> None:
    one = frame_of(**({"baseline": None, "current_value": None} | facts))
    _, found = explained(one, date(2026, 11, 15))
    assert any(sentence in change.sentence for change in found)
    assert not [change for change in found if change.what == "pace"]


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ({"kind": "increase", "baseline": 0, "target": 10, "current_value": 3}, True),
        ({"kind": "increase", "baseline": 0, "target": 10, "current_value": 10}, False),
        ({"kind": "increase", "baseline": 0, "target": 10, "current_value": 12}, False),
        ({"kind": "yes/no", "target": 1, "current_value": 0}, False),
    ],
)
def test_what_is_there_already_is_not_asked_for(facts: dict[str, Any], asked: bool) -> None:
    one = frame_of(**({"baseline": None} | facts))
    _, found = explained(one, date(2026, 11, 15))
    assert ("progress" in [change.what for change in found]) is asked


def test_a_cycle_that_is_over_changes_by_corrections_alone() -> None:
    one = frame_of(kind="increase", baseline=0, target=10, current_value=3)
    _, found = explained(one, END + timedelta(days=1))
    assert [change.what for change in found] == ["value", "definition"]
    assert found[0].sentence.startswith("The cycle has ended")


def test_the_level_says_what_it_hangs_on() -> None:
    one = frame_of(kind="increase", baseline=0, target=10, current_value=3)
    given_ = {"attainment_probability": 0.43, "computed_confidence": "medium"}
    _, found = explained(one, date(2026, 11, 15), **given_)
    (level,) = [change for change in found if change.what == "level"]
    assert level.sentence.startswith("The evidence says medium at 43 %: a probability of 70 % or")
    assert "below 30 % and a pace behind would be low" in level.sentence


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (
            {"source": "jira", "seen_at": None, "record_id": "20 issues", "measure": "count"},
            "Any of the 20 issues that enters or leaves the selection, or changes within it; the"
            " value is recomputed every night.",
        ),
        (
            {"measure": "check-in"},
            "A check-in with a value for a day after 2026-11-15, or another value in that one.",
        ),
        (
            {"source": "sheets", "measure": "metrics", "field": "Value (Weekly!C14)"},
            "A reading for a day after 2026-11-15, or another value in Value (Weekly!C14).",
        ),
    ],
)
def test_the_value_says_which_record_would_change_it(record: dict[str, Any], sentence: str) -> None:
    one = frame_of(kind="increase", baseline=0, target=10, current_value=3)
    facts, _ = explained(one, date(2026, 11, 15))
    reading = {"source": "notion", "seen_at": "2026-11-16", "record_id": "r", "url": None} | record
    found = what_would_change(facts, one, reading, Terms(TOLERANCE))[0]
    assert (found.what, found.record) == ("value", reading)
    assert found.sentence == sentence
    unknown = facts | {"current_value": None}
    first = what_would_change(unknown, one, reading, Terms(TOLERANCE))[0]
    assert first.sentence == "A first reading for a day from 2026-10-01 on."
