"""Aggregates of rows: every source, aggregate, filter and window against plain Python."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.measures.parser import parse_measure
from okr_model.measures.row_measures import (
    TableSnapshot,
    evaluate_rows,
    evaluate_standing,
)
from tests.support.okr_cells import ZONE, frame, record

KEY_RESULTS = pd.DataFrame(
    {"key_result_id": ["KR-1", "KR-2"], "record_id": ["p1", "p2"], "unit": ["count", "count"]}
)
DEALS: list[dict[str, Any]] = [
    {"Day": date(2026, 11, 2), "Stage": "Won", "Region": "North", "Value": 40},
    {"Day": date(2026, 11, 2), "Stage": "Lost", "Region": "North", "Value": 10},
    {"Day": date(2026, 11, 9), "Stage": "won", "Region": "South", "Value": 25},
    {"Day": date(2026, 11, 16), "Stage": "Open", "Region": "South", "Value": 5},
    {"Day": date(2026, 11, 16), "Stage": "Won", "Region": "West", "Value": 15},
    {"Day": date(2026, 11, 30), "Stage": "Lost", "Region": "West", "Value": 30},
]
FILTERS = {
    "": lambda row: True,
    " where Stage = Won": lambda row: row["Stage"].casefold() == "won",
    " where Stage in (won, lost) and Region = North": lambda row: (
        row["Stage"].casefold() in ("won", "lost") and row["Region"] == "North"
    ),
}
WINDOWS = {" by Day": 1, " by Day over 1 day": 1, " by Day over 14 days": 14}


def plain(name: str, rows: list[dict[str, Any]]) -> float | None:
    """The figure of some rows, as one would work it out by hand."""
    values = [row["Value"] for row in rows]
    won = [row for row in rows if row["Stage"].casefold() == "won"]
    lost = [row for row in rows if row["Stage"] == "Lost"]
    if name.startswith(("share", "ratio")):
        weigh = (lambda some: sum(r["Value"] for r in some)) if "Value" in name else len
        under = weigh(rows if name.startswith("share") else lost)
        return weigh(won) / under * (100 if name.startswith("share") else 1) if under else None
    return {
        "last": lambda: values[-1],
        "count": lambda: len(values),
        "sum": lambda: sum(values),
        "mean": lambda: statistics.mean(values),
        "median": lambda: statistics.median(values),
        "p0": lambda: min(values),
        "p100": lambda: max(values),
    }[name.split()[0]]()


FIGURES = [
    *(f"{name} of Value" for name in ("last", "count", "sum", "mean", "median", "p0", "p100")),
    *("count of rows", "share of (Stage = Won) of rows", "share of (Stage = Won) of Value"),
    *("ratio of (Stage = Won) to (Stage = Lost) of rows",),
    *("ratio of (Stage = Won) to (Stage = Lost) of Value",),
]
UNITS = {"share": "%", "ratio": "x"}


def key_result(text: str) -> pd.Series:
    unit = UNITS.get(text.partition(" ")[0], "count")
    return pd.Series({"key_result_id": "KR-1", "unit": unit})


def cells(source: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return frame(*(record("table", f"r{n}", source, **row) for n, row in enumerate(rows)))


@pytest.mark.parametrize(
    ("source", "figure"),
    [*(("notion", figure) for figure in FIGURES), ("sheets", FIGURES[0]), ("files", FIGURES[2])],
)
def test_each_aggregate_under_each_filter_and_window(source: str, figure: str) -> None:
    table = cells(source, DEALS)
    turn = FIGURES.index(figure) % len(WINDOWS)
    windows = [*WINDOWS.items()][turn:] + [*WINDOWS.items()][:turn]  # each meets each in turn
    for (where, keeps), (window, days) in zip(FILTERS.items(), windows, strict=True):
        text = f"{figure} from deals{where}{window}"
        rows, found = evaluate_rows(
            parse_measure(text), "m", table, key_result(text), KEY_RESULTS, ZONE
        )
        kept = [row for row in DEALS if keeps(row)]
        expected = {}
        for day in {row["Day"] for row in kept}:
            inside = [r for r in kept if day - timedelta(days=days) < r["Day"] <= day]
            expected[day] = plain(figure, inside)
        got = dict(zip(rows["date"].dt.date, rows["value"].astype("object"), strict=True))
        assert {day: None if pd.isna(v) else v for day, v in got.items()} == {
            day: v if v is None else pytest.approx(v) for day, v in expected.items()
        }, text
        assert found.empty
        assert set(rows["source"]) == {source}


@pytest.mark.parametrize("figure", [one for one in FIGURES if not one.startswith("last")])
def test_rows_without_a_day_are_true_from_the_day_they_were_read(figure: str) -> None:
    changed = [*DEALS[1:], DEALS[0] | {"Stage": "Lost", "Value": 60}]
    versions = frame(
        *(record("table", f"r{n}@{n}", "notion", **row) for n, row in enumerate(DEALS)),
        record("table", "r0@6", "notion", **changed[-1]),
    )
    first, second = ([f"r{n}@{n}" for n in range(6)], [*(f"r{n}@{n}" for n in range(1, 6)), "r0@6"])
    days = [date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 10)]
    standing = [
        TableSnapshot(day, datetime(day.year, day.month, day.day, tzinfo=UTC), tuple(ids))
        for day, ids in zip(days, (first, first, second), strict=True)
    ]
    text = f"{figure} from deals where Region in (North, South)"
    rows, found, complaint = evaluate_standing(
        parse_measure(text), "m", versions, standing, key_result(text), KEY_RESULTS
    )
    here = [[r for r in some if r["Region"] != "West"] for some in (DEALS, changed)]
    before, after = (plain(figure, some) for some in here)
    expected = {days[0]: before} | ({} if after == before else {days[2]: after})
    got = dict(zip(rows["date"].dt.date, rows["value"], strict=True))
    assert got == {day: pytest.approx(value) for day, value in expected.items()}
    assert (complaint, found.empty) == (None, True)
    assert rows["seen_at"].dt.date.tolist() == list(expected)
    assert not rows["record_id"].str.contains("@").any()


def standing_of(text: str, *rows: dict[str, Any], again: bool = False, unit: str = "count"):
    table = frame(*(record("table", f"r{n}@{n}", "notion", **row) for n, row in enumerate(rows)))
    now = TableSnapshot(
        date(2026, 11, 3),
        datetime(2026, 11, 1, tzinfo=UTC),
        tuple(f"r{n}@{n}" for n in range(len(rows))),
        again,
    )
    one = pd.Series({"key_result_id": "KR-1", "unit": unit})
    return evaluate_standing(parse_measure(text), "m", table, [now], one, KEY_RESULTS)


def test_one_property_of_one_page_is_a_value_with_its_place() -> None:
    percent = {"kind": "percent", "number": 0.25, "text": "25%"}
    rows, found, complaint = standing_of(
        'last of Done from plan where Name = "Go live"',
        {"Name": "Go live", "Done": percent},
        {"Name": "Other", "Done": percent},
        unit="%",
    )
    (row,) = rows.to_dict("records")
    assert (row["value"], row["record_id"], row["field"]) == (25, "r0", "Done (Tab!Done)")
    assert row["conversion"] == "fraction 0.25 = 25 %"
    assert row["date"].date() == date(2026, 11, 3)
    assert row["seen_at"] == datetime(2026, 11, 1, tzinfo=UTC)  # true-for and seen are apart
    assert (found.empty, complaint) == (True, None)


def test_several_rows_without_a_day_have_no_last_value_and_say_so() -> None:
    rows, found, complaint = standing_of("last of Value from deals", *DEALS[:2])
    assert (rows.empty, found.empty) == (True, True)
    assert complaint is not None
    assert complaint.startswith("2 rows of deals are selected, and without a day none")


@pytest.mark.parametrize("what", ["sum of Value", "count of rows"])
def test_a_word_that_no_row_has_is_a_finding_and_no_second_complaint(what: str) -> None:
    rows, found, complaint = standing_of(f"{what} from deals where Stage = Wonn", *DEALS[:2])
    assert rows.empty
    assert "no row of deals has or had the Stage “Wonn”" in found["sentence"].item()
    assert complaint is None


def test_a_count_falls_to_zero_where_something_was_counted_before() -> None:
    table = frame(
        record("table", "a@0", "notion", Stage="Won"),
        record("table", "a@1", "notion", Stage="Lost"),
    )
    standing = [
        TableSnapshot(date(2026, 11, day), datetime(2026, 11, day, tzinfo=UTC), (f"a@{n}",))
        for n, day in enumerate((3, 4))
    ]
    what = parse_measure("count of rows from deals where Stage = Won")
    one = pd.Series({"key_result_id": "KR-1", "unit": "deals"})
    rows, _, complaint = evaluate_standing(what, "m", table, standing, one, KEY_RESULTS)
    assert (rows["value"].tolist(), complaint) == ([1, 0], None)


@pytest.mark.parametrize("window", ["", " over 28 days", " in the cycle"])
@pytest.mark.parametrize("figure", ["count of rows", "sum of Value", FIGURES[8], FIGURES[10]])
@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("Stage = Nobody", "no row of deals has or had the Stage “Nobody”"),
        ("Stage = Open and Region = North", "where Stage = Open and Region = North"),
    ],
)
def test_what_selects_nothing_is_a_finding_and_no_value(
    figure: str, where: str, why: str, window: str
) -> None:
    for by in (f" by Day{window}", *([""] if not window else [])):
        text = f"{figure} from deals where {where}{by}"
        what, one = parse_measure(text), key_result(text)
        if by:
            rows, found = evaluate_rows(what, "m", cells("files", DEALS), one, KEY_RESULTS, ZONE)
            assert why in found["sentence"].item(), text
        else:
            rows, found, complaint = standing_of(text, *DEALS)
            assert len(found) == (complaint is None)
        assert rows.empty


def test_counting_accepts_any_text_and_reports_a_broken_cell() -> None:
    broken = {"kind": "error", "text": "#REF!"}
    rows, found, _ = standing_of(
        "count of Name from deals", {"Name": "One"}, {"Name": "Two"}, {"Name": broken}
    )
    assert rows["value"].tolist() == [2]
    assert found["sentence"].str.contains("the source shows #REF!").tolist() == [True]


@pytest.mark.parametrize(
    ("figure", "unit", "value"),
    [
        ("count of rows", "deals", 6),
        ("count of rows", "count", 6),
        ("count of rows", "%", None),
        ("count of rows", "leads per month", None),
        ("share of (Stage = Won) of rows", "%", 50),
        ("share of (Stage = Won) of rows", "x", None),
        ("ratio of (Stage = Won) to (Stage = Lost) of rows", "x", 1.5),
        ("ratio of (Stage = Won) to (Stage = Lost) of rows", "hours", None),
    ],
)
def test_counts_shares_and_ratios_convert_only_where_it_is_plain(
    figure: str, unit: str, value: float | None
) -> None:
    rows, _, _ = standing_of(f"{figure} from deals", *DEALS, unit=unit)
    (row,) = rows.to_dict("records")
    if value is None:
        assert pd.isna(row["value"])
        assert f"which does not convert into {unit}" in row["problem"]
    else:
        assert row["value"] == pytest.approx(value)


@pytest.mark.parametrize(
    ("amounts", "share", "problems"),
    [  # the first is won, the others are not
        (("₹ 100", "₹ 300", "300"), 100 / 700, []),
        (("INR 100", "₹ 100", "INR 200"), 25 / 100, []),
        (("₹ 100", "$900", "₹ 100"), 50 / 100, ["it is in $, which does not convert into INR"]),
        (("$900", "₹ 100", "₹ 100"), 0, ["it is in $, which does not convert into INR"]),
        (("2 h", "60 min", "1 h"), 50 / 100, []),
        (("2", "1", "1"), 50 / 100, []),
    ],
)
def test_a_share_adds_only_what_converts_into_one_unit(
    amounts: tuple[str, ...], share: float, problems: list[str]
) -> None:
    stages = ("Won", "Lost", "Lost")
    table = [{"Stage": s, "Amount": a} for s, a in zip(stages, amounts, strict=True)]
    rows, found, _ = standing_of("share of (Stage = Won) of Amount from deals", *table, unit="%")
    assert rows["value"].tolist() == [pytest.approx(share * 100)]
    assert [p in s for p, s in zip(problems, found["sentence"], strict=True)] == [True] * len(found)


def test_a_relation_to_a_key_result_is_selected_by_its_id() -> None:
    rows, _, _ = standing_of(
        'sum of Value from deals where "Key Result" = kr-2',
        {"Key Result": {"kind": "refs", "refs": ["p2"], "text": "Two"}, "Value": 3},
        {"Key Result": {"kind": "refs", "refs": ["p1"], "text": "One"}, "Value": 4},
    )
    assert rows["value"].tolist() == [3]


@pytest.mark.parametrize("shown", ["Yes", "TRUE", "WAHR"])
def test_a_ticked_box_is_yes_whatever_its_word(shown: str) -> None:
    ticked = {"kind": "bool", "number": 1.0, "text": shown}
    empty = {"kind": "bool", "number": 0.0, "text": "No"}
    for word, value in (("Yes", 1), ("true", 1), ("No", 2)):
        rows, _, _ = standing_of(
            f"count of rows from plan where Done = {word}",
            *({"Done": one} for one in (ticked, empty, empty)),
        )
        assert rows["value"].tolist() == [value]


@given(st.permutations(range(len(DEALS))), st.sampled_from(FIGURES))
@settings(max_examples=8)
def test_the_order_in_which_rows_come_makes_no_difference(order: list[int], figure: str) -> None:
    what = parse_measure(f"{figure} from deals by Day over 14 days")
    records = [record("table", f"r{n}", "notion", **row) for n, row in enumerate(DEALS)]
    one, other = (
        evaluate_rows(what, "m", frame(*some), key_result(figure), KEY_RESULTS, ZONE)[0]
        for some in (records, [records[n] for n in order])
    )
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("text", "day", "value"),
    [
        ("count of rows from deals by Day over 14 days", date(2026, 11, 20), 3),
        ("count of rows from deals by Day over 14 days", date(2026, 12, 13), 1),  # the last day
        ("count of rows from deals by Day over 14 days", date(2026, 12, 14), 0),
        ("sum of Value from deals by Day over 14 days", date(2026, 12, 13), 30),
        ("sum of Value from deals by Day over 14 days", date(2026, 12, 14), 0),
        ("mean of Value from deals by Day over 14 days", date(2026, 11, 20), 15),
        ("mean of Value from deals by Day over 14 days", date(2026, 12, 14), None),
        ("share of (Stage = Won) of rows from deals by Day over 14 days", date(2026, 12, 14), None),
        ("last of Value from deals by Day over 14 days", date(2026, 12, 1), None),
        ("count of rows from deals by Day", date(2026, 12, 1), None),  # a day, not a window
        ("count of rows from deals by Day over 14 days", date(2026, 11, 1), None),  # before any
        ("count of rows from deals by Day in the cycle", date(2026, 12, 31), 6),
        ("count of rows from deals by Day in the cycle", date(2027, 1, 1), None),
    ],
)
def test_a_window_goes_on_to_the_day_after_rows_have_stopped(
    text: str, day: date, value: float | None
) -> None:
    cycle = {"cycle_start": pd.Timestamp("2026-10-01"), "cycle_end": pd.Timestamp("2026-12-31")}
    every = KEY_RESULTS.assign(**cycle)
    what, one = parse_measure(text), key_result(text)
    alone, _ = evaluate_rows(what, "m", cells("files", DEALS), one, every, ZONE)
    rows, _ = evaluate_rows(what, "m", cells("files", DEALS), one, every, ZONE, [day])
    computed = rows[rows["seen_at"].isna()]
    assert rows.drop(index=computed.index).equals(alone)
    assert computed["date"].dt.date.tolist() == ([] if value is None else [day])
    assert computed["value"].tolist() == ([] if value is None else [pytest.approx(value)])
    assert set(computed["source"]) <= {"files"}


@pytest.mark.parametrize("last", [{"Value": ""}, {"Value": "many"}])
def test_the_sum_of_rows_without_a_value_is_unknown(last: dict[str, Any]) -> None:
    table = cells("files", [*DEALS, {"Day": date(2026, 12, 14), "Stage": "Won"} | last])
    table.loc[table["text"] == "", "kind"] = "empty"
    what = parse_measure("sum of Value from deals by Day over 3 days")
    for day, values in ((date(2026, 12, 13), [0]), (date(2026, 12, 15), [])):
        rows, _ = evaluate_rows(what, "m", table, key_result(""), KEY_RESULTS, ZONE, [day])
        assert rows.loc[rows["seen_at"].isna(), "value"].tolist() == values
