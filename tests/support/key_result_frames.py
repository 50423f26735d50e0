"""Builds definitions and measurements for the tests of values, progress and forecast."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from okr_model.entities import read_check_ins, read_key_results, read_measurements, read_objectives
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q4, SEEN, ZONE

START = Q4.start
NO_KEY_RESULTS = read_key_results(
    empty_cells(), read_objectives(empty_cells(), [Q4])[0], [Q4], ZONE
)[0]
NO_MEASUREMENTS = read_measurements(empty_cells(), NO_KEY_RESULTS, ZONE)[0]
NO_CHECK_INS = read_check_ins(empty_cells(), NO_KEY_RESULTS, ("A", "B", "C"), ZONE)[0]


def definitions(*rows: dict[str, Any]) -> pd.DataFrame:
    """Key Results of 2026-Q4, an increase from 0 to 100 unless a row says otherwise."""
    usual = {
        "cycle_id": Q4.id,
        "kind": "increase",
        "unit": "count",
        "baseline": 0.0,
        "target": 100.0,
        "source": "notion",
        "record_id": "kr",
        "due_on": Q4.end,
        "due_source": "end of cycle",
        "cycle_start": Q4.start,
        "cycle_end": Q4.end,
    }
    filled = [{**usual, "key_result_id": f"KR-{n}", **row} for n, row in enumerate(rows, 1)]
    frame = pd.DataFrame(filled, columns=NO_KEY_RESULTS.columns)
    return frame.astype(NO_KEY_RESULTS.dtypes.to_dict())


def measured(
    key_result_id: str, values: Iterable[tuple[int, float | None]], measure: str = "sheets"
) -> list[dict[str, Any]]:
    """Readings on days counted from the first day of the cycle; None is unreadable."""
    return [
        {
            "key_result_id": key_result_id,
            "date": START + timedelta(days=day),
            "measure": measure,
            "value": value,
            "problem": None if value is not None else "the source shows #REF!",
            "field": f"Tab!C{day}",
            "source": measure.split()[0],
            "record_id": f"{measure}:{day}",
            "seen_at": SEEN,
        }
        for day, value in values
    ]


def measurements(*groups: list[dict[str, Any]]) -> pd.DataFrame:
    """All readings as one frame."""
    rows = [row for group in groups for row in group]
    frame = pd.DataFrame(rows, columns=NO_MEASUREMENTS.columns)
    return frame.astype(NO_MEASUREMENTS.dtypes.to_dict())


def check_ins(
    key_result_id: str, calls: Iterable[tuple[int, str | None, float | None]]
) -> pd.DataFrame:
    """Check-ins on days counted from the first day of the cycle: level and value."""
    rows = [
        {
            "key_result_id": key_result_id,
            "cycle_id": Q4.id,
            "date": START + timedelta(days=day),
            "number": 1,
            "confidence": level,
            "confidence_text": level,
            "value": value,
            "source": "notion",
            "record_id": f"check-in:{number}",
            "seen_at": SEEN,
        }
        for number, (day, level, value) in enumerate(calls)
    ]
    return pd.DataFrame(rows, columns=NO_CHECK_INS.columns).astype(NO_CHECK_INS.dtypes.to_dict())


def day(offset: int) -> date:
    """The day that many days after the first day of the cycle."""
    return START + timedelta(days=offset)
