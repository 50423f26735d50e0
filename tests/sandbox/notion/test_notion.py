"""Objects of the Notion stand-in as the real client library sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from notion_client import APIResponseError, Client
from notion_client.helpers import iterate_paginated_api

from sandbox.server.notion.records import Run, Span
from tests.sandbox.support.notion_box import (
    ADA,
    COHORT_SCHEMA,
    COHORTS,
    CUSTOMERS,
    DATABASE,
    TOKEN,
    Box,
    open_box,
)


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def test_a_database_lists_its_data_sources(box: Box) -> None:
    listed = box.client.databases.retrieve(DATABASE.replace("-", ""))["data_sources"]
    assert listed == [
        {"id": COHORTS, "name": "Onboarding cohorts"},
        {"id": CUSTOMERS, "name": "Customers"},
    ]


def test_a_data_source_tells_the_schema_of_every_property(box: Box) -> None:
    schema = box.client.data_sources.retrieve(COHORTS)["properties"]
    assert schema.keys() == COHORT_SCHEMA.keys()
    assert schema["Name"]["id"] == "title"
    assert schema["Target"]["number"] == {"format": "percent"}
    assert [one["name"] for one in schema["Team"]["select"]["options"]] == ["Product", "Sales"]
    assert schema["Number"]["unique_id"] == {"prefix": "CO"}
    assert schema["Late"]["formula"] == {"expression": 'prop("Week") < now()'}
    rollup, relation = schema["Onboarded"]["rollup"], schema["Customers"]
    assert rollup["function"] == "percent_checked"
    assert rollup["relation_property_id"] == relation["id"]
    assert relation["relation"]["data_source_id"] == CUSTOMERS
    synced = relation["relation"]["dual_property"]["synced_property_id"]
    customers = box.client.data_sources.retrieve(CUSTOMERS)["properties"]
    assert customers["Cohorts"]["id"] == synced


def test_values_of_every_type_read_as_notion_writes_them(box: Box) -> None:
    week = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    page = box.add_cohort(
        "W47",
        Week=Span(date(2026, 11, 16), date(2026, 11, 22)),
        Team="Sales",
        State="Done",
        Tags=["new", "large"],
        Target=0.125,
        Owner=[ADA],
        Link="https://example.com",
        Late=True,
    )
    found = box.properties(page)
    assert found["Week"]["date"] == {"start": "2026-11-16", "end": "2026-11-22", "time_zone": None}
    assert found["Team"]["select"]["name"] == "Sales"
    assert found["State"]["status"]["name"] == "Done"
    assert [one["name"] for one in found["Tags"]["multi_select"]] == ["new", "large"]
    assert found["Target"]["number"] == 0.125
    assert found["Owner"]["people"][0]["person"]["email"] == "ada@example.com"
    assert found["Number"]["unique_id"] == {"prefix": "CO", "number": 1}
    assert found["Late"]["formula"] == {"type": "boolean", "boolean": True}
    box.workspace.edit_page(page, Week=week, Late=None)
    found = box.properties(page)
    assert found["Week"]["date"]["start"] == "2026-11-20T09:30:00.000+08:00"
    assert found["Late"]["formula"] == {"type": "string", "string": None}


def test_a_title_may_be_split_over_runs_and_mention_pages(box: Box) -> None:
    other = box.add_cohort("Other")
    page = box.add_cohort("x")
    box.workspace.edit_page(
        page, Name=[Run("KR-"), Run("22 ", bold=True), Run("Other", page=other)]
    )
    title = box.properties(page)["Name"]["title"]
    assert "".join(run["plain_text"] for run in title) == "KR-22 Other"
    assert title[1]["annotations"]["bold"] is True
    assert title[2]["mention"] == {"type": "page", "page": {"id": other}}


def test_relations_stop_at_25_and_go_on_in_the_property_endpoint(box: Box) -> None:
    customers = box.add_customers(61)
    page = box.add_cohort("W47", Customers=customers)
    shown = box.properties(page)["Customers"]
    assert shown["has_more"] is True
    assert [one["id"] for one in shown["relation"]] == customers[:25]
    items = list(
        iterate_paginated_api(
            box.client.pages.properties.retrieve,
            page_id=page,
            property_id=shown["id"],
            page_size=25,
        )
    )
    assert [one["relation"]["id"] for one in items] == customers


def test_rollups_are_computed_over_all_related_pages(box: Box) -> None:
    page = box.add_cohort("W47", Customers=box.add_customers(60))
    found = box.properties(page)
    assert found["Onboarded"]["rollup"] == {
        "type": "number",
        "number": 0.25,
        "function": "percent_checked",
    }
    assert found["Seats"]["rollup"]["number"] == sum(range(60))
    assert found["Last signed"]["rollup"] == {
        "type": "date",
        "date": None,
        "function": "latest_date",
    }
    names = found["Names"]["rollup"]
    assert len(names["array"]) == 25
    assert names["array"][3]["title"][0]["plain_text"] == "Customer 3"


def test_a_rollup_in_the_property_endpoint_is_incomplete_until_its_last_page(box: Box) -> None:
    page = box.add_cohort("W47", Customers=box.add_customers(60))
    key = box.properties(page)["Onboarded"]["id"]
    first = box.client.pages.properties.retrieve(page, key, page_size=50)
    assert first["property_item"]["rollup"]["type"] == "incomplete"
    last = box.client.pages.properties.retrieve(page, key, start_cursor=first["next_cursor"])
    assert last["property_item"]["rollup"]["number"] == 0.25
    assert len(first["results"]) + len(last["results"]) == 60


def test_a_rollup_fails_as_told(box: Box) -> None:
    page = box.add_cohort("W47")
    box.workspace.break_rollup(page, "Onboarded", "unsupported")
    broken = box.properties(page)["Onboarded"]["rollup"]
    assert broken == {"type": "unsupported", "unsupported": {}, "function": "percent_checked"}
    box.workspace.break_rollup(page, "Onboarded", None)
    assert box.properties(page)["Onboarded"]["rollup"]["type"] == "number"


@pytest.mark.parametrize("lost", [(CUSTOMERS, "Seats"), (COHORTS, "Customers")])
def test_a_rollup_over_what_was_deleted_has_no_value_and_no_aim(
    box: Box, lost: tuple[str, str]
) -> None:
    page = box.add_cohort("W47", Customers=box.add_customers(3))
    key = box.properties(page)["Seats"]["id"]
    box.workspace.delete_property(*lost)
    gone = {"type": "unsupported", "unsupported": {}, "function": "sum"}
    assert box.properties(page)["Seats"]["rollup"] == gone
    item = box.client.pages.properties.retrieve(page, key)
    assert (item["results"], item["property_item"]["rollup"]) == ([], gone)
    schema = box.client.data_sources.retrieve(COHORTS)["properties"]["Seats"]["rollup"]
    assert (schema["rollup_property_id"], schema["function"]) == ("", "sum")
    assert len(box.query()["results"]) == 1


def test_both_sides_of_a_relation_follow_each_other(box: Box) -> None:
    customers = box.add_customers(2)
    page = box.add_cohort("W47", Customers=customers)
    assert box.properties(customers[0])["Cohorts"]["relation"] == [{"id": page}]
    box.client.pages.update(customers[0], properties={"Cohorts": {"relation": []}})
    assert box.properties(page)["Customers"]["relation"] == [{"id": customers[1]}]


def test_an_unshared_data_source_is_not_found_and_relations_to_it_are_empty(box: Box) -> None:
    page = box.add_cohort("W47", Customers=box.add_customers(3))
    box.workspace.unshare(CUSTOMERS)
    assert box.properties(page)["Customers"]["relation"] == []
    with pytest.raises(APIResponseError) as refused:
        box.client.data_sources.retrieve(CUSTOMERS)
    assert (refused.value.status, refused.value.code) == (404, "object_not_found")


def test_edit_times_are_cut_to_the_minute_and_formulas_do_not_move_them(box: Box) -> None:
    page = box.add_cohort("W47")
    box.workspace.clock.advance(3600)
    box.workspace.set_formula(page, "Late", 12)
    assert box.client.pages.retrieve(page)["last_edited_time"] == "2026-11-27T18:00:00.000Z"
    box.workspace.edit_page(page, Target=0.5)
    edited = box.client.pages.retrieve(page)
    assert edited["last_edited_time"] == "2026-11-27T19:00:00.000Z"
    assert edited["properties"]["Edited"]["last_edited_time"] == "2026-11-27T19:00:00.000Z"
    assert edited["created_time"] == "2026-11-27T18:00:00.000Z"


def test_a_renamed_property_keeps_its_id_and_a_deleted_one_is_gone(box: Box) -> None:
    page = box.add_cohort("W47", Target=0.5, Customers=box.add_customers(1))
    key = box.properties(page)["Target"]["id"]
    box.workspace.rename_property(COHORTS, "Target", "Goal")
    box.workspace.rename_property(CUSTOMERS, "Onboarded", "Live")
    box.workspace.rename_property(COHORTS, "Customers", "Clients")
    box.workspace.delete_property(COHORTS, "Link")
    found = box.properties(page)
    assert found["Goal"] == {"id": key, "type": "number", "number": 0.5}
    assert found["Onboarded"]["rollup"]["number"] == 1
    assert "Link" not in found


def test_pages_can_be_published_and_changed(box: Box) -> None:
    made: Any = box.client.pages.create(
        parent={"type": "data_source_id", "data_source_id": COHORTS},
        properties={
            "Name": {"title": [{"text": {"content": "W48"}}]},
            "Target": {"number": 58.5},
            "Team": {"select": {"name": "Support"}},
            "Week": {"date": {"start": "2026-11-27"}},
            "Tags": {"multi_select": [{"name": "new"}]},
        },
        children=[{"paragraph": {"rich_text": [{"text": {"content": "Agenda"}}]}}],
    )
    assert made["parent"]["data_source_id"] == COHORTS
    options = box.client.data_sources.retrieve(COHORTS)["properties"]["Team"]["select"]["options"]
    assert [one["name"] for one in options] == ["Product", "Sales", "Support"]
    (block,) = box.client.blocks.children.list(made["id"])["results"]
    assert block["paragraph"]["rich_text"][0]["plain_text"] == "Agenda"
    box.workspace.clock.advance(60)
    changed = box.client.pages.update(made["id"], properties={"Team": {"select": None}})
    assert changed["properties"]["Team"]["select"] is None
    assert changed["last_edited_time"] == "2026-11-27T18:01:00.000Z"


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Goal": {"number": 1}}, "Could not find property with name or id: Goal"),
        ({"Target": {"number": "5"}}, "should be a number or `null`"),
        ({"Target": {"rich_text": []}}, "Target is expected to be number"),
        ({"Onboarded": {"number": 1}}, "computed"),
        ({"State": {"status": {"name": "Odd"}}}, "does not exist"),
        ({"Name": {"title": [{"text": {"content": "x" * 2001}}]}}, "≤ `2000`"),
    ],
)
def test_what_cannot_be_written_is_refused_and_changes_nothing(
    box: Box, properties: dict[str, Any], message: str
) -> None:
    page = box.add_cohort("W47", Target=0.5)
    with pytest.raises(APIResponseError, match=message) as refused:
        box.client.pages.update(page, properties=properties)
    assert refused.value.code == "validation_error"
    assert box.properties(page)["Target"]["number"] == 0.5


def test_a_wrong_token_is_refused(box: Box) -> None:
    stranger = Client(auth="ntn_other", base_url=box.url)
    with pytest.raises(APIResponseError, match=r"API token is invalid\.") as refused:
        stranger.users.me()
    stranger.close()
    assert (refused.value.status, refused.value.code) == (401, "unauthorized")


def test_a_rate_limit_names_the_wait(box: Box) -> None:
    box.workspace.refuse_next(1, retry_after=2)
    with pytest.raises(APIResponseError) as refused:
        box.client.users.me()
    assert (refused.value.status, refused.value.code) == (429, "rate_limited")
    assert refused.value.headers["Retry-After"] == "2"
    assert box.client.users.me()["type"] == "bot"


def test_versions_differ_in_archived_and_unknown_ones_are_refused(box: Box) -> None:
    page = box.add_cohort("W47")

    def get(version: str | None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        if version:
            headers["Notion-Version"] = version
        return requests.get(f"{box.url}/v1/pages/{page}", headers=headers, timeout=60).json()

    assert get("2025-09-03")["archived"] is False
    assert "archived" not in get("2026-03-11")
    assert get("2026-03-11")["in_trash"] is False
    assert get("2022-06-28")["code"] == "validation_error"
    assert get(None)["code"] == "missing_version"
