"""The expected path: phases as people write them, a Key Result's own days, and pace along it."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.assemble import KeyResultParts, build_key_results
from okr_model.explain.explanation import explain
from okr_model.findings import findings_frame
from okr_model.progress.expected_path import expected_on, read_phases
from okr_model.progress.value_series import all_measurements
from okr_model.quantities.days import midnight
from okr_model.quantities.quantity_parser import Unreadable
from tests.okr_model.confidence.test_evidence import NO_LINKS, NO_STALE, NO_WORK
from tests.okr_model.entities.test_key_results import one, read
from tests.okr_model.progress.test_values_and_progress import progress_of
from tests.support.key_result_frames import (
    NO_CHECK_INS,
    day,
    definitions,
    measured,
    measurements,
)
from tests.support.okr_cells import Q4, record

OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)
TWO = "2026-10-31: 20; 2026-11-30: 80"


@pytest.mark.parametrize(
    ("text", "unit", "meaning"),
    [
        ("2026-10-31: 40; 2026-11-30: 60", None, "2026-10-31: 40; 2026-11-30: 60"),
        ("30 Nov 2026: 60 %\n31.10.2026: 40 %;", "%", "2026-10-31: 40; 2026-11-30: 60"),
        ("2026-10: 40; November 2026: 60", None, "2026-10-31: 40; 2026-11-30: 60"),
        ("2026-10-31: 2 days; 2026-11-30: 12 hours", "hours", "2026-10-31: 48; 2026-11-30: 12"),
        ("Oct 2026: 1.200,5", None, "2026-10-31: 1200.5"),
        ("2026-10: 40; 2026-12: 75", None, "2026-10-31: 40"),
        ("2026-12-31: 75", None, ""),
        ("2026-10: -5", None, "2026-10-31: -5"),
    ],
)
def test_phases_are_read_as_people_write_them(text: str, unit: str | None, meaning: str) -> None:
    locale = "de_DE" if "1.200" in text else None
    assert read_phases(text, unit, locale, Q4.start, Q4.end, 75.0) == meaning


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("40 by October", "“40 by October” has no colon between day and value"),
        ("10/31: 40", "“10/31” names no day and no month"),
        ("2026-02-30: 40", "“2026-02-30” names no day and no month"),
        ("2026-13: 40", "“2026-13” names no day and no month"),
        ("2026-10-31: much", "in “2026-10-31: much”, it does not begin with a number"),
        ("2026-10-31: ≥ 40", "in “2026-10-31: ≥ 40”, a phase is one value, without ≥ or ≤"),
        ("2026-10: 4 days", "in “2026-10: 4 days”, days does not convert into %"),
        ("2026-10: 40; 2026-10-31: 41", "2026-10-31 is named twice"),
        (
            "2026-10-01: 40",
            "2026-10-01 is not after its first day, 2026-10-01, up to its due day 2026-12-31",
        ),
        (
            "2027-01: 40",
            "2027-01-31 is not after its first day, 2026-10-01, up to its due day 2026-12-31",
        ),
        ("2026-12: 70", "on its due day, 2026-12-31, it says 70, but the target is 75"),
    ],
)
def test_what_is_no_phase_is_named(text: str, why: str) -> None:
    assert read_phases(text, "%", None, Q4.start, Q4.end, 75.0) == Unreadable(why)


def test_phases_and_start_are_part_of_the_record() -> None:
    row, rules = one(baseline="42 %", target="75 %", start="12 Oct 2026", phases="Nov 2026: 60 %")
    assert (row["starts_on"], row["phases"]) == (pd.Timestamp("2026-10-12"), "2026-11-30: 60")
    assert rules == []
    row, _ = one(baseline="3 days", target="4 hours", phases="2026-11-30: 1 day")
    assert row["phases"] == "2026-11-30: 24"
    row, rules = one(kind="milestones", phases="2026-11-30: 0.5; 2026-12-31: 1")
    assert row["phases"] == "2026-11-30: 0.5"
    row, rules = one(baseline="42 %", target="75 %")
    assert (pd.isna(row["starts_on"]), pd.isna(row["phases"]), rules) == (True, True, [])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"phases": "October: 4"},
            "The text of the phases of KR-1 in phases (Tab!phases) cannot be read: “October” names"
            " no day and no month. Correct it there.",
        ),
        (
            {"phases": "2026-10: 50", "kind": "band", "target_high": 80},
            "The text of the phases of KR-1 in phases (Tab!phases) cannot be read: a Key Result of"
            " kind band has none. Correct it there.",
        ),
        (
            {"start": "soon"},
            "The start of KR-1 in start (Tab!start) cannot be read: “soon” does not name one day."
            " Correct it there.",
        ),
        (
            {"start": date(2026, 12, 31)},
            "KR-1 starts on 2026-12-31, not before its due day 2026-12-31, so its cycle's first day"
            " is taken: correct one of them.",
        ),
        (
            {"start": date(2026, 9, 1)},
            "KR-1 starts on 2026-09-01, before its cycle 2026-Q4, whose values alone count: correct"
            " one of them.",
        ),
    ],
)
def test_a_faulty_path_is_a_finding_with_the_records_link(
    fields: dict[str, Any], sentence: str
) -> None:
    given = {"id": "KR-1", "objective": "O-1", "baseline": 42, "target": 75, **fields}
    rows, findings = read(record("key_results", "r:2", **given))
    assert findings["sentence"].tolist() == [sentence]
    assert findings["url"].tolist() == ["https://example.test/r:2"]
    assert rows["phases"].isna().all()


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (Q4.start - timedelta(days=3), 0.0),
        (Q4.start, 0.0),
        (Q4.start + timedelta(days=15), 0.1),
        (OCTOBER, 0.2),
        (OCTOBER + timedelta(days=10), 0.4),
        (NOVEMBER, 0.8),
        (Q4.end - timedelta(days=1), 0.8 + 0.2 * 30 / 31),
        (Q4.end, 1.0),
        (Q4.end + timedelta(days=9), 1.0),
    ],
)
def test_the_expected_path_goes_through_the_phases(today: date, expected: float) -> None:
    assert progress_of(today, phases=TWO)["expected_progress"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("value", "pace"), [(10.0, "on"), (9.9, "behind"), (30.0, "on"), (30.1, "ahead")]
)
def test_pace_along_phases_has_the_same_tolerance(value: float, pace: str) -> None:
    assert progress_of(OCTOBER, value, phases=TWO)["pace"] == pace


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"starts_on": day(31), "due_on": day(61)}, 0.5),
        ({"starts_on": day(50)}, 0.0),
        ({"due_on": day(46)}, 1.0),
        ({"starts_on": day(31), "due_on": day(61), "phases": f"{day(36)}: 75"}, 0.85),
        ({"baseline": None, "first": 60.0, "phases": f"{day(46)}: 90"}, 0.75),
        ({"baseline": 100.0, "target": 0.0, "kind": "decrease", "phases": f"{day(46)}: 75"}, 0.25),
        ({"kind": "milestones", "unit": "%", "phases": f"{day(46)}: 75"}, 0.75),
        ({"phases": f"{day(46)}: 130"}, 1.0),
        ({"phases": f"{day(46)}: -10"}, 0.0),
        # Where there is no way, phases say nothing.
        ({"kind": "at most", "baseline": 3, "target": 5, "phases": f"{day(46)}: 4"}, 46 / 91),
        ({"baseline": None, "first": None, "phases": f"{day(46)}: 90"}, 46 / 91),
        ({"baseline": 100.0, "phases": f"{day(46)}: 90"}, 46 / 91),
    ],
)
def test_a_key_results_own_days_and_phases_make_its_path(
    fields: dict[str, Any], expected: float
) -> None:
    row = progress_of(day(46), **fields)
    assert row["expected_progress"] == pytest.approx(expected, abs=1e-12)


def slow(knots: list[tuple[date, Fraction]], today: date) -> Fraction:
    """The path, leg by leg."""
    if today <= knots[0][0]:
        return knots[0][1]
    for (begin, low), (end, high) in pairwise(knots):
        if begin <= today <= end:
            share = low + (high - low) * Fraction((today - begin).days, (end - begin).days)
            return max(Fraction(0), min(Fraction(1), share))
    return Fraction(1)


PATHS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(2, 60), st.integers(-30, 130), max_size=4),
        st.integers(-20, 1),
        st.integers(61, 100),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30)
@given(PATHS, st.lists(st.integers(-30, 120), min_size=1, max_size=20), st.randoms())
def test_any_paths_on_any_days_are_what_they_are_leg_by_leg(
    paths: list[tuple[dict[int, int], int, int]], days: list[int], random: Any
) -> None:
    rows = definitions(
        *(
            {
                "starts_on": day(begin),
                "due_on": day(end),
                "phases": "; ".join(f"{day(at)}: {points[at]}" for at in sorted(points)) or None,
            }
            for points, begin, end in paths
        )
    )
    of = np.array([random.randrange(len(rows)) for _ in days], "int64")
    asked = pd.Series([midnight(day(n)) for n in days])
    for n, row, found in zip(days, of, expected_on(rows, asked, of), strict=True):
        points, begin, end = paths[row]
        inner = [(day(at), Fraction(points[at], 100)) for at in sorted(points)]
        knots = [(day(begin), Fraction(0)), *inner, (day(end), Fraction(1))]
        assert found == pytest.approx(float(slow(knots, day(n))), abs=1e-9)


def published(
    rows: pd.DataFrame, value: float, as_of: date, at: date | None = None
) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """The row of one Key Result with one value, and its explanation by title."""
    reading = measured("KR-1", [(((at or as_of) - Q4.start).days, value)])
    readings = all_measurements(rows, measurements(reading), NO_CHECK_INS)
    parts = KeyResultParts(rows, readings, NO_CHECK_INS, NO_LINKS, NO_WORK, NO_STALE)
    found = build_key_results(parts, as_of)
    row = found.assign(findings=0, as_of=as_of, run_id="run").iloc[0].to_dict()
    said = explain(row, readings, NO_CHECK_INS, NO_LINKS, findings_frame())
    return row, {part.title: part.lines for part in said.sections}


def test_the_row_and_its_explanation_tell_of_the_phases() -> None:
    rows, _ = read(
        record("key_results", "r:2", id="KR-1", objective="O-1", baseline=0, target=100, phases=TWO)
    )
    built, said = published(rows, value=25.0, as_of=date(2026, 11, 10))
    assert built["expected_progress"] == pytest.approx(0.4)
    assert (built["pace"], built["phases"]) == ("behind", TWO)
    assert f"Phases: {TWO}" in said["Definition"]
    assert (
        "Expected: its phases are 0 on 2026-10-01, 20 on 2026-10-31, 80 on 2026-11-30, 100 on"
        " 2026-12-31; on 2026-11-10 that is 20 + (80 − 20) × 10 / 30, and (20 + (80 − 20) × 10 / 30"
        " − 0) / (100 − 0) = 0.4, within 0 and 1: 40 %"
    ) in said["Progress"]
    assert any("its phased path would be at 40 %" in line for line in said["Confidence"])


def test_the_gap_of_a_value_is_that_to_the_phases_on_its_day() -> None:
    rows, _ = read(
        record("key_results", "r:2", id="KR-1", objective="O-1", baseline=0, target=100, phases=TWO)
    )
    built, _ = published(rows, value=15.0, as_of=date(2026, 11, 10), at=OCTOBER)
    assert built["pace_gap"] == pytest.approx(0.05)
    assert pd.isna(built["pace_gap_since"])
    assert "pace gap" not in built["signals"]
