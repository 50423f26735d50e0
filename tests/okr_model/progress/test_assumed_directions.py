"""Targets of which nobody said which way they go."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.entities import read_key_results, read_measurements, read_objectives
from okr_model.progress.assumed_directions import unclear_directions
from okr_model.progress.value_series import all_measurements
from tests.support.okr_cells import Q3, Q4, ZONE, frame, record


def asked(values: dict[date, Any], **fields: Any) -> pd.DataFrame:
    """The findings about a Key Result with these values."""
    objectives, _ = read_objectives(frame(), [Q3, Q4])
    cells = frame(
        record("key_results", "kr:1", id="KR-1", cycle="2026-Q4", **fields),
        *(
            record("measurements", f"m:{on}", key_result="KR-1", date=on, value=value)
            for on, value in values.items()
        ),
    )
    read, _ = read_key_results(cells, objectives, [Q3, Q4], ZONE)
    measurements, _ = read_measurements(cells, read, ZONE)
    none = pd.DataFrame(columns=["key_result_id", "cycle_id", "date", "value", "value_text"])
    return unclear_directions(read, all_measurements(read, measurements, none))


FALLING = {date(2026, 10, 5): 40, date(2026, 10, 12): 35, date(2026, 11, 2): 3}


def test_a_first_value_that_meets_an_assumed_target_is_asked_about() -> None:
    found = asked(FALLING, target="5", statement="Réduire les bugs ouverts")
    assert found["rule"].tolist() == ["unclear direction"]
    assert found["subject_id"].tolist() == ["KR-1"]
    assert found["url"].tolist() == ["https://example.test/kr:1"]
    assert found["day"].tolist() == ["2026-10-05"]
    assert (
        "at least 5, which its first value of the cycle, 40 on 2026-10-05"
        in found.at[0, "sentence"]
    )


@pytest.mark.parametrize(
    ("fields", "first", "is_asked"),
    [
        ({"target": "0"}, 40, True),
        ({"target": "0"}, 0, True),
        ({"target": "5"}, 5, True),
        ({"target": "5", "kind": "sideways"}, 40, True),
        ({"target": "5"}, 4.9, False),
        ({"target": "≥ 5"}, 40, False),
        ({"target": "≤ 5"}, 40, False),
        ({"target": "5", "kind": "at least"}, 40, False),
        ({"target": "5", "kind": "decrease"}, 40, False),
        ({"target": "5", "baseline": "40"}, 40, False),
        ({"target": "5", "baseline": "2"}, 40, False),
        ({"target": "yes"}, 1, False),
        ({"target": "40 %", "target_high": "60 %"}, 50, False),
        ({}, 40, False),
    ],
)
def test_only_what_nobody_declared_is_asked_about(
    fields: dict[str, Any], first: float, is_asked: bool
) -> None:
    assert len(asked({date(2026, 10, 5): first}, **fields)) == is_asked


def test_only_values_of_the_cycle_count_from_its_start_on() -> None:
    early = {date(2026, 9, 28): 40, date(2026, 10, 5): 4}
    assert asked(early, target="5").empty
    assert asked({}, target="5").empty
    started = {date(2026, 10, 5): 40, date(2026, 10, 19): 4}
    assert asked(started, target="5", start=date(2026, 10, 12)).empty
