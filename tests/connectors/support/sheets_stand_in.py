"""The Google stand-in with one German spreadsheet, behind a loopback server."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sandbox.server.clock import Clock
from sandbox.server.google.app import google_app
from sandbox.server.google.service_account import shared_account
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Tab
from tests.connectors.support.asgi import answering
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import Asked, Loopback, Reply

METRICS = "metrics"
ROWS: list[list[Any]] = [
    ["Wochenwerte"],
    ["jeden Freitag"],
    [],
    ["KR", "Woche", "Wert", "Notiz"],
    ["KR-19", date(2026, 11, 20), 12400],
    ["KR-19", date(2026, 11, 27), "12.400", "als Text"],
    ["KR-20", Cell(date(2026, 11, 27), pattern="dd.mm.yyyy"), Cell(0.125, pattern="0.0%")],
    ["KR-20", "27.11.2026", "12,5%"],
    ["KR-21", date(2026, 11, 27), Cell(timedelta(minutes=3, seconds=5), pattern="[m]:ss")],
    ["KR-25", date(2026, 11, 27), Cell(2.4, pattern='0.0"x"')],
    ["KR-24", date(2026, 11, 27), Cell(error="#REF!")],
    ["KR-22", Cell(46353.375, pattern="dd.mm.yyyy hh:mm"), "n/a yet"],
    ["007", date(2026, 11, 27), Cell(9.5, pattern="#,##0.00 [$EUR]")],
    [5.1, date(2026, 11, 27), True],
    [None, "Summe", 24800],
]


class Google:
    """A Drive with one German spreadsheet behind a server."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        self.account = shared_account()
        self.drive = GoogleDrive(self.clock, readers=[self.account.email])
        self.server: Loopback
        self.accounts = {self.account.email: self.account.public_key}
        self.tamper: Callable[[Asked], Reply | None] = lambda _: None
        app = google_app(self.drive, self.accounts)
        self._app = answering(app)
        tab = Tab("Wochenwerte", ROWS, merges=("A1:D1",), hidden_rows=frozenset({6}))
        other = Tab("A1", [["KR"], ["KR-19"]])
        self.drive.add_spreadsheet(METRICS, "Zahlen", "de_DE", "Europe/Berlin", (tab, other))

    def answer(self, asked: Asked) -> Reply:
        self.server.date = self.clock.now
        return self.tamper(asked) or self._app(asked)
