"""Queries of the Notion stand-in as the real client library sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from notion_client import APIResponseError
from notion_client.helpers import iterate_paginated_api

from sandbox.server.notion.ids import notion_id
from tests.sandbox.support.notion_box import ADA, COHORTS, CUSTOMERS, NOW, Box, open_box


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


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


def test_search_finds_pages_and_data_sources_by_title(box: Box) -> None:
    page = box.add_cohort("Week of cohorts")
    found = box.client.search(query="cohorts")["results"]
    assert {(one["object"], one["id"]) for one in found} == {
        ("page", page),
        ("data_source", COHORTS),
    }
    only = box.client.search(query="cohorts", filter={"property": "object", "value": "page"})
    assert [one["id"] for one in only["results"]] == [page]
