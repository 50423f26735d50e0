"""Two records with one id: the one that held it stays."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import pytest

from okr_model.entities import read_key_results, read_objectives
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q4, ZONE, frame, record

OBJECTIVES, _ = read_objectives(empty_cells(), [Q4])
Cells = list[dict[str, Any]]


def page(record_id: str, statement: str, source: str = "notion", **fields: Any) -> Cells:
    known = {"id": "KR-16", "cycle": "2026-Q4", "statement": statement, "target": 5}
    return record("key_results", record_id, source, **{**known, **fields})


def read(records: list[Cells], held: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same for any order of the records."""
    found = [
        read_key_results(frame(*order), OBJECTIVES, [Q4], ZONE, held=held)
        for order in itertools.permutations(records)
    ]
    for rows, findings in found[1:]:
        pd.testing.assert_frame_equal(rows, found[0][0])
        pd.testing.assert_frame_equal(findings, found[0][1])
    return found[0]


def before(*records: Cells) -> pd.DataFrame:
    return read_key_results(frame(*records), OBJECTIVES, [Q4], ZONE)[0]


@pytest.mark.thorough
@pytest.mark.parametrize("given", ["KR-16", "kr-16"])
@pytest.mark.parametrize("newcomer", ["0a", "ff"])
def test_the_record_that_held_the_id_keeps_it(newcomer: str, given: str) -> None:
    held = before(page("7c", "Cut churn"))
    rows, findings = read(
        [page("7c", "Cut churn a lot"), page(newcomer, "Grow", id=given)],
        held,
    )
    assert rows["record_id"].tolist() == ["7c"]
    assert findings["rule"].tolist() == ["duplicate id"]
    finding = findings.iloc[0]
    assert finding["url"] == f"https://example.test/{newcomer}"
    assert (
        "“Cut churn a lot” (record 7c of notion) held it before and keeps it"
        in (finding["sentence"])
    )
    assert f"“Grow” (record {newcomer} of notion) is left out" in finding["sentence"]


@pytest.mark.parametrize("held", [None, before(page("gone", "An older one"))])
def test_where_no_record_held_it_none_is_taken(held: pd.DataFrame | None) -> None:
    rows, findings = read([page("7c", "Cut churn"), page("0a", "Grow")], held)
    assert rows.empty
    assert findings["rule"].tolist() == ["duplicate id"] * 2
    assert findings["url"].nunique() == 2
    assert findings["sentence"].str.contains("“Cut churn”.*“Grow”|“Grow”.*“Cut churn”").all()


def sheet(row: int, statement: str, **fields: Any) -> Cells:
    cells = page(f"book:0:{row}", statement, "sheets", **fields)
    return [{**cell, "row": float(row)} for cell in cells]


@pytest.mark.thorough
def test_a_row_is_known_by_what_it_says_wherever_it_moves() -> None:
    held = before(sheet(5, "Cut churn", owner="Ana", team="CX"))
    for row, newcomer in ((5, 8), (8, 5), (9, 10)):
        rows, findings = read(
            [
                sheet(row, "Cut churn", owner="Ana", team="CX", target=6),
                sheet(newcomer, "Grow", owner="Ben", team="CX"),
            ],
            held,
        )
        assert rows["statement"].tolist() == ["Cut churn"]
        assert findings["url"].tolist() == [f"https://example.test/book:0:{newcomer}"]


def test_a_copied_row_changes_nothing() -> None:
    held = before(sheet(5, "Cut churn"))
    rows, findings = read([sheet(5, "Cut churn"), sheet(6, "Cut churn")], held)
    assert rows["record_id"].tolist() == ["book:0:5"]
    assert len(findings) == 1


def test_a_row_of_another_spreadsheet_is_a_newcomer() -> None:
    held = before(sheet(5, "Cut churn"))
    other = [{**cell, "record_id": "copy:0:5"} for cell in sheet(5, "Cut churn")]
    rows, _ = read([other, sheet(7, "Cut churn more")], held)
    assert rows["record_id"].tolist() == ["book:0:7"]


def test_objectives_keep_their_ids_likewise() -> None:
    def objective(record_id: str, title: str) -> Cells:
        return record("objectives", record_id, "notion", id="O-1", title=title, cycle="2026-Q4")

    held, _ = read_objectives(frame(objective("b", "Delight")), [Q4])
    both = frame(objective("a", "Grow"), objective("b", "Delight"))
    rows, findings = read_objectives(both, [Q4], held=held)
    assert rows["title"].tolist() == ["Delight"]
    assert "“Grow” (record a of notion) is left out" in findings["sentence"][0]
    assert read_objectives(both, [Q4])[0].empty
