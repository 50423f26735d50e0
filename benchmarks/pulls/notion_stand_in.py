"""The Notion stand-in of the benchmark: 2,000 pages in six databases with one data source each.

Ten cohorts have more customers than a page object lists, and a rollup over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.serving import serve
from sandbox.server.clock import Clock
from sandbox.server.notion.app import notion_app
from sandbox.server.notion.store import NewDataSource, NotionWorkspace, Property, notion_id

TOKEN = "ntn_benchmark"  # noqa: S105 - valid only for this stand-in
ROWS = {
    "Objectives": 40,
    "Key Results": 160,
    "Check-ins": 900,
    "Projects": 300,
    "Customers": 500,
    "Cohorts": 100,
}
LARGE_COHORTS, LARGE_COHORT = 10, 40
_NOW = datetime(2026, 11, 27, 18, tzinfo=UTC)


def database(name: str) -> str:
    """A database's id."""
    return notion_id("benchmark", "database", name)


def data_source(name: str) -> str:
    """The id of the data source in it."""
    return notion_id("benchmark", "data source", name)


def page(name: str, number: int) -> str:
    """A page's id."""
    return notion_id("benchmark", "page", name, str(number))


def _schemas() -> Mapping[str, dict[str, Property]]:
    title, text, day = Property("title"), Property("rich_text"), Property("date")
    to_key_results = Property("relation", to=data_source("Key Results"))
    return {
        "Objectives": {"Name": title, "Key": text},
        "Key Results": {"Name": title, "Key": text, "Target": text, "Due": day},
        "Check-ins": {
            "Name": title,
            "Key Result": to_key_results,
            "Date": day,
            "Value": Property("number", number_format="percent"),
            "Note": text,
        },
        "Projects": {"Name": title, "Key Results": to_key_results, "Brief": text},
        "Customers": {"Name": title, "Onboarded": Property("checkbox")},
        "Cohorts": {
            "Name": title,
            "Week": day,
            "Customers": Property("relation", to=data_source("Customers")),
            "Completed": Property(
                "rollup", relation="Customers", target="Onboarded", function="percent_checked"
            ),
        },
    }


def _values(name: str, number: int) -> dict[str, Any]:
    day = (_NOW - timedelta(days=number % 90)).date()
    key_result = page("Key Results", number % ROWS["Key Results"])
    match name:
        case "Check-ins":
            return {"Key Result": [key_result], "Date": day, "Value": 0.5, "Note": "On its way."}
        case "Projects":
            return {"Key Results": [key_result], "Brief": f"Moves KR-{number}."}
        case "Customers":
            return {"Onboarded": number % 3 == 0}
        case "Cohorts":
            large = number < LARGE_COHORTS
            count = LARGE_COHORT if large else 4
            return {"Week": day, "Customers": [page("Customers", n) for n in range(count)]}
        case _:
            return {"Key": f"{name[0]}-{number}"}


def workspace() -> NotionWorkspace:
    """The complete workspace; every page was edited long ago."""
    made = NotionWorkspace(Clock(_NOW))
    began = _NOW - timedelta(days=100)
    for name, schema in _schemas().items():
        new = NewDataSource(data_source(name), name, schema)
        made.add_database(database(name), name, [new], created_at=began)
    for name, count in ROWS.items():
        for number in range(count):
            values = {"Name": f"{name} {number}", **_values(name, number)}
            at = began + timedelta(minutes=number)
            made.add_page(data_source(name), page(name, number), values, created_at=at)
    return made


if __name__ == "__main__":
    _made = workspace()
    serve("notion", notion_app(_made, [TOKEN]), _made.clock)
