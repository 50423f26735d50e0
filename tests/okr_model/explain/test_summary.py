"""What to do next is no encouragement where something speaks against it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from okr_model.explain.summary import summary_lines
from tests.okr_model.confidence.test_chance_words import FACTS, FIXED

LIKELY = {"attainment_probability": 0.8, "computed_confidence": "high"}
UNLIKELY = {"attainment_probability": 0.32, "computed_confidence": "medium"}
OPEN = {"impediment": "two people are ill", "last_action_done": False}


@pytest.mark.parametrize(
    ("fields", "said", "wanted"),
    [
        (LIKELY, None, "carry on, as nothing speaks against it."),
        (LIKELY, {"impediment": None, "last_action_done": None}, "carry on, as nothing speaks"),
        (UNLIKELY, None, "answer what speaks against it: a chance of 32 %."),
        (LIKELY, OPEN, "an impediment that is open, a last action that is not done."),
        ({"attainment_probability": None}, None, "carry on; how likely it is cannot be told."),
    ],
)
def test_what_speaks_against_it_is_named(
    fields: dict[str, Any], said: dict[str, Any] | None, wanted: str
) -> None:
    measured = {
        "path": "level", "unit": "hours", "forecast_value": 20.0, "forecast_low": 10.0,
        "forecast_high": 30.0, "like_paths": 0, "like_met": None, "target": 18.0,
    }  # fmt: skip
    told = summary_lines({**FACTS, **FIXED, **measured, "target_high": None, **fields}, said)
    assert wanted in told[2]


LATE = {
    "due_on": date(2026, 10, 31), "current_value_at": date(2026, 11, 15), "current_value": 11.0,
    "attainment_probability": 0.0, "progress_raw": 1.1, "progress": 1.0, "target": 10.0,
    "target_high": None, "unit": None, "computed_confidence": "low", "pace": "on",
    "expected_progress": 1.0, "score": 1.0, "value_state": "measured",
    "cycle_start": date(2026, 10, 1), "cycle_end": date(2026, 12, 31),
}  # fmt: skip


def test_a_target_that_is_met_after_its_due_day_is_missed_and_said_to_be_late() -> None:
    ended = summary_lines({**FACTS, **LATE, "as_of": date(2027, 1, 8)})
    assert ended[1] == (
        "Its cycle ended on 2026-12-31: the target was missed on its due day, but the value of"
        " 2026-11-15 meets it, and its score is 100 %."
    )
    for closing, said in (
        (None, "nothing, as its cycle has ended."),
        ({"closed_as": None}, "decide whether it is continued, abandoned or done."),
        ({"closed_as": "abandon"}, "nothing, as it is closed as abandon."),
    ):
        told = summary_lines({**FACTS, **LATE, "as_of": date(2027, 1, 8)}, closing=closing)[2]
        assert told.endswith(f"; next: {said}")
    running = summary_lines({**FACTS, **LATE, "as_of": date(2026, 11, 24)})
    assert running[1].endswith(
        "its due day has passed: the chance of meeting the target by then is 0 %, but the value of"
        " 2026-11-15 meets it."
    )
    assert "a chance of 0 %." in running[2]


def test_what_begins_later_is_not_asked_for_a_value() -> None:
    silent = {"current_value": None, "value_state": "no value", "as_of": date(2026, 11, 24)}
    silent |= {"pace": None, "attainment_probability": None, "progress": None}
    later = summary_lines({**FACTS, **LATE, **silent, "starts_on": date(2026, 12, 1)})
    assert later[1] == "It begins on 2026-12-01."
    assert "State a first value".casefold() not in later[2].casefold()
    begun = summary_lines({**FACTS, **LATE, **silent, "starts_on": date(2026, 11, 24)})
    assert begun[1].startswith("Whether that is on its way cannot be said")
    assert begun[2].endswith("next: state a first value.")
