"""Changes of spreadsheets by batchUpdate, checked against the discovery document."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.server.google.sheets.batch import KINDS
from tests.sandbox.support.google_box import EMAIL, METRICS, SHEETS, Box, conforms, open_box
from tests.support.paths import load_shared


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def test_a_table_can_be_published_on_a_new_tab(box: Box) -> None:
    (reply,) = box.change({"addSheet": {"properties": {"title": "okr", "index": 0}}})
    properties = reply["addSheet"]["properties"]
    assert (properties["title"], properties["index"]) == ("okr", 0)
    sheet_id = properties["sheetId"]
    percent = {"numberFormat": {"type": "PERCENT", "pattern": "0.0%"}}
    cells = [
        {"userEnteredValue": {"stringValue": "=not a formula"}},
        {"userEnteredValue": {"numberValue": 0.125}, "userEnteredFormat": percent},
    ]
    area = {"sheetId": sheet_id, "startRowIndex": 0, "endRowIndex": 1}
    box.change(
        {
            "updateCells": {
                "start": {"sheetId": sheet_id, "rowIndex": 0, "columnIndex": 0},
                "rows": [{"values": cells}],
                "fields": "userEnteredValue,userEnteredFormat.numberFormat",
            }
        },
        {
            "updateSheetProperties": {
                "properties": {"sheetId": sheet_id, "gridProperties": {"frozenRowCount": 1}},
                "fields": "gridProperties.frozenRowCount",
            }
        },
        {
            "repeatCell": {
                "range": {**area, "startColumnIndex": 0, "endColumnIndex": 1},
                "cell": {"userEnteredFormat": {"textFormat": {"bold": True}}},
                "fields": "userEnteredFormat.textFormat.bold",
            }
        },
        {
            "setDataValidation": {
                "range": {**area, "startColumnIndex": 2, "endColumnIndex": 3},
                "rule": {"condition": {"type": "BOOLEAN"}, "strict": True},
            }
        },
    )
    sheet = box.sheet(METRICS, ranges=["okr"], includeGridData="true")["sheets"][0]
    assert sheet["properties"]["gridProperties"]["frozenRowCount"] == 1
    name, share, box_to_tick = sheet["data"][0]["rowData"][0]["values"]
    assert name["effectiveValue"] == {"stringValue": "=not a formula"}
    assert name["effectiveFormat"]["textFormat"]["bold"] is True
    assert share["formattedValue"] == "12.5%"
    assert box_to_tick["dataValidation"]["condition"] == {"type": "BOOLEAN"}
    box.change({"deleteSheet": {"sheetId": sheet_id}})
    assert len(box.sheet(METRICS)["sheets"]) == 2


def test_rows_can_be_appended_hidden_and_deleted_and_cells_merged(box: Box) -> None:
    kpis = box.sheet(METRICS)["sheets"][1]["properties"]["sheetId"]
    rows = [{"values": [{"userEnteredValue": {"stringValue": each}}]} for each in "xyz"]
    place = {"sheetId": kpis, "dimension": "ROWS"}
    square = {"sheetId": kpis, "startColumnIndex": 0, "endColumnIndex": 2}
    box.change(
        {"appendCells": {"sheetId": kpis, "rows": rows, "fields": "userEnteredValue"}},
        {"deleteDimension": {"range": {**place, "startIndex": 1, "endIndex": 3}}},
        {"appendDimension": {"sheetId": kpis, "dimension": "COLUMNS", "length": 4}},
        {
            "updateDimensionProperties": {
                "range": {**place, "startIndex": 1, "endIndex": 2},
                "properties": {"hiddenByUser": True},
                "fields": "hiddenByUser",
            }
        },
        {
            "mergeCells": {
                "range": {**square, "startRowIndex": 0, "endRowIndex": 1},
                "mergeType": "MERGE_ALL",
            }
        },
        {"autoResizeDimensions": {"dimensions": place}},
        {
            "updateSpreadsheetProperties": {
                "properties": {"title": "Numbers", "locale": "de_DE"},
                "fields": "title,locale",
            }
        },
    )
    got = box.sheet(METRICS, ranges=["KPIs"], includeGridData="true")
    (sheet,) = got["sheets"]
    assert (got["properties"]["title"], got["properties"]["locale"]) == ("Numbers", "de_DE")
    assert sheet["properties"]["gridProperties"] == {"rowCount": 998, "columnCount": 30}
    assert box.values(METRICS, "KPIs")["values"] == [["id"], ["y"], ["z"]]
    assert sheet["data"][0]["rowMetadata"][1]["hiddenByUser"] is True
    assert len(sheet["merges"]) == 1
    box.change({"unmergeCells": {"range": {"sheetId": kpis}}})
    assert "merges" not in box.sheet(METRICS, ranges=["KPIs"])["sheets"][0]


def test_a_batch_with_one_wrong_request_changes_nothing(box: Box) -> None:
    version = box.drive.files[METRICS].version
    asked = [
        {"addSheet": {"properties": {"title": "okr"}}},
        {"addSheet": {"properties": {"title": "Weekly"}}},
    ]
    got = box.send("POST", ":batchUpdate", {"requests": asked})
    assert got.status_code == 400
    message = got.json()["error"]["message"]
    assert message.startswith("Invalid requests[1].addSheet: A sheet with the name")
    assert [sheet.title for sheet in box.drive.files[METRICS].sheets] == ["Weekly", "KPIs"]
    assert box.drive.files[METRICS].version == version


def test_requests_that_are_not_carried_out_say_so(box: Box) -> None:
    real = load_shared(f"specs/{SHEETS}.discovery.json")["schemas"]["Request"]["properties"]
    assert real.keys() >= KINDS
    got = box.send("POST", ":batchUpdate", {"requests": [{"addChart": {}}]})
    assert (got.status_code, got.json()["error"]["status"]) == (501, "UNIMPLEMENTED")


def test_a_tab_can_be_protected_and_read_in_one_request_and_people_are_kept_out(box: Box) -> None:
    sheet_id = box.sheet(METRICS)["sheets"][0]["properties"]["sheetId"]
    wanted = {"protectedRangeId": 5, "range": {"sheetId": sheet_id}, "description": "busy"}
    request = {"addProtectedRange": {"protectedRange": wanted}}
    got = box.send(
        "POST",
        ":batchUpdate",
        {"requests": [request], "includeSpreadsheetInResponse": True},
        fields="updatedSpreadsheet.sheets(properties.title,protectedRanges)",
    ).json()
    conforms(got, SHEETS, "BatchUpdateSpreadsheetResponse")
    (protected,) = got["updatedSpreadsheet"]["sheets"][0]["protectedRanges"]
    assert protected == wanted | {"requestingUserCanEdit": True}
    with pytest.raises(PermissionError, match="protected"):
        box.drive.set_cell(METRICS, "Weekly!A3", "KR-1")
    again = box.send("POST", ":batchUpdate", {"requests": [request]})
    assert (again.status_code, "already exists" in again.text) == (400, True)
    gone = {"deleteProtectedRange": {"protectedRangeId": 5}}
    box.change(gone)
    box.drive.set_cell(METRICS, "Weekly!A3", "KR-1")
    late = {"requests": [gone, {"deleteSheet": {"sheetId": sheet_id}}]}
    assert box.send("POST", ":batchUpdate", late).status_code == 400
    assert len(box.sheet(METRICS)["sheets"]) == 2


def test_columns_can_be_hidden_and_cells_linked(box: Box) -> None:
    sheet_id = box.sheet(METRICS)["sheets"][0]["properties"]["sheetId"]
    place = {"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    link = {"textFormat": {"link": {"uri": "https://example.org/1"}}}
    box.change(
        {
            "updateDimensionProperties": {
                "range": place,
                "properties": {"hiddenByUser": True},
                "fields": "hiddenByUser",
            }
        },
        {
            "updateCells": {
                "start": {"sheetId": sheet_id, "rowIndex": 2, "columnIndex": 0},
                "rows": [{"values": [{"userEnteredFormat": link}]}],
                "fields": "userEnteredFormat.textFormat.link",
            }
        },
    )
    fields = "sheets.data(columnMetadata.hiddenByUser,rowData.values(hyperlink,formattedValue))"
    (data,) = box.sheet(METRICS, ranges=["Weekly!A3:B3"], fields=fields)["sheets"][0]["data"]
    assert data["columnMetadata"] == [{}, {"hiddenByUser": True}]
    (row,) = data["rowData"]
    assert row["values"][0] == {"hyperlink": "https://example.org/1", "formattedValue": "KR-22"}


def test_a_file_shared_for_reading_can_be_read_and_not_written(box: Box) -> None:
    fields = "capabilities(canEdit)"
    assert box.get(f"/drive/v3/files/{METRICS}", fields=fields).json() == {
        "capabilities": {"canEdit": True}
    }
    box.drive.share(METRICS, EMAIL, viewer=True)
    assert box.get(f"/drive/v3/files/{METRICS}", fields=fields).json() == {
        "capabilities": {"canEdit": False}
    }
    assert box.sheet(METRICS)["spreadsheetId"] == METRICS
    refused = box.send("POST", ":batchUpdate", {"requests": [{"addSheet": {}}]})
    assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    box.drive.share(METRICS, EMAIL)
    box.change({"addSheet": {}})


def test_sorting_and_inserting_take_whole_rows_along(box: Box) -> None:
    box.drive.sort_rows(METRICS, "Weekly", 2, header_rows=2)
    box.drive.reorder_rows(METRICS, "Weekly", [0, 1, None, *range(2, 8)])
    rows = box.values(METRICS, "Weekly!A3:C9", valueRenderOption="UNFORMATTED_VALUE")["values"]
    assert rows[0] == []
    assert [row[0] for row in rows[1:] if row] == ["KR-26", "KR-22", "KR-25", "KR-28", "KR-27"]


def test_a_named_range_goes_with_its_cells(box: Box) -> None:
    grid = {"startRowIndex": 2, "endRowIndex": 4, "startColumnIndex": 2, "endColumnIndex": 3}
    (reply,) = box.change({"addNamedRange": {"namedRange": {"name": "Values", "range": grid}}})
    made = reply["addNamedRange"]["namedRange"]
    assert box.values(METRICS, "values")["range"] == "Weekly!C3:C4"

    def served() -> dict[str, int]:
        mask = "namedRanges(name,range)"
        ((name, place),) = [one.values() for one in box.sheet(METRICS, fields=mask)["namedRanges"]]
        assert name == "Values"
        return {side: place[side] for side in ("startRowIndex", "endRowIndex")}

    def rows(request: str, first: int, end: int) -> dict[str, int]:
        box.change(
            {request: {"range": {"dimension": "ROWS", "startIndex": first, "endIndex": end}}}
        )
        return served()

    assert rows("insertDimension", 0, 3) == {"startRowIndex": 5, "endRowIndex": 7}
    assert box.values(METRICS, "Values")["values"] == [["12400"], ["3.1x"]]
    assert rows("insertDimension", 6, 7) == {"startRowIndex": 5, "endRowIndex": 8}
    assert rows("insertDimension", 8, 9) == {"startRowIndex": 5, "endRowIndex": 8}
    assert rows("deleteDimension", 0, 2) == {"startRowIndex": 3, "endRowIndex": 6}
    assert rows("deleteDimension", 4, 9) == {"startRowIndex": 3, "endRowIndex": 4}
    assert rows("deleteDimension", 3, 4) == {"startRowIndex": 3, "endRowIndex": 3}  # #REF!
    box.change({"deleteNamedRange": {"namedRangeId": made["namedRangeId"]}})
    assert "namedRanges" not in box.sheet(METRICS)


def test_a_named_range_is_renamed_moved_and_refused_where_it_would_be_double(box: Box) -> None:
    for name in ("One", "Two"):
        grid = {"sheetId": 0, "endRowIndex": 1}
        box.change({"addNamedRange": {"namedRange": {"name": name, "range": grid}}})
    one = box.sheet(METRICS)["namedRanges"][0]
    kpis = box.drive.files[METRICS].sheet("KPIs").sheet_id
    sent = {"namedRangeId": one["namedRangeId"], "name": "Uno", "range": {"sheetId": kpis}}
    box.change({"updateNamedRange": {"namedRange": sent, "fields": "*"}})
    moved = box.sheet(METRICS)["namedRanges"][0]
    assert (moved["name"], moved["range"]) == ("Uno", {"sheetId": kpis})
    for wrong in (
        {"addNamedRange": {"namedRange": {"name": "two", "range": {}}}},
        {"addNamedRange": {"namedRange": {"name": "C14", "range": {}}}},
        {"updateNamedRange": {"namedRange": sent | {"name": "Two"}, "fields": "name"}},
        {"deleteNamedRange": {"namedRangeId": "no"}},
    ):
        before = box.sheet(METRICS)["namedRanges"]
        got = box.send("POST", ":batchUpdate", {"requests": [wrong]})
        assert got.status_code == 400
        assert box.sheet(METRICS)["namedRanges"] == before
