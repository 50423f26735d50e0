"""The data sources of the configured places, and their schemas, in as few requests as possible.

What belongs here: requests for databases and data sources, and one shared listing. What does not:
the cursor, and reading pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from connectors.errors import (
    AccessError,
    MissingError,
    PermanentError,
    SourceError,
    UnreadableResponseError,
)
from connectors.notion.client import SHARE, NotionClient
from connectors.notion.pages import is_in_trash
from connectors.notion.schema import Schema, read_schema
from connectors.transport.in_flight import Prefetcher
from connectors.transport.shapes import expected_shape

UNREACHABLE = (AccessError, MissingError, PermanentError)
"""Errors of one place or record; the others can still be read."""


class Catalog:
    """Databases and data sources, requested at most once per pull.

    A single listing returns the schemas of up to 100 data sources. It is a search, which may lag:
    what it does not list is requested individually, and the data sources of a database are never
    taken from it.
    """

    def __init__(self, client: NotionClient) -> None:
        self._client = client
        self._listed: dict[str, Mapping[str, Any]] | None = None
        self._schemas: dict[str, Schema] = {}

    def data_sources_of(
        self, places: Sequence[str], prefetcher: Prefetcher
    ) -> dict[str, list[str] | SourceError]:
        """Ids of the data sources of each place, or the error of the place.

        Raises:
            SourceError: The service is down, or the credential is bad.
        """
        listed = self._listing() if places else {}
        found: dict[str, list[str] | SourceError] = {}
        asked = {
            place: prefetcher.begin(partial(self._client.database, place))
            for place in places
            if canonical_id(place) not in listed
        }
        for place in places:
            try:
                found[place] = (
                    self._held_by(place, partial(prefetcher.result, asked[place]))
                    if place in asked
                    else [str(listed[canonical_id(place)]["id"])]
                )
            except UNREACHABLE as error:
                found[place] = error
        return found

    def is_fresh(self, data_source: str) -> bool:
        """Whether its schema has been read in this pull."""
        return data_source in self._schemas

    def schema(self, data_source: str, *, alone: bool) -> Schema:
        """The current schema.

        Args:
            data_source: Its id.
            alone: Whether no other schema is likely to be requested, so that listing all of them
                would save nothing.

        Raises:
            MissingError: The data source is in the trash, or not visible.
        """
        known = self._schemas.get(data_source)
        if known is None:
            listed = {} if alone and self._listed is None else self._listing()
            served = listed.get(canonical_id(data_source))
            known = self._read(data_source, served or self._client.data_source(data_source))
        return known

    def _listing(self) -> Mapping[str, Mapping[str, Any]]:
        if self._listed is None:
            try:
                found = self._client.shared_data_sources().get("results") or []
            except UNREACHABLE:
                found = []  # an integration may lack the right to search; request one by one
            with expected_shape("notion", "The list of data sources"):
                self._listed = {
                    canonical_id(str(one["id"])): one
                    for one in found
                    if one.get("object") == "data_source"
                    and isinstance(one.get("properties"), dict)
                }
        return self._listed

    def _held_by(self, place: str, database: Callable[[], Mapping[str, Any]]) -> list[str]:
        try:
            served = database()
        except UnreadableResponseError:
            raise
        except (MissingError, PermanentError):
            return [self._lone_data_source(place)]
        if is_in_trash(served):
            raise trashed(f"Database {place}")
        with expected_shape("notion", f"Database {place}"):
            return [str(part["id"]) for part in served["data_sources"]]

    def _lone_data_source(self, place: str) -> str:
        try:
            served = self._client.data_source(place)
        except UnreadableResponseError:
            raise
        except (MissingError, PermanentError):
            raise MissingError(
                "notion",
                f"No database or data source {place} is visible. "
                "Notion does not distinguish a wrong id from one that is not shared.",
                SHARE,
            ) from None
        with expected_shape("notion", f"Data source {place}"):
            data_source = str(served["id"])
        self._read(data_source, served)
        return data_source

    def _read(self, data_source: str, served: Mapping[str, Any]) -> Schema:
        if is_in_trash(served):
            raise trashed(f"Data source {data_source}")
        with expected_shape("notion", f"Data source {data_source}"):
            self._schemas[data_source] = read_schema(served, self._client.served_at)
        return self._schemas[data_source]


def canonical_id(place: str) -> str:
    """An id without dashes; anything else unchanged."""
    try:
        return UUID(place).hex
    except ValueError:
        return place


def trashed(what: str) -> MissingError:
    """The error for a place that is still served, but is in the trash."""
    return MissingError(
        "notion",
        f"{what} is in Notion's trash.",
        "Restore it there, or take it out of the settings.",
    )
