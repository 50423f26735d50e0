"""Comments on pages: of which places they are read, what that costs, and what may be missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.records import Message, Present, Rows
from connectors.registry import STREAMS
from tests.connectors.support.loopback import Asked, Reply, json_reply
from tests.connectors.support.notion_workspace import (
    KRS,
    PLANS,
    Notion,
    last_cursor,
    problems,
    pull,
)

STREAM = "notion_comments"


def comments(messages: list[Message]) -> list[dict[str, Any]]:
    tables = [m.table for m in messages if isinstance(m, Rows) and m.stream == STREAM]
    assert all(table.schema.equals(STREAMS[STREAM]) for table in tables)
    return [row for table in tables for row in table.to_pylist()]


def census(messages: list[Message]) -> dict[str, int]:
    found = [m for m in messages if isinstance(m, Present) and m.stream == STREAM]
    return {m.place: len(m.ids) for m in found}


def asked_for_comments(notion: Notion) -> int:
    return sum("/v1/comments" in path for path in notion.asked())


def test_comments_are_read_of_the_named_places_only_one_request_a_page(notion: Notion) -> None:
    pages = [notion.add(KRS, f"KR {n}") for n in range(3)]
    plan = notion.add(PLANS, "Dashboard")
    mia = notion.workspace.add_user("0" * 31 + "1", "Mia", "mia@example.com").id
    notion.workspace.comment(pages[0], "Check-in: 42 %", author=mia)
    notion.clock.advance(20)
    notion.workspace.comment(pages[0], "Check-in: 43 %", author=mia)
    notion.workspace.comment(plan, "Check-in: 1 %", author=mia)
    messages = pull(notion, None, KRS, PLANS, comments=(KRS.replace("-", ""),))
    assert census(messages) == {pages[0]: 2, pages[1]: 0, pages[2]: 0}
    first, second = comments(messages)
    assert (first["body"], second["body"]) == ("Check-in: 42 %", "Check-in: 43 %")
    assert (first["position"], second["position"]) == (0, 1)
    assert first["created_at"] == second["created_at"]  # cut to the minute
    assert (first["author"], first["author_id"], first["place"]) == ("Mia", mia, pages[0])
    assert "?d=" in first["url"]
    paths = notion.asked()
    assert sum("/v1/comments" in path for path in paths) == 3
    assert sum("/v1/users/" in path for path in paths) == 1
    pull(notion, last_cursor(messages), KRS, PLANS, comments=(KRS,))
    paths = notion.asked()
    assert sum("/v1/comments" in path for path in paths) == 3
    assert not any("/v1/users/" in path for path in paths)


def test_edited_deleted_and_resolved_comments_follow_the_source(notion: Notion) -> None:
    page = notion.add(KRS, "KR 1")
    said = [notion.workspace.comment(page, f"Check-in: {n} %") for n in range(3)]
    before = pull(notion, None, KRS, comments=(KRS,))
    notion.clock.advance(3600)
    notion.workspace.edit_comment(said[0], "Check-in: 10 %")
    notion.workspace.delete_comment(said[1])
    notion.workspace.resolve_discussion(said[2].discussion_id)
    messages = pull(notion, last_cursor(before), KRS, comments=(KRS,))
    [left] = comments(messages)
    assert left["body"] == "Check-in: 10 %"
    assert left["updated_at"] - left["created_at"] == timedelta(hours=1)
    assert census(messages) == {page: 1}


def test_without_the_capability_it_is_said_once_what_to_enable(notion: Notion) -> None:
    for number in range(30):
        notion.add(KRS, f"KR {number}")
    notion.workspace.may_read_comments = False
    messages = pull(notion, None, KRS, comments=(KRS,))
    [problem] = problems(messages)
    assert (problem.rule, problem.subject) == ("unreadable comments", KRS)
    assert "Enable “Read comments”" in problem.sentence
    assert census(messages) == {}
    assert asked_for_comments(notion) <= 12
    notion.workspace.may_read_comments = True
    assert problems(pull(notion, last_cursor(messages), KRS, comments=(KRS,))) == []


def test_many_comments_are_paged(notion: Notion) -> None:
    page = notion.add(KRS, "KR 1")
    for number in range(230):
        notion.workspace.comment(page, f"Check-in: {number} %")
    assert census(pull(notion, None, KRS, comments=(KRS,))) == {page: 230}
    assert asked_for_comments(notion) == 3


def test_an_unreadable_comment_is_named_and_stops_no_other_page(notion: Notion) -> None:
    one, other = notion.add(KRS, "KR 1"), notion.add(KRS, "KR 2")
    notion.workspace.comment(other, "Check-in: 2 %")

    def broken(asked: Asked) -> Reply | None:
        if "/v1/comments" in asked.path and one in asked.path:
            return json_reply({"results": [{"id": "x"}], "has_more": False})
        return None

    notion.tamper = broken
    messages = pull(notion, None, KRS, comments=(KRS,))
    assert [problem.subject for problem in problems(messages)] == [one]
    assert census(messages) == {other: 1}


def test_whoever_cannot_be_named_stays_without_a_name(notion: Notion) -> None:
    page = notion.add(KRS, "KR 1")
    notion.workspace.comment(page, "Check-in: 2 %", author="f" * 32)
    [said] = comments(pull(notion, None, KRS, comments=(KRS,)))
    assert said["author"] is None
    assert said["author_id"] is not None
