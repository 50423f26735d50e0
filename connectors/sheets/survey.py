"""The spreadsheets that a Google account may see, their tabs, and what looks like their headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gspread.utils import absolute_range_name

from connectors.cells import Cell, decode_cells
from connectors.errors import AccessError, MissingError
from connectors.records import Figures, Problem
from connectors.sheets.client import SheetsClient
from connectors.sheets.decode.rows import column_number, read_rows, read_setting, read_tabs
from connectors.sheets.facts import SheetsSection
from connectors.survey import BRIEFLY, TIMEOUT_SECONDS, Account, Column, Table
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.shapes import expected_shape

HEAD_ROWS = 40
_LEAST_HEADERS = 2

Record = Mapping[str, Any]


class SheetsSurvey:
    """A Google account; see :class:`connectors.survey.Survey`."""

    def __init__(self, section: SheetsSection) -> None:
        self._figures = Figures()
        self._client = SheetsClient(
            section.credentials,
            section.url,
            self._figures,
            BRIEFLY,
            TIMEOUT_SECONDS,
            RateLimiter(section.requests_per_minute),
        )
        self._is_key = section.credentials is not None
        self._listed: dict[str, str] | None = None
        self._heads: dict[str, list[Record]] = {}

    @property
    def served_at(self) -> datetime | None:
        """Google's clock; None before a response."""
        return self._client.served_at if self._figures.requests else None

    def account(self) -> Account:
        """The service account, or whoever is signed in on this machine."""
        self._spreadsheets()
        if self._is_key:
            said = "Its key does not expire by itself, unless the organization's policy says so."
            return Account(self._client.who, "a service account", False, said)
        kind = "whoever signed in on this machine"
        return Account(self._client.who, kind, None, "Such a sign-in may expire at any time.")

    def tables(self) -> list[Table]:
        """The tabs of all spreadsheets that are shared with the account."""
        return [table for key in self._spreadsheets() for table in self.look(key)]

    def look(self, place: str) -> list[Table]:
        """The tabs of a spreadsheet that have something like a header."""
        heads: dict[str, list[Record]] = {}
        for row in self.head(place):
            heads.setdefault(str(row["tab"]), []).append(row)
        return [
            Table(place, tab, _header(rows), str(rows[0]["spreadsheet_title"]), tab)
            for tab, rows in heads.items()
        ]

    def head(self, spreadsheet: str) -> list[Record]:
        """The first rows of all tabs, as records of the stream ``sheet_rows``; in two requests."""
        if spreadsheet not in self._heads:
            self._heads[spreadsheet] = self._read_head(spreadsheet)
        return self._heads[spreadsheet]

    def ensure_editable(self, spreadsheet: str) -> None:
        """Make sure that the account may write a spreadsheet.

        Raises:
            AccessError: It may only read it.
        """
        if not (self._client.file(spreadsheet).get("capabilities") or {}).get("canEdit"):
            message = f"{self._client.who} may read the spreadsheet {spreadsheet}, but not edit it."
            raise AccessError("sheets", message, "Share it with that account as an Editor.")

    def sample(self, table: Table, count: int) -> Sequence[Mapping[str, Cell]]:
        """The first rows below a tab's header."""
        rows = [row for row in self.head(table.place) if row["tab"] == table.tab]
        named = {column.name for column in table.columns}
        below = [decode_cells(row["cells"]) for row in rows]
        start = next((n for n, cells in enumerate(below) if named <= _texts(cells)), -1) + 1
        header = below[start - 1] if start else {}
        letters = {cell.text.strip(): key for key, cell in header.items()}
        return [
            {name: cells[key] for name, key in letters.items() if key in cells}
            for cells in below[start : start + count]
        ]

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _spreadsheets(self) -> dict[str, str]:
        if self._listed is None:
            served = self._client.files(None)
            with expected_shape("sheets", "Drive's list of spreadsheets"):
                files = [one for one in served.get("files") or [] if not one.get("trashed")]
                self._listed = {str(one["id"]): str(one.get("name", "")) for one in files}
        return self._listed

    def _read_head(self, spreadsheet: str) -> list[Record]:
        outline = self._client.outline(spreadsheet)
        with expected_shape("sheets", f"The outline of spreadsheet {spreadsheet}"):
            titles = [tab.title for tab in read_tabs(outline, None)]
        if not titles:
            raise MissingError("sheets", f"The spreadsheet {spreadsheet} has no tab with cells.")
        ranges = [absolute_range_name(title, f"1:{HEAD_ROWS}") for title in titles]
        served = self._client.spreadsheet(spreadsheet, ranges)
        with expected_shape("sheets", f"The response for spreadsheet {spreadsheet}"):
            setting, _ = read_setting(served)
            rows = [row for tab in read_tabs(served, None) for row in read_rows(tab, setting)]
        return [row for row in rows if not isinstance(row, Problem)]


def _texts(cells: Mapping[str, Cell]) -> set[str]:
    return {cell.text.strip() for cell in cells.values()}


def _header(rows: Sequence[Record]) -> tuple[Column, ...]:
    """The texts of the first row that has most of them; none where no row has two."""
    lines = [decode_cells(row["cells"]) for row in rows]
    held = [
        [key for key, cell in line.items() if cell.kind == "text" and cell.merged != "across"]
        for line in lines
    ]
    most = max(map(len, held), default=0)
    if most < _LEAST_HEADERS:
        return ()
    first = next(n for n, keys in enumerate(held) if len(keys) == most)
    keys = sorted(held[first], key=column_number)
    return tuple(Column(text, text) for key in keys if (text := lines[first][key].text.strip()))
