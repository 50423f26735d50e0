"""Which statement counts when several are about one day, in whatever order they stand."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.confidence.levels import stated_confidence
from okr_model.entities import (
    join_shared_records,
    read_check_ins,
    read_key_results,
    read_kpis,
    read_measurements,
    read_objectives,
)
from okr_model.findings import identify
from okr_model.progress.value_series import current_values
from okr_model.quantities.cells import empty_cells
from tests.support.okr_cells import Q4, ZONE, frame, record

WORDS = ("High", "Medium", "Low")
FRIDAY = date(2026, 11, 20)
OBJECTIVES, _ = read_objectives(empty_cells(), [Q4])
KEY_RESULTS, _ = read_key_results(
    frame(
        record("key_results", "kr-1", "notion", id="KR-1", cycle="2026-Q4", target=100, baseline=0),
        record("key_results", "kr-2", "notion", id="KR-2", cycle="2026-Q4", target=100, baseline=0),
    ),
    OBJECTIVES,
    [Q4],
    ZONE,
)

Cells = list[dict[str, Any]]


def at(clock: str) -> dict[str, str]:
    """A cell of Friday at a time of day."""
    return {"kind": "datetime", "date": f"2026-11-20T{clock}:00+08:00", "text": clock}


def row(number: int, holds: str = "check_ins", **fields: Any) -> Cells:
    """A row of a sheet."""
    url = f"https://docs.google.com/spreadsheets/d/book/edit#gid=0&range=A{number}"
    cells = record(holds, f"book:0:{number}", **fields)
    return [{**cell, "row": float(number), "record_url": url} for cell in cells]


def page(record_id: str, created: str, **fields: Any) -> Cells:
    """A page of Notion."""
    when = pd.Timestamp(created)
    cells = record("check_ins", record_id, "notion", **fields)
    return [{**cell, "place": "calls", "created_at": when, "edited_at": when} for cell in cells]


def said(*records: Cells) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    """The confidence that counts for KR-1, the check-ins and the findings."""
    check_ins, findings = read_check_ins(frame(*records), KEY_RESULTS, WORDS, ZONE)
    level = stated_confidence(KEY_RESULTS, check_ins, FRIDAY)["stated_confidence"].iloc[0]
    return level, check_ins, findings


def call(word: str, day: Any = FRIDAY, **more: Any) -> dict[str, Any]:
    return {"key_result": "KR-1", "date": day, "confidence": word, **more}


def in_any_order(records: list[Cells]) -> list[tuple[Cells, ...]]:
    return list(itertools.permutations(records))


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ([row(9, **call("High")), row(10, **call("Low"))], "low"),
        ([row(99, **call("High")), row(100, **call("Low"))], "low"),
        # A page's random id says nothing; its time of day does, then when it was made.
        (
            [
                page("f0", "2026-11-20T01:00Z", **call("High", at("09:00"))),
                page("a7", "2026-11-20T09:00Z", **call("Low", at("17:00"))),
            ],
            "low",
        ),
        (
            [
                page("f0", "2026-11-20T09:00Z", **call("High", at("09:00"))),
                page("a7", "2026-11-20T01:00Z", **call("Low", at("17:00"))),
            ],
            "low",
        ),
        (
            [
                page("f0", "2026-11-20T01:00Z", **call("High")),
                page("a7", "2026-11-20T09:00Z", **call("Low")),
            ],
            "low",
        ),
        # One has no time of day, so only when they were made can be compared.
        (
            [
                page("f0", "2026-11-20T01:00Z", **call("High", at("17:00"))),
                page("a7", "2026-11-21T09:00Z", **call("Low")),
            ],
            "low",
        ),
        # A sheet with times, sorted the other way round.
        ([row(2, **call("Low", at("17:00"))), row(3, **call("High", at("09:00")))], "low"),
        ([row(2, **call("High", at("09:00"))), row(3, **call("Low", at("09:00")))], "low"),
    ],
)
def test_the_later_call_of_a_day_counts(records: list[Cells], level: str) -> None:
    for order in in_any_order(records):
        found, check_ins, findings = said(*order)
        assert found == level
        assert check_ins["number"].tolist() == [1, 2]
        assert findings.empty


def test_calls_that_nothing_orders_are_asked_about() -> None:
    records = [row(5, **call("Low")), page("a7", "2026-11-20T09:00Z", **call("High"))]
    for order in in_any_order(records):
        level, _, findings = said(*order)
        assert level == "low"  # by the names of the places, so the same every night
        assert findings["rule"].tolist() == ["contradictory check-ins"]
        (sentence,) = findings["sentence"]
        assert "“Low” in sheets is taken, “High” in notion is not" in sentence


def test_the_value_of_the_later_check_in_counts_if_it_can_be_read() -> None:
    records = [
        row(9, **call("High", value=10)),
        row(10, **call("High", value=20)),
        row(11, **call("High", value="soon")),
    ]
    _, check_ins, _ = said(*records)
    values = current_values(KEY_RESULTS, empty_measurements(), check_ins, FRIDAY)
    assert values["current_value"].iloc[0] == 20


def empty_measurements() -> pd.DataFrame:
    return read_measurements(empty_cells(), KEY_RESULTS, ZONE)[0]


def measured(number: int, value: Any, key: str = "KR-1", day: Any = FRIDAY) -> Cells:
    return row(number, "measurements", key_result=key, date=day, value=value)


def test_a_correction_below_counts_and_both_are_named() -> None:
    for order in in_any_order([measured(9, 40), measured(10, 45)]):
        rows, findings = read_measurements(frame(*order), KEY_RESULTS, ZONE)
        assert rows["value"].tolist() == [45]
        (sentence,) = findings["sentence"]
        assert "two values of KR-1 for 2026-11-20: 45 in value (Tab!value)" in sentence
        assert "40 in value (Tab!value) is not" in sentence


def test_a_later_kpi_counts() -> None:
    rows, findings = read_kpis(
        frame(
            row(10, "kpis", id="K-1", date=FRIDAY, value=2),
            row(9, "kpis", id="K-1", date=FRIDAY, value=1),
        ),
        ZONE,
    )
    assert rows["value"].tolist() == [2]
    assert "2, the later one, is taken; 1 in record book:0:9 is left out" in findings["sentence"][0]


def of_dataset(name: str, cells: Cells) -> Cells:
    return [{**cell, "dataset": name, "name": f"{name} {cell['name']}"} for cell in cells]


def test_two_datasets_over_one_place_both_count() -> None:
    empty = {"kind": "empty"}
    numbers = [measured(2, 40), measured(3, empty, "KR-2"), measured(4, 7, day=date(2026, 11, 6))]
    texts = [measured(2, "40"), measured(3, "50", "KR-2"), measured(4, "8", day=date(2026, 11, 6))]
    records = [of_dataset("a", cells) for cells in numbers]
    records += [of_dataset("b", cells) for cells in texts]
    for order in (records, list(reversed(records))):
        rows, findings = read_measurements(frame(*order), KEY_RESULTS, ZONE)
        assert rows[["key_result_id", "value"]].to_numpy().tolist() == [
            ["KR-1", 8.0],
            ["KR-1", 40.0],
            ["KR-2", 50.0],
        ]
        assert findings["rule"].tolist() == ["duplicate measurement"]
        assert "nothing says that it is the later one" in findings["sentence"][0]


def test_two_datasets_read_one_check_in() -> None:
    empty = {"kind": "empty"}
    one = of_dataset("a", row(2, **call("High", value=empty)))
    other = of_dataset("b", row(2, **call("Low", value=30)))
    for order in ((one, other), (other, one)):
        cells, findings = join_shared_records(frame(*order))
        _, check_ins, _ = said(cells.to_dict("records"))
        assert check_ins[["confidence", "value"]].to_numpy().tolist() == [["high", 30.0]]
        assert [finding.rule for finding in findings] == ["contradictory datasets"]
        assert "“a confidence” holds High, “b confidence” holds Low" in findings[0].sentence


def test_two_datasets_may_read_two_key_results_of_one_row() -> None:
    wide = [
        of_dataset(name, record("key_results", "book:0:2", id=key, target=target, cycle="2026-Q4"))
        for name, key, target in (("a", "KR-1", 5), ("b", "KR-2", 6))
    ]
    again = of_dataset("c", record("key_results", "book:0:2", id="kr-1", statement="Grow"))
    cells, findings = join_shared_records(frame(*wide, again))
    rows, found = read_key_results(cells, OBJECTIVES, [Q4], ZONE)
    assert rows[["key_result_id", "target"]].to_numpy().tolist() == [["KR-1", 5.0], ["KR-2", 6.0]]
    assert rows["statement"].fillna("").tolist() == ["Grow", ""]
    assert not findings
    assert found.empty


STATEMENTS = st.lists(
    st.tuples(
        st.sampled_from(["KR-1", "KR-2", "KR-9"]),
        st.sampled_from([FRIDAY, date(2026, 11, 13), "someday", at("09:00"), at("17:00")]),
        st.sampled_from(["High", "Low", "so so", {"kind": "empty"}]),
        st.sampled_from([10, 20, "?", {"kind": "empty"}]),
    ),
    max_size=8,
)


def read(rows: list[tuple[Any, ...]], first: int, order: list[int]) -> list[Any]:
    """What is read of a sheet that begins at a row, without what says where a row stands."""
    calls, values = [], []
    for number, (key, day, word, value) in enumerate(rows, first):
        fields = {"key_result": key, "date": day, "confidence": word, "value": value}
        calls.append(row(number, **fields))
        values.append(measured(number, value, key, day))
    shuffled = frame(*(calls[n] for n in order), *(values[n] for n in order))
    _, check_ins, of_check_ins = said(shuffled.to_dict("records"))
    measurements, of_measurements = read_measurements(shuffled, KEY_RESULTS, ZONE)
    findings = identify(pd.concat([of_check_ins, of_measurements]))
    return [
        check_ins.drop(columns=["record_id", "url"]).to_csv(),
        measurements.drop(columns=["record_id", "url"]).to_csv(),
        findings[["finding_id", "rule", "subject_id", "day"]].sort_values("finding_id").to_csv(),
    ]


@pytest.mark.thorough
@given(rows=STATEMENTS, inserted=st.integers(1, 200), data=st.data())
@settings(max_examples=15)
def test_neither_the_order_of_records_nor_rows_inserted_above_change_anything(
    rows: list[tuple[Any, ...]], inserted: int, data: st.DataObject
) -> None:
    in_order = list(range(len(rows)))
    plain = read(rows, 2, in_order)
    shuffled = data.draw(st.permutations(in_order))
    assert read(rows, 2 + inserted, shuffled) == plain


def test_statements_follow_a_former_id() -> None:
    aliases = {"KR-7": "kr-8", "KR-8": "KR-2"}
    rows = frame(row(2, **{**call("High"), "key_result": "kr‑7"}), measured(3, 5, "KR-8"))
    check_ins, asked = read_check_ins(rows, KEY_RESULTS, WORDS, ZONE, aliases)
    values, found = read_measurements(rows, KEY_RESULTS, ZONE, aliases)
    assert check_ins["key_result_id"].tolist() == ["KR-2"]
    assert values["key_result_id"].tolist() == ["KR-2"]
    assert asked.empty
    assert found.empty


def test_key_results_and_objectives_follow_a_former_objective() -> None:
    cells = frame(
        record("objectives", "o1", id="O-10", title="Grow", cycle="2026-Q4", parent="O-2"),
        record("objectives", "o2", id="O-20", title="Win", cycle="2026-Q4"),
        record("key_results", "k", id="KR-1", objective="O-1", target=5),
    )
    aliases = {"O-1": "O-10", "O-2": "O-20"}
    objectives, asked = read_objectives(cells, [Q4], aliases)
    key_results, found = read_key_results(cells, objectives, [Q4], ZONE, aliases=aliases)
    assert objectives["parent_id"].fillna("").tolist() == ["O-20", ""]
    assert key_results["objective_id"].tolist() == ["O-10"]
    assert asked.empty
    assert found.empty
