"""Comments: of which issues they are read, what that costs, and what becomes of cut lists."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.jira.decode.rich_text import lines
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.records import Rows
from connectors.registry import STREAMS
from sandbox.company import adf
from sandbox.company.generate import build_jira
from sandbox.server.jira.app import jira_app
from sandbox.server.jira.datacenter import datacenter_app
from tests.connectors.support.asgi import answering
from tests.connectors.support.clock import NOW, Clock
from tests.connectors.support.loopback import Asked, Reply, serving
from tests.connectors.support.scripted_jira import (
    TOKEN,
    ScriptedJira,
    calls,
    comment,
    jira,
    last_cursor,
    present,
    problems,
    rows,
    site_of,
)

KEY_RESULT = {"id": "10100", "name": "Key Result"}


def site_with_comments(key_results: int) -> ScriptedJira:
    """Twelve tasks, and Key Results with a comment each."""
    site = site_of(12)
    for number in range(100, 100 + key_results):
        site.add(number, issuetype=KEY_RESULT)
        said = comment(number, NOW - timedelta(days=2), f"Check-in: {number} %")
        site.comments[str(10_000 + number)] = [said]
    return site


def test_comments_are_read_of_the_named_types_only_a_hundred_issues_a_request() -> None:
    site = site_with_comments(130)
    site.comments["10001"] = [comment(1, NOW, "Check-in: 1 %")]
    with jira(site, comments=("key result",)) as (source, server):
        messages = list(source.pull({}))
    found = rows(messages, "jira_comments")
    assert found.keys() == {f"{10_000 + n}:{40_000 + n}" for n in range(100, 230)}
    assert calls(server).count("issues") == 2
    assert "comment" not in calls(server)
    assert present(messages, "jira_comments")["10100"] == {"10100:40100"}
    one = found["10100:40100"]
    assert (one["author"], one["author_id"], one["body"]) == ("Mia", "mia", "Check-in: 100 %")
    assert one["created_at"] == NOW - timedelta(days=2)
    assert one["url"].endswith("/browse/WEB-100?focusedCommentId=40100")
    assert one["issue_id"] == one["place"] == "10100"
    tables = [m.table for m in messages if isinstance(m, Rows) and m.stream == "jira_comments"]
    assert [table.num_rows for table in tables] == [100, 30]
    assert all(table.schema.equals(STREAMS["jira_comments"]) for table in tables)


def test_a_renamed_type_keeps_its_comments_by_its_id() -> None:
    site = site_with_comments(1)
    with jira(site, comments=("KR",), comment_types=("10100",)) as (source, _):
        assert len(rows(list(source.pull({})), "jira_comments")) == 1


def test_nothing_is_asked_where_no_comments_are_wanted() -> None:
    with jira(site_with_comments(3)) as (source, server):
        messages = list(source.pull({}))
    assert not rows(messages, "jira_comments")
    assert "issues" not in calls(server)


def test_a_night_reads_the_comments_on_changed_issues_and_buries_deleted_ones() -> None:
    site = site_with_comments(5)
    with jira(site, comments=("Key Result",)) as (source, server):
        cursor = last_cursor(list(source.pull({})))
        server.asked.clear()
        assert not rows(list(source.pull(cursor)), "jira_comments")
        assert "issues" not in calls(server)
        site.touch(101, NOW)
        site.comments["10101"] = [comment(901, NOW, "Check-in: 9 %")]  # the other is deleted
        server.asked.clear()
        messages = list(source.pull(cursor))
    assert rows(messages, "jira_comments").keys() == {"10101:40901"}
    assert present(messages, "jira_comments") == {"10101": {"10101:40901"}}
    assert calls(server).count("issues") == 1


def test_a_list_that_is_cut_is_read_to_its_end() -> None:
    site = site_with_comments(2)
    site.comments["10100"] = [comment(n, NOW, f"Check-in: {n} %") for n in range(120)]
    with jira(site, comments=("Key Result",)) as (source, server):
        messages = list(source.pull({}))
    assert len(present(messages, "jira_comments")["10100"]) == 120
    assert calls(server).count("comment") == 3  # fifty a page


def test_a_pull_killed_before_the_comments_reads_them_next_time() -> None:
    site = site_with_comments(3)

    def refuse(asked: Asked) -> Reply | None:
        return Reply(400) if asked.method == "POST" and "comment" in str(asked.json) else None

    with jira(site, comments=("Key Result",)) as (source, _):
        site.interrupt = refuse
        before: list[Any] = []
        with pytest.raises(Exception, match="400"):
            before.extend(iter_into(source.pull({}), before))
        site.interrupt = lambda asked: None
        messages = list(source.pull(last_cursor(before)))
    assert len(rows(messages, "jira_comments")) == 3


def iter_into(messages: Any, into: list[Any]) -> list[Any]:
    for message in messages:
        into.append(message)
    return []


def test_issues_that_are_not_served_are_asked_for_again() -> None:
    site = site_with_comments(3)
    with jira(site, comments=("Key Result",)) as (source, _):
        site.omitted = {"10101"}
        cursor = last_cursor(list(source.pull({})))
        site.omitted = set()
        assert rows(list(source.pull(cursor)), "jira_comments").keys() == {"10101:40101"}


def test_an_unreadable_comment_is_named_and_buries_no_other() -> None:
    site = site_with_comments(2)
    site.comments["10100"].insert(0, {"author": None})
    with jira(site, comments=("Key Result",)) as (source, _):
        messages = list(source.pull({}))
    assert rows(messages, "jira_comments").keys() == {"10100:40100", "10101:40101"}
    assert "10100" not in present(messages, "jira_comments")
    [problem] = problems(messages)
    assert (problem.rule, problem.subject) == ("unreadable comments", "10100")
    assert "WEB-100" in problem.sentence


ADF = {
    "type": "doc",
    "content": [
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "Check-in", "marks": [{"type": "strong"}]},
                {"type": "text", "text": ": 42 %"},
                {"type": "hardBreak"},
                {"type": "text", "text": "Confidence: "},
                {"type": "status", "attrs": {"text": "High", "color": "green"}},
            ],
        },
        {"type": "paragraph", "content": [{"type": "text", "text": "Next: call"}]},
    ],
}


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (ADF, ["Check-in: 42 %", "Confidence: High", "Next: call"]),
        ("*Check-in*: 42 %\r\nnext_week is _fine_", ["Check-in: 42 %", "next_week is fine"]),
        ("h3. Check-in\n* Confidence: {color:green}High{color}", ["Check-in", "Confidence: High"]),
        ("Check-in: -5 %\n- 3 * 4 * 5", ["Check-in: -5 %", "3 * 4 * 5"]),
        (None, []),
    ],
)
def test_lines_are_those_that_a_person_sees(body: Any, shown: list[str]) -> None:
    assert lines(body) == shown


def bodies(url: str, user: str | None) -> dict[str, str]:
    settings = JiraSettings(
        url, user, TOKEN, "project in (SUP, WEB, SAL)", comments=("Story", "Epic")
    )
    source = JiraSource(settings, Clock().sleep)
    found = rows(list(source.pull({})), "jira_comments")
    source.close()
    return {key: row["body"] for key, row in found.items()}


def test_cloud_and_data_center_say_the_same() -> None:
    site = build_jira(330, 7)
    for number in range(30):
        text = adf.paragraph(f"Check-in: {number} %, confidence high")
        site.comment_on("WEB-7", adf.document(text, adf.bullets("Next: call", "Then: rest")))
    with serving(answering(jira_app(site, {"mia@example.com": TOKEN}))) as server:
        cloud = bodies(server.url, "mia@example.com")
        singly = [one for one in server.asked if one.path.partition("?")[0].endswith("/comment")]
        assert len(singly) == 1
    with serving(answering(datacenter_app(site, [TOKEN], {}))) as server:
        assert bodies(server.url, None) == cloud
    mine = [body for body in cloud.values() if body.startswith("Check-in")]
    assert len(mine) == 30
    assert mine[0] == "Check-in: 0 %, confidence high\nNext: call\nThen: rest"
