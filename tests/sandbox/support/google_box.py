"""A served drive for the tests of the Google stand-in, and the schemas its answers must keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import jsonschema
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from sandbox.server.clock import Clock
from sandbox.server.google.app import google_app
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Tab
from tests.sandbox.support.serving import serving
from tests.support.paths import load_shared

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
        return self.session.get(self.url + path, params=params, timeout=60)

    def sheet(self, id: str, **params: Any) -> Any:
        got = self.get(f"/v4/spreadsheets/{id}", **params)
        assert got.status_code == 200, got.text
        conforms(got.json(), SHEETS, "Spreadsheet")
        return got.json()

    def send(self, method: str, path: str, body: Any, **params: Any) -> Any:
        url = f"{self.url}/v4/spreadsheets/{METRICS}{path}"
        return self.session.request(method, url, params=params, json=body, timeout=60)

    def change(self, *asked: Any) -> Any:
        request: Any = {"requests": list(asked)}
        for one in request["requests"]:
            conforms(one, SHEETS, "Request")
        got = self.send("POST", ":batchUpdate", request)
        assert got.status_code == 200, got.text
        conforms(got.json(), SHEETS, "BatchUpdateSpreadsheetResponse")
        return got.json()["replies"]

    def values(self, id: str, text: str, **options: str) -> Any:
        got = self.get(f"/v4/spreadsheets/{id}/values/{text}", **options)
        assert got.status_code == 200, got.text
        conforms(got.json(), SHEETS, "ValueRange")
        return got.json()

    def files(self, **params: Any) -> Any:
        got = self.get("/drive/v3/files", **params)
        assert got.status_code == 200, got.text
        conforms(got.json(), DRIVE, "FileList")
        return got.json()


@contextmanager
def open_box() -> Iterator[Box]:
    """A drive with two spreadsheets, served, with a signed-in session."""
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
