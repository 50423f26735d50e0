"""What to do next is no encouragement where something speaks against it."""

from __future__ import annotations

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
