"""The cost of a Google Sheets pull, against the floor and against straightforward use of gspread.

The floor is one listing of Drive, and one request per changed spreadsheet. Signing in is one more
request, to another service and at most once an hour; it is shown separately, because keeping a
token between pulls would put a secret into the lake.

``python -m benchmarks sheets``
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gspread
import requests
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from gspread.http_client import HTTPClient

from benchmarks.pulls.sheets_stand_in import KEY, ROWS, SPREADSHEETS, TABS
from benchmarks.serving import LATENCY_SECONDS, running
from connectors.records import Figures, Rows
from connectors.sheets.source import SheetsSettings, SheetsSource

CHANGED = 3
_SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive",
)
_LINE = "{:<44}{:>9}{:>9}{:>7}{:>8}{:>9}"


def main() -> None:
    """Measure, and print one line per pull."""
    with tempfile.TemporaryDirectory() as folder, running("pulls.sheets_stand_in", folder) as url:
        key_file = Path(folder) / KEY
        key = json.loads(key_file.read_text()) | {"token_uri": f"{url}/token"}
        key_file.write_text(json.dumps(key))
        print(
            f"Sheets: {len(SPREADSHEETS)} spreadsheets of {len(TABS)} tabs with {ROWS} rows; "
            f"{LATENCY_SECONDS * 1000:.0f} ms a request\n"
        )
        print(_LINE.format("", "requests", "sign-ins", "floor", "ratio", "seconds"))
        session = _Session(key, url)
        floor = 1 + len(SPREADSHEETS)
        settings = SheetsSettings(key_file, SPREADSHEETS, url)
        session.read_everything()  # fills the stand-in's cache before measuring
        _read(settings, {})
        slow, asked = session.read_everything()
        _print("one after another, with gspread", asked, floor, slow)
        ours, cursor = _pull("full", settings, {}, floor)
        _pull("a quiet night", settings, cursor, 1)
        session.change(CHANGED)
        _pull(f"a night after {CHANGED} have changed", settings, cursor, 1 + CHANGED)
    print(f"\nA full pull takes {slow / ours:.1f} times as long with gspread.")


def _pull(
    what: str, settings: SheetsSettings, cursor: Mapping[str, Any], floor: int
) -> tuple[float, Any]:
    started = time.perf_counter()
    figures, last = _read(settings, cursor)
    seconds = time.perf_counter() - started
    assert figures.rows == (floor - 1) * len(TABS) * (ROWS + 1)
    _print(what, figures.requests - 1, floor, seconds)
    return seconds, last


def _read(settings: SheetsSettings, cursor: Mapping[str, Any]) -> tuple[Figures, Any]:
    """Pull once; returns its counters, and the cursor."""
    source = SheetsSource(settings)
    last: Any = cursor
    try:
        for message in source.pull(cursor):
            if isinstance(message, Rows):
                last = message.cursor or last
    finally:
        source.close()
    return source.figures, last


def _print(what: str, asked: int, floor: int, seconds: float) -> None:
    print(_LINE.format(what, asked, 1, floor, f"{asked / floor:.2f}", f"{seconds:.2f}"))


class _Session:
    """gspread as in its documentation, at another address."""

    def __init__(self, key: Mapping[str, Any], url: str) -> None:
        self._requests = 0
        outer = self

        class Counted(HTTPClient):
            def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> Any:
                outer._requests += 1
                for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
                    endpoint = endpoint.replace(host, url)
                return super().request(method, endpoint, *args, **kwargs)

        self._key, self._session = key, requests.Session()
        nobody: Any = None  # gspread needs credentials only without a session
        self._client = gspread.Client(nobody, self._session, Counted)

    def read_everything(self) -> tuple[float, int]:
        """Read every tab of every spreadsheet; returns seconds and number of requests."""
        self._requests = 0
        started = time.perf_counter()
        self._sign_in()
        records = 0
        for name in SPREADSHEETS:
            for tab in self._client.open_by_key(name).worksheets():
                records += len(tab.get_all_records())
        seconds = time.perf_counter() - started
        assert records == len(SPREADSHEETS) * len(TABS) * ROWS
        return seconds, self._requests

    def change(self, count: int) -> None:
        """Change one cell of the first ``count`` spreadsheets."""
        for name in SPREADSHEETS[:count]:
            self._client.open_by_key(name).sheet1.update_acell("C2", 4711)

    def _sign_in(self) -> None:
        load: Any = Credentials.from_service_account_info
        credentials = load(dict(self._key), scopes=_SCOPES)
        credentials.refresh(Request(requests.Session()))
        self._session.headers["Authorization"] = f"Bearer {credentials.token}"


if __name__ == "__main__":
    main()
