"""One data source read from its first page to its last.

What belongs here: paging beyond the end of one query, noticing an outdated schema, and telling a
page that cannot be read from a data source that cannot. What does not: which data sources are
read, and what is remembered of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import AccessError, MissingError, PermanentError
from connectors.notion.client import NotionClient, next_cursor
from connectors.notion.completion import complete_properties
from connectors.notion.pages import UNREADABLE, Record, decode_page, is_in_trash
from connectors.notion.schema import Formats, Schema, read_schema
from connectors.records import Problem

SCHEMA_AGE = timedelta(days=3)  # a format changed without any page being edited is seen by then
UNREACHABLE = (AccessError, MissingError, PermanentError)
"""Errors of one place or record, beside which the others can still be read."""


class FormatsChangedError(Exception):
    """Numbers already decoded in this pull were decoded by a schema that no longer holds."""


class Reading:
    """One data source while it is being read.

    Args:
        client: Asks the service.
        data_source: Its id.
        schemas: What is known of all data sources; kept up to date here for this one.
        schema_is_fresh: Whether its schema was read within this pull already.

    Attributes:
        present: Ids of the pages that are there, whether or not they could be decoded.
        gone: Ids of pages that the service itself calls trashed.
    """

    def __init__(
        self,
        client: NotionClient,
        data_source: str,
        schemas: dict[str, Schema],
        schema_is_fresh: bool,
    ) -> None:
        self.present: list[str] = []
        self.gone: list[str] = []
        self._client = client
        self._data_source = data_source
        self._schemas = schemas
        self._formats = Formats(schemas)
        self._schema_is_fresh = schema_is_fresh
        self._decoded = 0

    def pages(self) -> Iterator[dict[str, Any]]:
        """Every page once, oldest first, beyond the 10,000 at which one query ends."""
        seen: set[str] = set()
        since: str | None = None
        while True:
            last, incomplete, before = since, False, len(seen)
            for answer in self._answers(since):
                status = answer.get("request_status") or {}
                incomplete = incomplete or status.get("type") == "incomplete"
                for page in answer.get("results") or []:
                    if page.get("object") == "page" and page["id"] not in seen:
                        seen.add(page["id"])
                        last = page["created_time"]
                        yield page
            if not incomplete:
                return
            if last == since or len(seen) == before:
                raise PermanentError(
                    "notion",
                    f"Data source {self._data_source} holds more pages created in the minute "
                    f"{last} than one query returns.",
                    "Split the data source in Notion.",
                )
            # The next window begins at the last page's minute, and what was seen is left out.
            since = last

    def record(self, page: dict[str, Any]) -> Record | Problem | None:
        """The page's record; None for a trashed one.

        Raises:
            FormatsChangedError: Records handed out before were decoded by an outdated schema.
        """
        page_id = page["id"]
        if is_in_trash(page):
            self.gone.append(page_id)
            return None
        self.present.append(page_id)
        try:
            outdated = self._is_outdated(page)
        except UNREADABLE as error:
            return _unreadable(page, f"{type(error).__name__}: {error}")
        if outdated:
            self.refresh_schema()
        try:
            completed = complete_properties(self._client, page, self._rollup_relation)
            record = decode_page(page, self._data_source, self._number_format, completed)
        except UNREADABLE as error:
            return _unreadable(page, f"{type(error).__name__}: {error}")
        except UNREACHABLE as error:
            return _unreadable(page, error.message)
        self._decoded += 1
        return record

    def refresh_schema(self) -> None:
        """Read the schema again, once at most.

        Raises:
            MissingError: The data source is in the trash.
            FormatsChangedError: Records handed out before were decoded by an outdated schema.
        """
        if self._schema_is_fresh:
            return
        known = self._schemas.get(self._data_source)
        schema = fetch_schema(self._client, self._data_source)
        self._schemas[self._data_source] = schema
        self._schema_is_fresh = True
        if known is not None and self._decoded and known.properties != schema.properties:
            raise FormatsChangedError

    def _answers(self, since: str | None) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            answer = self._client.pages(self._data_source, since, cursor)
            yield answer
            cursor = next_cursor(answer, seen, f"data source {self._data_source}")
            if cursor is None:
                return

    def _is_outdated(self, page: dict[str, Any]) -> bool:
        known = self._schemas.get(self._data_source)
        if self._schema_is_fresh or known is None:
            return not self._schema_is_fresh
        # Edit times are cut to the minute.
        edited = datetime.fromisoformat(page["last_edited_time"]) + timedelta(minutes=1)
        aged = self._client.served_at - known.read_at >= SCHEMA_AGE
        return aged or edited > known.read_at or not known.describes(page)

    def _number_format(self, property_id: str) -> str | None:
        return self._formats.number_format(self._data_source, property_id)

    def _rollup_relation(self, property_id: str) -> str | None:
        return self._formats.rollup_relation(self._data_source, property_id)


def fetch_schema(client: NotionClient, data_source: str) -> Schema:
    """The schema as it is now.

    Raises:
        MissingError: The data source is in the trash, or cannot be seen.
    """
    served = client.data_source(data_source)
    if is_in_trash(served):
        raise trashed(f"Data source {data_source}")
    return read_schema(served, client.served_at)


def trashed(what: str) -> MissingError:
    """The error for a place that still answers, but lies in the trash."""
    return MissingError(
        "notion",
        f"{what} is in Notion's trash.",
        "Restore it there, or take it out of the settings.",
    )


def _unreadable(page: dict[str, Any], why: str) -> Problem:
    return Problem(
        "unreadable record",
        page["id"],
        f"A Notion page could not be read ({why}); its last good state stands.",
        page.get("url"),
    )
