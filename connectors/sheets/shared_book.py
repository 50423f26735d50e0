"""Several tabs of a spreadsheet that a program writes, beside people's own columns and tabs.

What belongs here: reading those tabs, and rewriting them together so that no one's edit is lost or
misplaced. What does not: what their columns mean, and the requests for one tab (``tab_requests``).

Tabs are locked as in ``shared_tab``: one request protects all of them and returns their content,
the next one writes and removes the protections. A batch of requests is atomic, so whoever reads
the spreadsheet sees all tabs of one rewrite. Only a rewrite that is too large for one request is
sent as several; then the first one says in each tab that it is not whole, and the last one that it
is. A text that only programs see is kept with the spreadsheet and written by the last request.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gspread.utils import absolute_range_name

from connectors.errors import ConfigurationError, PermanentError, SourceError
from connectors.records import Figures
from connectors.sheets.book_tabs import TAB_FIELDS, BookTab, ensure_open, tab_of
from connectors.sheets.client import Json, SheetsClient
from connectors.sheets.shared_tab import FileState, file_state
from connectors.sheets.source import SheetsSettings
from connectors.sheets.tab_requests import (
    Rewrite,
    Written,
    block_of,
    changes_of,
    lift,
    protect,
    removals_of,
)
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import call_with_retries
from connectors.transport.shapes import expected_shape

MOST_BYTES = 2_000_000
"""About how large a request may be: Google recommends no more than 2 MB."""
_KEY = "okr-sync"
_KEPT_FIELDS = "developerMetadata(metadataKey,metadataValue)"
_OUTLINE_FIELDS = f"{_KEPT_FIELDS},sheets(properties(sheetId,title))"
_BOOK_FIELDS = f"{_KEPT_FIELDS},sheets({TAB_FIELDS})"


@dataclass(frozen=True, slots=True)
class Outline:
    """What a spreadsheet holds: the text kept with it, None if there is none, and titles by id."""

    kept: str | None
    titles: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class NewTab:
    """A tab to make if it is not there; one that people renamed is found by its id."""

    sheet_id: int
    title: str
    columns: int
    frozen_rows: int


@dataclass(frozen=True)
class BookChange:
    """What to change.

    Attributes:
        rewrites: By the tab's id.
        stamps: By the tab's id: the cell that says what the tab holds, and that text.
        keep: The text to keep with the spreadsheet.
        unfinished: Both texts while several requests are sent.
    """

    rewrites: Mapping[int, Rewrite]
    stamps: Mapping[int, tuple[tuple[int, int], str]]
    keep: str
    unfinished: tuple[str, str]


Tabs = Mapping[int, BookTab]
Decide = Callable[[Outline, Tabs], BookChange | None]


class SharedBook:
    """Reads and rewrites some tabs of one spreadsheet.

    Args:
        settings: The credentials, and one spreadsheet.

    Raises:
        CredentialError: There are no credentials, or the key file is invalid.
    """

    def __init__(self, settings: SheetsSettings) -> None:
        (self._spreadsheet,) = settings.spreadsheets
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
        self._locks: Mapping[int, Json] = {}  # the place that each protects

    @property
    def who(self) -> str:
        """The account to share the spreadsheet with."""
        return self._client.who

    def file(self) -> FileState:
        """Drive's metadata of the spreadsheet, as :meth:`SharedTab.file` has it."""
        return file_state(self._client, self._spreadsheet)

    def outline(self) -> Outline:
        """What the spreadsheet holds, without a cell.

        Raises:
            SourceError: It cannot be read.
        """
        return self._outline(self._client.part(self._spreadsheet, _OUTLINE_FIELDS))

    def rewrite(self, new: Sequence[NewTab], former: Collection[int], decide: Decide) -> bool:
        """Apply the changes that ``decide`` computes from the tabs' state, under the lock.

        Args:
            new: The tabs to write; those that are not there are made.
            former: Ids of tabs that were written before, and may be written.
            decide: Returns the changes of tabs, None if there are none. It is called more than
                once, the last time with the state read under the lock.

        Returns:
            Whether anything was changed. If ``decide`` returns no changes, nothing is written.

        Raises:
            SourceError: It could not be written. Unless the rewrite takes several requests, no
                change was applied.
        """
        try:
            return call_with_retries(
                lambda: self._rewrite_once(new, former, decide),
                self._retry,
                self.figures,
                sleep=self._rate_limiter.pause,
            )
        except BaseException:
            self._release()
            raise

    def rehearse(self, new: Sequence[NewTab], former: Collection[int], decide: Decide) -> None:
        """Make the checks of :meth:`rewrite` that come before it writes anything.

        Raises:
            SourceError: It would be refused.
        """
        outline, tabs = self._read(new, former)
        self._ensure_open(tabs, decide(outline, tabs))

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _rewrite_once(self, new: Sequence[NewTab], former: Collection[int], decide: Decide) -> bool:
        self._locks = {}
        outline, tabs = self._read(new, former)
        change = decide(outline, tabs)
        if change is None and not any(tab.locks for tab in tabs.values()):
            return False
        self._ensure_open(tabs, change)
        outline, tabs = self._take(outline, tabs, new)
        change = decide(outline, tabs)
        self._ensure_open(tabs, change)
        for batch in self._batches(outline, tabs, change):
            self._client.change(self._spreadsheet, batch)
        self._locks = {}
        return change is not None

    def _release(self) -> None:
        """Remove our protections, as far as they are there; else the next rewrite does."""
        try:
            if self._locks:
                self._client.change(self._spreadsheet, list(map(lift, self._locks)))
        except PermanentError:  # one is gone, for which Google refuses them all
            for number in self._locks:
                with suppress(SourceError):
                    self._client.change(self._spreadsheet, [lift(number)])
        except SourceError:
            pass

    def _read(self, new: Sequence[NewTab], former: Collection[int]) -> tuple[Outline, Tabs]:
        outline = self.outline()
        ids = [*(one.sheet_id for one in new), *former]
        there = [outline.titles[one] for one in dict.fromkeys(ids) if one in outline.titles]
        taken = {title.casefold(): at for at, title in outline.titles.items()}
        for one in new:
            at = taken.get(one.title.casefold())
            if one.sheet_id not in outline.titles and at is not None:
                whose = "that holds something else" if at in ids else "that okr-sync did not make"
                raise ConfigurationError(
                    "sheets",
                    f"The spreadsheet {self._spreadsheet} has a tab “{outline.titles[at]}” {whose},"
                    " so nothing was written.",
                    "Rename that tab; okr-sync makes its own.",
                )
        if not there:
            return outline, {}
        return outline, self._tabs(
            self._client.part(self._spreadsheet, _BOOK_FIELDS, list(map(_whole, there)))
        )

    def _take(self, outline: Outline, tabs: Tabs, new: Sequence[NewTab]) -> tuple[Outline, Tabs]:
        """Make the tabs that are missing, lock all, and read them, in one request."""
        absent = [one for one in new if one.sheet_id not in tabs]
        # Google lets a tab be protected once: a lock that a kill left behind goes first.
        requests = [lift(left) for tab in tabs.values() for left in tab.locks]
        requests += map(_added, absent)
        places: dict[int, Json] = {one.sheet_id: {"sheetId": one.sheet_id} for one in absent}
        for tab in tabs.values():
            places[tab.sheet_id] = {"sheetId": tab.sheet_id}
            if tab.is_protected:  # by somebody who lets us write
                places[tab.sheet_id] |= {"startRowIndex": 0, "endRowIndex": tab.row_count}
        locks = {secrets.randbelow(2**30) + 1: place for place in places.values()}
        requests += [protect(number, place, self.who) for number, place in locks.items()]
        titles = [*(tab.title for tab in tabs.values()), *(one.title for one in absent)]
        self._locks = locks
        answer = self._client.change(
            self._spreadsheet, requests, _BOOK_FIELDS, list(map(_whole, titles))
        )
        held = self._tabs(answer)
        if {number for tab in held.values() for number in tab.locks} != set(locks):
            raise PermanentError("sheets", "Google did not confirm that the tabs are protected.")
        return Outline(self._outline(answer).kept, outline.titles), held

    def _batches(
        self, outline: Outline, tabs: Tabs, change: BookChange | None
    ) -> Iterator[list[Json]]:
        """The requests in as few batches as they fit in."""
        lifts = list(map(lift, self._locks))
        if change is None:
            yield lifts
            return
        parts = [part for at, one in change.rewrites.items() for part in _changes(tabs[at], one)]
        last = [_stamp(at, place, text) for at, (place, text) in change.stamps.items()]
        for at, one in change.rewrites.items():
            last += removals_of(tabs[at], one)
        sizes = [len(json.dumps(part)) for part in parts]
        kept = outline.kept is not None
        if sum(sizes) + len(json.dumps(last)) <= MOST_BYTES:
            yield [*parts, *last, _keep(change.keep, kept=kept), *lifts]
            return
        said, keep = change.unfinished
        batch = [_stamp(at, place, said) for at, (place, _) in change.stamps.items()]
        batch.append(_keep(keep, kept=kept))
        room = MOST_BYTES - len(json.dumps(batch))
        for part, size in zip(parts, sizes, strict=True):
            if size > room:
                yield [*self._fence(), *batch]
                batch, room = [], MOST_BYTES
            batch.append(part)
            room -= size
        yield [*self._fence(), *batch]
        yield [*last, _keep(change.keep, kept=True), *lifts]

    def _fence(self) -> list[Json]:
        """Requests that fail, and a batch with them, once somebody has removed the lock."""
        number, place = next(iter(self._locks.items()))
        return [lift(number), protect(number, place, self.who)]

    def _ensure_open(self, tabs: Tabs, change: BookChange | None) -> None:
        if change is not None:
            for at, tab in tabs.items():
                ensure_open(tab, change.rewrites.get(at), change.stamps.get(at), self.who)

    def _outline(self, answer: Json) -> Outline:
        with expected_shape("sheets", f"The outline of spreadsheet {self._spreadsheet}"):
            sheets = [one["properties"] for one in answer.get("sheets") or ()]
            found = [
                one for one in answer.get("developerMetadata") or () if one["metadataKey"] == _KEY
            ]
            return Outline(
                str(found[-1].get("metadataValue", "")) if found else None,
                {int(one.get("sheetId", 0)): str(one["title"]) for one in sheets},
            )

    def _tabs(self, answer: Json) -> dict[int, BookTab]:
        with expected_shape("sheets", f"The tabs of spreadsheet {self._spreadsheet}"):
            return {tab.sheet_id: tab for tab in map(tab_of, answer.get("sheets") or ())}


def _whole(title: str) -> str:
    return str(absolute_range_name(title))


def _added(tab: NewTab) -> Json:
    grid = {"rowCount": 200, "columnCount": tab.columns, "frozenRowCount": tab.frozen_rows}
    properties = {"sheetId": tab.sheet_id, "title": tab.title, "gridProperties": grid}
    return {"addSheet": {"properties": properties}}


def _stamp(sheet_id: int, place: tuple[int, int], text: str) -> Json:
    return block_of(sheet_id, place, [[Written(text)]])


def _changes(tab: BookTab, wanted: Rewrite) -> Iterator[Json]:
    columns = [column + 1 for _, column in wanted.cells] + [*map(len, wanted.appended)]
    if (missing := max(columns, default=0) - tab.column_count) > 0:
        where = {"sheetId": tab.sheet_id, "dimension": "COLUMNS", "length": missing}
        yield {"appendDimension": where}
    yield from changes_of(tab, wanted)


def _keep(text: str, *, kept: bool) -> Json:
    """The request that keeps a text; ``kept`` tells whether one is kept already."""
    if kept:
        found = [{"developerMetadataLookup": {"metadataKey": _KEY}}]
        change = {"developerMetadata": {"metadataValue": text}, "fields": "metadataValue"}
        return {"updateDeveloperMetadata": {"dataFilters": found, **change}}
    made: Json = {"metadataKey": _KEY, "metadataValue": text, "visibility": "DOCUMENT"}
    return {
        "createDeveloperMetadata": {"developerMetadata": made | {"location": {"spreadsheet": True}}}
    }
