"""One night's pull of Google Sheets.

What belongs here: which spreadsheets are read again, and what is remembered between two nights.
What does not: HTTP (``client``), and what a grid looks like (``rows``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from connectors.errors import AccessError, MissingError, PermanentError, SourceError
from connectors.records import Cursor, Figures, Message, Present, Problem, Rows
from connectors.retry import RetryPolicy
from connectors.sheets.client import SheetsClient
from connectors.sheets.rows import (
    UNREADABLE,
    Record,
    place_of,
    read_rows,
    read_setting,
    read_tabs,
    rows_table,
    spreadsheet_url,
)

STREAM = "sheet_rows"
BATCH_ROWS = 5000
# Formulas such as IMPORTRANGE or TODAY change without the file's version moving.
REREAD_AGE = timedelta(days=3)
_UNREACHABLE = (AccessError, MissingError, PermanentError)


@dataclass(frozen=True, slots=True)
class SheetsSettings:
    """What to read, and as whom.

    Attributes:
        credentials: The service account's key file, JSON.
        spreadsheets: Ids of the spreadsheets; every tab is read.
        url: Stands in for Google's own addresses; None for Google.
        timeout: Seconds to wait for a connection, and between two bytes of an answer.
        retry: How patient to be with transient faults. Google's quotas are counted by the minute
            and its answers do not say when to come back, so the waits add up to minutes.
    """

    credentials: Path
    spreadsheets: tuple[str, ...]
    url: str | None = None
    timeout: float = 120.0
    retry: RetryPolicy = field(
        default_factory=lambda: RetryPolicy(attempts=9, base_seconds=1.0), repr=False
    )


class _Seen(msgspec.Struct):
    """A spreadsheet as it was when it was last read; ``tabs`` are the ids of its tabs."""

    version: str | None
    read_at: datetime
    tabs: list[int]


class _Memory(msgspec.Struct):
    """The cursor: what is remembered between two pulls."""

    complete: bool = False
    spreadsheets: dict[str, _Seen] = {}


class SheetsSource:
    """Reads every row of the configured spreadsheets that have changed.

    One listing of Drive tells which have; each of them is one request, however many tabs it has.
    Every three days an unchanged one is read all the same. A spreadsheet that cannot be reached
    is a :class:`Problem`, its rows stand as they were, and the others are read; the pull fails
    only when none can be.
    """

    name = "sheets"

    def __init__(self, settings: SheetsSettings) -> None:
        self.figures = Figures()
        self._settings = settings
        self._client = SheetsClient(
            settings.credentials, settings.url, self.figures, settings.retry, settings.timeout
        )

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield the rows of changed spreadsheets, one spreadsheet after the other.

        Only the last :class:`Rows` of a spreadsheet carries a cursor, after the
        :class:`Present` of each of its tabs; a broken pull goes on with the next one.

        Raises:
            SourceError: No spreadsheet could be read, the credential is bad, or the service is
                down.
        """
        memory = msgspec.convert(dict(cursor), _Memory)
        wanted = list(dict.fromkeys(self._settings.spreadsheets))
        memory.spreadsheets = {
            key: seen for key, seen in memory.spreadsheets.items() if key in wanted
        }
        memory.complete = False
        failures: list[SourceError] = []
        listing = self._listing() if wanted else {}
        for spreadsheet in wanted:
            listed = listing.get(spreadsheet)
            try:
                if self._needs_reading(listed, memory.spreadsheets.get(spreadsheet)):
                    yield from self._spreadsheet(spreadsheet, listed, memory)
            except _UNREACHABLE as error:
                failures.append(error)
                yield _unreachable(spreadsheet, error)
        if failures and len(failures) == len(wanted):
            raise failures[0]
        memory.complete = True
        yield Rows(STREAM, rows_table([]), _cursor(memory))

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _listing(self) -> dict[str, Mapping[str, Any]]:
        """What Drive says of every spreadsheet that the service account may see, by id."""
        listing: dict[str, Mapping[str, Any]] = {}
        token: str | None = None
        seen: set[str] = set()
        while True:
            answer = self._client.files(token)
            listing.update((file["id"], file) for file in answer.get("files") or [])
            token = answer.get("nextPageToken")
            if not token:
                return listing
            if token in seen:
                raise PermanentError("sheets", "Drive listed the same page twice.", "Try later.")
            seen.add(token)

    def _needs_reading(self, listed: Mapping[str, Any] | None, seen: _Seen | None) -> bool:
        if listed is None or seen is None:
            # Not listed does not mean gone: a link may be open to all. Asking for it tells.
            return True
        if listed.get("trashed"):
            return True
        aged = self._client.served_at - seen.read_at > REREAD_AGE
        return aged or seen.version is None or listed.get("version") != seen.version

    def _spreadsheet(
        self, spreadsheet: str, listed: Mapping[str, Any] | None, memory: _Memory
    ) -> Iterator[Message]:
        if listed and listed.get("trashed"):
            # It can still be read, but nobody looks after it any more.
            raise MissingError(
                "sheets",
                f"Spreadsheet {spreadsheet} ({listed.get('name', '')}) is in Drive's trash.",
                "Restore it there, or take it out of the settings.",
            )
        served = self._client.spreadsheet(spreadsheet)
        try:
            yield from self._tabs(spreadsheet, served, listed or {}, memory)
        except UNREADABLE as error:
            raise PermanentError(
                "sheets",
                f"Spreadsheet {spreadsheet} was answered in a shape that is not understood "
                f"({type(error).__name__}).",
            ) from None

    def _tabs(
        self,
        spreadsheet: str,
        served: Mapping[str, Any],
        listed: Mapping[str, Any],
        memory: _Memory,
    ) -> Iterator[Message]:
        modified = listed.get("modifiedTime")
        setting, problem = read_setting(served)
        if problem:
            yield problem
        tabs = read_tabs(served, datetime.fromisoformat(modified) if modified else None)
        batch: list[Record] = []
        present: dict[str, list[str]] = {}
        for tab in tabs:
            ids = present.setdefault(tab.place, [])
            for record in read_rows(tab, setting):
                if len(batch) >= BATCH_ROWS:
                    yield self._rows(batch, None)
                    batch = []
                batch.append(record)
                ids.append(record["id"])
        before = memory.spreadsheets.get(spreadsheet)
        for sheet_id in before.tabs if before else []:
            present.setdefault(place_of(spreadsheet, sheet_id), [])  # a tab that was removed
        for place, ids in present.items():
            yield Present(STREAM, place, pa.array(ids, pa.string()))
        memory.spreadsheets[spreadsheet] = _Seen(
            version=listed.get("version"),
            read_at=self._client.served_at,
            tabs=[tab.sheet_id for tab in tabs],
        )
        yield self._rows(batch, _cursor(memory))

    def _rows(self, batch: Sequence[Record], cursor: Cursor | None) -> Rows:
        self.figures.rows += len(batch)
        return Rows(STREAM, rows_table(batch), cursor)


def _cursor(memory: _Memory) -> Cursor:
    """The memory as plain JSON values, cut loose from what goes on changing."""
    plain: Mapping[str, object] = msgspec.json.decode(msgspec.json.encode(memory))
    return plain


def _unreachable(spreadsheet: str, error: SourceError) -> Problem:
    sentence = f"{error.message} {error.remedy}".strip()
    return Problem(
        "unreachable place", spreadsheet, sentence, spreadsheet_url(spreadsheet), "error"
    )
