"""The Notion stand-in as the real client library sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from notion_client import APIResponseError, Client
from notion_client.helpers import iterate_paginated_api

from sandbox.server.clock import Clock
from sandbox.server.notion import notion_app
from sandbox.server.notion_ids import notion_id
from sandbox.server.notion_records import NewDataSource, Property, Run, Span
from sandbox.server.notion_store import NotionWorkspace
from tests.sandbox.serving import serving

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


@pytest.fixture
def box() -> Iterator[Box]:
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


def test_pages_of_a_query_follow_each_other_without_gap_or_repeat(box: Box) -> None:
    pages = [box.add_cohort(f"W{n}") for n in range(7)]
    found = iterate_paginated_api(
        box.client.data_sources.query, data_source_id=COHORTS, page_size=3
    )
    assert [one["id"] for one in found] == pages


def test_trashed_pages_leave_queries_but_can_be_retrieved_and_restored(box: Box) -> None:
    page = box.add_cohort("W47")
    box.client.pages.update(page, in_trash=True)
    assert box.names() == []
    assert box.names(in_trash=True) == ["W47"]
    assert box.client.pages.retrieve(page)["in_trash"] is True
    with pytest.raises(APIResponseError, match="archived ancestor"):
        box.client.pages.update(page, properties={"Target": {"number": 1}})
    box.client.pages.update(page, in_trash=False)
    assert box.names() == ["W47"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"property": "Target", "number": {"greater_than": 0.2}}, ["b", "c"]),
        ({"property": "Team", "select": {"equals": "Sales"}}, ["b"]),
        ({"property": "State", "status": {"does_not_equal": "Done"}}, ["b", "c"]),
        ({"property": "Tags", "multi_select": {"contains": "new"}}, ["a"]),
        ({"property": "Week", "date": {"on_or_after": "2026-11-20"}}, ["b"]),
        ({"property": "Week", "date": {"is_empty": True}}, ["c"]),
        ({"property": "Name", "title": {"starts_with": "B"}}, ["b"]),
        ({"property": "Owner", "people": {"contains": ADA}}, ["c"]),
        ({"property": "Late", "formula": {"checkbox": {"equals": True}}}, ["a"]),
        ({"property": "Number", "unique_id": {"less_than": 3}}, ["a", "b"]),
        ({"property": "Seats", "rollup": {"number": {"greater_than": 2}}}, ["c"]),
        ({"property": "Names", "rollup": {"any": {"title": {"contains": "2"}}}}, ["c"]),
        ({"timestamp": "created_time", "created_time": {"before": "2026-11-26"}}, ["a"]),
        (
            {
                "timestamp": "last_edited_time",
                "last_edited_time": {"on_or_after": "2026-11-27T18:00:00Z"},
            },
            ["b", "c"],
        ),
        (
            {
                "or": [
                    {"property": "Name", "title": {"equals": "a"}},
                    {
                        "and": [
                            {"property": "Target", "number": {"is_not_empty": True}},
                            {"property": "Team", "select": {"is_empty": True}},
                        ]
                    },
                ]
            },
            ["a", "c"],
        ),
    ],
)
def test_filters(box: Box, asked: dict[str, Any], names: list[str]) -> None:
    early = NOW - timedelta(days=3)
    box.workspace.add_page(
        COHORTS,
        notion_id("a"),
        {
            "Name": "a",
            "Target": 0.1,
            "Team": "Product",
            "State": "Done",
            "Tags": ["new"],
            "Week": date(2026, 11, 13),
            "Late": True,
        },
        created_at=early,
    )
    box.add_cohort("b", Target=0.3, Team="Sales", Week=date(2026, 11, 20), Late=False)
    box.add_cohort("c", Target=0.9, Owner=[ADA], Customers=box.add_customers(3))
    assert box.names(filter=asked) == names


def test_sorts_put_empty_values_last(box: Box) -> None:
    for name, target in (("a", 0.2), ("b", None), ("c", 0.1), ("d", 0.2)):
        box.add_cohort(name, Target=target)
    by_target = [{"property": "Target", "direction": "descending"}]
    by_both = [*by_target, {"property": "Name", "direction": "descending"}]
    assert box.names(sorts=by_target) == ["a", "d", "c", "b"]
    assert box.names(sorts=by_both) == ["d", "a", "c", "b"]


def test_only_the_properties_asked_for_are_shown(box: Box) -> None:
    page = box.add_cohort("W47")
    key = box.properties(page)["Target"]["id"]
    (row,) = box.query(filter_properties=[key, "title"])["results"]
    assert row["properties"].keys() == {"Name", "Target"}
    assert box.client.pages.retrieve(page, filter_properties=[key])["properties"].keys() == {
        "Target"
    }


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


def test_a_query_ends_at_10000_rows_and_says_it_is_incomplete(box: Box) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(10_001):
        at = start + timedelta(minutes=n)
        name = {"Name": str(n)}
        box.workspace.add_page(CUSTOMERS, notion_id("many", str(n)), name, created_at=at)
    rows, answer, cursor = 0, {}, None
    while cursor or not answer:
        asked = {"start_cursor": cursor} if cursor else {}
        answer = box.client.data_sources.query(
            CUSTOMERS, filter_properties=["title"], page_size=100, **asked
        )
        rows, cursor = rows + len(answer["results"]), answer["next_cursor"]
    assert rows == 10_000
    assert answer["request_status"] == {
        "type": "incomplete",
        "incomplete_reason": "query_result_limit_reached",
    }
    last = start + timedelta(minutes=10_000)
    window = {
        "timestamp": "created_time",
        "created_time": {"on_or_after": last.isoformat()},
    }
    rest = box.client.data_sources.query(CUSTOMERS, filter=window)
    assert [one["properties"]["Name"]["title"][0]["plain_text"] for one in rest["results"]] == [
        "10000"
    ]
    assert "request_status" not in rest


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


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"page_size": 101}, "≤ `100`"),
        ({"start_cursor": notion_id("nowhere")}, "start_cursor provided is invalid"),
        ({"filter": {"property": "Nope", "number": {"equals": 1}}}, "Could not find property"),
        ({"filter": {"property": "Team", "number": {"equals": 1}}}, "does not match filter"),
        ({"filter": {"property": "Target", "number": {"near": 1}}}, "no condition 'near'"),
        ({"sorts": [{"property": "Nope"}]}, "Could not find property"),
    ],
)
def test_a_wrong_query_is_refused(box: Box, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(APIResponseError, match=message) as refused:
        box.query(**asked)
    assert (refused.value.status, refused.value.code) == (400, "validation_error")


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
        return requests.get(f"{box.url}/v1/pages/{page}", headers=headers, timeout=5).json()

    assert get("2025-09-03")["archived"] is False
    assert "archived" not in get("2026-03-11")
    assert get("2026-03-11")["in_trash"] is False
    assert get("2022-06-28")["code"] == "validation_error"
    assert get(None)["code"] == "missing_version"


def test_search_finds_pages_and_data_sources_by_title(box: Box) -> None:
    page = box.add_cohort("Week of cohorts")
    found = box.client.search(query="cohorts")["results"]
    assert {(one["object"], one["id"]) for one in found} == {
        ("page", page),
        ("data_source", COHORTS),
    }
    only = box.client.search(query="cohorts", filter={"property": "object", "value": "page"})
    assert [one["id"] for one in only["results"]] == [page]
