"""The Google stand-in as gspread sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gspread
import pytest

from tests.sandbox.support.google_box import GERMAN, METRICS, Box, open_box


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


class Client(gspread.HTTPClient):
    """gspread's own client, pointed at the stand-in."""

    base = ""

    def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> Any:
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            endpoint = endpoint.replace(host, self.base)
        return super().request(method, endpoint, *args, **kwargs)


@pytest.fixture
def gspread_client(box: Box) -> gspread.Client:
    client = gspread.Client(auth=None, session=box.session, http_client=Client)
    client.http_client.base = box.url
    return client


def test_gspread_reads_and_writes(box: Box, gspread_client: gspread.Client) -> None:
    spreadsheet = gspread_client.open_by_key(METRICS)
    assert [one.title for one in spreadsheet.worksheets()] == ["Weekly", "KPIs"]
    tab = spreadsheet.worksheet("KPIs")
    assert tab.get_all_values() == [["id", "value"], ["KPI-1", "5"]]
    tab.append_row(["KPI-2", 6])
    tab.update([["KPI-3", 7]], "A4", value_input_option="RAW")
    assert tab.col_values(1) == ["id", "KPI-1", "KPI-2", "KPI-3"]
    made = spreadsheet.add_worksheet("okr", rows=5, cols=3)
    made.batch_update([{"range": "A1:B1", "values": [["a", "b"]]}])
    made.freeze(rows=1)
    made.update_title("published")
    assert spreadsheet.worksheet("published").row_values(1) == ["a", "b"]
    made.clear()
    spreadsheet.del_worksheet(made)
    assert [one.title for one in spreadsheet.worksheets()] == ["Weekly", "KPIs"]
    assert {one["id"] for one in gspread_client.list_spreadsheet_files()} == {METRICS, GERMAN}


def test_gspread_understands_a_refusal(box: Box, gspread_client: gspread.Client) -> None:
    box.drive.revoke(METRICS)
    with pytest.raises(PermissionError) as refused:
        gspread_client.open_by_key(METRICS)
    assert "The caller does not have permission" in str(refused.value.__cause__)


def test_gspread_sees_duplicate_headers_and_an_emptied_tab(
    box: Box, gspread_client: gspread.Client
) -> None:
    box.drive.set_cell(METRICS, "KPIs!B1", "id")
    tab = gspread_client.open_by_key(METRICS).worksheet("KPIs")
    with pytest.raises(gspread.exceptions.GSpreadException, match="duplicates"):
        tab.get_all_records()
    box.drive.clear_tab(METRICS, "KPIs")
    assert tab.get_all_values() in ([[]], [])


def test_a_moved_column_takes_its_values_along(box: Box) -> None:
    box.drive.move_column(METRICS, "KPIs", 1, 0)
    assert box.values(METRICS, "KPIs")["values"] == [["value", "id"], ["5", "KPI-1"]]
