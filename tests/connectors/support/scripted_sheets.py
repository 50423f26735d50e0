"""A scripted Google for the tests of the Sheets source: its answers, and what was read."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.records import Message, Present, Problem, Rows
from connectors.sheets.source import SheetsSettings, SheetsSource
from connectors.sheets.streams import SHEET_ROWS
from connectors.transport.retry import RetryPolicy
from tests.connectors.support.loopback import Asked, Loopback, Reply, json_reply, serving

EMAIL = "reader@project.iam.gserviceaccount.com"


ACCESS_TOKEN = "ya29.s3cr3t"


FAST = RetryPolicy(attempts=4, base_seconds=0.001)


ONCE = RetryPolicy(attempts=1)


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def spreadsheet(key: str, *tabs: dict[str, Any], **properties: Any) -> dict[str, Any]:
    known = {"title": f"Title of {key}", "locale": "en_US", "timeZone": "Asia/Kuala_Lumpur"}
    return {"spreadsheetId": key, "properties": {**known, **properties}, "sheets": list(tabs)}


def tab(sheet_id: int, title: str, *rows: list[Any], **more: Any) -> dict[str, Any]:
    data = {"rowData": [{"values": [cell(value) for value in row]} if row else {} for row in rows]}
    return {"properties": {"sheetId": sheet_id, "title": title}, "data": [data | more]}


def cell(value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, dict):
        return value or {}
    kind = "stringValue" if isinstance(value, str) else "numberValue"
    return {"effectiveValue": {kind: value}, "formattedValue": str(value)}


class Google:
    """Scripted answers of Drive and Sheets; ``tamper`` may answer in their stead."""

    def __init__(self) -> None:
        self.files: list[dict[str, Any]] = []
        self.spreadsheets: dict[str, dict[str, Any]] = {}
        self.tamper: Callable[[Asked], Reply | None] = lambda _: None
        self.page_size = 1000
        self.server: Loopback

    def put(self, served: dict[str, Any], version: str = "1", **more: Any) -> None:
        key = served["spreadsheetId"]
        self.spreadsheets[key] = served
        self.files = [file for file in self.files if file["id"] != key]
        at = "2026-11-20T03:04:05.678Z"
        self.files.append({"id": key, "name": key, "version": version, "modifiedTime": at, **more})

    def answer(self, asked: Asked) -> Reply:
        tampered = self.tamper(asked)
        if tampered:
            return tampered
        parts = urlsplit(asked.path)
        if parts.path == "/token":
            return json_reply({"access_token": ACCESS_TOKEN, "expires_in": 3600})
        signed = {name.lower(): value for name, value in asked.headers.items()}
        assert signed["authorization"] == f"Bearer {ACCESS_TOKEN}"
        if parts.path == "/drive/v3/files":
            return self._list(parse_qs(parts.query))
        served = self.spreadsheets.get(parts.path.removeprefix("/v4/spreadsheets/"))
        return json_reply(served) if served else refusal(404, "NOT_FOUND", "notFound")

    def _list(self, query: dict[str, list[str]]) -> Reply:
        start = int(query.get("pageToken", ["0"])[0])
        answer: dict[str, Any] = {"files": self.files[start : start + self.page_size]}
        if start + self.page_size < len(self.files):
            answer["nextPageToken"] = str(start + self.page_size)
        return json_reply(answer)

    def asked(self) -> list[str]:
        """Paths asked for since the last look."""
        paths = [urlsplit(asked.path).path for asked in self.server.asked]
        self.server.asked.clear()
        return paths


def refusal(status: int, word: str, reason: str) -> Reply:
    error = {"code": status, "message": "no", "status": word, "errors": [{"reason": reason}]}
    return Reply(status, msgspec.json.encode({"error": error}))


@pytest.fixture
def google() -> Iterator[Google]:
    made = Google()
    with serving(made.answer) as made.server:
        yield made


@pytest.fixture
def key_file(google: Google, private_key: str, tmp_path: Path) -> Path:
    path = tmp_path / "service-account.json"
    content = {
        "type": "service_account",
        "client_email": EMAIL,
        "private_key": private_key,
        "token_uri": f"{google.server.url}/token",
    }
    path.write_text(json.dumps(content))
    return path


Pull = Callable[..., list[Message]]


@pytest.fixture
def pull(google: Google, key_file: Path) -> Pull:
    def pulled(*spreadsheets: str, cursor: Any = None, **settings: Any) -> list[Message]:
        with source(google, key_file, *spreadsheets, **settings) as made:
            return list(made.pull(cursor or {}))

    return pulled


@contextmanager
def source(
    google: Google, key_file: Path, *spreadsheets: str, **settings: Any
) -> Iterator[SheetsSource]:
    given = {"url": google.server.url, "retry": FAST, **settings}
    made = SheetsSource(SheetsSettings(credentials=key_file, spreadsheets=spreadsheets, **given))
    try:
        yield made
    finally:
        made.close()


def records(messages: list[Message]) -> list[dict[str, Any]]:
    tables = [message.table for message in messages if isinstance(message, Rows)]
    assert all(table.schema == SHEET_ROWS for table in tables)
    return pa.concat_tables(tables).to_pylist()


def last_cursor(messages: list[Message]) -> Any:
    last = messages[-1]
    assert isinstance(last, Rows)
    return last.cursor


def presence(messages: list[Message]) -> dict[str, list[str]]:
    return {m.place: m.ids.to_pylist() for m in messages if isinstance(m, Present)}


def problems(messages: list[Message]) -> list[Problem]:
    return [message for message in messages if isinstance(message, Problem)]


def decode_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
