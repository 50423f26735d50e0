"""Protected ranges, developer metadata and limits of the Google stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.server.google.sheets.batch import batch_update
from tests.sandbox.support.google_box import EMAIL, METRICS, Box, open_box

_BOSS = {"editors": {"users": ["boss@example.com"]}}


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def as_owner(box: Box, *requests: Any) -> None:
    batch_update(box.drive, box.drive.files[METRICS], {"requests": requests})


def protect(box: Box, number: int, **more: Any) -> None:
    sheet_id = box.drive.files[METRICS].sheet("Weekly").sheet_id
    more["range"] = {"sheetId": sheet_id, **more.get("range", {})}
    as_owner(box, {"addProtectedRange": {"protectedRange": {"protectedRangeId": number, **more}}})


def write(box: Box, row: int, column: int, text: str = "new") -> str:
    """Write a cell over HTTP; what Google says against it."""
    sheet_id = box.drive.files[METRICS].sheet("Weekly").sheet_id
    start = {"sheetId": sheet_id, "rowIndex": row, "columnIndex": column}
    rows = [{"values": [{"userEnteredValue": {"stringValue": text}}]}]
    request = {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}
    answer = box.send("POST", ":batchUpdate", {"requests": [request]})
    return "" if answer.status_code == 200 else str(answer.json()["error"]["message"])


def test_a_protected_range_keeps_out_whom_it_does_not_name(box: Box) -> None:
    protect(box, 7, range={"startRowIndex": 2, "endRowIndex": 3}, **_BOSS)
    assert write(box, 2, 5).startswith("Invalid requests[0].updateCells: You are trying to edit a")
    assert write(box, 3, 5) == ""
    (shown,) = box.sheet(METRICS)["sheets"][0]["protectedRanges"]
    assert ("editors" in shown, shown.get("requestingUserCanEdit", False)) == (False, False)
    sheet_id = shown["range"].get("sheetId", 0)
    span = {"sheetId": sheet_id, "dimension": "ROWS", "startIndex": 0, "endIndex": 1}
    as_owner(box, {"insertDimension": {"range": span}})
    assert write(box, 2, 5) == ""  # it moved with its row
    assert write(box, 3, 5)
    lifted = box.send("POST", ":batchUpdate", {"requests": [_lift(7)]})
    assert lifted.status_code == 400


@pytest.mark.parametrize(
    "open_to_us",
    [{"warningOnly": True}, {}, {"editors": {"users": [EMAIL]}}],
)
def test_it_keeps_nobody_out_who_may_edit(box: Box, open_to_us: Any) -> None:
    protect(box, 7, **open_to_us)
    assert write(box, 2, 2) == ""


def test_what_a_protected_tab_leaves_open_may_be_edited(box: Box) -> None:
    sheet_id = box.drive.files[METRICS].sheet("Weekly").sheet_id
    opened = {"sheetId": sheet_id, "startColumnIndex": 2, "endColumnIndex": 3}
    protect(box, 7, unprotectedRanges=[opened], **_BOSS)
    assert (write(box, 2, 2), bool(write(box, 2, 1))) == ("", True)


def test_a_tab_is_protected_once(box: Box) -> None:
    protect(box, 7)
    with pytest.raises(Exception, match='Sheet "Weekly" already has sheet protection'):
        protect(box, 8)
    protect(box, 8, range={"startRowIndex": 1})


def test_metadata_is_kept_for_programs(box: Box) -> None:
    made = {"metadataKey": "k", "metadataValue": "one", "visibility": "DOCUMENT"}
    box.change({"createDeveloperMetadata": {"developerMetadata": made | _BOOK}})
    filters = [{"developerMetadataLookup": {"metadataKey": "k"}}]
    changed = {"developerMetadata": {"metadataValue": "two"}, "fields": "metadataValue"}
    box.change({"updateDeveloperMetadata": {"dataFilters": filters, **changed}})
    (there,) = box.sheet(METRICS)["developerMetadata"]
    assert (there["metadataValue"], there["location"]["locationType"]) == ("two", "SPREADSHEET")
    long = made | {"metadataValue": "x" * 30_001} | _BOOK
    body = {"requests": [{"createDeveloperMetadata": {"developerMetadata": long}}]}
    assert box.send("POST", ":batchUpdate", body).status_code == 400
    box.change({"deleteDeveloperMetadata": {"dataFilter": filters[0]}})
    assert "developerMetadata" not in box.sheet(METRICS)


def test_a_cell_and_a_spreadsheet_have_their_limits(box: Box) -> None:
    assert write(box, 2, 2, "x" * 50_000) == ""
    assert "more than the maximum of 50000 characters" in write(box, 2, 2, "x" * 50_001)
    huge = {"title": "huge", "gridProperties": {"rowCount": 1_000_000, "columnCount": 11}}
    body = {"requests": [{"addSheet": {"properties": huge}}]}
    refused = box.send("POST", ":batchUpdate", body).json()
    assert "above the limit of 10000000 cells" in refused["error"]["message"]


_BOOK: Any = {"location": {"spreadsheet": True}}


def _lift(number: int) -> Any:
    return {"deleteProtectedRange": {"protectedRangeId": number}}
