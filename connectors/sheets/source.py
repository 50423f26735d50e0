"""A pull of Google Sheets.

What belongs here: which spreadsheets are read again, and the cursor. What does not: HTTP
(``client``), and decoding a grid (``rows``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from connectors.cells import UNREADABLE, in_range
from connectors.errors import (
    AccessError,
    MissingError,
    PermanentError,
    SourceError,
)
from connectors.records import Batch, Cursor, Figures, Message, Present, Problem, ProblemRule, Rows
from connectors.sheets.client import SheetsClient
from connectors.sheets.decode.named_ranges import read_ranges
from connectors.sheets.decode.rows import (
    Record,
    cells_of,
    place_of,
    read_rows,
    read_setting,
    read_tabs,
    rows_table,
    spreadsheet_url,
)
from connectors.sheets.requests import spreadsheet_requests
from connectors.sheets.streams import SHEET_RANGES
from connectors.transport.in_flight import PageChain, Prefetcher
from connectors.transport.paged_list import PagedList
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import RetryPolicy
from connectors.transport.shapes import expected_shape

STREAM, RANGES = "sheet_rows", "sheet_ranges"
BATCH_ROWS = 5000
# Results of formulas such as IMPORTRANGE or TODAY change without a new version of the file.
REREAD_AGE = timedelta(days=3)
_UNREACHABLE = (AccessError, MissingError, PermanentError)
_LOOK_AHEAD = 3  # spreadsheets that are prefetched

Listing = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class SheetsSettings:
    """The credentials, and what to read.

    Attributes:
        credentials: The service account's key file, JSON; None for the application-default
            credentials of this machine.
        spreadsheets: Ids of the spreadsheets; every tab is read.
        url: Replaces Google's own addresses; None for Google.
        requests_per_minute: Google's rate limit for one account.
        in_flight: The most requests in flight at once.
        timeout: Seconds to wait between two bytes of a response.
        retry: How often and how long to retry. The deadline is a little more than the minute after
            which Google's quotas are refilled.
    """

    credentials: Path | None
    spreadsheets: tuple[str, ...]
    url: str | None = None
    requests_per_minute: int = 60
    in_flight: int = 4
    timeout: float = 60.0
    retry: RetryPolicy = field(
        default_factory=lambda: RetryPolicy(
            attempts=12, base_seconds=1.0, cap_seconds=20.0, deadline_seconds=75.0
        ),
        repr=False,
    )


class _Seen(msgspec.Struct):
    """A spreadsheet as of when it was last read.

    ``version`` is None if it must be read again regardless of Drive's version, ``tabs`` are the ids
    of its tabs, ``ranges`` counts its named ranges; None if they have not been read yet.
    """

    version: str | None
    read_at: datetime
    tabs: list[int]
    cells: int = 0
    ranges: int | None = None


class _SheetsCursor(msgspec.Struct):
    """The state of one pull."""

    complete: bool = False
    spreadsheets: dict[str, _Seen] = {}
    unreachable: list[str] = []


def last_read(cursor: Cursor, spreadsheet: str) -> datetime | None:
    """When a spreadsheet was last read; None if it never was.

    One that later pulls found unchanged is as fresh as the last complete pull.
    """
    seen = msgspec.convert(dict(cursor), _SheetsCursor).spreadsheets.get(spreadsheet)
    return seen.read_at if seen else None


class SheetsSource:
    """Reads every row of the configured spreadsheets that have changed.

    One listing of Drive shows which have; each of them is one request, however many tabs it has.
    An unchanged spreadsheet is read again every three days. One that cannot be reached is a
    :class:`Problem`, its rows are kept, and the others are read; the pull fails only if none can
    be.
    """

    name = "sheets"

    def __init__(self, settings: SheetsSettings) -> None:
        self.figures = Figures()
        self._settings = settings
        self._rate_limiter = RateLimiter(settings.requests_per_minute)
        self._client = SheetsClient(
            settings.credentials,
            settings.url,
            self.figures,
            settings.retry,
            settings.timeout,
            self._rate_limiter,
        )

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield the rows of changed spreadsheets, one spreadsheet after the other.

        Only the last :class:`Rows` of a spreadsheet has a cursor, after the :class:`Present` of
        each of its tabs; an interrupted pull resumes with the next spreadsheet. One that is
        reachable again gets an empty :class:`Present` of its own.

        Raises:
            SourceError: No spreadsheet could be read, the credential is invalid, or the service is
                down.
        """
        state = msgspec.convert(dict(cursor), _SheetsCursor)
        wanted = list(dict.fromkeys(self._settings.spreadsheets))
        state.spreadsheets = {
            key: seen for key, seen in state.spreadsheets.items() if key in wanted
        }
        state.complete = False
        failures: dict[str, SourceError] = {}
        listing = self._listing() if wanted else {}
        outdated = [
            spreadsheet
            for spreadsheet in wanted
            if self._needs_reading(listing.get(spreadsheet), state.spreadsheets.get(spreadsheet))
        ]
        with Prefetcher(self._settings.in_flight, self._rate_limiter) as prefetcher:
            for spreadsheet, answers in self._asked(outdated, listing, state, prefetcher):
                listed = listing.get(spreadsheet)
                try:
                    yield from self._spreadsheet(spreadsheet, listed, answers, state)
                except _UNREACHABLE as error:
                    failures[spreadsheet] = error
                    if spreadsheet in state.spreadsheets:
                        state.spreadsheets[spreadsheet].version = None
                    yield _unreachable(spreadsheet, error)
        if failures and len(failures) == len(wanted):
            raise next(iter(failures.values()))
        for spreadsheet in state.unreachable:
            if spreadsheet in wanted and spreadsheet not in failures:
                yield Present(STREAM, spreadsheet, _ids([]))  # it is reached again
        state.complete, state.unreachable = True, list(failures)
        yield Rows(STREAM, rows_table([]), _cursor(state))

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _asked(
        self,
        spreadsheets: Sequence[str],
        listing: Listing,
        state: _SheetsCursor,
        prefetcher: Prefetcher,
    ) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
        """Each spreadsheet with its responses, while the next few are prefetched.

        A trashed spreadsheet is not requested.
        """
        chains: dict[str, PageChain[Mapping[str, Any]]] = {}
        for place, spreadsheet in enumerate(spreadsheets):
            for coming in spreadsheets[place : place + 1 + _LOOK_AHEAD]:
                if coming not in chains and not listing.get(coming, {}).get("trashed"):
                    seen = state.spreadsheets.get(coming)
                    requests = spreadsheet_requests(self._client, coming, seen.cells if seen else 0)
                    chains[coming] = prefetcher.chain(requests, ahead=1)
            yield spreadsheet, chains.pop(spreadsheet, ())

    def _listing(self) -> dict[str, Mapping[str, Any]]:
        """Drive's metadata of every spreadsheet visible to the account, by id."""
        listing: dict[str, Mapping[str, Any]] = {}
        token: str | None = None
        pages = PagedList("sheets", "Drive's list of spreadsheets")
        while True:
            answer = self._client.files(token)
            with expected_shape("sheets", "Drive's list of spreadsheets"):
                files = answer.get("files") or []
                listing.update((str(file["id"]), file) for file in files)
                token = str(answer.get("nextPageToken") or "")
            if not token:
                return listing
            pages.page(files, next((str(file["id"]) for file in files), None))
            pages.follow(token)

    def _needs_reading(self, listed: Mapping[str, Any] | None, seen: _Seen | None) -> bool:
        if listed is None or seen is None:
            # Not listed does not mean gone: it may be shared by link. A request shows it.
            return True
        if listed.get("trashed"):
            return True
        aged = self._client.served_at - seen.read_at > REREAD_AGE
        unasked = seen.version is None or seen.ranges is None
        return aged or unasked or listed.get("version") != seen.version

    def _spreadsheet(
        self,
        spreadsheet: str,
        listed: Mapping[str, Any] | None,
        answers: Iterable[Mapping[str, Any]],
        state: _SheetsCursor,
    ) -> Iterator[Message]:
        if listed and listed.get("trashed"):
            # It can still be read, but is no longer maintained.
            raise MissingError(
                "sheets",
                f"Spreadsheet {spreadsheet} ({listed.get('name', '')}) is in Drive's trash.",
                "Restore it there, or take it out of the settings.",
            )
        with expected_shape("sheets", f"The response for spreadsheet {spreadsheet}"):
            yield from self._tabs(spreadsheet, answers, listed or {}, state)

    def _tabs(
        self,
        spreadsheet: str,
        answers: Iterable[Mapping[str, Any]],
        listed: Mapping[str, Any],
        state: _SheetsCursor,
    ) -> Iterator[Message]:
        try:
            updated_at = _modified(listed)
        except UNREADABLE as error:
            updated_at = None
            yield _undated(spreadsheet, error)
        reading = _Reading(spreadsheet, updated_at)
        for served in answers:
            for message in reading.messages(served):
                if isinstance(message, Problem):
                    yield message
                    continue
                if reading.batch.is_full:
                    yield self._rows(reading.batch.take(), None)
                reading.batch.add(message)
        before = state.spreadsheets.get(spreadsheet)
        for sheet_id in before.tabs if before else []:
            place = place_of(spreadsheet, sheet_id)
            reading.present.setdefault(place, [])  # a tab that was removed
        for place, ids in reading.present.items():
            yield Present(STREAM, place, _ids(ids))
        named = list(read_ranges(spreadsheet, reading.named, reading.titles))
        yield from _named(spreadsheet, named, before)
        state.spreadsheets[spreadsheet] = _Seen(
            version=listed.get("version"),
            read_at=self._client.served_at,
            tabs=list(reading.tabs),
            cells=reading.cells,
            ranges=len(named),
        )
        yield self._rows(reading.batch.take(), _cursor(state))

    def _rows(self, batch: Sequence[Record], cursor: Cursor | None) -> Rows:
        self.figures.rows += len(batch)
        return Rows(STREAM, rows_table(batch), cursor)


class _Reading:
    """A spreadsheet while it is being read, possibly in parts.

    Attributes:
        batch: Records not yielded yet.
        present: Place → ids of its rows, whether or not they could be decoded.
        tabs: Ids of its tabs, in order.
        cells: How many cells it has.
        titles: The tabs' titles by id.
        named: The named ranges by id, as served; their tab may come in a later part.
    """

    def __init__(self, spreadsheet: str, updated_at: datetime | None) -> None:
        self.batch = Batch(BATCH_ROWS)
        self.present: dict[str, list[str]] = {}
        self.tabs: dict[int, None] = {}
        self.cells = 0
        self.titles: dict[int, str] = {}
        self.named: dict[str, Mapping[str, Any]] = {}
        self._updated_at = updated_at
        self._told: set[str] = set()

    def messages(self, served: Mapping[str, Any]) -> Iterator[Record | Problem]:
        """The records of one response, and the problems in it."""
        setting, problem = read_setting(served)
        if problem and problem.rule not in self._told:
            self._told.add(problem.rule)
            yield problem
        for one in served.get("namedRanges") or []:
            self.named[str(one["namedRangeId"])] = one
        for tab in read_tabs(served, self._updated_at):
            self.tabs[tab.sheet_id] = None
            self.titles[tab.sheet_id] = tab.title
            self.cells += cells_of(tab)
            ids = self.present.setdefault(tab.place, [])
            for row in read_rows(tab, setting):
                ids.append(row.subject if isinstance(row, Problem) else row["id"])
                yield row


def _named(
    spreadsheet: str, ranges: Sequence[Record | Problem], before: _Seen | None
) -> Iterator[Message]:
    """The named ranges and their census; nothing if there never were any."""
    problems = [one for one in ranges if isinstance(one, Problem)]
    records = [one for one in ranges if not isinstance(one, Problem)]
    yield from problems
    if records:
        yield Rows(RANGES, pa.Table.from_pylist(records, schema=SHEET_RANGES))
    if ranges or (before and before.ranges):
        # A spreadsheet is always served with all its named ranges, so the census is certain.
        ids = [one["id"] for one in records] + [one.subject for one in problems]
        yield Present(RANGES, spreadsheet, _ids(ids), certain=True)


def _cursor(state: _SheetsCursor) -> Cursor:
    """The cursor as plain JSON values; a copy, unaffected by later changes."""
    plain: Mapping[str, object] = msgspec.json.decode(msgspec.json.encode(state))
    return plain


def _modified(listed: Mapping[str, Any]) -> datetime | None:
    """When Drive says that a spreadsheet was last changed; None if it does not say."""
    served = listed.get("modifiedTime")
    if not served:
        return None
    instant = in_range(datetime.fromisoformat(served))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _undated(spreadsheet: str, error: Exception) -> Problem:
    return Problem(
        ProblemRule.UNREADABLE_RECORD,
        spreadsheet,
        f"When the spreadsheet {spreadsheet} was last changed cannot be read"
        f" ({type(error).__name__}: {error}); its rows are read without that time.",
        spreadsheet_url(spreadsheet),
    )


def _unreachable(spreadsheet: str, error: SourceError) -> Problem:
    return Problem(
        ProblemRule.UNREACHABLE_PLACE,
        spreadsheet,
        error.sentence,
        spreadsheet_url(spreadsheet),
        "error",
        remedy=error.remedy,
    )


def _ids(found: Sequence[str]) -> pa.Array:
    return pa.array(list(found), pa.string())
