"""The course of a pull: what is asked, what is handed over, and what the cursor makes of it."""

import itertools
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import (
    TransientError,
)
from connectors.jira.streams import JIRA_ISSUES
from connectors.records import Message, Present, Rows
from connectors.registry import STREAMS
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import Asked, Reply, json_reply
from tests.connectors.support.scripted_jira import (
    TOKEN,
    calls,
    history,
    jira,
    last_cursor,
    present,
    problems,
    rows,
    site_of,
)


def test_a_full_pull_brings_everything_at_the_floor() -> None:
    site = site_of(2345)
    with jira(site, fields=("Key Result",)) as (source, server):
        messages = list(source.pull({}))
        assert rows(messages, "jira_issues").keys() == site.issues.keys()
        assert len(rows(messages, "jira_changes")) == 2 * 2345
        # 17 pages by searching, one list of ids, the rest by id.
        assert Counter(calls(server)) == {"field": 1, "jql": 18, "issues": 7, "changes": 3}
        floor = 24 + 3 + 1
        assert len(server.asked) == source.figures.requests == floor + 1 <= 1.05 * floor
        assert source.figures.retries == 0
        assert source.figures.rows == 2345 + 2 * 2345


def test_every_table_is_exactly_of_its_streams_schema() -> None:
    site = site_of(3)
    site.add(4, issuetype={"name": "Epic"})
    site.links["10004"] = [{"id": 7, "object": {"url": "https://example.com", "title": "Page"}}]
    with jira(site, initiatives=("Epic",)) as (source, _):
        messages = list(source.pull({}))
    tables = [one for one in messages if isinstance(one, Rows)]
    assert {one.stream for one in tables} == {"jira_issues", "jira_changes", "jira_remote_links"}
    for one in tables:
        assert one.table.schema.equals(STREAMS[one.stream])


def test_changes_come_before_their_issues_and_only_issues_carry_a_cursor() -> None:
    with jira(site_of(1500)) as (source, _):
        messages = list(source.pull({}))
    tables = [one for one in messages if isinstance(one, Rows)]
    streams = [one.stream for one in tables]
    assert streams == ["jira_changes", "jira_issues"] * 2 + ["jira_issues"]
    assert [one.cursor is not None for one in tables] == [False, True, False, True, True]
    assert [one.table.num_rows for one in tables] == [2000, 1000, 1000, 500, 0]
    assert tables[-1].table.schema.equals(JIRA_ISSUES)


def test_a_full_pull_says_itself_what_is_present() -> None:
    with jira(site_of(7)) as (source, _):
        found = present(list(source.pull({})))
    assert found == {
        "SUP": {"10003", "10006"},
        "WEB": {"10001", "10002", "10004", "10005", "10007"},
    }


def test_the_cursor_is_plain_json_and_holds_no_secret() -> None:
    with jira(site_of(3), fields=("Key Result",)) as (source, _):
        messages = list(source.pull({}))
        text = json.dumps(last_cursor(messages))
        assert json.loads(text)["complete"] is True
        said = f"{text} {source!r} {vars(source)!r} {source._settings!r}"
    assert TOKEN not in said


def test_the_watermark_is_jiras_own_clock_less_the_overlap() -> None:
    with jira(site_of(3)) as (source, server):
        server.date = NOW + timedelta(hours=5)  # whatever this machine's clock says
        cursor = last_cursor(list(source.pull({})))
    assert cursor["watermark"] == int((NOW + timedelta(hours=4, minutes=30)).timestamp() * 1000)


def test_the_watermark_is_the_first_clock_of_a_long_pull() -> None:
    site = site_of(250)
    with jira(site) as (source, server):

        def later(asked: Asked) -> None:
            server.date += timedelta(minutes=30)

        site.interrupt = later
        cursor = last_cursor(list(source.pull({})))
    assert cursor["watermark"] == int(NOW.timestamp() * 1000)


def test_a_quiet_night_fetches_no_issue() -> None:
    with jira(site_of(120), fields=("Key Result",)) as (source, server):
        cursor = last_cursor(list(source.pull({})))
        server.asked.clear()
        messages = list(source.pull(cursor))
        assert rows(messages, "jira_issues") == {}
        assert calls(server) == ["field", "jql", "jql"]
        assert last_cursor(messages)["complete"] is True


def test_a_night_asks_for_what_changed_by_milliseconds_without_upper_bound() -> None:
    site = site_of(300)
    with jira(site, jql='summary ~ "order by x" ORDER BY rank', fields=("Key Result",)) as (
        source,
        server,
    ):
        cursor = last_cursor(list(source.pull({})))
        for number in range(1, 81):
            site.touch(number, NOW + timedelta(hours=1), summary="New")
        server.date = NOW + timedelta(days=1)
        server.asked.clear()
        messages = list(source.pull(cursor))
        assert len(rows(messages, "jira_issues")) == 80
        assert sorted(calls(server)) == ["changes", "field", "jql", "jql"]
        since = int((NOW - timedelta(minutes=30)).timestamp() * 1000)
        assert server.asked[1].json["jql"] == (
            f'(summary ~ "order by x") AND updated >= {since} ORDER BY key ASC'
        )
        census = [one for one in server.asked if "search" in one.path][1]
        assert census.json["maxResults"] == 5000


def test_what_the_overlap_shows_again_unchanged_is_not_yielded_again() -> None:
    site = site_of(10)
    site.touch(1, NOW - timedelta(minutes=2))
    site.touch(2, NOW - timedelta(minutes=2))
    with jira(site) as (source, server):
        first = last_cursor(list(source.pull({})))
        site.touch(2, NOW - timedelta(minutes=1), summary="Edited late, indexed late")
        server.date = NOW + timedelta(minutes=1)
        server.asked.clear()
        second = list(source.pull(first))
        assert rows(second, "jira_issues").keys() == {"10002"}
        third = list(source.pull(last_cursor(second)))
        assert rows(third, "jira_issues") == {}


def test_an_edit_indexed_late_is_found_by_the_next_night() -> None:
    site = site_of(10)
    with jira(site) as (source, server):
        cursor = last_cursor(list(source.pull({})))
        # Made before the pull began, in the index only after it.
        site.touch(5, NOW - timedelta(minutes=29), summary="Late")
        server.date = NOW + timedelta(days=1)
        assert rows(list(source.pull(cursor)), "jira_issues").keys() == {"10005"}


@pytest.mark.parametrize(("pages_searched", "batches"), [(99, 4), (3, 4)])
def test_a_pull_cut_off_anywhere_goes_on_to_the_same_whole(
    monkeypatch: pytest.MonkeyPatch, pages_searched: int, batches: int
) -> None:
    monkeypatch.setattr("connectors.jira.pull._BATCH", 20)
    monkeypatch.setattr("connectors.jira.pull._FETCH", 10)
    monkeypatch.setattr("connectors.jira.pull._PAGES_SEARCHED", pages_searched)
    site = site_of(65)
    site.touch(64, NOW - timedelta(minutes=1))
    with jira(site, fields=("Key Result",), page_size=10) as (source, _):
        whole = list(source.pull({}))
        assert len(whole) == batches * 2 + 2 + 1
        for cut in range(1, len(whole)):
            # What came after the last cursor was never committed.
            kept = committed(list(itertools.islice(source.pull({}), cut)))
            after = list(source.pull(last_cursor(kept)))
            for stream in ("jira_issues", "jira_changes"):
                assert rows(kept + after, stream) == rows(whole, stream)
            assert present(after) == present(whole)
            assert last_cursor(after) == last_cursor(whole)


def committed(messages: list[Message]) -> list[Message]:
    ends = [
        index + 1
        for index, one in enumerate(messages)
        if isinstance(one, Rows) and one.cursor is not None
    ]
    return messages[: ends[-1]] if ends else []


def test_going_on_asks_for_no_page_twice() -> None:
    with jira(site_of(2900), fields=("Key Result",)) as (source, server):
        first = list(itertools.islice(source.pull({}), 2))
        server.asked.clear()
        after = list(source.pull(last_cursor(first)))
        # 17 pages more by searching, the last two by id; the first thousand is not read again.
        assert Counter(calls(server)) == {"jql": 18, "issues": 2, "changes": 3}
        assert len(rows(after, "jira_issues")) == 1900
        later = list(itertools.islice(source.pull({}), 6))
        assert last_cursor(later)["upto"] > 0
        server.asked.clear()
        after = list(source.pull(last_cursor(later)))
        assert Counter(calls(server)) == {"jql": 1, "issues": 2, "changes": 1}
        assert len(rows(later, "jira_issues")) + len(rows(after, "jira_issues")) == 2900


def test_an_expired_token_begins_again_and_loses_nothing() -> None:
    site = site_of(2300)
    with jira(site) as (source, server):
        before = list(itertools.islice(source.pull({}), 2))
        server.date = NOW + timedelta(days=8)
        refused = []

        def expired(asked: Asked) -> Reply | None:
            if b'"nextPageToken":"at:1000"' in asked.body and not refused:
                refused.append(asked)
                return Reply(400, b'{"errorMessages": ["The token is invalid or expired."]}')
            return None

        site.interrupt = expired
        after = list(source.pull(last_cursor(before)))
    assert len(refused) == 1
    assert rows(after, "jira_issues").keys() == site.issues.keys()
    # All of it was read after the new clock, so the old watermark would only cost.
    clock = NOW + timedelta(days=8) - timedelta(minutes=30)
    assert last_cursor(after)["watermark"] == int(clock.timestamp() * 1000)
    assert set().union(*present(after).values()) == site.issues.keys()


def looping(times: int) -> Any:
    """Serves the first page's token again in place of the second's, so many times."""
    left = [times]

    def interrupt(asked: Asked) -> Reply | None:
        if b'"nextPageToken":"at:100"' in asked.body and left[0]:
            left[0] -= 1
            return json_reply({"issues": [], "nextPageToken": "at:100"})
        return None

    return interrupt


def test_a_token_that_comes_back_begins_again() -> None:
    site = site_of(350)
    site.interrupt = looping(1)
    with jira(site) as (source, _):
        messages = list(source.pull({}))
    assert rows(messages, "jira_issues").keys() == site.issues.keys()
    assert set().union(*present(messages).values()) == site.issues.keys()


def test_a_token_that_always_comes_back_ends_the_pull_incomplete() -> None:
    site = site_of(350)
    site.interrupt = looping(99)
    with jira(site) as (source, server):
        messages: list[Message] = []
        with pytest.raises(TransientError, match="used before"):
            messages.extend(source.pull({}))
        assert not any(isinstance(one, Present) for one in messages)
        assert len(server.asked) < 20


def test_a_short_or_empty_page_with_a_token_is_not_the_last() -> None:
    site = site_of(230)
    site.sizes = itertools.cycle([37, 0, 100])
    with jira(site) as (source, server):
        messages = list(source.pull({}))
        assert calls(server).count("jql") == 6
    assert rows(messages, "jira_issues").keys() == site.issues.keys()


def test_deleted_and_moved_show_in_what_is_present() -> None:
    site = site_of(9)
    with jira(site) as (source, _):
        cursor = last_cursor(list(source.pull({})))
        del site.issues["10001"]
        site.issues["10003"]["key"] = "WEB-99"
        site.touch(3, NOW + timedelta(hours=1), project={"key": "WEB"})
        messages = list(source.pull(cursor))
    found = present(messages)
    assert "10001" not in found["WEB"] | found["SUP"]
    assert "10003" in found["WEB"] - found["SUP"]
    assert rows(messages, "jira_issues")["10003"]["key"] == "WEB-99"


def test_a_hidden_project_is_not_said_to_be_empty() -> None:
    site = site_of(9)
    with jira(site) as (source, _):
        cursor = last_cursor(list(source.pull({})))
        for issue in [one for one in site.issues.values() if one["key"].startswith("SUP")]:
            del site.issues[issue["id"]]
        site.projects.remove("SUP")
        messages = list(source.pull(cursor))
        assert present(messages).keys() == {"WEB"}
        assert [(one.rule, one.subject) for one in problems(messages)] == [
            ("project not visible", "SUP")
        ]
        site.projects.add("SUP")  # and one that is shown is
        assert present(list(source.pull(last_cursor(messages))))["SUP"] == set()


def test_projects_emptied_at_once_hidden_meanwhile_and_filled_again_are_told_apart() -> None:
    site = site_of(9)
    with jira(site) as (source, _):
        cursor, there = last_cursor(list(source.pull({}))), dict(site.issues)
        site.issues.clear()
        messages = list(source.pull(cursor))
        assert present(messages) == {"SUP": set(), "WEB": set()}
        site.projects.remove("SUP")
        messages = list(source.pull(last_cursor(messages)))
        assert present(messages) == {"WEB": set()}
        assert [one.subject for one in problems(messages)] == ["SUP"]
        site.projects.add("SUP")
        site.issues.update(there)
        messages = list(source.pull(last_cursor(messages)))
        assert set().union(*present(messages).values()) == there.keys()
        assert problems(messages) == []


def test_an_issue_that_cannot_be_read_is_named_and_stays_present() -> None:
    site = site_of(5)
    site.issues["10002"]["fields"]["summary"] = {"not": "text"}
    site.issues["10003"]["fields"]["created"] = "the day before"
    with jira(site) as (source, _):
        messages = list(source.pull({}))
    assert rows(messages, "jira_issues").keys() == {"10001", "10004", "10005"}
    assert [one.subject for one in problems(messages)] == ["SUP-3", "WEB-2"]
    assert problems(messages)[1].url is not None
    assert "$.summary" in problems(messages)[1].sentence
    assert "10002" in present(messages)["WEB"]


def test_the_history_of_one_issue_may_be_spread_over_pages() -> None:
    site = site_of(3)
    site.entries_a_page = 2
    site.logs["10002"] = [history(n, NOW, to=f"Step {n}") for n in range(100, 105)]
    with jira(site) as (source, _):
        found = rows(list(source.pull({})), "jira_changes")
    steps = [row["to_text"] for row in found.values() if row["issue_id"] == "10002"]
    assert steps[::2] == [f"Step {n}" for n in range(100, 105)]
    assert found["90100:0"] | {"changed_at": None} == {
        "id": "90100:0",
        "place": "WEB",
        "issue_id": "10002",
        "changed_at": None,
        "author_id": "mia",
        "author_type": "atlassian",
        "field": "status",
        "field_id": "status",
        "from_id": "1",
        "from_text": "To Do",
        "to_id": "3",
        "to_text": "Step 100",
    }


@pytest.mark.parametrize(
    "created", [1795802400, 1795802400000, "2026-11-28T02:00:00.000+0800", "2026-11-27T18:00:00Z"]
)
def test_the_date_of_a_change_is_read_however_it_is_written(created: Any) -> None:
    site = site_of(1)
    site.logs["10001"] = [history(1, NOW, created=created)]
    with jira(site) as (source, _):
        assert rows(list(source.pull({})), "jira_changes")["90001:0"]["changed_at"] == NOW


def test_an_unreadable_change_log_is_named_while_others_arrive() -> None:
    site = site_of(3)
    site.logs["10002"][0]["items"] = "none"
    with jira(site) as (source, _):
        messages = list(source.pull({}))
    assert [(one.rule, one.subject) for one in problems(messages)] == [
        ("unreadable change log", "10002")
    ]
    assert len(rows(messages, "jira_changes")) == 4
    assert len(rows(messages, "jira_issues")) == 3
