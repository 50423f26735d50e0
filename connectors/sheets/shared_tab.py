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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gspread.utils import absolute_range_name, rowcol_to_a1

from connectors.errors import MissingError, PermanentError, SourceError, TransientError
from connectors.records import Figures
from connectors.sheets.client import Json, SheetsClient
from connectors.sheets.decode.rows import spreadsheet_url
from connectors.sheets.source import SheetsSettings
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import call_with_retries

LOCK = "okr-sync is writing here for a moment"
"""The text shown to people who edit the tab meanwhile; also identifies our protections."""

Value = str | float | None
_SPARE_ROWS = 50
_CELL_FIELDS = "userEnteredValue,userEnteredFormat(numberFormat,textFormat(bold,link))"


@dataclass(frozen=True, slots=True)
class FileState:
    """Drive's metadata of a spreadsheet: any edit changes ``version``."""

    version: str
    can_edit: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A cell to write: always a plain value, never a formula.

    Attributes:
        value: Text, a number, or None to clear it.
        link: Address that it links to; only web addresses are accepted.
        bold: Whether it is bold, as headers are.
    """

    value: Value
    link: str | None = None
    bold: bool = False


@dataclass(frozen=True, slots=True)
class TabState:
    """A tab as it was read.

    Attributes:
        sheet_id: Its id, which does not change when it is renamed.
        title: Its current title.
        row_count: How many rows the grid has.
        rows: Its cells from A1 on, in rows of different lengths: text, numbers, the result of a
            formula, None for an empty cell.
        locks: Ids of our protections; one is left behind by a killed rewrite.
    """

    sheet_id: int
    title: str
    row_count: int
    rows: tuple[tuple[Value, ...], ...]
    locks: tuple[int, ...] = ()

    def address(self, row: int, column: int) -> str:
        """The A1 address of a cell, from 0-based indices: ``'Link review'!I7``."""
        return str(absolute_range_name(self.title, rowcol_to_a1(row + 1, column + 1)))


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The changes to a tab; rows and columns are 0-based, in the tab as it was read.

    Attributes:
        cells: What to write, by row and column.
        appended: Rows to add below all others.
        removed: Rows to remove.
        choices: Column → the only values that its dropdown accepts, below the first row.
        offers: Column → values that its dropdown offers, though others may be typed.
        hidden: Columns to hide.
    """

    cells: Mapping[tuple[int, int], Written] = field(default_factory=dict)
    appended: Sequence[Sequence[Written]] = ()
    removed: frozenset[int] = frozenset()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    offers: Mapping[int, Sequence[str]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()

    @property
    def changes_rows(self) -> bool:
        """Whether any row is written, added or removed."""
        return bool(self.cells or self.appended or self.removed)


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
        answer = self._client.file(self._spreadsheet)
        if answer.get("trashed"):
            raise MissingError(
                "sheets",
                f"Spreadsheet {self._spreadsheet} ({answer.get('name', '')}) is in Drive's trash.",
                "Restore it there, or take it out of the settings.",
            )
        can_edit = (answer.get("capabilities") or {}).get("canEdit", True)
        return FileState(str(answer.get("version", "")), bool(can_edit))

    def read(self) -> TabState | None:
        """The tab's current state; None if it does not exist.

        Raises:
            SourceError: It cannot be read.
        """
        return self._find(self._client.grid(self._spreadsheet))

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
            requests = [_lift(number) for number in (*held.locks, lock) if number]
            if wanted.changes_rows:
                requests += _requests(held, wanted)
            self._client.change(self._spreadsheet, requests)
        except TransientError:
            raise  # it may have been applied: the next attempt reads first
        except BaseException:
            with suppress(SourceError):
                self._client.change(self._spreadsheet, [_lift(lock)])
            raise
        return wanted.changes_rows

    def _take(self, seen: TabState | None) -> tuple[TabState, int]:
        """Create the tab if it does not exist, lock it, and read it, in one request."""
        number = secrets.randbelow(2**30) + 1
        sheet_id = seen.sheet_id if seen else self._sheet_id
        requests: list[Json] = []
        if seen is None:
            properties = {"sheetId": sheet_id, "title": self._title}
            grid = {"rowCount": 200, "columnCount": 26, "frozenRowCount": 1}
            requests.append({"addSheet": {"properties": {**properties, "gridProperties": grid}}})
        protected: Json = {
            "protectedRangeId": number,
            "range": {"sheetId": sheet_id},
            "description": LOCK,
        }
        if "@" in self._client.who:
            protected["editors"] = {"users": [self._client.who]}
        requests.append({"addProtectedRange": {"protectedRange": protected}})
        held = self._find(self._client.change(self._spreadsheet, requests, read=True))
        if held is None or number not in held.locks:
            raise PermanentError("sheets", "Google did not confirm that the tab is protected.")
        others = tuple(other for other in held.locks if other != number)
        return TabState(held.sheet_id, held.title, held.row_count, held.rows, others), number

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


def _lift(number: int) -> Json:
    return {"deleteProtectedRange": {"protectedRangeId": number}}


def _requests(tab: TabState, wanted: Rewrite) -> Iterator[Json]:
    """The batch of requests; rows are removed last, so that indices stay valid before."""
    end = len(tab.rows) + len(wanted.appended)
    short = end + _SPARE_ROWS - tab.row_count
    if short > 0:  # also because the last row of a grid cannot be removed
        yield {"appendDimension": _span(tab, "ROWS", length=short + _SPARE_ROWS)}
    for start, run in _runs(wanted.cells):
        yield _block(tab, start, [run])
    if wanted.appended:
        yield _block(tab, (len(tab.rows), 0), wanted.appended)
    for strict, dropdowns in ((True, wanted.choices), (False, wanted.offers)):
        for column, words in dropdowns.items():
            yield {"setDataValidation": _dropdown(tab, column, words, strict)}
    for column in sorted(wanted.hidden):
        place = {"dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
        yield {
            "updateDimensionProperties": {
                "range": {"sheetId": tab.sheet_id, **place},
                "properties": {"hiddenByUser": True},
                "fields": "hiddenByUser",
            }
        }
    for row in sorted(wanted.removed, reverse=True):
        place = {"dimension": "ROWS", "startIndex": row, "endIndex": row + 1}
        yield {"deleteDimension": {"range": {"sheetId": tab.sheet_id, **place}}}


def _block(tab: TabState, place: tuple[int, int], rows: Sequence[Sequence[Written]]) -> Json:
    start = {"sheetId": tab.sheet_id, "rowIndex": place[0], "columnIndex": place[1]}
    data = [{"values": [_cell_data(cell) for cell in row]} for row in rows]
    return {"updateCells": {"start": start, "rows": data, "fields": _CELL_FIELDS}}


def _runs(
    cells: Mapping[tuple[int, int], Written],
) -> Iterator[tuple[tuple[int, int], list[Written]]]:
    """Runs of adjacent cells, with the position of the first."""
    start, run = (-1, -1), list[Written]()
    for row, column in sorted(cells):
        if run and (row, column) != (start[0], start[1] + len(run)):
            yield start, run
            run = []
        if not run:
            start = (row, column)
        run.append(cells[row, column])
    if run:
        yield start, run


def _cell_data(cell: Written) -> Json:
    if cell.value is None:
        return {}
    if isinstance(cell.value, str):
        value: Json = {"stringValue": cell.value}
        look: Json = {"numberFormat": {"type": "TEXT", "pattern": "@"}}
    else:
        value, look = {"numberValue": cell.value}, {}
    text: Json = {"bold": True} if cell.bold else {}
    if cell.link and cell.link.startswith(("https://", "http://")):
        text["link"] = {"uri": cell.link}
    if text:
        look["textFormat"] = text
    return {"userEnteredValue": value, "userEnteredFormat": look}


def _dropdown(tab: TabState, column: int, words: Sequence[str], strict: bool) -> Json:
    values = [{"userEnteredValue": word} for word in words]
    return {
        "range": {
            "sheetId": tab.sheet_id,
            "startRowIndex": 1,
            "startColumnIndex": column,
            "endColumnIndex": column + 1,
        },
        "rule": {
            "condition": {"type": "ONE_OF_LIST", "values": values},
            "strict": strict,
            "showCustomUi": True,
        },
    }


def _span(tab: TabState, dimension: str, length: int) -> Json:
    return {"sheetId": tab.sheet_id, "dimension": dimension, "length": length}
