"""A served workspace for the tests of the Notion stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from notion_client import Client

from sandbox.server.clock import Clock
from sandbox.server.notion.app import notion_app
from sandbox.server.notion.ids import notion_id
from sandbox.server.notion.records import NewDataSource, Property
from sandbox.server.notion.store import NotionWorkspace
from tests.sandbox.support.serving import serving

TOKEN = "ntn_sandbox"
NOW = datetime(2026, 11, 27, 18, 0, 42, tzinfo=UTC)
COHORTS, CUSTOMERS, ADA = notion_id("cohorts"), notion_id("customers"), notion_id("ada")
DATABASE = notion_id("database")
CUSTOMER_SCHEMA = {
    "Name": Property("title"),
    "Onboarded": Property("checkbox"),
    "Seats": Property("number"),
    "Signed": Property("date"),
    "Cohorts": Property("relation", to=COHORTS, synced_with="Customers"),
}
COHORT_SCHEMA = {
    "Name": Property("title"),
    "Week": Property("date"),
    "Team": Property("select", options=("Product", "Sales")),
    "State": Property("status", options=("Not started", "Done")),
    "Tags": Property("multi_select", options=("new",)),
    "Target": Property("number", number_format="percent"),
    "Owner": Property("people"),
    "Link": Property("url"),
    "Number": Property("unique_id", prefix="CO"),
    "Late": Property("formula", expression='prop("Week") < now()'),
    "Customers": Property("relation", to=CUSTOMERS, synced_with="Cohorts"),
    "Onboarded": Property(
        "rollup", relation="Customers", target="Onboarded", function="percent_checked"
    ),
    "Seats": Property("rollup", relation="Customers", target="Seats", function="sum"),
    "Names": Property("rollup", relation="Customers", target="Name"),
    "Last signed": Property(
        "rollup", relation="Customers", target="Signed", function="latest_date"
    ),
    "Edited": Property("last_edited_time"),
}


@dataclass
class Box:
    """A served workspace and a client of it."""

    workspace: NotionWorkspace
    client: Client
    url: str

    def add_cohort(self, name: str, **values: Any) -> str:
        page = self.workspace.add_page(COHORTS, notion_id("cohort", name), {"Name": name, **values})
        return page.id

    def add_customers(self, count: int) -> list[str]:
        return [
            self.workspace.add_page(
                CUSTOMERS,
                notion_id("customer", str(n)),
                {"Name": f"Customer {n}", "Onboarded": n % 4 == 0, "Seats": n},
            ).id
            for n in range(count)
        ]

    def properties(self, page_id: str) -> Any:
        return self.client.pages.retrieve(page_id)["properties"]

    def query(self, **asked: Any) -> Any:
        return self.client.data_sources.query(COHORTS, **asked)

    def names(self, **asked: Any) -> list[str]:
        found = self.query(**asked)["results"]
        return [page["properties"]["Name"]["title"][0]["plain_text"] for page in found]


@contextmanager
def open_box() -> Iterator[Box]:
    """Two related data sources, empty, served, with a client."""
    workspace = NotionWorkspace(Clock(NOW))
    workspace.add_user(ADA, "Ada", "ada@example.com")
    sources = [
        NewDataSource(COHORTS, "Onboarding cohorts", COHORT_SCHEMA),
        NewDataSource(CUSTOMERS, "Customers", CUSTOMER_SCHEMA),
    ]
    workspace.add_database(DATABASE, "Onboarding", sources)
    with serving(notion_app(workspace, {TOKEN})) as url:
        client = Client(auth=TOKEN, base_url=url, retry=False)
        yield Box(workspace, client, url)
        client.close()
