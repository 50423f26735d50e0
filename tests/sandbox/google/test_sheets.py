"""Spreadsheets and values of the stand-in, checked against the discovery document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.server.google.drive_files import TYPES as DRIVE_TYPES
from sandbox.server.google.sheets.fields import TYPES as SHEETS_TYPES
from sandbox.server.google.sheets.store import Cell, Tab
from tests.sandbox.support.google_box import (
    DRIVE,
    GERMAN,
    METRICS,
    NOW,
    SHEETS,
    Box,
    conforms,
    open_box,
)
from tests.support.paths import load_shared


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def test_a_spreadsheet_tells_its_properties_and_tabs(box: Box) -> None:
    got = box.sheet(METRICS)
    assert got["properties"]["locale"] == "en_US"
    assert got["properties"]["timeZone"] == "Asia/Kuala_Lumpur"
    weekly, kpis = (sheet["properties"] for sheet in got["sheets"])
    assert (weekly["sheetId"], weekly["index"], weekly["title"]) == (0, 0, "Weekly")
    assert weekly["gridProperties"] == {"rowCount": 1000, "columnCount": 26, "frozenRowCount": 2}
    assert "hidden" not in weekly
    assert kpis["hidden"] is True
    assert "data" not in got["sheets"][0]


def test_grid_data_brings_values_formats_errors_notes_merges_and_hidden_rows(box: Box) -> None:
    sheet = box.sheet(METRICS, includeGridData="true")["sheets"][0]
    (data,) = sheet["data"]
    rows = [row.get("values", []) for row in data["rowData"]]
    assert len(rows) == 8
    assert rows[5] == []
    assert sheet["merges"] == [
        {
            "sheetId": 0,
            "startRowIndex": 0,
            "endRowIndex": 1,
            "startColumnIndex": 0,
            "endColumnIndex": 3,
        }
    ]
    week, value = rows[2][1:]
    assert week["effectiveValue"] == {"numberValue": 46339}
    assert week["effectiveFormat"]["numberFormat"] == {"type": "DATE", "pattern": "M/d/yyyy"}
    assert week["formattedValue"] == "11/13/2026"
    assert value["userEnteredValue"] == value["effectiveValue"] == {"numberValue": 12400}
    assert "numberFormat" not in value["effectiveFormat"]
    assert rows[3][2]["formattedValue"] == "3.1x"
    assert rows[4][2]["userEnteredValue"] == {"formulaValue": "=1/8"}
    assert rows[4][2]["effectiveValue"] == {"numberValue": 0.125}
    assert rows[6][2]["effectiveValue"]["errorValue"]["type"] == "REF"
    assert rows[6][2]["formattedValue"] == "#REF!"
    assert rows[7][1] == {}
    assert rows[7][2]["note"] == "checked by hand"
    assert rows[7][2]["formattedValue"] == "TRUE"
    hidden = [n for n, row in enumerate(data["rowMetadata"]) if row.get("hiddenByUser")]
    assert hidden == [3]


def test_a_german_sheet_shows_german_numbers(box: Box) -> None:
    (sheet,) = box.sheet(GERMAN, includeGridData="true")["sheets"]
    shown = [row["values"][2] for row in sheet["data"][0]["rowData"][1:]]
    assert [cell["formattedValue"] for cell in shown] == ["12.400", "12,5%", "95:07"]
    assert shown[1]["effectiveValue"] == {"stringValue": "12,5%"}
    assert shown[2]["effectiveFormat"]["numberFormat"] == {"type": "TIME", "pattern": "[m]:ss"}
    assert shown[2]["effectiveValue"]["numberValue"] == pytest.approx(5707 / 86400)


def test_a_mask_keeps_what_it_names_and_brings_grid_data_by_itself(box: Box) -> None:
    mask = "properties.locale,sheets(properties(sheetId,title),data.rowData.values.formattedValue)"
    got = box.sheet(METRICS, fields=mask)
    assert got.keys() == {"properties", "sheets"}
    assert got["properties"] == {"locale": "en_US"}
    assert got["sheets"][0]["properties"] == {"sheetId": 0, "title": "Weekly"}
    assert got["sheets"][0]["data"][0].keys() == {"rowData"}
    assert got["sheets"][0]["data"][0]["rowData"][1] == {
        "values": [{"formattedValue": each} for each in ("KR", "Week", "Value")]
    }
    only = box.sheet(METRICS, fields="sheets.properties.title", includeGridData="true")
    assert only == {
        "sheets": [{"properties": {"title": "Weekly"}}, {"properties": {"title": "KPIs"}}]
    }


def test_a_mask_with_a_typing_error_is_refused(box: Box) -> None:
    got = box.get(f"/v4/spreadsheets/{METRICS}", fields="sheets.sheetProperties")
    assert got.status_code == 400
    (violation,) = got.json()["error"]["details"][0]["fieldViolations"]
    assert "path 'sheets.sheetProperties'" in violation["description"]


def test_ranges_keep_their_tabs_and_parts(box: Box) -> None:
    got = box.sheet(METRICS, ranges=["Weekly!B3:C4"], includeGridData="true")
    (sheet,) = got["sheets"]
    (data,) = sheet["data"]
    assert (data["startRow"], data["startColumn"]) == (2, 1)
    assert [len(row["values"]) for row in data["rowData"]] == [2, 2]
    assert data["rowData"][1]["values"][1]["formattedValue"] == "3.1x"


def test_masks_know_every_field_of_the_discovery_documents() -> None:
    for api, types in ((SHEETS, SHEETS_TYPES), (DRIVE, DRIVE_TYPES)):
        schemas = load_shared(f"specs/{api}.discovery.json")["schemas"]
        for name, fields in types.items():
            real = schemas[name]["properties"]
            assert fields.keys() <= real.keys(), name
            for field, inner in fields.items():
                refers = real[field].get("$ref") or real[field].get("items", {}).get("$ref")
                assert inner in (None, refers), f"{name}.{field}"


def test_values_are_formatted_unless_asked_otherwise(box: Box) -> None:
    shown = box.values(METRICS, "Weekly!A3:C8")
    assert shown["range"] == "Weekly!A3:C8"
    assert shown["values"] == [
        ["KR-22", "11/13/2026", "12400"],
        ["KR-25", "11/13/2026", "3.1x"],
        ["KR-26", "11/13/2026", "12.5%"],
        [],
        ["KR-27", "n/a yet", "#REF!"],
        ["KR-28", "", "TRUE"],
    ]
    plain = box.values(METRICS, "Weekly!B5:C8", valueRenderOption="UNFORMATTED_VALUE")
    assert plain["values"] == [[46339, 0.125], [], ["n/a yet", "#REF!"], ["", True]]
    dated = box.values(
        METRICS,
        "Weekly!B5:C5",
        valueRenderOption="UNFORMATTED_VALUE",
        dateTimeRenderOption="FORMATTED_STRING",
    )
    assert dated["values"] == [["11/13/2026", 0.125]]
    formulas = box.values(METRICS, "Weekly!C5:C7", valueRenderOption="FORMULA")
    assert formulas["values"] == [["=1/8"], [], ["=Gone!A1"]]


def test_whole_tabs_and_open_ends_are_cut_to_what_is_filled(box: Box) -> None:
    assert box.values(METRICS, "KPIs") == {
        "range": "KPIs!A1:Z1000",
        "majorDimension": "ROWS",
        "values": [["id", "value"], ["KPI-1", "5"]],
    }
    assert box.values(METRICS, "KPIs!B2:B")["values"] == [["5"]]
    columns = box.values(METRICS, "KPIs", majorDimension="COLUMNS")
    assert columns["values"] == [["id", "KPI-1"], ["value", "5"]]
    assert "values" not in box.values(METRICS, "KPIs!D1:E9")


def test_several_ranges_come_in_one_answer(box: Box) -> None:
    ranges = ["KPIs!A1:B1", "Weekly!A2"]
    got = box.get(f"/v4/spreadsheets/{METRICS}/values:batchGet", ranges=ranges).json()
    conforms(got, SHEETS, "BatchGetValuesResponse")
    assert [one["values"] for one in got["valueRanges"]] == [[["id", "value"]], [["KR"]]]


def test_an_instant_with_a_zone_is_no_cell_value() -> None:
    with pytest.raises(ValueError, match="naive"):
        Cell(NOW)


@pytest.mark.parametrize("text", ["Nowhere!A1", "Weekly!1A", "Nowhere"])
def test_a_range_that_is_not_there_is_refused(box: Box, text: str) -> None:
    got = box.get(f"/v4/spreadsheets/{METRICS}/values/{text}")
    assert got.status_code == 400
    assert got.json()["error"] == {
        "code": 400,
        "message": f"Unable to parse range: {text}",
        "status": "INVALID_ARGUMENT",
    }


def test_a_tab_named_like_a_cell_needs_quotes(box: Box) -> None:
    box.drive.add_tab(METRICS, Tab("Q3", rows=[["third quarter"]]))
    assert "values" not in box.values(METRICS, "Q3")
    assert box.values(METRICS, "'Q3'")["values"] == [["third quarter"]]


def test_values_can_be_written_appended_and_cleared(box: Box) -> None:
    body = {"values": [["KR-29", "12.5%", None], ["KR-30", "=A1", 7]]}
    wrote = box.send("PUT", "/values/KPIs!A3:C4", body, valueInputOption="USER_ENTERED").json()
    conforms(wrote, SHEETS, "UpdateValuesResponse")
    assert (wrote["updatedRange"], wrote["updatedCells"]) == ("KPIs!A3:C4", 5)
    assert box.values(METRICS, "KPIs!A3:C4")["values"] == [
        ["KR-29", "12.50%"],
        ["KR-30", "#ERROR!", "7"],
    ]
    raw = {"values": [["=A1", "007"]]}
    added = box.send("POST", "/values/KPIs!A1:append", raw, valueInputOption="RAW").json()
    conforms(added, SHEETS, "AppendValuesResponse")
    assert added["tableRange"] == "KPIs!A1:A4"
    assert added["updates"]["updatedRange"] == "KPIs!A5:B5"
    assert box.values(METRICS, "KPIs!A5:B5")["values"] == [["=A1", "007"]]
    cleared = box.send("POST", "/values/KPIs!A2:Z:clear", {}).json()
    conforms(cleared, SHEETS, "ClearValuesResponse")
    assert box.values(METRICS, "KPIs")["values"] == [["id", "value"]]


def test_batches_of_values_are_written_and_cleared(box: Box) -> None:
    data = [{"range": "KPIs!A2", "values": [["a", "b"]]}, {"range": "Weekly!E1", "values": [[1]]}]
    body = {"valueInputOption": "RAW", "data": data}
    wrote = box.send("POST", "/values:batchUpdate", body).json()
    conforms(wrote, SHEETS, "BatchUpdateValuesResponse")
    assert (wrote["totalUpdatedCells"], wrote["totalUpdatedSheets"]) == (3, 2)
    cleared = box.send("POST", "/values:batchClear", {"ranges": ["KPIs!A1:B9"]}).json()
    conforms(cleared, SHEETS, "BatchClearValuesResponse")
    assert "values" not in box.values(METRICS, "KPIs")


@pytest.mark.parametrize(
    ("text", "rows", "how", "message"),
    [
        ("KPIs!A1", [[1]], None, "'valueInputOption' is required"),
        ("KPIs!A1:B1", [[1], [2]], "RAW", "tried writing to row [2]"),
        ("KPIs!A1:B1", [[1, 2, 3]], "RAW", "tried writing to column [3]"),
        ("KPIs!A1", [[{"a": 1}]], "RAW", "not dict"),
        ("KPIs!AB1", [[1]], "RAW", "exceeds grid limits"),
    ],
)
def test_a_wrong_write_is_refused_and_moves_nothing(
    box: Box, text: str, rows: list[Any], how: str | None, message: str
) -> None:
    version = box.drive.files[METRICS].version
    options = {"valueInputOption": how} if how else {}
    got = box.send("PUT", f"/values/{text}", {"values": rows}, **options)
    assert got.status_code == 400
    assert message in got.json()["error"]["message"]
    assert box.drive.files[METRICS].version == version
