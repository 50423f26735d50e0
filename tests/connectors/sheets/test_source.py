"""Nights of pulling Google Sheets: what is read, what is not read again, and where it stands."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from connectors.cells import decode_cells
from connectors.records import Message, Rows
from tests.connectors.support.clock import NOW
from tests.connectors.support.gathering import Gathering
from tests.connectors.support.scripted_sheets import (
    Google,
    Pull,
    decode_base64,
    last_cursor,
    presence,
    problems,
    records,
    source,
    spreadsheet,
    tab,
)


def test_a_row_says_what_it_holds_and_where_it_stands(google: Google, pull: Pull) -> None:
    hidden = [{}, {}, {"hiddenByUser": True}]
    grid = tab(0, "Q4", ["OKRs"], [], [None, "KR-18", 0.5], rowMetadata=hidden)
    google.put(spreadsheet("abc", grid, locale="de_DE"))
    title, row = records(pull("abc"))
    assert (title["row"], title["hidden"]) == (1, False)
    assert row["id"] == "abc:0:3"
    assert row["place"] == "abc/0"
    assert row["url"] == "https://docs.google.com/spreadsheets/d/abc/edit#gid=0&range=A3"
    assert (row["tab"], row["sheet_id"], row["row"], row["hidden"]) == ("Q4", 0, 3, True)
    assert (row["spreadsheet"], row["spreadsheet_title"]) == ("abc", "Title of abc")
    assert row["updated_at"].isoformat() == "2026-11-20T03:04:05.678000+00:00"
    cells = decode_cells(row["cells"])
    assert list(cells) == ["B", "C"]
    assert (cells["B"].text, cells["B"].locale, cells["B"].address) == ("KR-18", "de_DE", "'Q4'!B3")
    assert json.loads(row["raw"])["values"][1]["effectiveValue"] == {"stringValue": "KR-18"}


def test_merged_cells_show_the_value_of_the_top_left_one(google: Google, pull: Pull) -> None:
    merge = {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    merged = tab(0, "T", ["Title", "left over"], ["left over", None, "own"], [None, None, "last"])
    google.put(spreadsheet("abc", {**merged, "merges": [merge]}))
    held = [
        {key: (c.text, c.merged, c.address) for key, c in decode_cells(r["cells"]).items()}
        for r in records(pull("abc"))
    ]
    within = "T!A1:B2, merged"
    assert held == [
        {"A": ("Title", None, "T!A1"), "B": ("Title", "across", within)},
        {
            "A": ("Title", "down", within),
            "B": ("Title", "across", within),
            "C": ("own", None, "T!C2"),
        },
        {"C": ("last", None, "T!C3")},
    ]


def test_a_grid_served_from_further_down_keeps_its_addresses(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"], startRow=9, startColumn=26)))
    (row,) = records(pull("abc"))
    assert (row["row"], decode_cells(row["cells"])["AA"].address) == (10, "T!AA10")


def test_instants_are_in_the_spreadsheets_own_zone(google: Google, pull: Pull) -> None:
    at = {
        "effectiveValue": {"numberValue": 46354.375},
        "effectiveFormat": {"numberFormat": {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm"}},
    }
    google.put(spreadsheet("abc", tab(0, "T", [at])))
    (row,) = records(pull("abc"))
    assert decode_cells(row["cells"])["A"].date == "2026-11-28T09:00:00+08:00"


def test_an_unknown_zone_is_said(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"]), timeZone="Mars/Olympus"))
    messages = pull("abc")
    assert [problem.rule for problem in problems(messages)] == ["unknown time zone"]
    assert len(records(messages)) == 1


def test_charts_have_no_rows_and_cells_out_of_all_dates_are_errors(
    google: Google, pull: Pull
) -> None:
    chart = {"properties": {"sheetId": 7, "title": "Chart", "sheetType": "OBJECT"}}
    far = {
        "effectiveValue": {"numberValue": 1e12},
        "formattedValue": "###",
        "effectiveFormat": {"numberFormat": {"type": "DATE"}},
    }
    google.put(spreadsheet("abc", chart, tab(0, "T", [far, "fine"])))
    messages = pull("abc")
    (row,) = records(messages)
    cells = decode_cells(row["cells"])
    assert (cells["A"].kind, cells["A"].text, cells["B"].text) == ("error", "###", "fine")
    assert list(presence(messages)) == ["abc/0"]


def test_twenty_spreadsheets_three_changed_cost_four_requests(
    google: Google, key_file: Path, pull: Pull
) -> None:
    keys = [f"s{number}" for number in range(20)]
    for key in keys:
        google.put(spreadsheet(key, tab(0, "A", ["x"]), tab(5, "B", ["y"]), tab(6, "C", ["z"])))
    cursor = last_cursor(pull(*keys))
    assert len(google.asked()) == 1 + 1 + 20  # sign in, list, read each
    for key in keys[:3]:
        google.put(spreadsheet(key, tab(0, "A", ["x"])), version="2")
    with source(google, key_file, *keys) as second:
        messages = list(second.pull(cursor))
        reads = [path for path in google.asked() if path != "/token"]
        assert len(reads) == 4
        assert second.figures.requests == 5
        assert second.figures.rows == len(records(messages)) == 3
    assert set(presence(messages)) == {f"{key}/{id}" for key in keys[:3] for id in (0, 5, 6)}
    assert last_cursor(messages)["complete"] is True


def test_an_unchanged_spreadsheet_is_read_again_after_three_days(
    google: Google, pull: Pull
) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["=TODAY()"])))
    cursor = last_cursor(pull("abc"))
    google.server.date = NOW + timedelta(days=3)
    assert records(pull("abc", cursor=cursor)) == []
    google.server.date = NOW + timedelta(days=3, minutes=1)
    assert len(records(pull("abc", cursor=cursor))) == 1


def test_a_removed_tab_and_an_emptied_one_hold_nothing_any_more(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "A", ["x"]), tab(5, "B", ["y"])))
    cursor = last_cursor(pull("abc"))
    google.put(spreadsheet("abc", tab(0, "A", [])), version="2")
    assert presence(pull("abc", cursor=cursor)) == {"abc/0": [], "abc/5": []}


def test_a_renamed_tab_keeps_its_place(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(5, "Old", ["x"])))
    cursor = last_cursor(pull("abc"))
    google.put(spreadsheet("abc", tab(5, "New", ["x"])), version="2")
    (row,) = records(pull("abc", cursor=cursor))
    assert (row["id"], row["place"], row["tab"]) == ("abc:5:1", "abc/5", "New")


def test_a_killed_pull_goes_on_with_the_next_spreadsheet(google: Google, pull: Pull) -> None:
    for key in ("a", "b"):
        google.put(spreadsheet(key, tab(0, "T", [key])))
    committed = next(m.cursor for m in pull("a", "b") if isinstance(m, Rows) and m.cursor)
    assert committed["complete"] is False
    assert [row["spreadsheet"] for row in records(pull("a", "b", cursor=committed))] == ["b"]


def test_ids_are_told_before_the_cursor_that_calls_a_spreadsheet_read(
    google: Google, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.sheets.source.BATCH_ROWS", 2)
    google.put(spreadsheet("a", tab(0, "T", ["1"], ["2"], ["3"])))
    shape = [
        (message.table.num_rows, message.cursor is not None) if isinstance(message, Rows) else "ids"
        for message in pull("a")
    ]
    assert shape == [(2, False), "ids", (1, True), (0, True)]


def test_a_long_listing_is_read_to_its_end(google: Google, pull: Pull) -> None:
    google.page_size = 2
    for number in range(5):
        google.put(spreadsheet(f"s{number}", tab(0, "T", ["x"])))
    cursor = last_cursor(pull("s4"))
    google.asked()
    assert records(pull("s4", cursor=cursor)) == []
    assert google.asked().count("/drive/v3/files") == 3


def test_spreadsheets_are_asked_for_at_once_and_handed_on_in_order(
    google: Google, pull: Pull
) -> None:
    keys = [f"s{number}" for number in range(9)]
    for key in keys:
        google.put(spreadsheet(key, tab(0, "T", ["x"])))
    google.tamper = crowd = Gathering(2, "/v4/spreadsheets/")
    assert [row["spreadsheet"] for row in records(pull(*keys))] == keys
    assert crowd.most >= 2


def test_nothing_but_reading_is_asked_for(google: Google, pull: Pull) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"])))
    pull("abc")
    token, listing, grid = google.server.asked
    assertion = parse_qs(token.body.decode())["assertion"][0].split(".")[1]
    claims = msgspec.json.decode(decode_base64(assertion))
    assert all(scope.endswith("readonly") for scope in claims["scope"].split())
    assert {asked.method for asked in (listing, grid)} == {"GET"}
    assert "version" in parse_qs(urlsplit(listing.path).query)["fields"][0]
    assert "numberFormat" in parse_qs(urlsplit(grid.path).query)["fields"][0]


def named(key: str, name: str, **grid: int) -> dict[str, object]:
    sides = {"startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 2, "endColumnIndex": 3}
    return {"namedRangeId": key, "name": name, "range": sides | grid}


def ranges(messages: list[Message]) -> dict[str, dict[str, object]]:
    tables = [m.table for m in messages if isinstance(m, Rows) and m.stream == "sheet_ranges"]
    return {row["name"]: row for table in tables for row in table.to_pylist()}


def test_named_ranges_come_with_the_cells_and_cost_no_request(google: Google, pull: Pull) -> None:
    served = spreadsheet("abc", tab(0, "Metrics", ["x"]), tab(7, "Go live", ["y"]))
    open_ended = named("3", "Open", sheetId=7)
    del open_ended["range"]["endRowIndex"]  # type: ignore[attr-defined]  # a dict
    google.put(
        served
        | {
            "namedRanges": [
                named("1", "One"),  # the first tab's id is 0, and may be left out
                named("2", "Block", sheetId=7, endRowIndex=4, endColumnIndex=28),
                open_ended,
                named("4", "Emptied", endRowIndex=1),
                named("5", "Elsewhere", sheetId=99),
                {"namedRangeId": "6", "name": "Nowhere"},
                {"namedRangeId": "7", "range": {"endRowIndex": "x"}},
            ]
        }
    )
    found = pull("abc")
    assert google.asked().count("/v4/spreadsheets/abc") == 1
    place = {name: row["address"] for name, row in ranges(found).items()}
    assert place == {
        "One": "Metrics!C2",
        "Block": "'Go live'!C2:AB4",
        "Open": "'Go live'!C2:C",
        "Emptied": "#REF!",
        "Elsewhere": "#REF!",
        "Nowhere": "#REF!",
    }
    block = ranges(found)["Block"]
    assert block["url"] == ("https://docs.google.com/spreadsheets/d/abc/edit#gid=7&range=C2:AB4")
    sides = ("sheet_id", "first_row", "last_row", "first_column", "last_column")
    assert [block[side] for side in sides] == [7, 2, 4, 3, 28]
    assert ranges(found)["Open"]["last_row"] is None
    (problem,) = problems(found)
    assert (problem.rule, problem.subject) == ("unreadable record", "abc:7")
    assert presence(found)["abc"] == [f"abc:{n}" for n in range(1, 8)]


def test_the_last_named_range_that_goes_is_told_and_then_no_more(
    google: Google, pull: Pull
) -> None:
    served = spreadsheet("abc", tab(0, "T", ["x"]))
    google.put(served | {"namedRanges": [named("1", "One")]}, version="1")
    first = pull("abc")
    google.put(served, version="2")
    second = pull("abc", cursor=last_cursor(first))
    assert presence(second)["abc"] == []
    google.put(served, version="3")
    assert "abc" not in presence(pull("abc", cursor=last_cursor(second)))


def test_a_spreadsheet_that_was_read_without_its_names_is_read_again(
    google: Google, pull: Pull
) -> None:
    google.put(spreadsheet("abc", tab(0, "T", ["x"])))
    cursor = last_cursor(pull("abc"))
    google.asked()
    assert pull("abc", cursor=cursor)
    assert "/v4/spreadsheets/abc" not in google.asked()
    del cursor["spreadsheets"]["abc"]["ranges"]  # as an older version remembered it
    pull("abc", cursor=cursor)
    assert "/v4/spreadsheets/abc" in google.asked()
