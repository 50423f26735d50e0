"""A small Notion workspace behind a server, for the tests of the Notion source."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from connectors.cells import Cell, decode_cells
from connectors.notion.source import NotionSettings, NotionSource
from connectors.notion.streams import NOTION_PAGES
from connectors.records import Message, Present, Problem, Rows
from connectors.transport.retry import RetryPolicy
from sandbox.server.clock import Clock
from sandbox.server.notion.app import notion_app
from sandbox.server.notion.store import NewDataSource, NotionWorkspace, Property, notion_id
from tests.connectors.support.asgi import answering
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import Asked, Loopback, Reply, serving

TOKEN = "ntn_s3cr3t"


DATABASE = notion_id("database", "OKRs")


KRS = notion_id("source", "Key Results")


PLANS = notion_id("source", "Projects")


FAST = RetryPolicy(attempts=4, base_seconds=0.001)


LONG_AGO = NOW - timedelta(days=30)


class Notion:
    """A small workspace behind a server; ``tamper`` may answer in its stead."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        self.workspace = NotionWorkspace(self.clock)
        self.tamper: Callable[[Asked], Reply | None] = lambda _: None
        self.server: Loopback
        self._app = answering(notion_app(self.workspace, [TOKEN]))
        results = NewDataSource(
            KRS,
            "Key Results",
            {
                "Name": Property("title"),
                "Key": Property("unique_id", prefix="KR"),
                "Share": Property("number", number_format="percent"),
            },
        )
        plans = NewDataSource(
            PLANS,
            "Projects",
            {
                "Name": Property("title"),
                "Brief": Property("rich_text"),
                "Key Results": Property("relation", to=KRS),
                "People": Property("people"),
                "Mean share": Property(
                    "rollup", relation="Key Results", target="Share", function="average"
                ),
                "Shares": Property("rollup", relation="Key Results", target="Share"),
            },
        )
        self.workspace.add_database(DATABASE, "OKRs", [results, plans], created_at=LONG_AGO)

    def answer(self, asked: Asked) -> Reply:
        self.server.date = self.clock.now
        return self.tamper(asked) or self._app(asked)

    def add(self, source: str, name: str, **properties: Any) -> str:
        values = {"Name": name, **properties}
        key = notion_id("page", source, name)
        self.workspace.add_page(source, key, values, created_at=LONG_AGO)
        return key

    def asked(self) -> list[str]:
        """Paths asked for since the last look."""
        paths = [f"{asked.method} {asked.path}" for asked in self.server.asked]
        self.server.asked.clear()
        return paths


@pytest.fixture
def notion() -> Iterator[Notion]:
    made = Notion()
    with serving(made.answer) as made.server:
        yield made


@contextmanager
def source(notion: Notion, *places: str, **settings: Any) -> Iterator[NotionSource]:
    settings = {"token": TOKEN, "url": notion.server.url, "retry": FAST, **settings}
    made = NotionSource(NotionSettings(places=places or (DATABASE,), **settings))
    try:
        yield made
    finally:
        made.close()


def pull(notion: Notion, cursor: Any = None, *places: str, **settings: Any) -> list[Message]:
    with source(notion, *places, **settings) as made:
        return list(made.pull(cursor or {}))


def rows(messages: list[Message]) -> dict[str, dict[str, Any]]:
    """Records by title."""
    tables = [message.table for message in messages if isinstance(message, Rows)]
    assert all(table.schema == NOTION_PAGES for table in tables)
    return {record["title"]: record for record in pa.concat_tables(tables).to_pylist()}


def cells(record: dict[str, Any]) -> dict[str, Cell]:
    """Cells by property name."""
    return {cell.name: cell for cell in decode_cells(record["cells"]).values()}


def last_cursor(messages: list[Message]) -> Any:
    last = messages[-1]
    assert isinstance(last, Rows)
    return last.cursor


def problems(messages: list[Message]) -> list[Problem]:
    return [message for message in messages if isinstance(message, Problem)]


def presence(messages: list[Message]) -> dict[str, set[str]]:
    return {m.place: set(m.ids.to_pylist()) for m in messages if isinstance(m, Present)}
