"""Phases of cycles of any length."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.governance.phases import (
    Phase,
    PhaseWeeks,
    build_cycles,
    last_day_of,
    phase_on,
    phases_of,
)
from okr_model.tables.rollups import PHASES

START, END = dt.date(2026, 10, 1), dt.date(2026, 12, 31)
USUAL = PhaseWeeks()
DAY = dt.timedelta(days=1)


def test_the_table_knows_every_phase() -> None:
    assert get_args(Phase) == PHASES


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (dt.date(2026, 9, 9), "coming"),
        (dt.date(2026, 9, 10), "preparation"),
        (dt.date(2026, 9, 30), "preparation"),
        (START, "baseline"),
        (dt.date(2026, 10, 14), "baseline"),
        (dt.date(2026, 10, 15), "execution"),
        (dt.date(2026, 11, 11), "execution"),
        (dt.date(2026, 11, 12), "mid-cycle review"),
        (dt.date(2026, 12, 9), "mid-cycle review"),
        (dt.date(2026, 12, 10), "final push"),
        (END, "final push"),
        (dt.date(2027, 1, 1), "closing"),
        (dt.date(2027, 1, 21), "closing"),
        (dt.date(2027, 1, 22), "closed"),
    ],
)
def test_phases_of_a_quarter_change_with_its_weeks(day: dt.date, phase: str) -> None:
    assert phase_on(START, END, day, USUAL).phase == phase


def test_a_six_week_cycle_has_every_phase_in_proportion() -> None:
    first = dt.date(2026, 1, 1)
    found = phases_of(first, first + 41 * DAY, USUAL)
    lengths = {
        one.phase: (one.ends_on - one.starts_on).days + 1
        for one in found
        if one.starts_on and one.ends_on
    }
    assert lengths == {
        "preparation": 10, "baseline": 6, "execution": 13, "mid-cycle review": 13,
        "final push": 10, "closing": 10,
    }  # fmt: skip


def test_a_year_is_closed_as_fast_as_a_quarter() -> None:
    first, last = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    assert last_day_of("baseline", first, last, USUAL) == first + 55 * DAY
    assert last_day_of("closing", first, last, USUAL) == last + 21 * DAY


@given(
    st.integers(1, 500),
    st.builds(PhaseWeeks, *[st.integers(0, 8)] * 5).filter(lambda weeks: weeks.of_cycle > 0),
)
def test_the_phases_hold_every_day_once_and_a_cycle_its_own(length: int, weeks: PhaseWeeks) -> None:
    last = START + (length - 1) * DAY
    found = phases_of(START, last, weeks)
    assert found[0].starts_on is None
    assert found[-1].ends_on is None
    for one, after in pairwise(found):
        assert one.ends_on is not None
        assert after.starts_on == one.ends_on + DAY
        assert one.starts_on is None or one.starts_on <= one.ends_on
    within = [one for one in found if one.phase in PHASES[2:6]]
    assert within[0].starts_on == START
    assert within[-1].ends_on == last
    assert last_day_of("final push", START, last, weeks) == last
    assert last_day_of("preparation", START, last, weeks) == START - DAY


@pytest.mark.parametrize(
    ("day", "state", "phase", "elapsed"),
    [
        (START - DAY, "coming", "preparation", 0),
        (START, "running", "baseline", 1),
        (dt.date(2026, 11, 28), "running", "mid-cycle review", 59),
        (END, "running", "final push", 92),
        (END + DAY, "ended", "closing", 92),
    ],
)
def test_a_cycle_stands_somewhere(day: dt.date, state: str, phase: str, elapsed: int) -> None:
    (row,) = build_cycles([("2026-Q4", START, END)], day, USUAL).to_dict("records")
    now = phase_on(START, END, day, USUAL)
    assert row == {
        "cycle_id": "2026-Q4",
        "cycle_start": START,
        "cycle_end": END,
        "state": state,
        "phase": phase,
        "phase_starts_on": now.starts_on,
        "phase_ends_on": now.ends_on,
        "frozen_from": dt.date(2026, 12, 10),
        "close_by": dt.date(2027, 1, 21),
        "length": 92,
        "elapsed": elapsed,
    }


def test_without_a_final_push_nothing_is_frozen() -> None:
    weeks = PhaseWeeks(final=0)
    (row,) = build_cycles([("2026-Q4", START, END)], END, weeks).to_dict("records")
    assert row["frozen_from"] is None


def test_without_cycles_the_table_is_empty() -> None:
    assert build_cycles([], START, USUAL).empty
