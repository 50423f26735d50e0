"""The requests for a database that a program writes.

What belongs here: its description, schema and pages, read and written one request at a time, within
the rate limit. What does not: what they should be, and the form of values (``values``).

Notion has no transaction: a request changes one page. A page is never made twice: if its answer was
lost, the error says so, and whoever writes looks first what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notion_client.errors import HTTPResponseError

from connectors.errors import AccessError, MissingError, PermanentError, SourceError
from connectors.notion.catalog import trashed
from connectors.notion.client import (
    PAGE_SIZE,
    SHARE,
    NotionClient,
    next_cursor,
    paged_list,
)
from connectors.notion.pages import is_in_trash
from connectors.notion.properties import plain_text
from connectors.notion.source import NotionSettings
from connectors.notion.written.values import Json
from connectors.records import Figures
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.shapes import expected_shape

_CHANGE = "the change of "


@dataclass(frozen=True, slots=True)
class Described:
    """A database: its data sources, and its description as people wrote it and as text."""

    data_sources: tuple[str, ...]
    runs: tuple[Json, ...]
    text: str


class WrittenDatabase:
    """One database.

    Args:
        settings: The credential, and one place: the database.
    """

    def __init__(self, settings: NotionSettings) -> None:
        (self._id,) = settings.places
        self.figures = Figures()
        self._client = _Client(
            settings.url,
            settings.token,
            self.figures,
            settings.retry,
            settings.timeout,
            RateLimiter(settings.requests_per_minute),
            settings.version,
        )

    def described(self) -> Described:
        """What the database says of itself.

        Raises:
            SourceError: It is not there, in the trash, or cannot be read.
        """
        answer = self._client.database(self._id)
        if is_in_trash(answer):
            raise trashed(f"Database {self._id}")
        with expected_shape("notion", f"Database {self._id}"):
            runs = tuple(answer.get("description") or ())
            sources = tuple(str(one["id"]) for one in answer["data_sources"])
            return Described(sources, runs, plain_text(runs) or "")

    def data_sources_of(self, place: str) -> tuple[str, ...]:
        """Ids of the data sources of a database; of a data source, its own."""
        try:
            answer = self._client.database(place)
        except (MissingError, PermanentError):
            return (str(self._client.data_source(place)["id"]),)
        with expected_shape("notion", f"Database {place}"):
            return tuple(str(one["id"]) for one in answer["data_sources"])

    def schema(self, data_source: str) -> dict[str, Json]:
        """The properties of a data source by name."""
        answer = self._client.data_source(data_source)
        with expected_shape("notion", f"Data source {data_source}"):
            return {str(name): dict(one) for name, one in answer["properties"].items()}

    def pages(self, data_source: str, *, in_trash: bool = False) -> Iterator[Json]:
        """All pages of a data source, oldest first, or those in the trash.

        Raises:
            SourceError: They cannot be read, or there are more than Notion lists.
        """
        cursor, listed = None, paged_list(f"Data source {data_source}")
        while True:
            answer = self._client.some_pages(data_source, cursor, in_trash=in_trash)
            yield from answer.get("results") or ()
            if (answer.get("request_status") or {}).get("type") == "incomplete":
                raise PermanentError(
                    "notion",
                    f"Data source {data_source} has more pages than Notion lists.",
                    "Give okr-sync a database of its own.",
                )
            cursor = next_cursor(answer, listed)
            if cursor is None:
                return

    def describe(self, runs: Sequence[Json]) -> None:
        """Replace the description."""
        self._client.change_database(self._id, list(runs))

    def add(self, data_source: str, properties: Mapping[str, Json]) -> None:
        """Add properties to a data source."""
        self._client.change_data_source(data_source, dict(properties))

    def create(self, data_source: str, properties: Json) -> None:
        """Make a page."""
        parent = {"type": "data_source_id", "data_source_id": data_source}
        self._client.create_page(parent, properties, [])

    def change(self, page: str, properties: Json, *, restore: bool = False) -> None:
        """Change properties of a page, and take it out of the trash."""
        body: Json = {"in_trash": False} if restore else {}
        self._client.change_page(page, body | {"properties": properties})

    def trash(self, page: str) -> None:
        """Move a page to the trash."""
        self._client.change_page(page, {"in_trash": True})

    def close(self) -> None:
        """Close connections."""
        self._client.close()


class _Client(NotionClient):
    """The requests that change what is there; a second one does no harm."""

    def some_pages(self, data_source: str, start_cursor: str | None, *, in_trash: bool) -> Json:
        question: Json = {
            "page_size": PAGE_SIZE,
            "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
            "start_cursor": start_cursor,
        }
        if in_trash:
            question["in_trash"] = True
        return self._ask(
            f"data source {data_source}",
            lambda: self._client.data_sources.query(data_source, **question),
        )

    def change_database(self, database: str, description: list[Json]) -> None:
        self._ask(
            f"{_CHANGE}database {database}",
            lambda: self._client.databases.update(database, description=description),
        )

    def change_data_source(self, data_source: str, properties: Json) -> None:
        self._ask(
            f"{_CHANGE}data source {data_source}",
            lambda: self._client.data_sources.update(data_source, properties=properties),
        )

    def change_page(self, page: str, body: Json) -> None:
        self._ask(f"{_CHANGE}page {page}", lambda: self._client.pages.update(page, **body))

    def _status_error(self, error: HTTPResponseError, what: str, writes: bool) -> SourceError:
        found = super()._status_error(error, what, writes)
        if error.status == 403 and what.startswith(_CHANGE):
            said = f"The integration needs the capability Update content. {SHARE}"
            return AccessError("notion", found.message, said)
        return found


def text_run(text: str) -> Json:
    """A run of rich text in a quiet colour."""
    look: dict[str, Any] = {"italic": True, "color": "gray"}
    return {"type": "text", "text": {"content": text}, "annotations": look}


def resent(run: Mapping[str, Any]) -> Json:
    """A run of rich text as it is sent again."""
    kept = ("type", "annotations", str(run.get("type", "text")))
    return {name: run[name] for name in kept if name in run}
