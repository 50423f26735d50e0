"""Reading one data source from its first page to its last.

What belongs here: paging beyond the end of one query, detecting an outdated schema, and telling an
unreadable page from an unreadable data source. What does not: which data sources are read
(``source``), and the cursor (``cursor``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.cells import UNREADABLE
from connectors.errors import PermanentError
from connectors.notion.catalog import UNREACHABLE, Catalog
from connectors.notion.client import NotionClient, next_cursor, paged_list
from connectors.notion.pages import Record, decode_page, is_in_trash, web_address
from connectors.notion.schema import Formats, Schema, plain_id
from connectors.notion.truncated_properties import cut_properties, read_to_the_end
from connectors.records import Problem, ProblemRule
from connectors.transport.in_flight import PageChain, Prefetcher, RequestChain
from connectors.transport.shapes import expected_shape

SCHEMA_AGE = timedelta(days=3)  # finds a changed number format even if no page was edited

Json = dict[str, Any]


class FormatsChangedError(Exception):
    """Numbers were already decoded in this pull with a schema that is outdated."""


def page_requests(client: NotionClient, data_source: str) -> RequestChain:
    """Requests for every page, oldest first, beyond the end of one query.

    Notion ends a query at 10,000 pages. The next query then starts at the minute of the last page,
    so pages of that minute come twice.
    """
    since: str | None = None
    listed = paged_list(f"Data source {data_source}")
    while True:
        cursor: str | None = None
        last, incomplete = since, False
        listed.go_on()
        while True:
            answer = yield partial(client.pages, data_source, since, cursor)
            with expected_shape("notion", f"The list of pages of data source {data_source}"):
                status = answer.get("request_status") or {}
                incomplete = incomplete or status.get("type") == "incomplete"
                for page in answer["results"]:
                    last = page.get("created_time", last)
            cursor = next_cursor(answer, listed)
            if cursor is None:
                break
        if not incomplete:
            return
        if last == since:
            raise PermanentError(
                "notion",
                f"Data source {data_source} holds more pages created in the minute {last} than "
                "one query returns.",
                "Split the data source in Notion.",
            )
        since = last


@dataclass(frozen=True, slots=True)
class _Begun:
    """A page whose truncated properties are being completed."""

    page: Json
    completions: Mapping[str, Future[Mapping[str, Any]]]
    left_cut: frozenset[str]


class Reading:
    """Reads one data source.

    Args:
        client: Sends requests.
        prefetcher: The threads to send them on.
        data_source: The data source's id.
        schemas: The known schemas of all data sources; the one of this data source is updated.
        catalog: Returns the current schema.
        is_wanted: Whether a property, by name and value, is completed where it is truncated.

    Attributes:
        present: Ids of the pages that exist, whether or not they could be decoded.
        gone: Ids of pages that the service reports as trashed.
    """

    def __init__(
        self,
        client: NotionClient,
        prefetcher: Prefetcher,
        data_source: str,
        schemas: dict[str, Schema],
        catalog: Catalog,
        is_wanted: Wanted,
    ) -> None:
        self.present: list[str] = []
        self.gone: list[str] = []
        self._client = client
        self._prefetcher = prefetcher
        self._data_source = data_source
        self._schemas = schemas
        self._catalog = catalog
        self._formats = Formats(schemas)
        self._is_wanted = is_wanted
        self._seen: set[str] = set()
        self._decoded = 0

    def records(self, answers: PageChain[Json]) -> Iterator[Record | Problem]:
        """Every page once, as a record or the problem with it; trashed pages are skipped.

        Args:
            answers: The responses to :func:`page_requests`.

        Raises:
            FormatsChangedError: Records yielded before were decoded with an outdated schema.
            SourceError: The data source could not be read to its end.
        """
        for answer in answers:
            # Requests for all pages of a response are sent before the first is waited for.
            begun = [self._begin(page) for page in self._new_pages(answer)]
            for one in begun:
                if one is not None:
                    yield self._finish(one) if isinstance(one, _Begun) else one

    def refresh_schema(self) -> None:
        """Read the schema again, at most once per pull.

        Raises:
            MissingError: The data source is in the trash.
            FormatsChangedError: Records yielded before were decoded with an outdated schema.
        """
        if self._catalog.is_fresh(self._data_source):
            return
        known = self._schemas.get(self._data_source)
        schema = self._catalog.schema(self._data_source, alone=len(self._schemas) == 1)
        self._schemas[self._data_source] = schema
        if known is not None and self._decoded and known.properties != schema.properties:
            raise FormatsChangedError

    def _new_pages(self, answer: Json) -> Iterator[Json]:
        for page in answer["results"]:
            if page.get("object") != "page" or page["id"] in self._seen:
                continue
            if not isinstance(page["id"], str):
                raise TypeError("a page's id is no text")
            self._seen.add(page["id"])
            yield page

    def _begin(self, page: Json) -> _Begun | Problem | None:
        page_id = page["id"]
        if is_in_trash(page):
            self.gone.append(page_id)
            return None
        self.present.append(page_id)
        try:
            if self._is_outdated(page):
                self.refresh_schema()
            cut = cut_properties(page, self._rollup_relation)
            wanted = [name for name in cut if self._is_wanted(name, page["properties"][name])]
        except UNREADABLE as error:
            return _unreadable(page, f"{type(error).__name__}: {error}")
        completions = {
            name: self._prefetcher.begin(
                partial(read_to_the_end, self._client, page_id, page["properties"][name])
            )
            for name in wanted
        }
        return _Begun(page, completions, frozenset(cut) - frozenset(wanted))

    def _finish(self, begun: _Begun) -> Record | Problem:
        page = begun.page
        try:
            completed = {
                name: self._prefetcher.result(future) for name, future in begun.completions.items()
            }
            record = decode_page(
                page, self._data_source, self._number_format, completed, begun.left_cut
            )
        except UNREADABLE as error:
            return _unreadable(page, f"{type(error).__name__}: {error}")
        except UNREACHABLE as error:
            return _unreadable(page, error.message)
        self._decoded += 1
        return record

    def _is_outdated(self, page: Json) -> bool:
        if self._catalog.is_fresh(self._data_source):
            return False
        known = self._schemas.get(self._data_source)
        if known is None:
            return True
        # Edit times are truncated to the minute.
        edited = datetime.fromisoformat(page["last_edited_time"]) + timedelta(minutes=1)
        aged = self._client.served_at - known.read_at >= SCHEMA_AGE
        return aged or edited > known.read_at or not known.describes(page)

    def _number_format(self, property_id: str) -> str | None:
        return self._formats.number_format(self._data_source, property_id)

    def _rollup_relation(self, property_id: str) -> str | None:
        return self._formats.rollup_relation(self._data_source, property_id)


class Wanted:
    """Which properties are completed where a page truncates them.

    Args:
        names: Names or ids of properties; None for all of them. Texts always are, because of the
            records that they mention.
    """

    def __init__(self, names: Iterable[str] | None) -> None:
        self._names = None if names is None else {_folded(name) for name in names}
        self._ids = None if names is None else {plain_id(name) for name in names}

    def __call__(self, name: str, value: Mapping[str, Any]) -> bool:
        """Whether the property of this name and value is completed."""
        if self._names is None or self._ids is None or value.get("type") in ("title", "rich_text"):
            return True
        return _folded(name) in self._names or plain_id(value.get("id")) in self._ids


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _unreadable(page: Json, why: str) -> Problem:
    return Problem(
        ProblemRule.UNREADABLE_RECORD,
        page["id"],
        f"A Notion page could not be read ({why}); its last good state is kept.",
        web_address(page.get("url")),
    )
