"""Access and Drive of the stand-in, checked against the discovery document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.support.google_box import DRIVE, EMAIL, GERMAN, METRICS, Box, conforms, open_box


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def test_what_is_not_shared_is_forbidden_in_sheets_and_absent_in_drive(box: Box) -> None:
    box.drive.revoke(METRICS, EMAIL)
    refused = box.get(f"/v4/spreadsheets/{METRICS}")
    assert refused.status_code == 403
    assert refused.json()["error"] == {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }
    absent = box.get(f"/drive/v3/files/{METRICS}")
    assert absent.status_code == 404
    assert absent.json()["error"]["errors"][0]["reason"] == "notFound"
    assert [one["id"] for one in box.files()["files"]] == [GERMAN]
    unknown = box.get("/v4/spreadsheets/nowhere")
    assert (unknown.status_code, unknown.json()["error"]["status"]) == (404, "NOT_FOUND")
    box.drive.share(METRICS, EMAIL)
    assert box.get(f"/v4/spreadsheets/{METRICS}").status_code == 200


def test_changes_move_version_and_time_and_recalculation_does_not(box: Box) -> None:
    fields = "version,modifiedTime,trashed"

    def state() -> Any:
        got = box.get(f"/drive/v3/files/{METRICS}", fields=fields).json()
        conforms(got, DRIVE, "File")
        return got

    before = state()
    box.drive.clock.advance(90)
    box.drive.recalculate(METRICS, "Weekly!C5", 0.5)
    assert state() == before
    assert box.values(METRICS, "Weekly!C5")["values"] == [["50.0%"]]
    box.drive.set_cell(METRICS, "Weekly!C4", 2.5)
    after = state()
    assert int(after["version"]) > int(before["version"])
    assert after["modifiedTime"] == "2026-11-27T18:01:30.000Z"
    assert box.values(METRICS, "Weekly!C4")["values"] == [["2.5x"]]


def test_a_trashed_file_is_still_read_and_still_listed_unless_excluded(box: Box) -> None:
    box.drive.trash(GERMAN)
    assert box.sheet(GERMAN)["spreadsheetId"] == GERMAN
    assert {one["id"] for one in box.files()["files"]} == {METRICS, GERMAN}
    assert [one["id"] for one in box.files(q="trashed = false")["files"]] == [METRICS]
    assert box.get(f"/drive/v3/files/{GERMAN}", fields="trashed").json() == {"trashed": True}


def test_files_are_found_by_type_time_and_name(box: Box) -> None:
    box.drive.clock.advance(3600)
    box.drive.rename_tab(GERMAN, "Wochenwerte", "Werte")
    kind = "mimeType = 'application/vnd.google-apps.spreadsheet' and trashed = false"
    recent = "modifiedTime > '2026-11-27T18:30:00'"
    assert len(box.files(q=kind)["files"]) == 2
    found = box.files(q=f"{kind} and {recent}", fields="files(id,modifiedTime)")["files"]
    assert found == [{"id": GERMAN, "modifiedTime": "2026-11-27T19:00:00.000Z"}]
    assert box.files(q="mimeType = 'image/png'")["files"] == []
    assert [one["name"] for one in box.files(q="name contains 'metr'")["files"]] == ["Metrics"]


def test_a_listing_goes_over_pages(box: Box) -> None:
    first = box.files(pageSize=1, orderBy="name")
    assert [one["name"] for one in first["files"]] == ["Marketing Zahlen"]
    last = box.files(pageSize=1, orderBy="name", pageToken=first["nextPageToken"])
    assert [one["name"] for one in last["files"]] == ["Metrics"]
    assert "nextPageToken" not in last


@pytest.mark.parametrize(
    ("params", "location"),
    [
        ({"q": f"id in ('{METRICS}')"}, "q"),
        ({"q": "trashed = maybe"}, "q"),
        ({"fields": "files(id,sheet)"}, "fields"),
        ({"pageSize": "0"}, "pageSize"),
        ({"pageToken": "nonsense"}, "pageToken"),
        ({"orderBy": "size of it"}, "orderBy"),
    ],
)
def test_a_wrong_listing_is_refused(box: Box, params: dict[str, str], location: str) -> None:
    got = box.get("/drive/v3/files", **params)
    assert got.status_code == 400
    assert got.json()["error"]["errors"][0]["location"] == location
