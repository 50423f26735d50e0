"""What the Notion stand-in accepts of those who write a database, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from notion_client import APIResponseError

from tests.sandbox.support.notion_box import COHORTS, CUSTOMERS, DATABASE, Box, open_box


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def test_a_database_is_described_and_so_is_a_property(box: Box) -> None:
    said = [{"type": "text", "text": {"content": "What we aim at."}}]
    box.client.databases.update(DATABASE, description=said)
    served = box.client.databases.retrieve(DATABASE)["description"]
    assert [run["plain_text"] for run in served] == ["What we aim at."]
    added = {"Pace": {"select": {}, "description": "How fast"}}
    box.client.data_sources.update(COHORTS, properties=added)
    assert box.client.data_sources.retrieve(COHORTS)["properties"]["Pace"]["description"] == (
        "How fast"
    )


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"Customers": {"relation": [{"id": COHORTS}]}}, "Could not find page"),
        ({"Team": {"select": {"name": "x" * 101}}}, "should be ≤ `100`"),
        ({"Team": {"select": {"name": "a, b"}}}, "commas not allowed"),
        ({"Target": {"number": "1"}}, "should be a number"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(box: Box, properties: Any, says: str) -> None:
    page = box.add_cohort("First")
    with pytest.raises(APIResponseError, match=says):
        box.client.pages.update(page, properties=properties)


def test_a_relation_leads_to_its_data_source_alone(box: Box) -> None:
    page, other = box.add_cohort("First"), box.add_cohort("Second")
    (customer,) = box.add_customers(1)
    related: Any = {"Customers": {"relation": [{"id": customer}]}}
    box.client.pages.update(page, properties=related)
    assert box.properties(page)["Customers"]["relation"] == [{"id": customer}]
    with pytest.raises(APIResponseError, match="is not in the related data source"):
        box.client.pages.update(page, properties={"Customers": {"relation": [{"id": other}]}})


def test_who_may_not_update_content_changes_nothing(box: Box) -> None:
    page = box.add_cohort("First")
    box.workspace.may_update_content = False
    for change in (
        lambda: box.client.pages.update(page, in_trash=True),
        lambda: box.client.databases.update(DATABASE, title=[]),
        lambda: box.client.data_sources.update(CUSTOMERS, title=[]),
    ):
        with pytest.raises(APIResponseError, match="Insufficient permissions"):
            change()
