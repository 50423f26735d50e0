"""What a kind of Key Result does, and what became of one at its end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.progress.end_state import end_state, has_ended, since_due
from okr_model.progress.kinds import are_past, ends, ends_of, is_held


@pytest.mark.parametrize(
    ("kind", "unit", "baseline", "target", "found"),
    [
        ("milestones", "%", None, None, (0.0, 100.0)),
        ("milestones", "count", None, None, (0.0, 1.0)),
        ("milestones", None, None, None, (0.0, 1.0)),
        ("increase", "count", 10.0, 20.0, (10.0, 20.0)),
        ("decrease", "count", 20.0, 10.0, (20.0, 10.0)),
        ("increase", "count", 20.0, 10.0, None),  # met before it began
        ("at least", "count", 20.0, 20.0, None),
        ("increase", "count", None, 10.0, None),
        ("band", "count", 5.0, 10.0, None),
    ],
)
def test_the_values_at_which_progress_is_none_and_whole(
    kind: str,
    unit: str | None,
    baseline: float | None,
    target: float | None,
    found: tuple[float, float] | None,
) -> None:
    facts = {"kind": kind, "unit": unit, "baseline": baseline, "target": target}
    assert ends(facts) == found
    if found is not None:
        start, end = ends_of(pd.DataFrame([facts]))
        assert (start[0], end[0]) == found


@pytest.mark.parametrize("kind", ["increase", "decrease", "at least", "at most", None])
@pytest.mark.parametrize("baseline", [1.0, 2.0, 3.0, None])
def test_what_is_held_is_the_same_for_one_row_and_for_many(
    kind: str | None, baseline: float | None
) -> None:
    facts = {"kind": kind, "baseline": baseline, "target": 2.0}
    rows = pd.DataFrame([facts]).astype({"baseline": "float64"})
    assert is_held(facts) == are_past(rows["kind"], rows["target"] - rows["baseline"])[0]


def test_bands_and_yes_or_no_are_held() -> None:
    assert is_held({"kind": "band"})
    assert is_held({"kind": "yes/no"})
    assert not is_held({"kind": "milestones", "baseline": None, "target": None})


def row(as_of: date, **facts: Any) -> dict[str, Any]:
    return {
        "cycle_end": date(2026, 12, 31), "as_of": as_of, "value_state": "measured",
        "attainment_probability": None, "progress_raw": None, "progress_state": "no target",
        **facts,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"value_state": "no value"}, "no value"),
        ({"attainment_probability": 0.5, "progress_raw": 0.2}, "met"),
        ({"attainment_probability": 0.0, "progress_raw": 1.2}, "missed"),
        ({"progress_raw": 1.0}, "met"),
        ({"progress_raw": 0.999}, "missed"),
        ({}, "no target"),
    ],
)
def test_what_became_of_one_is_said_once_its_cycle_is_over(
    facts: dict[str, Any], state: str
) -> None:
    last, after = date(2026, 12, 31), date(2027, 1, 1)
    assert (has_ended(row(last)), has_ended(row(after))) == (False, True)
    assert end_state(row(last, **facts)) is None
    assert end_state(row(after, **facts)) == state


_LATER, _DUE = date(2026, 11, 15), date(2026, 10, 31)


@pytest.mark.parametrize(
    ("chance", "raw", "at", "as_of", "said"),
    [
        (0.0, 1.1, _LATER, date(2027, 1, 8), "but the value of 2026-11-15 meets it"),
        (0.0, 1.1, _LATER, date(2026, 11, 24), "but the value of 2026-11-15 meets it"),
        (1.0, 0.9, _LATER, date(2027, 1, 8), "but the value of 2026-11-15 no longer meets it"),
        (1.0, 1.1, _LATER, date(2027, 1, 8), ""),
        (0.0, 0.9, _LATER, date(2027, 1, 8), ""),
        (0.0, 1.0, _DUE, date(2027, 1, 8), ""),  # what was so on the due day is not since then
        (0.1, 1.1, date(2026, 10, 20), date(2026, 10, 30), ""),  # not due yet
        (None, 1.1, _LATER, date(2027, 1, 8), ""),  # no value by the due day
        (0.0, None, None, date(2027, 1, 8), ""),
    ],
)
def test_a_value_after_the_due_day_is_told_where_it_differs(
    chance: float | None, raw: float | None, at: date | None, as_of: date, said: str
) -> None:
    facts = {"attainment_probability": chance, "progress_raw": raw, "current_value_at": at}
    assert since_due({**row(as_of, **facts), "due_on": _DUE}) == said
