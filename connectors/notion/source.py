"""One night's pull of Notion.

What belongs here: which data sources are read, in what order, and what is remembered between two
nights. What does not: HTTP (``client``), reading one data source (``reading``), and what a page
looks like (``pages``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pyarrow as pa

from connectors.errors import MissingError, PermanentError, SourceError
from connectors.notion.client import SHARE, NotionClient
from connectors.notion.pages import Record, is_in_trash, pages_table
from connectors.notion.reading import (
    SCHEMA_AGE,
    UNREACHABLE,
    FormatsChangedError,
    Reading,
    fetch_schema,
    trashed,
)
from connectors.notion.schema import Schema, read_schema
from connectors.records import Cursor, Figures, Message, Present, Problem, Rows
from connectors.retry import RetryPolicy

STREAM = "notion_pages"
BATCH_ROWS = 2000
RESUME_AGE = timedelta(hours=12)  # older parts of a broken pull are read again


@dataclass(frozen=True, slots=True)
class NotionSettings:
    """What to read, and as whom.

    Attributes:
        token: The integration's secret.
        places: Ids of databases (all their data sources are read) or of data sources.
        url: The service's address.
        timeout: Seconds to wait for a connection, and between two bytes of an answer.
        retry: How patient to be with transient faults.
    """

    token: str = field(repr=False)
    places: tuple[str, ...]
    url: str = "https://api.notion.com"
    timeout: float = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy, repr=False)


class _Memory(msgspec.Struct):
    """The cursor: what is remembered between two pulls, and within a broken one.

    ``places`` maps each configured place to its data sources, as asked for at ``resolved_at``;
    ``done`` lists what a pull that has begun at ``started_at`` and is not ``complete`` has read to
    the end.
    """

    complete: bool = False
    places: dict[str, list[str]] = {}
    resolved_at: datetime | None = None
    schemas: dict[str, Schema] = {}
    done: list[str] = []
    started_at: datetime | None = None


def data_sources(cursor: Cursor, place: str) -> tuple[str, ...]:
    """Ids of the data sources that a configured place stood for when it was last reached.

    They are the ``place`` of its records. Empty for a place that was never reached. Ids may be
    given with or without dashes.
    """
    wanted = _canonical(place)
    places = msgspec.convert(dict(cursor), _Memory).places
    return tuple(
        held for known, ids in places.items() if _canonical(known) == wanted for held in ids
    )


class NotionSource:
    """Reads every page of every configured data source, every night.

    A full read costs no more requests than asking what changed, because 100 pages with all their
    properties fit in one answer; formulas, rollups and some edits do not move the edit time at
    all. A place that cannot be reached is a :class:`Problem`, and the others are read; the pull
    fails only when none can be.

    What pages do not tell, the number formats, is kept in the cursor. The schema is read again
    when a page's properties differ from it, when a page was edited since, and every three days.
    """

    name = "notion"

    def __init__(self, settings: NotionSettings) -> None:
        self.figures = Figures()
        self._settings = settings
        self._client = NotionClient(
            settings.url, settings.token, self.figures, settings.retry, settings.timeout
        )

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield all pages, data source by data source; resumes after the last one committed.

        Only the last :class:`Rows` of a data source carries a cursor, after its
        :class:`Present`, so that a broken pull reads a data source again or not at all.

        Raises:
            SourceError: No place could be read, the credential is bad, or the service is down.
        """
        memory = _recall(cursor)
        remembered = set(memory.places)
        failures = self._resolve(memory)
        pending = deque(self._in_order(memory))
        reached = False
        while pending:
            data_source = pending.popleft()
            if not (data_source in memory.done and self._is_recent(memory)):
                try:
                    yield from self._data_source(data_source, memory)
                except UNREACHABLE as error:
                    moved = self._follow(data_source, memory, remembered)
                    pending.extend(moved)
                    if not moved:
                        failures.append((data_source, error))
                    continue
            reached = True
        if failures and not reached:
            raise failures[0][1]
        yield from (_unreachable(place, error) for place, error in failures)
        yield Rows(STREAM, pages_table([]), self._completed(memory))

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _resolve(self, memory: _Memory) -> list[tuple[str, SourceError]]:
        """Learn what the places hold, asking only for new ones; returns those that fail."""
        failed: list[tuple[str, SourceError]] = []
        for place in set(memory.places) - set(self._settings.places):
            del memory.places[place]
        for place in dict.fromkeys(self._settings.places):
            try:
                if place not in memory.places:
                    memory.places[place] = self._data_sources_of(place, memory)
                    memory.resolved_at = memory.resolved_at or self._client.served_at
                # All schemas come first: a rollup's unit may be told by another data source's.
                for data_source in memory.places[place]:
                    if data_source not in memory.schemas:
                        memory.schemas[data_source] = fetch_schema(self._client, data_source)
            except UNREACHABLE as error:
                memory.places.pop(place, None)
                failed.append((place, error))
        return failed

    def _data_sources_of(self, place: str, memory: _Memory) -> list[str]:
        try:
            database = self._client.database(place)
        except (MissingError, PermanentError):
            return [self._lone_data_source(place, memory)]
        if is_in_trash(database):
            raise trashed(f"Database {place}")
        return [part["id"] for part in database.get("data_sources") or []]

    def _lone_data_source(self, place: str, memory: _Memory) -> str:
        try:
            served = self._client.data_source(place)
        except (MissingError, PermanentError):
            raise MissingError(
                "notion",
                f"No database or data source {place} can be seen. "
                "Notion does not tell a wrong id from one that is not shared.",
                SHARE,
            ) from None
        if is_in_trash(served):
            raise trashed(f"Data source {place}")
        data_source = str(served["id"])
        memory.schemas[data_source] = read_schema(served, self._client.served_at)
        return data_source

    def _follow(self, data_source: str, memory: _Memory, remembered: set[str]) -> list[str]:
        """Data sources that have taken the place of one that cannot be reached any more.

        A database may hold others than on the night when it was asked; it is asked again, once.
        """
        before = set(self._in_order(memory))
        memory.schemas.pop(data_source, None)
        stale = [place for place, held in memory.places.items() if data_source in held]
        for place in stale:
            del memory.places[place]
        if not remembered.intersection(stale):
            return []
        remembered.difference_update(stale)
        self._resolve(memory)
        return [found for found in self._in_order(memory) if found not in before]

    def _completed(self, memory: _Memory) -> Cursor:
        memory.complete, memory.done, memory.started_at = True, [], None
        held = {data_source for ids in memory.places.values() for data_source in ids}
        memory.schemas = {key: memory.schemas[key] for key in memory.schemas if key in held}
        asked = memory.resolved_at
        if asked and self._client.served_at - asked >= SCHEMA_AGE:
            memory.places, memory.resolved_at = {}, None  # databases may have got new data sources
        return _cursor(memory)

    def _in_order(self, memory: _Memory) -> list[str]:
        """All data sources; what a broken pull left comes first, and tells how old the rest is."""
        places = [place for place in self._settings.places if place in memory.places]
        found = dict.fromkeys(held for place in places for held in memory.places[place])
        return sorted(found, key=lambda data_source: data_source in memory.done)

    def _is_recent(self, memory: _Memory) -> bool:
        started = memory.started_at
        return started is not None and self._client.served_at - started < RESUME_AGE

    def _data_source(self, data_source: str, memory: _Memory) -> Iterator[Message]:
        try:
            yield from self._read(data_source, memory, schema_is_fresh=False)
        except FormatsChangedError:
            yield from self._read(data_source, memory, schema_is_fresh=True)

    def _read(self, data_source: str, memory: _Memory, schema_is_fresh: bool) -> Iterator[Message]:
        reading = Reading(self._client, data_source, memory.schemas, schema_is_fresh)
        batch: list[Record] = []
        for page in reading.pages():
            if len(batch) >= BATCH_ROWS:
                yield self._rows(batch, None)
                batch = []
            record = reading.record(page)
            if isinstance(record, Problem):
                yield record
            elif record is not None:
                batch.append(record)
        if not reading.present:
            # Emptied, or in the trash as a whole? Only the data source itself tells.
            reading.refresh_schema()
        yield Present(STREAM, data_source, _ids(reading.present), _ids(reading.gone))
        if not self._is_recent(memory):
            memory.started_at, memory.done = self._client.served_at, []
        memory.complete = False
        memory.done.append(data_source)
        yield self._rows(batch, _cursor(memory))

    def _rows(self, batch: Sequence[Record], cursor: Cursor | None) -> Rows:
        self.figures.rows += len(batch)
        return Rows(STREAM, pages_table(batch), cursor)


def _recall(cursor: Cursor) -> _Memory:
    memory = msgspec.convert(dict(cursor), _Memory)
    if memory.complete:
        memory.done, memory.started_at = [], None
    return memory


def _cursor(memory: _Memory) -> Cursor:
    """The memory as plain JSON values, cut loose from what goes on changing."""
    plain: Mapping[str, object] = msgspec.json.decode(msgspec.json.encode(memory))
    return plain


def _canonical(place: str) -> str:
    try:
        return UUID(place).hex
    except ValueError:
        return place


def _unreachable(place: str, error: SourceError) -> Problem:
    sentence = f"{error.message} {error.remedy}".strip()
    return Problem("unreachable place", place, sentence, None, "error")


def _ids(found: Sequence[str]) -> pa.Array:
    return pa.array(list(found), pa.string())
