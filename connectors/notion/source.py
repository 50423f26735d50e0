"""A pull of Notion.

What belongs here: which data sources are read, in what order, and updating the cursor. What does
not: HTTP (``client``), finding data sources (``catalog``), reading one of them
(``data_source_reader``), and decoding a page (``pages``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pyarrow as pa

from connectors.errors import SourceError
from connectors.notion.catalog import UNREACHABLE, Catalog, canonical_id
from connectors.notion.client import NotionClient, NotionVersion
from connectors.notion.comments import Comments
from connectors.notion.cursor import KnownPlace, NotionCursor, dump_cursor, load_cursor
from connectors.notion.data_source_reader import (
    SCHEMA_AGE,
    FormatsChangedError,
    Json,
    Reading,
    Wanted,
    page_requests,
)
from connectors.notion.pages import Record, pages_table
from connectors.records import Batch, Cursor, Figures, Message, Present, Problem, ProblemRule, Rows
from connectors.transport.in_flight import PageChain, Prefetcher
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import RetryPolicy
from connectors.transport.shapes import expected_shape

STREAM = "notion_pages"
BATCH_ROWS = 2000
RESUME_AGE = timedelta(hours=12)  # an unfinished pull older than this starts again
_LOOK_AHEAD = 4  # data sources whose first pages are prefetched


@dataclass(frozen=True, slots=True)
class NotionSettings:
    """The credential, and what to read.

    Attributes:
        token: The integration's secret.
        places: Ids of databases (all their data sources are read) or of data sources.
        url: The service's address.
        version: The API version.
        fields: Names or ids of the properties that are completed where a page truncates them at 25
            references, which costs requests; None for all. Truncated relations, people and rollups
            of other properties become ``error`` cells.
        comments: Those of ``places`` whose pages' comments are read, one request per page.
        requests_per_minute: Notion's rate limit; it depends on the plan, and every plan has at
            least 180.
        in_flight: The most requests in flight at once.
        timeout: Seconds to wait for a connection, and between two bytes of a response.
        retry: How often and how long to retry.
    """

    token: str = field(repr=False)
    places: tuple[str, ...]
    url: str = "https://api.notion.com"
    version: NotionVersion = "2025-09-03"
    fields: tuple[str, ...] | None = None
    comments: tuple[str, ...] = ()
    requests_per_minute: int = 180
    in_flight: int = 6
    timeout: float = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy, repr=False)


class NotionSource:
    """Reads every page of every configured data source in every pull.

    There is no incremental pull, because formulas, rollups and some edits do not change a page's
    edit time; a full read is cheap, because one response holds 100 pages with all their
    properties. A place that cannot be reached is a :class:`Problem`, and the others are read; the
    pull fails only if none can be.

    Requests for several data sources and for truncated properties are in flight at once, but pages
    are yielded in the order of the settings and, within a data source, of creation.

    Number formats come from the schemas, which the cursor keeps. A schema is read again when a
    page's properties differ from it, when a page was edited since, and every three days.
    """

    name = "notion"

    def __init__(self, settings: NotionSettings) -> None:
        self.figures = Figures()
        self._settings = settings
        self._rate_limiter = RateLimiter(settings.requests_per_minute)
        self._client = NotionClient(
            settings.url,
            settings.token,
            self.figures,
            settings.retry,
            settings.timeout,
            self._rate_limiter,
            settings.version,
        )

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield all pages, data source by data source; resumes after the last one committed.

        Only the last :class:`Rows` of a data source has a cursor, after its :class:`Present`, so
        that an interrupted pull resumes with a whole data source. A place that is reachable again
        gets an empty :class:`Present` of its own.

        Raises:
            SourceError: No place could be read, the credential is invalid, or the service is down.
        """
        with Prefetcher(self._settings.in_flight, self._rate_limiter) as prefetcher:
            resumed = load_cursor(cursor)
            yield from _Pull(
                self._settings, self._client, self.figures, prefetcher, resumed
            ).messages()

    def close(self) -> None:
        """Close connections."""
        self._client.close()


class _Pull:
    """One pull."""

    def __init__(
        self,
        settings: NotionSettings,
        client: NotionClient,
        figures: Figures,
        prefetcher: Prefetcher,
        cursor: NotionCursor,
    ) -> None:
        self._places = tuple(dict.fromkeys(settings.places))
        self._client = client
        self._figures = figures
        self._prefetcher = prefetcher
        self._cursor = cursor
        self._catalog = Catalog(client)
        self._wanted = Wanted(settings.fields)
        self._from_last_pull = set(cursor.places)
        self._commented = frozenset(map(canonical_id, settings.comments))
        self._comments = Comments(client, prefetcher, cursor.people)
        self._failures: dict[str, SourceError] = {}
        self._chains: dict[str, PageChain[Json]] = {}

    def messages(self) -> Iterator[Message]:
        """See :meth:`NotionSource.pull`."""
        cursor = self._cursor
        self._resolve()
        pending = deque(self._in_order())
        reached = False
        while pending:
            data_source = pending.popleft()
            if not self._is_done(data_source):
                self._look_ahead([data_source, *pending])
                try:
                    yield from self._data_source(data_source)
                except UNREACHABLE as error:
                    pending.extend(self._follow(data_source, error))
                    continue
            reached = True
        if self._failures and not reached:
            raise next(iter(self._failures.values()))
        yield from (_unreachable(place, why) for place, why in self._failures.items())
        for place in cursor.unreachable:
            # A place that is a data source itself has just been listed with its pages.
            if place not in self._failures and place not in cursor.places.get(place, [place]):
                yield Present(STREAM, place, _ids([]))  # it is reached again
        cursor.unreachable = list(self._failures)
        yield Rows(STREAM, pages_table([]), self._completed())

    def _resolve(self) -> None:
        """Resolve places to data sources and schemas, requesting only what the cursor lacks."""
        cursor = self._cursor
        for place in set(cursor.places) - set(self._places):
            del cursor.places[place]
        unknown = [
            place
            for place in self._places
            if place not in cursor.places and place not in self._failures
        ]
        for place, found in self._catalog.data_sources_of(unknown, self._prefetcher).items():
            if isinstance(found, SourceError):
                self._failures[place] = found
            else:
                cursor.places[place] = found
                cursor.resolved_at = cursor.resolved_at or self._client.served_at
        # All schemas come first: a rollup's unit may come from another data source's schema.
        for place in [place for place in self._places if place in cursor.places]:
            try:
                for data_source in cursor.places[place]:
                    if data_source not in cursor.schemas:
                        cursor.schemas[data_source] = self._catalog.schema(
                            data_source, alone=len(self._places) == 1
                        )
            except UNREACHABLE as error:
                del cursor.places[place]
                self._failures[place] = error

    def _follow(self, data_source: str, error: SourceError) -> list[str]:
        """Data sources that replace one that is no longer reachable.

        A database may have other data sources than when it was last resolved; it is resolved
        again, once.
        """
        cursor = self._cursor
        before = set(self._in_order())
        cursor.schemas.pop(data_source, None)
        stale = [place for place, held in cursor.places.items() if data_source in held]
        for place in stale:
            del cursor.places[place]
        if self._from_last_pull.intersection(stale):
            self._from_last_pull.difference_update(stale)
            self._resolve()
        moved = [found for found in self._in_order() if found not in before]
        if not moved:
            self._failures.update(dict.fromkeys(stale, error))
        return moved

    def _look_ahead(self, coming: Sequence[str]) -> None:
        """Prefetch the first pages of the next data sources while the first of them is read.

        What an unfinished pull has read is left out: only the service's clock, known from its
        first response on, tells whether that is recent enough to be kept.
        """
        current, *later = coming
        soon = [data_source for data_source in later if data_source not in self._cursor.done]
        for data_source in [current, *soon[:_LOOK_AHEAD]]:
            if data_source not in self._chains:
                requests = page_requests(self._client, data_source)
                self._chains[data_source] = self._prefetcher.chain(requests)

    def _completed(self) -> Cursor:
        cursor = self._cursor
        cursor.complete, cursor.done, cursor.started_at = True, [], None
        held = {data_source for ids in cursor.places.values() for data_source in ids}
        cursor.schemas = {key: cursor.schemas[key] for key in cursor.schemas if key in held}
        cursor.read_at |= dict.fromkeys(cursor.places.keys(), self._client.served_at)
        cursor.read_at = {key: at for key, at in cursor.read_at.items() if key in self._places}
        cursor.known = self._known()
        asked = cursor.resolved_at
        if asked and self._client.served_at - asked >= SCHEMA_AGE:
            cursor.places, cursor.resolved_at = {}, None  # databases may have got new data sources
        return dump_cursor(cursor)

    def _known(self) -> list[KnownPlace]:
        """Every configured place that was ever reached, as it was then."""
        cursor = self._cursor
        known = {one.place: one for one in cursor.known if one.place in self._places}
        for place, held in cursor.places.items():
            titles = [cursor.schemas[one].title for one in held if one in cursor.schemas]
            known[place] = KnownPlace(place, " / ".join(filter(None, titles)), held)
        return list(known.values())

    def _in_order(self) -> list[str]:
        """All data sources, unread ones first: their responses date the unfinished pull."""
        cursor = self._cursor
        places = [place for place in self._places if place in cursor.places]
        found = dict.fromkeys(held for place in places for held in cursor.places[place])
        return sorted(found, key=lambda data_source: data_source in cursor.done)

    def _is_done(self, data_source: str) -> bool:
        return data_source in self._cursor.done and self._is_recent()

    def _is_recent(self) -> bool:
        started = self._cursor.started_at
        return started is not None and self._client.served_at - started < RESUME_AGE

    def _data_source(self, data_source: str) -> Iterator[Message]:
        with expected_shape("notion", f"A page of data source {data_source}"):
            try:
                yield from self._read(data_source)
            except FormatsChangedError:
                self._look_ahead([data_source])
                yield from self._read(data_source)

    def _read(self, data_source: str) -> Iterator[Message]:
        cursor = self._cursor
        reading = Reading(
            self._client, self._prefetcher, data_source, cursor.schemas, self._catalog, self._wanted
        )
        batch = Batch(BATCH_ROWS)
        commented = self._is_commented(data_source)
        addresses: dict[str, str | None] = {}
        for record in reading.records(self._chains.pop(data_source)):
            if isinstance(record, Problem):
                yield record
                continue
            if batch.is_full:
                yield self._rows(batch.take(), None)
            batch.add(record)
            if commented:
                addresses[record["id"]] = record["url"]
        if not reading.present:
            # Empty, or in the trash as a whole: only the data source itself shows which.
            reading.refresh_schema()
        yield Present(STREAM, data_source, _ids(reading.present), _ids(reading.gone))
        for message in self._comments.messages(data_source, addresses):
            if isinstance(message, Rows):
                self._figures.rows += message.table.num_rows
            yield message
        if not self._is_recent():
            cursor.started_at, cursor.done = self._client.served_at, []
        cursor.complete = False
        cursor.done.append(data_source)
        yield self._rows(batch.take(), dump_cursor(cursor))

    def _is_commented(self, data_source: str) -> bool:
        """Whether the comments on the pages of a data source are wanted."""
        places = self._cursor.places.items()
        mine = {canonical_id(place) for place, held in places if data_source in held}
        return bool(mine & self._commented)

    def _rows(self, batch: Sequence[Record], cursor: Cursor | None) -> Rows:
        self._figures.rows += len(batch)
        return Rows(STREAM, pages_table(batch), cursor)


def _unreachable(place: str, error: SourceError) -> Problem:
    return Problem(
        ProblemRule.UNREACHABLE_PLACE, place, error.sentence, None, "error", remedy=error.remedy
    )


def _ids(found: Sequence[str]) -> pa.Array:
    return pa.array(list(found), pa.string())
