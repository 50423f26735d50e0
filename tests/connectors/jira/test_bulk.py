"""What lies beyond the searched pages: listed, fetched by id with requests in flight, checked."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from connectors.records import Message, Rows
from tests.connectors.support.clock import NOW
from tests.connectors.support.gathering import Gathering
from tests.connectors.support.loopback import Asked, Reply, json_reply
from tests.connectors.support.scripted_jira import (
    calls,
    jira,
    last_cursor,
    present,
    problems,
    rows,
    served,
    site_of,
)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One searched page of ten issues, then ten at a time by id, fifty a batch."""
    monkeypatch.setattr("connectors.jira.pull._PAGES_SEARCHED", 1)
    monkeypatch.setattr("connectors.jira.pull._FETCH", 10)
    monkeypatch.setattr("connectors.jira.pull._BATCH", 50)


def issue_order(messages: list[Message]) -> list[str]:
    tables = [one for one in messages if isinstance(one, Rows) and one.stream == "jira_issues"]
    return [one for table in tables for one in table.table.column("id").to_pylist()]


def test_requests_are_in_flight_together_and_never_more_than_allowed() -> None:
    site = site_of(400)
    site.interrupt = crowd = Gathering(4, "bulkfetch")
    with jira(site, page_size=10, in_flight=4) as (source, _):
        messages = list(source.pull({}))
    assert rows(messages, "jira_issues").keys() == site.issues.keys()
    assert crowd.most == 4


def test_rows_come_in_the_same_order_however_late_the_answers() -> None:
    orders = []
    for _ in range(2):
        site = site_of(200)
        site.interrupt = Gathering(2, "bulkfetch")
        with jira(site, page_size=10) as (source, _server):
            orders.append(issue_order(list(source.pull({}))))
    assert orders[0] == orders[1]
    by_id = orders[0][10:]
    assert by_id == sorted(by_id, key=int)


def test_change_logs_are_asked_for_after_their_issues_were_read() -> None:
    site = site_of(120)
    asked_before: list[list[str]] = []
    read = {str(10_000 + 3 * number) for number in range(1, 11)}  # the page that is searched

    def watch(asked: Asked) -> None:
        ids = asked.json.get("issueIdsOrKeys", []) if asked.body else []
        if "issue/bulkfetch" in asked.path:
            read.update(ids)
        elif "changelog" in asked.path:
            asked_before.append([one for one in ids if one not in read])

    site.interrupt = watch
    with jira(site, page_size=10) as (source, _):
        list(source.pull({}))
    assert asked_before
    assert all(early == [] for early in asked_before)


def test_what_is_deleted_while_it_is_read_is_not_present() -> None:
    site = site_of(60)

    def delete(asked: Asked) -> None:
        if "issue/bulkfetch" in asked.path:
            site.issues.pop("10047", None)

    site.interrupt = delete
    with jira(site, page_size=10) as (source, _):
        messages = list(source.pull({}))
    assert "10047" not in rows(messages, "jira_issues").keys() | set().union(
        *present(messages).values()
    )
    assert problems(messages) == []


def test_what_the_bulk_fetch_leaves_out_silently_is_read_all_the_same() -> None:
    site = site_of(60)
    site.omitted = {"10031", "10047"}
    with jira(site, page_size=10) as (source, _):
        messages = list(source.pull({}))
    assert rows(messages, "jira_issues").keys() == site.issues.keys()
    assert rows(messages, "jira_changes")["90031:0"]["issue_id"] == "10031"


def test_a_project_hidden_while_it_is_read_is_not_said_to_be_empty() -> None:
    site = site_of(60)

    def hide(asked: Asked) -> None:
        if "issue/bulkfetch" in asked.path:
            site.projects.discard("SUP")
            site.omitted = {one for one in site.issues if site.issues[one]["key"][0] == "S"}

    site.interrupt = hide
    with jira(site, page_size=10) as (source, _):
        messages = list(source.pull({}))
    assert present(messages).keys() == {"WEB"}
    assert [(one.rule, one.subject) for one in problems(messages)] == [
        ("project not visible", "SUP")
    ]


def test_what_was_never_read_is_asked_for_again_by_the_next_pull() -> None:
    site = site_of(60)
    with jira(site, page_size=10) as (source, _):
        whole = dict(site.issues)
        late = site.issues.pop("10044")  # created long ago, but the index does not know it yet
        cursor = last_cursor(list(source.pull({})))
        site.issues["10044"] = late
        night = list(source.pull(cursor))
        assert rows(night, "jira_issues").keys() == {"10044"}
        assert rows(night, "jira_changes").keys() == {"90044:0", "90044:1"}
        assert set().union(*present(night).values()) == whole.keys()
        assert rows(list(source.pull(last_cursor(night))), "jira_issues") == {}


def test_issues_shown_again_come_back_although_nobody_edited_them() -> None:
    site = site_of(30)
    with jira(site, page_size=10) as (source, _):
        first = last_cursor(list(source.pull({})))
        hidden = {one: site.issues.pop(one) for one in ("10004", "10005")}
        second = last_cursor(list(source.pull(first)))
        site.issues.update(hidden)
        assert rows(list(source.pull(second)), "jira_issues").keys() == hidden.keys()


def test_a_night_of_many_changes_is_listed_and_fetched_too() -> None:
    site = site_of(200)
    with jira(site, page_size=10) as (source, server):
        cursor = last_cursor(list(source.pull({})))
        changed = range(50, 150)
        for number in changed:
            site.touch(number, NOW + timedelta(hours=1), summary="New")
        server.asked.clear()
        night = list(source.pull(cursor))
        assert rows(night, "jira_issues").keys() == {str(10_000 + one) for one in changed}
        # A searched page, the list of what changed, the census; then the rest by id.
        assert [calls(server).count(one) for one in ("jql", "issues")] == [3, 9]


def test_an_issue_served_twice_counts_once_in_its_newest_state() -> None:
    site = site_of(3)
    old = served(site.issues["10001"], ["summary", "updated", "project"])
    site.touch(1, NOW - timedelta(hours=1), summary="New")
    new = served(site.issues["10001"], ["summary", "updated", "project"])

    def twice(asked: Asked) -> Reply | None:
        return json_reply({"issues": [new, old, new]}) if "search" in asked.path else None

    site.interrupt = twice
    with jira(site) as (source, _):
        messages = list(source.pull({}))
    assert issue_order(messages) == ["10001"]
    assert rows(messages, "jira_issues")["10001"]["summary"] == "New"


def test_a_pull_that_is_given_up_leaves_nothing_running() -> None:
    site = site_of(400)
    site.interrupt = Gathering(2, "bulkfetch")
    with jira(site, page_size=10) as (source, server):
        pull = source.pull({})
        next(pull)
        pull.close()
        assert not [one for one in threading.enumerate() if one.name.startswith("jira")]
        before = len(server.asked)
        time.sleep(0.05)
        assert len(server.asked) == before
        assert len(rows(list(source.pull({})), "jira_issues")) == 400


def test_a_fault_among_requests_in_flight_ends_complete() -> None:
    site = site_of(300)
    heard: Counter[bytes] = Counter()
    lock = threading.Lock()

    def now_and_then(asked: Asked) -> Reply | None:
        with lock:
            heard[asked.path.encode() + asked.body] += 1
            times = heard[asked.path.encode() + asked.body]
        return {1: Reply(429, headers={"Retry-After": "1"}), 2: Reply(503)}.get(times)

    site.interrupt = now_and_then
    with jira(site, page_size=10) as (source, server):
        messages = list(source.pull({}))
        assert source.figures.requests == len(server.asked)
        assert source.figures.retries == 2 * len(heard)
    assert rows(messages, "jira_issues").keys() == site.issues.keys()
