"""The Google Drive stand-in of the benchmark: 20 spreadsheets with three tabs each."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.serving import serve
from sandbox.server.clock import Clock
from sandbox.server.google.app import google_app
from sandbox.server.google.service_account import ServiceAccount
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Tab

SPREADSHEETS = tuple(f"benchmark-{number:02}" for number in range(20))
TABS = ("Weekly", "Monthly", "Notes")
ROWS = 200
KEY = "benchmark-key.json"


def drive(account: ServiceAccount) -> GoogleDrive:
    """The complete drive, shared with ``account``."""
    made = GoogleDrive(Clock(datetime(2026, 11, 27, 18, tzinfo=UTC)), readers=[account.email])
    for name in SPREADSHEETS:
        made.add_spreadsheet(name, name, tabs=[Tab(title, _rows()) for title in TABS])
    return made


def _rows() -> list[list[Cell | str | float | date]]:
    rows: list[list[Cell | str | float | date]] = [["KR", "Week", "Value", "Share", "Note"]]
    for number in range(ROWS):
        week = date(2026, 11, 27) - timedelta(weeks=number % 50)
        share = Cell(number % 100 / 100, pattern="0.0%")
        rows.append([f"KR-{number}", week, 1000.5 + number, share, "as counted"])
    return rows


if __name__ == "__main__":
    _account = ServiceAccount()
    _made = drive(_account)
    # The client adds the address to the key.
    _account.write(Path(sys.argv[1]) / KEY, "")
    serve("google", google_app(_made, {_account.email: _account.public_key}), _made.clock)
