"""Counters and levels are told apart, each with its reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from okr_model.forecast.path_kinds import path_kinds
from okr_model.progress.value_series import all_measurements, cycle_series
from tests.support.key_result_frames import NO_CHECK_INS, definitions, measured, measurements

TODAY = date(2026, 11, 28)
TOTAL = [3.0, 5.0, 9.0, 9.0, 14.0, 20.0, 22.0, 25.0, 31.0]
SCORE = [40.0, 43.0, 41.0, 44.0, 43.0, 47.0, 46.0, 45.0, 47.0]


@pytest.mark.parametrize(
    ("definition", "values", "path", "reason"),
    [
        ({}, TOTAL, "counter", "its readings never stepped back"),
        ({}, TOTAL[:4], "counter", "its readings have not stepped back"),
        ({}, [], "counter", "it is to grow, with no step back so far"),
        ({}, SCORE, "level", "its readings stepped back"),
        ({}, [*TOTAL, 1.0], "counter", "only its last reading stepped back"),
        ({}, [*TOTAL, 30.5, 40.0], "counter", "its steps back are at most 2 % of those forward"),
        ({}, [5.0, 4.0], "counter", "it is to grow, and only its last reading stepped back"),
        ({"kind": "decrease"}, [0.0, 0.0, 4.0, 5.0], "level", "its readings stepped back"),
        ({"kind": "decrease"}, [9.0, 8.0, 7.0, 8.0], "level", "less of it is better"),
        ({}, [*TOTAL, 30.4, 40.0], "level", "its readings stepped back"),
        ({"unit": "%"}, TOTAL[:8], "level", "its unit is that of a rate or a duration"),
        ({"unit": "%"}, TOTAL, "counter", "its readings never stepped back"),
        ({"unit": "hours"}, TOTAL[:4], "level", "its unit is that of a rate or a duration"),
        ({"kind": "decrease"}, [-v for v in TOTAL[:5]], "level", "less of it is better"),
        ({"kind": "decrease"}, [-v for v in TOTAL], "counter", "its readings never stepped back"),
        (
            {"kind": "decrease", "unit": "hours"},
            [99 - v for v in TOTAL],
            "level",
            "its unit is that of a rate or a duration",
        ),
        ({"kind": "milestones", "unit": "%"}, SCORE, "counter", "milestones are counted"),
        ({"kind": "band", "target_high": 120}, TOTAL, "level", "a band is about a level"),
        ({"declared_path": "level"}, TOTAL, "level", "its record declares it"),
        ({"declared_path": "counter"}, SCORE, "counter", "its record declares it"),
    ],
)
def test_the_kind_of_path_has_a_reason(
    definition: dict[str, Any], values: list[float], path: str, reason: str
) -> None:
    declared = definition.pop("declared_path", None)
    rows = definitions(definition).assign(declared_path=declared)
    points = measurements(measured("KR-1", [(1 + 5 * n, v) for n, v in enumerate(values)]))
    series = cycle_series(rows, all_measurements(rows, points, NO_CHECK_INS), TODAY)
    found = path_kinds(rows, series).iloc[0]
    assert (found["path"], found["path_reason"]) == (path, reason)
