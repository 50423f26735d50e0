"""The page that opens at a spreadsheet's address."""

from __future__ import annotations

from datetime import UTC

from starlette.requests import Request
from starlette.responses import Response

from sandbox.server.google.sheets.a1 import column_letters
from sandbox.server.google.sheets.store import GoogleDrive, Sheet, Spreadsheet
from sandbox.server.google.sheets.values import read_values
from sandbox.server.people import html


class SpreadsheetPages:
    """Pages of a Drive's spreadsheets, every tab a table with its row numbers and letters."""

    def __init__(self, drive: GoogleDrive) -> None:
        self._drive = drive

    async def show(self, request: Request) -> Response:
        """One spreadsheet; ``#<gid>-<row>`` points at a row."""
        file = self._drive.files.get(request.path_params["id"])
        if file is None:
            return html.missing(f"spreadsheet {request.path_params['id']}")
        facts: dict[str, html.Shown] = {
            "Locale": file.locale,
            "Time zone": file.time_zone,
            "Last changed": f"{file.modified_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            "Version": file.version,
        }
        tabs = [_tab(file, sheet) for sheet in file.sheets]
        where = ["Google Sheets", file.id]
        return html.page(file.title, where, html.facts(facts), *tabs)

    def links(self) -> list[html.Link]:
        """Where each spreadsheet is."""
        return [
            html.Link(file.title, f"/google/spreadsheets/d/{file.id}/edit")
            for file in self._drive.files.values()
        ]


def _tab(file: Spreadsheet, sheet: Sheet) -> str:
    title = sheet.title.replace("'", "''")
    rows = read_values(file, f"'{title}'", {}).get("values") or []
    width = max((len(row) for row in rows), default=0)
    shown = [
        html.Row(
            f"{sheet.sheet_id}-{number}",
            [f"{number} (hidden)" if number - 1 in sheet.hidden_rows else number, *row]
            + [None] * (width - len(row)),
        )
        for number, row in enumerate(rows, 1)
    ]
    letters = [column_letters(column) for column in range(width)]
    return html.table(f"{sheet.title} (gid {sheet.sheet_id})", ["", *letters], shown)
