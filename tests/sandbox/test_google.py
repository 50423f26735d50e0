"""The Google stand-in as gspread and google-auth see it; answers checked by the discovery files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import gspread
import jsonschema
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from sandbox.server.clock import Clock
from sandbox.server.google import google_app
from sandbox.server.google_batch import KINDS
from sandbox.server.google_fields import TYPES as SHEETS_TYPES
from sandbox.server.google_files import TYPES as DRIVE_TYPES
from sandbox.server.google_store import Cell, GoogleDrive, Tab
from tests.sandbox.serving import load_shared, serving

EMAIL = "okr-sync@sandbox.iam.gserviceaccount.com"
SCOPES = ("https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive")
NOW = datetime(2026, 11, 27, 18, tzinfo=UTC)
METRICS, GERMAN = "1MetricsSpreadsheetId", "1MarketingSpreadsheetId"
SHEETS, DRIVE = "google-sheets-v4", "google-drive-v3"


@cache
def key_pair() -> tuple[str, str]:
    """A private and a public key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@cache
def schema_of(api: str, name: str) -> dict[str, Any]:
    """A type of a discovery document as JSON Schema in which nothing may be invented."""
    document = load_shared(f"specs/{api}.discovery.json")
    definitions = {each: _json_schema(one) for each, one in document["schemas"].items()}
    return {"$ref": f"#/$defs/{name}", "$defs": definitions}


def _json_schema(one: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in one:
        return {"$ref": f"#/$defs/{one['$ref']}"}
    if one.get("type") == "any":
        return {}
    schema: dict[str, Any] = {"type": one["type"]}
    if "enum" in one:
        schema["enum"] = one["enum"]
    if "items" in one:
        schema["items"] = _json_schema(one["items"])
    if one["type"] == "object":
        schema["properties"] = {k: _json_schema(v) for k, v in one.get("properties", {}).items()}
        rest = one.get("additionalProperties")
        schema["additionalProperties"] = _json_schema(rest) if rest else False
    return schema


def conforms(answer: Any, api: str, name: str) -> None:
    jsonschema.Draft202012Validator(schema_of(api, name)).validate(answer)


class Client(gspread.HTTPClient):
    """gspread's own client, pointed at the stand-in."""

    base = ""

    def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> Any:
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            endpoint = endpoint.replace(host, self.base)
        return super().request(method, endpoint, *args, **kwargs)


@dataclass
class Box:
    """A served drive and ways to ask it."""

    drive: GoogleDrive
    url: str
    session: requests.Session

    def sign_in(self) -> None:
        """Fetch a token through google-auth.

        Not through its AuthorizedSession, which also asks a host of Google's for the regions an
        account may use.
        """
        credentials = self.credentials()
        credentials.refresh(Request(self.session))
        self.session.headers["Authorization"] = f"Bearer {credentials.token}"

    def credentials(self, **changed: str) -> Credentials:
        info = {
            "type": "service_account",
            "client_email": EMAIL,
            "private_key": key_pair()[0],
            "private_key_id": "1",
            "token_uri": f"{self.url}/token",
            "project_id": "sandbox",
            **changed,
        }
        return Credentials.from_service_account_info(info, scopes=SCOPES)

    def get(self, path: str, **params: Any) -> Any:
        return self.session.get(self.url + path, params=params, timeout=5)

    def sheet(self, id: str, **params: Any) -> Any:
        got = self.get(f"/v4/spreadsheets/{id}", **params)
        assert got.status_code == 200, got.text
        conforms(got.json(), SHEETS, "Spreadsheet")
        return got.json()

    def send(self, method: str, path: str, body: Any, **params: Any) -> Any:
        url = f"{self.url}/v4/spreadsheets/{METRICS}{path}"
        return self.session.request(method, url, params=params, json=body, timeout=5)

    def change(self, *asked: Any) -> Any:
        request: Any = {"requests": list(asked)}
        for one in request["requests"]:
            conforms(one, SHEETS, "Request")
        got = self.send("POST", ":batchUpdate", request)
        assert got.status_code == 200, got.text
        conforms(got.json(), SHEETS, "BatchUpdateSpreadsheetResponse")
        return got.json()["replies"]


@pytest.fixture
def box() -> Iterator[Box]:
    drive = GoogleDrive(Clock(NOW), readers=[EMAIL])
    weekly = Tab(
        "Weekly",
        rows=[
            [Cell("Weekly numbers", bold=True)],
            [Cell(each, bold=True) for each in ("KR", "Week", "Value")],
            ["KR-22", date(2026, 11, 13), 12400],
            ["KR-25", date(2026, 11, 13), Cell(3.1, '0.0"x"')],
            ["KR-26", date(2026, 11, 13), Cell(0.125, "0.0%", formula="=1/8")],
            [],
            ["KR-27", "n/a yet", Cell(error="#REF!", formula="=Gone!A1")],
            ["KR-28", None, Cell(True, note="checked by hand")],
        ],
        merges=("A1:C1",),
        hidden_rows=frozenset({4}),
        frozen_rows=2,
    )
    kpis = Tab("KPIs", rows=[["id", "value"], ["KPI-1", 5]], hidden=True)
    drive.add_spreadsheet(
        METRICS, "Metrics", "en_US", "Asia/Kuala_Lumpur", [weekly, kpis], created_at=NOW
    )
    wochenwerte = Tab(
        "Wochenwerte",
        rows=[
            ["KR", "Woche", "Wert"],
            ["KR-19", date(2026, 11, 13), Cell(12400, "#,##0")],
            ["KR-20", date(2026, 11, 13), "12,5%"],
            ["KR-21", date(2026, 11, 13), Cell(timedelta(minutes=95, seconds=7), "[m]:ss")],
        ],
    )
    drive.add_spreadsheet(GERMAN, "Marketing Zahlen", "de_DE", "Europe/Berlin", [wochenwerte])
    app = google_app(drive, {EMAIL: key_pair()[1]})
    with serving(app) as url, requests.Session() as session:
        box = Box(drive, url, session)
        box.sign_in()
        yield box


@pytest.fixture
def gspread_client(box: Box) -> gspread.Client:
    client = gspread.Client(auth=None, session=box.session, http_client=Client)
    client.http_client.base = box.url
    return client


# --- tokens -------------------------------------------------------------------------------------


def assertion(box: Box, private_key: str | None = None, **changed: Any) -> str:
    claims = {
        "iss": EMAIL,
        "aud": f"{box.url}/token",
        "scope": " ".join(SCOPES),
        "iat": int(time.time()),
        "exp": int(time.time()) + 3600,
        **changed,
    }
    signer = crypt.RSASigner.from_string(private_key or key_pair()[0])
    return jwt.encode(signer, claims).decode()


def grant(box: Box, text: str) -> requests.Response:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": text}
    return requests.post(f"{box.url}/token", data=form, timeout=5)


def test_a_signed_assertion_earns_a_token(box: Box) -> None:
    got = grant(box, assertion(box)).json()
    assert got["token_type"] == "Bearer"
    assert got["expires_in"] == 3599
    headers = {"Authorization": f"Bearer {got['access_token']}"}
    url = f"{box.url}/v4/spreadsheets/{METRICS}"
    assert requests.get(url, headers=headers, timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"aud": "https://example.com/token"}, "audience"),
        ({"exp": 1_700_000_000, "iat": 1_699_999_000}, "reasonable timeframe"),
        ({"exp": int(time.time()) + 90_000}, "reasonable timeframe"),
        ({"iss": "stranger@sandbox.iam.gserviceaccount.com"}, "account not found"),
        ({"scope": ""}, "scope"),
    ],
)
def test_a_wrong_assertion_earns_an_error(box: Box, changed: dict[str, Any], message: str) -> None:
    got = grant(box, assertion(box, **changed))
    assert got.status_code == 400
    assert got.json()["error"] in ("invalid_grant", "invalid_scope")
    assert message in got.json()["error_description"]


def test_another_key_earns_an_error_that_google_auth_understands(box: Box) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(RefreshError, match="Invalid JWT Signature"), requests.Session() as session:
        box.credentials(private_key=other.decode()).refresh(Request(session))


def test_without_a_good_token_nothing_is_read(box: Box) -> None:
    url = f"{box.url}/v4/spreadsheets/{METRICS}"
    got = requests.get(url, headers={"Authorization": "Bearer nonsense"}, timeout=5)
    assert got.status_code == 401
    assert got.json()["error"]["status"] == "UNAUTHENTICATED"


def test_a_token_for_reading_writes_nothing(box: Box) -> None:
    scope = "https://www.googleapis.com/auth/spreadsheets.readonly"
    token = grant(box, assertion(box, scope=scope)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{box.url}/v4/spreadsheets/{METRICS}"
    assert requests.get(url, headers=headers, timeout=5).status_code == 200
    refused = requests.post(f"{url}:batchUpdate", json={}, headers=headers, timeout=5)
    assert refused.status_code == 403
    listed = requests.get(f"{box.url}/drive/v3/files", headers=headers, timeout=5)
    assert "insufficient authentication scopes" in listed.json()["error"]["message"]


# --- spreadsheets.get ---------------------------------------------------------------------------


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


# --- values -------------------------------------------------------------------------------------


def values(box: Box, id: str, text: str, **options: str) -> Any:
    got = box.get(f"/v4/spreadsheets/{id}/values/{text}", **options)
    assert got.status_code == 200, got.text
    conforms(got.json(), SHEETS, "ValueRange")
    return got.json()


def test_values_are_formatted_unless_asked_otherwise(box: Box) -> None:
    shown = values(box, METRICS, "Weekly!A3:C8")
    assert shown["range"] == "Weekly!A3:C8"
    assert shown["values"] == [
        ["KR-22", "11/13/2026", "12400"],
        ["KR-25", "11/13/2026", "3.1x"],
        ["KR-26", "11/13/2026", "12.5%"],
        [],
        ["KR-27", "n/a yet", "#REF!"],
        ["KR-28", "", "TRUE"],
    ]
    plain = values(box, METRICS, "Weekly!B5:C8", valueRenderOption="UNFORMATTED_VALUE")
    assert plain["values"] == [[46339, 0.125], [], ["n/a yet", "#REF!"], ["", True]]
    dated = values(
        box,
        METRICS,
        "Weekly!B5:C5",
        valueRenderOption="UNFORMATTED_VALUE",
        dateTimeRenderOption="FORMATTED_STRING",
    )
    assert dated["values"] == [["11/13/2026", 0.125]]
    formulas = values(box, METRICS, "Weekly!C5:C7", valueRenderOption="FORMULA")
    assert formulas["values"] == [["=1/8"], [], ["=Gone!A1"]]


def test_whole_tabs_and_open_ends_are_cut_to_what_is_filled(box: Box) -> None:
    assert values(box, METRICS, "KPIs") == {
        "range": "KPIs!A1:Z1000",
        "majorDimension": "ROWS",
        "values": [["id", "value"], ["KPI-1", "5"]],
    }
    assert values(box, METRICS, "KPIs!B2:B")["values"] == [["5"]]
    columns = values(box, METRICS, "KPIs", majorDimension="COLUMNS")
    assert columns["values"] == [["id", "KPI-1"], ["value", "5"]]
    assert "values" not in values(box, METRICS, "KPIs!D1:E9")


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
    assert "values" not in values(box, METRICS, "Q3")
    assert values(box, METRICS, "'Q3'")["values"] == [["third quarter"]]


def test_values_can_be_written_appended_and_cleared(box: Box) -> None:
    body = {"values": [["KR-29", "12.5%", None], ["KR-30", "=A1", 7]]}
    wrote = box.send("PUT", "/values/KPIs!A3:C4", body, valueInputOption="USER_ENTERED").json()
    conforms(wrote, SHEETS, "UpdateValuesResponse")
    assert (wrote["updatedRange"], wrote["updatedCells"]) == ("KPIs!A3:C4", 5)
    assert values(box, METRICS, "KPIs!A3:C4")["values"] == [
        ["KR-29", "12.50%"],
        ["KR-30", "#ERROR!", "7"],
    ]
    raw = {"values": [["=A1", "007"]]}
    added = box.send("POST", "/values/KPIs!A1:append", raw, valueInputOption="RAW").json()
    conforms(added, SHEETS, "AppendValuesResponse")
    assert added["tableRange"] == "KPIs!A1:A4"
    assert added["updates"]["updatedRange"] == "KPIs!A5:B5"
    assert values(box, METRICS, "KPIs!A5:B5")["values"] == [["=A1", "007"]]
    cleared = box.send("POST", "/values/KPIs!A2:Z:clear", {}).json()
    conforms(cleared, SHEETS, "ClearValuesResponse")
    assert values(box, METRICS, "KPIs")["values"] == [["id", "value"]]


def test_batches_of_values_are_written_and_cleared(box: Box) -> None:
    data = [{"range": "KPIs!A2", "values": [["a", "b"]]}, {"range": "Weekly!E1", "values": [[1]]}]
    body = {"valueInputOption": "RAW", "data": data}
    wrote = box.send("POST", "/values:batchUpdate", body).json()
    conforms(wrote, SHEETS, "BatchUpdateValuesResponse")
    assert (wrote["totalUpdatedCells"], wrote["totalUpdatedSheets"]) == (3, 2)
    cleared = box.send("POST", "/values:batchClear", {"ranges": ["KPIs!A1:B9"]}).json()
    conforms(cleared, SHEETS, "BatchClearValuesResponse")
    assert "values" not in values(box, METRICS, "KPIs")


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


# --- batchUpdate --------------------------------------------------------------------------------


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
    assert values(box, METRICS, "KPIs")["values"] == [["id"], ["y"], ["z"]]
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


# --- access and Drive ---------------------------------------------------------------------------


def files(box: Box, **params: Any) -> Any:
    got = box.get("/drive/v3/files", **params)
    assert got.status_code == 200, got.text
    conforms(got.json(), DRIVE, "FileList")
    return got.json()


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
    assert [one["id"] for one in files(box)["files"]] == [GERMAN]
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
    assert values(box, METRICS, "Weekly!C5")["values"] == [["50.0%"]]
    box.drive.set_cell(METRICS, "Weekly!C4", 2.5)
    after = state()
    assert int(after["version"]) > int(before["version"])
    assert after["modifiedTime"] == "2026-11-27T18:01:30.000Z"
    assert values(box, METRICS, "Weekly!C4")["values"] == [["2.5x"]]


def test_a_trashed_file_is_still_read_and_still_listed_unless_excluded(box: Box) -> None:
    box.drive.trash(GERMAN)
    assert box.sheet(GERMAN)["spreadsheetId"] == GERMAN
    assert {one["id"] for one in files(box)["files"]} == {METRICS, GERMAN}
    assert [one["id"] for one in files(box, q="trashed = false")["files"]] == [METRICS]
    assert box.get(f"/drive/v3/files/{GERMAN}", fields="trashed").json() == {"trashed": True}


def test_files_are_found_by_type_time_and_name(box: Box) -> None:
    box.drive.clock.advance(3600)
    box.drive.rename_tab(GERMAN, "Wochenwerte", "Werte")
    kind = "mimeType = 'application/vnd.google-apps.spreadsheet' and trashed = false"
    recent = "modifiedTime > '2026-11-27T18:30:00'"
    assert len(files(box, q=kind)["files"]) == 2
    found = files(box, q=f"{kind} and {recent}", fields="files(id,modifiedTime)")["files"]
    assert found == [{"id": GERMAN, "modifiedTime": "2026-11-27T19:00:00.000Z"}]
    assert files(box, q="mimeType = 'image/png'")["files"] == []
    assert [one["name"] for one in files(box, q="name contains 'metr'")["files"]] == ["Metrics"]


def test_a_listing_goes_over_pages(box: Box) -> None:
    first = files(box, pageSize=1, orderBy="name")
    assert [one["name"] for one in first["files"]] == ["Marketing Zahlen"]
    last = files(box, pageSize=1, orderBy="name", pageToken=first["nextPageToken"])
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


# --- gspread ------------------------------------------------------------------------------------


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
    assert values(box, METRICS, "KPIs")["values"] == [["value", "id"], ["5", "KPI-1"]]


def test_nothing_secret_is_in_an_error(box: Box) -> None:
    token = grant(box, assertion(box)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    got = requests.get(f"{box.url}/v4/spreadsheets/x", headers=headers, timeout=5)
    assert token not in json.dumps(got.json())
