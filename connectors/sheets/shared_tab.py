"""One tab of a spreadsheet that both people and a program write.

What belongs here: reading the tab, and rewriting it so that no one's edit is lost or misplaced, and
no write is applied twice. What does not: what its columns mean.

Google's API has no compare-and-swap. A rewrite therefore locks the tab first: one request protects
it against people's edits and returns its content at that instant, the next one writes and removes
the protection. A batch of requests is atomic, so the protection's id is also a fencing token: a
write that is late, duplicated, or from another program that lost the lock finds its protection
gone and changes nothing. After a request without a response, the tab is read again; a write is
never sent again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gspread.utils import rowcol_to_a1

from connectors.errors import MissingError, PermanentError, SourceError, TransientError
from connectors.records import Figures
from connectors.sheets.client import Json, SheetsClient
from connectors.sheets.decode.rows import spreadsheet_url
from connectors.sheets.source import SheetsSettings
from connectors.sheets.tab_requests import (
    LOCK,
    Rewrite,
    TabState,
    Value,
    changes_of,
    lift,
    protect,
    removals_of,
)
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import call_with_retries

_GRID_FIELDS = (
    "sheets(properties(sheetId,title,gridProperties(rowCount)),"
    "protectedRanges(protectedRangeId,description),"
    "data(rowData(values(effectiveValue,formattedValue))))"
)


@dataclass(frozen=True, slots=True)
class FileState:
    """Drive's metadata of a spreadsheet: any edit changes ``version``."""

    version: str
    can_edit: bool


class SharedTab:
    """Reads and rewrites one tab, which is created by the first rewrite.

    Args:
        settings: The credentials, and one spreadsheet: the one with the tab.
        title: The tab's title.
        sheet_id: The id of a new tab, by which it is found again after a rename.

    Raises:
        CredentialError: There are no credentials, or the key file is invalid.
    """

    def __init__(self, settings: SheetsSettings, title: str, sheet_id: int) -> None:
        (self._spreadsheet,) = settings.spreadsheets
        self._title, self._sheet_id = title, sheet_id
        self.figures = Figures()
        self._retry = settings.retry
        self._rate_limiter = RateLimiter(settings.requests_per_minute)
        self._client = SheetsClient(
            settings.credentials,
            settings.url,
            self.figures,
            settings.retry,
            settings.timeout,
            self._rate_limiter,
            writes=True,
        )

    @property
    def who(self) -> str:
        """The account to share the spreadsheet with."""
        return self._client.who

    def file(self) -> FileState:
        """Drive's metadata of the spreadsheet.

        Raises:
            SourceError: It does not exist or is in the trash, or the request failed.
        """
        return file_state(self._client, self._spreadsheet)

    def read(self) -> TabState | None:
        """The tab's current state; None if it does not exist.

        Raises:
            SourceError: It cannot be read.
        """
        return self._find(self._client.part(self._spreadsheet, _GRID_FIELDS))

    def rewrite(self, decide: Callable[[TabState | None], Rewrite]) -> bool:
        """Apply the changes that ``decide`` computes from the tab's state, under the lock.

        Args:
            decide: Returns the changes for a tab, or for None if it does not exist. It is called
                more than once, the last time with the state read under the lock.

        Returns:
            Whether anything was changed. If ``decide`` returns no changes, nothing is written.

        Raises:
            SourceError: It could not be written; then no change was applied.
        """
        return call_with_retries(
            lambda: self._rewrite_once(decide),
            self._retry,
            self.figures,
            sleep=self._rate_limiter.pause,
        )

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _rewrite_once(self, decide: Callable[[TabState | None], Rewrite]) -> bool:
        seen = self.read()
        if not decide(seen).changes_rows and not (seen and seen.locks):
            return False
        held, lock = self._take(seen)
        try:
            wanted = decide(held)
            requests = [lift(lock)]
            if wanted.changes_rows:
                requests += [*changes_of(held, wanted), *removals_of(held, wanted)]
            self._client.change(self._spreadsheet, requests)
        except TransientError:
            raise  # it may have been applied: the next attempt reads first
        except BaseException:
            with suppress(SourceError):
                self._client.change(self._spreadsheet, [lift(lock)])
            raise
        return wanted.changes_rows

    def _take(self, seen: TabState | None) -> tuple[TabState, int]:
        """Create the tab if it does not exist, lock it, and read it, in one request."""
        number = secrets.randbelow(2**30) + 1
        sheet_id = seen.sheet_id if seen else self._sheet_id
        # Google lets a tab be protected once: a lock that a kill left behind goes first.
        requests: list[Json] = [lift(left) for left in (seen.locks if seen else ())]
        if seen is None:
            properties = {"sheetId": sheet_id, "title": self._title}
            grid = {"rowCount": 200, "columnCount": 26, "frozenRowCount": 1}
            requests.append({"addSheet": {"properties": {**properties, "gridProperties": grid}}})
        requests.append(protect(number, {"sheetId": sheet_id}, self._client.who))
        held = self._find(self._client.change(self._spreadsheet, requests, _GRID_FIELDS))
        if held is None or number not in held.locks:
            raise PermanentError("sheets", "Google did not confirm that the tab is protected.")
        return held, number

    def _find(self, answer: Mapping[str, Any]) -> TabState | None:
        """The tab in a spreadsheet, by id, or else by title."""
        try:
            sheets = list(answer.get("sheets") or ())
            for key, wanted in (("sheetId", self._sheet_id), ("title", self._title)):
                for sheet in sheets:
                    if sheet["properties"].get(key, 0) == wanted:
                        return _tab(sheet)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise PermanentError(
                "sheets",
                f"The response for spreadsheet {self._spreadsheet} has an unexpected shape "
                f"({type(error).__name__}).",
            ) from None
        return None


def file_state(client: SheetsClient, spreadsheet: str) -> FileState:
    """Drive's metadata of a spreadsheet.

    Raises:
        SourceError: It does not exist or is in the trash, or the request failed.
    """
    answer = client.file(spreadsheet)
    if answer.get("trashed"):
        raise MissingError(
            "sheets",
            f"Spreadsheet {spreadsheet} ({answer.get('name', '')}) is in Drive's trash.",
            "Restore it there, or take it out of the settings.",
        )
    can_edit = (answer.get("capabilities") or {}).get("canEdit", True)
    return FileState(str(answer.get("version", "")), bool(can_edit))


def tab_url(spreadsheet: str, tab: TabState, row: int, column: int) -> str:
    """The address that opens the tab with a cell selected."""
    cell = rowcol_to_a1(row + 1, column + 1)
    return f"{spreadsheet_url(spreadsheet)}#gid={tab.sheet_id}&range={cell}"


def _tab(sheet: Mapping[str, Any]) -> TabState:
    properties = sheet["properties"]
    data = (sheet.get("data") or [{}])[0]
    rows = [
        tuple(_value(cell) for cell in row.get("values") or ()) for row in data.get("rowData") or ()
    ]
    while rows and not any(value is not None for value in rows[-1]):
        rows.pop()
    locks = [one for one in sheet.get("protectedRanges") or () if one.get("description") == LOCK]
    return TabState(
        int(properties.get("sheetId", 0)),
        str(properties.get("title", "")),
        int((properties.get("gridProperties") or {}).get("rowCount", len(rows))),
        tuple(rows),
        tuple(int(one["protectedRangeId"]) for one in locks),
    )


def _value(cell: Mapping[str, Any]) -> Value:
    value = cell.get("effectiveValue") or {}
    if "numberValue" in value:
        return float(value["numberValue"])
    if "stringValue" in value:
        return str(value["stringValue"]) or None
    return str(cell.get("formattedValue") or "") or None
