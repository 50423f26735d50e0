"""The rows behind a value, from which it can be computed again, and those that cannot be read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from okr_model.measures.parser import parse_measure
from okr_model.measures.row_measures import evaluate_rows, rows_of_day
from tests.okr_model.measures.test_row_measures import (
    DEALS,
    FIGURES,
    KEY_RESULTS,
    cells,
    key_result,
)
from tests.support.okr_cells import ZONE


def behind(text: str, day: date) -> list[dict[str, Any]]:
    table, what = cells("files", DEALS), parse_measure(text)
    found = rows_of_day(what, table, key_result(text), KEY_RESULTS, ZONE, day)
    return found.to_dict("records")


def test_the_rows_behind_a_value_say_what_was_counted_and_when() -> None:
    rows = behind("count of rows from deals by Day over 14 days", date(2026, 11, 16))
    assert [row["date"] for row in rows] == [row["Day"] for row in DEALS[2:5]]
    assert {row["field"] for row in rows} == {"Day (Tab!Day)"}
    assert [row["text"] for row in rows] == [row["Day"].isoformat() for row in DEALS[2:5]]
    assert {row["counts_in"] for row in rows} == {None}


def test_a_share_can_be_recomputed_from_its_rows() -> None:
    text = "share of (Stage = Won) of {} from deals by Day over 28 days"
    for of in ("Value", "rows"):
        rows = behind(text.format(of), date(2026, 11, 16))
        won, every = (
            sum(row["value"] for row in rows if side in row["counts_in"])
            for side in ("part", "whole")
        )
        (value,) = (
            evaluate_rows(
                parse_measure(text.format(of)),
                "m",
                cells("files", DEALS),
                key_result(text),
                KEY_RESULTS,
                ZONE,
            )[0]
            .set_index("date")
            .loc[[pd.Timestamp("2026-11-16")], "value"]
        )
        assert won / every * 100 == pytest.approx(value)
        assert [row["text"] for row in rows][:2] == (
            ["40", "10"] if of == "Value" else ["Won", "Lost"]
        )


def test_a_ratio_names_both_sides_and_neither() -> None:
    rows = behind(FIGURES[10] + " from deals by Day over 28 days", date(2026, 11, 16))
    assert [row["counts_in"] for row in rows] == ["part", "whole", "part", "neither", "part"]


@pytest.mark.parametrize(
    "figure", ["sum of Value", "count of rows", "share of (Stage = Won) of rows"]
)
def test_a_date_that_cannot_be_read_is_named_with_its_own_cell(figure: str) -> None:
    table = [*DEALS, {"Day": "31.11.2026", "Stage": "Won", "Value": 7}]
    what = parse_measure(f"{figure} from deals by Day")
    _, found = evaluate_rows(
        what, "m", cells("files", table), key_result(figure), KEY_RESULTS, ZONE
    )
    (row,) = found.to_dict("records")
    assert row["sentence"].startswith("The date of a row of KR-1 in Day (Tab!Day) cannot be read: ")
    assert (row["evidence"], row["url"]) == ("31.11.2026", "https://example.test/r6")
