"""The data sources that a Notion integration may see, and their properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.cells import Cell, decode_cells
from connectors.errors import SourceError
from connectors.notion.catalog import Catalog
from connectors.notion.client import NotionClient
from connectors.notion.facts import NotionSection
from connectors.notion.pages import decode_page, is_in_trash
from connectors.notion.schema import Schema, read_schema
from connectors.records import Figures
from connectors.survey import BRIEFLY, TIMEOUT_SECONDS, Account, Column, Table
from connectors.transport.in_flight import Prefetcher
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.shapes import expected_shape


class NotionSurvey:
    """A workspace; see :class:`connectors.survey.Survey`."""

    def __init__(self, section: NotionSection) -> None:
        self._limiter = RateLimiter(section.requests_per_minute)
        self._figures = Figures()
        self._client = NotionClient(
            section.url,
            section.token.get_secret_value(),
            self._figures,
            BRIEFLY,
            TIMEOUT_SECONDS,
            self._limiter,
            section.version,
        )
        self._catalog = Catalog(self._client)

    @property
    def served_at(self) -> datetime | None:
        """Notion's clock; None before a response."""
        return self._client.served_at if self._figures.requests else None

    def account(self) -> Account:
        """The integration."""
        served = self._client.user("me")
        with expected_shape("notion", "The integration's own user"):
            owner = (served.get("bot") or {}).get("owner") or {}
            is_personal = owner.get("type") == "user" if owner else None
            person = ((owner.get("user") or {}).get("name") or "") if is_personal else ""
            name = str(served.get("name") or "an integration")
            workspace = (served.get("bot") or {}).get("workspace_name") or ""
        whose = f"an integration of {person or 'a person'}" if is_personal else "an integration"
        where = f" of the workspace {workspace}" if workspace else ""
        said = "Its secret does not expire by itself."
        return Account(name, f"{whose}{where}", is_personal, said)

    def tables(self) -> list[Table]:
        """The first hundred data sources that are shared with the integration."""
        served = self._client.shared_data_sources().get("results") or []
        with expected_shape("notion", "The list of data sources"):
            return [
                _table(str(one["id"]), read_schema(one, self._client.served_at))
                for one in served
                if one.get("object") == "data_source" and not is_in_trash(one)
            ]

    def look(self, place: str) -> list[Table]:
        """The data sources of a database, or the one that has that id."""
        with Prefetcher(1, self._limiter) as prefetcher:
            found = self._catalog.data_sources_of([place], prefetcher)[place]
        if isinstance(found, SourceError):
            raise found
        return [_table(one, self._catalog.schema(one, alone=False)) for one in found]

    def sample(self, table: Table, count: int) -> Sequence[Mapping[str, Cell]]:
        """The oldest pages of a data source."""
        served = self._client.pages(table.place, None, None).get("results") or []
        with expected_shape("notion", f"A page of data source {table.place}"):
            return [_cells(one, table.place) for one in served[:count]]

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _cells(page: Mapping[str, Any], data_source: str) -> Mapping[str, Cell]:
    record = decode_page(page, data_source, lambda _: None)
    return decode_cells(record["cells"])


def _table(data_source: str, schema: Schema) -> Table:
    properties = schema.properties.items()
    columns = tuple(Column(key, one.name, one.type) for key, one in properties)
    return Table(data_source, schema.title, columns)
