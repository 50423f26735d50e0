"""Where each cycle stands on a day."""

from __future__ import annotations

import datetime as dt

import pytest

from okr_model.progress.cycle_phases import build_cycles

START, END = dt.date(2026, 10, 1), dt.date(2026, 12, 31)


@pytest.mark.parametrize(
    ("day", "phase", "elapsed"),
    [
        (dt.date(2026, 9, 30), "coming", 0),
        (START, "running", 1),
        (dt.date(2026, 11, 28), "running", 59),
        (END, "running", 92),
        (dt.date(2027, 1, 1), "ended", 92),
    ],
)
def test_a_cycle_stands_somewhere(day: dt.date, phase: str, elapsed: int) -> None:
    (row,) = build_cycles([("2026-Q4", START, END)], day).to_dict("records")
    assert row == {
        "cycle_id": "2026-Q4",
        "cycle_start": START,
        "cycle_end": END,
        "phase": phase,
        "length": 92,
        "elapsed": elapsed,
    }


def test_without_cycles_the_table_is_empty() -> None:
    assert build_cycles([], START).empty
