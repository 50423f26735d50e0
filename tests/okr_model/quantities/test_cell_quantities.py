from typing import Any

import pandas as pd
import pytest

from okr_model.quantities.cell_quantities import convert_quantities, read_quantities
from okr_model.quantities.cells import cells_of, records_of
from tests.support.okr_cells import frame, record


def read(cell: Any, unit: str | None) -> dict[str, Any]:
    cells = frame(record("measurements", "r:1", value=cell))
    one = cells_of(cells, "measurements", records_of(cells, "measurements"), "value")
    units = pd.Series([unit], dtype="object")
    row = convert_quantities(read_quantities(one, units), units).iloc[0].to_dict()
    return {name: None if pd.isna(value) else value for name, value in row.items()}


def percent(fraction: float) -> dict[str, Any]:
    return {"kind": "percent", "number": fraction, "text": f"{fraction:.0%}"}


def seconds(number: float) -> dict[str, Any]:
    return {"kind": "duration", "number": number, "text": "as formatted"}


@pytest.mark.parametrize(
    ("cell", "unit", "value", "conversion"),
    [
        (percent(0.58), "%", 58.0, "fraction 0.58 = 58 %"),
        (percent(0.07), "%", 7.0, "fraction 0.07 = 7 %"),
        (seconds(240), "minutes", 4.0, "240 seconds = 4 minutes"),
        (seconds(388800), "hours", 108.0, "388800 seconds = 108 hours"),
        (2.4, "x", 2.4, None),
        ({"kind": "number", "number": 2.4, "unit": "x", "text": "2.4x"}, "x", 2.4, None),
        (30.0, "hours", 30.0, None),
        (58.0, "%", 58.0, None),
        ("4.5 days", "hours", 108.0, "4.5 days = 108 hours"),
        ("42%", "%", 42.0, None),
        ("18,000", "count", 18000.0, "“18,000” read as 18000"),
        (
            {"kind": "text", "text": "12.400", "locale": "de_DE"},
            "count",
            12400.0,
            "“12.400” read as 12400",
        ),
        (
            {"kind": "text", "text": "12,5%", "locale": "de_DE"},
            "%",
            12.5,
            "“12,5%” read as 12.5 %",
        ),
        ({"kind": "money", "number": 5.0, "unit": "USD", "text": "$5.00"}, "USD", 5.0, None),
        ({"kind": "bool", "number": 1.0, "text": "TRUE"}, "yes/no", 1.0, None),
        ("yes", "yes/no", 1.0, None),
        ({"kind": "number", "number": 4.0, "unit": "count", "text": "4"}, None, 4.0, None),
        (
            {"kind": "number", "number": 4.0, "unit": "count", "text": "4"},
            "leads",
            4.0,
            "4 = 4 leads",
        ),
        ({"kind": "empty"}, "%", None, None),
    ],
)
def test_a_cell_becomes_a_number_in_the_unit_of_its_key_result(
    cell: Any, unit: str, value: float | None, conversion: str | None
) -> None:
    row = read(cell, unit)
    assert (row["value"], row["conversion"], row["problem"]) == (value, conversion, None)


@pytest.mark.parametrize(
    ("cell", "unit", "because"),
    [
        ({"kind": "error", "text": "#REF!"}, "%", "the source shows #REF!"),
        ({"kind": "error"}, "%", "the source shows an error"),
        ("n/a yet", "%", "does not begin with a number"),
        (percent(0.5), "hours", "it is in %, which does not convert into hours"),
        (percent(0.5), None, "a Key Result without a unit"),
        ({"kind": "date", "date": "2026-11-20", "text": "20 Nov"}, "%", "it is a date"),
        ({"kind": "refs", "refs": ["a"], "text": "A"}, "%", "it is a reference"),
        ({"kind": "number", "text": "?"}, "%", "it holds no number"),
        ({"kind": "money", "number": 5.0, "unit": "EUR", "text": "5 €"}, "USD", "does not convert"),
    ],
)
def test_a_cell_without_a_usable_number_says_why(cell: Any, unit: str, because: str) -> None:
    row = read(cell, unit)
    assert row["value"] is None
    assert row["conversion"] is None
    assert because in row["problem"]


@pytest.mark.parametrize(
    ("cell", "unit", "problem"),
    [
        (float("inf"), "%", "it holds no finite number"),
        (
            {"kind": "percent", "number": float("-inf"), "text": "?"},
            "%",
            "it holds no finite number",
        ),
        (seconds(1.7e308), "milliseconds", "it is too large"),
    ],
)
def test_what_is_not_finite_is_no_value(cell: Any, unit: str, problem: str) -> None:
    assert read(cell, unit) == {"value": None, "conversion": None, "problem": problem}


@pytest.mark.parametrize(
    ("shown", "kept"), [("k", 12.0), ("Q", 12.0), ("+", 12.0), ("h", 720.0), ("leads", None)]
)
def test_a_lone_letter_of_a_number_format_is_no_unit(shown: str, kept: float | None) -> None:
    cell = {"kind": "number", "number": 12.0, "unit": shown, "text": f"12{shown}"}
    assert read(cell, "minutes")["value"] == kept
