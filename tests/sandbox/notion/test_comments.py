"""Comments as Notion serves them, through its own client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from notion_client.errors import APIResponseError

from sandbox.server.notion.ids import notion_id
from tests.sandbox.support.notion_box import COHORTS, Box, open_box


@pytest.fixture
def box() -> Iterator[Box]:
    with open_box() as opened:
        yield opened


def test_comments_are_created_listed_and_resolved(box: Box) -> None:
    page = box.workspace.add_page(COHORTS, notion_id("commented"), {"Name": "March"}).id
    made = box.client.comments.create(
        parent={"page_id": page}, rich_text=[{"text": {"content": "Hello world"}}]
    )
    assert made["object"] == "comment"
    assert made["created_by"].keys() == {"object", "id"}
    box.client.comments.create(
        discussion_id=made["discussion_id"], rich_text=[{"text": {"content": "Hi"}}]
    )
    listed = box.client.comments.list(block_id=page)
    words = [one["rich_text"][0]["plain_text"] for one in listed["results"]]
    assert words == ["Hello world", "Hi"]
    assert {one["discussion_id"] for one in listed["results"]} == {made["discussion_id"]}
    assert (listed["type"], listed["has_more"]) == ("comment", False)
    box.workspace.resolve_discussion(made["discussion_id"])
    assert box.client.comments.list(block_id=page)["results"] == []


def test_reading_comments_is_a_capability_of_its_own(box: Box) -> None:
    page = box.workspace.add_page(COHORTS, notion_id("commented"), {"Name": "March"}).id
    box.workspace.may_read_comments = False
    with pytest.raises(APIResponseError) as caught:
        box.client.comments.list(block_id=page)
    assert (caught.value.status, caught.value.code) == (403, "restricted_resource")
