"""Jira Data Center: the same settings and streams, the older search, a bearer token."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.errors import CredentialError, MissingError
from connectors.jira.api.change_logs import changes_within
from connectors.jira.api.cloud import Cloud
from connectors.jira.api.datacenter import DataCenter
from connectors.jira.decode.fields import read_fields, resolve
from connectors.jira.decode.issues import IssueReader
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.records import Figures, Problem, Rows
from connectors.transport.credential import basic_credential, bearer_credential
from connectors.transport.http import Http
from sandbox.company.generate import build_jira
from sandbox.server.jira.app import jira_app
from sandbox.server.jira.datacenter import datacenter_app
from sandbox.server.jira.store import JiraSite
from tests.connectors.support.asgi import answering
from tests.connectors.support.clock import NOW, Clock
from tests.connectors.support.loopback import Asked, Loopback, Reply, json_reply, serving
from tests.connectors.support.scripted_jira import last_cursor, present, problems, rows
from tests.support.paths import shared

ISSUES = 330
JQL = "project in (SUP, WEB, SAL)"
TOKEN = "personal-access-token"


@pytest.fixture
def site() -> JiraSite:
    return build_jira(ISSUES, 7)


@pytest.fixture
def server(site: JiraSite) -> Iterator[Loopback]:
    with serving(answering(datacenter_app(site, [TOKEN], {"mia": "secret"}))) as running:
        yield running


def source_of(server: Loopback, **settings: Any) -> JiraSource:
    asked: dict[str, Any] = {
        "user": None,
        "token": TOKEN,
        "jql": JQL,
        "fields": ("customfield_10042",),
        **settings,
    }
    return JiraSource(JiraSettings(server.url, **asked), Clock().sleep)


def cost(server: Loopback) -> Counter[str]:
    found = Counter(asked.path.partition("?")[0].rsplit("/", 1)[-1] for asked in server.asked)
    server.asked.clear()
    return found


def test_an_emptied_project_is_told_as_such(site: JiraSite, server: Loopback) -> None:
    ours = source_of(server)
    held = last_cursor(list(ours.pull({})))
    for key in [f"SAL-{number}" for number in range(1, 2000)]:
        if site.find(key):
            site.delete_issue(key)
    messages = list(ours.pull(held))
    assert (present(messages)["SAL"], problems(messages)) == (set(), [])
    ours.close()


def test_a_pull_brings_the_same_as_from_cloud(site: JiraSite, server: Loopback) -> None:
    ours = source_of(server)
    messages = list(ours.pull({}))
    assert cost(server) == {"field": 1, "search": 5}  # four pages, and one for the ids of epics
    ours.close()
    with serving(answering(jira_app(site, {"mia": "secret"}))) as cloud:
        other = JiraSource(
            JiraSettings(cloud.url, "mia", "secret", JQL, ("customfield_10042",)), Clock().sleep
        )
        expected = list(other.pull({}))
        other.close()
    assert rows(messages, "jira_changes").keys() == rows(expected, "jira_changes").keys()
    assert present(messages) == present(expected)
    there = rows(expected, "jira_issues")
    for key, row in rows(messages, "jira_issues").items():
        for name in (
            "key",
            "parent_id",
            "status",
            "updated_at",
            "resolved_at",
            "labels",
            "cells",
            "assignee",
        ):
            assert row[name] == there[key][name]
    assert problems(messages) == []


def test_a_night_brings_what_changed_and_notices_what_is_gone(
    site: JiraSite, server: Loopback
) -> None:
    ours = source_of(server)
    cursor = last_cursor(list(ours.pull({})))
    server.asked.clear()
    site.clock.advance(86_400)
    server.date = site.clock.now
    edited, deleted, moved = (str(10_001 + number) for number in (200, 210, 220))
    site.edit_issue(edited, summary="Edited")
    site.delete_issue(deleted)
    site.move_issue(moved, "SAL")
    night = list(ours.pull(cursor))
    ours.close()
    assert cost(server) == {"field": 1, "search": 2}
    assert rows(night, "jira_issues").keys() >= {edited, moved}
    assert deleted not in set().union(*present(night).values())
    assert moved in present(night)["SAL"]
    texts = {row["to_text"] for row in rows(night, "jira_changes").values()}
    assert "Edited" in texts


def test_what_lies_beyond_the_searched_pages_is_fetched_by_id(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.jira.pull._PAGES_SEARCHED", 1)
    ours = source_of(server)
    messages = list(ours.pull({}))
    ours.close()
    bodies = [asked.json for asked in server.asked if asked.body]
    assert sum("id in (" in body["jql"] for body in bodies) == 3
    assert all(not body["validateQuery"] for body in bodies if "id in (" in body["jql"])
    assert len(rows(messages, "jira_issues")) == len(set().union(*present(messages).values()))
    assert len(rows(messages, "jira_issues")) > 300


def test_both_kinds_count_what_a_query_finds(site: JiraSite, server: Loopback) -> None:
    http = Http("jira", bearer_credential(TOKEN), Figures())
    there = DataCenter(http, server.url).count(f"{JQL} ORDER BY key ASC")
    assert there == len(rows(list(source_of(server).pull({})), "jira_issues"))
    with serving(answering(jira_app(site, {"mia": TOKEN}))) as cloud:
        http = Http("jira", basic_credential("mia", TOKEN), Figures())
        assert Cloud(http, cloud.url).count(f"({JQL}) ORDER BY key ASC") == there
        assert Cloud(http, cloud.url).count("no query") is None


def test_issues_gone_while_pages_are_read_cost_no_other_issue(
    site: JiraSite, server: Loopback
) -> None:
    answer = server.answer
    pages: list[Asked] = []

    def delete_between(asked: Asked) -> Reply:
        reply = answer(asked)
        pages.append(asked)
        if len(pages) == 3:  # the field list and two pages
            for number in range(150, 160):
                site.delete_issue(str(10_001 + number))
        return reply

    server.answer = delete_between
    ours = source_of(server)
    messages = list(ours.pull({}))
    ours.close()
    there = {str(site.issue(int(one)).id) for one in site.searchable.nonzero()[0]}
    assert there <= rows(messages, "jira_issues").keys()


def test_the_kind_is_found_out_where_the_settings_do_not_say(server: Loopback) -> None:
    ours = source_of(server, user="mia", token="secret")
    messages = list(ours.pull({}))
    assert cost(server) == {"field": 2, "jql": 1, "serverInfo": 1, "search": 5}
    assert len(rows(messages, "jira_issues")) > 300
    assert ours.check().deployment == "data-center"
    ours.close()


def test_a_cloud_site_named_as_data_center_says_what_is_not_there(site: JiraSite) -> None:
    with serving(answering(jira_app(site, {"mia": "secret"}))) as cloud:
        ours = source_of(cloud, user="mia", token="secret", deployment="data-center")
        with pytest.raises(MissingError, match="410"):
            list(ours.pull({}))
        ours.close()


def test_a_wrong_token_is_a_matter_of_the_credential(server: Loopback) -> None:
    ours = source_of(server, token="expired")
    with pytest.raises(CredentialError, match="401"):
        list(ours.pull({}))
    ours.close()


def test_a_check_names_kind_and_account(server: Loopback) -> None:
    ours = source_of(server)
    found = ours.check()
    ours.close()
    assert (found.deployment, found.version, found.sees_issues) == ("data-center", "9.12.25", True)


def recorded(name: str) -> bytes:
    return shared(f"recorded/jira/{name}").read_bytes()


def test_recorded_pages_are_followed_to_the_end() -> None:
    pages = [recorded(f"datacenter-jira_issues_page_{number}.json") for number in (1, 2)]
    first, second = (json.loads(page) for page in pages)

    def answer(asked: Asked) -> Reply:
        if not asked.json["startAt"]:
            return Reply(200, pages[0])
        # Our second page begins with the last issue of the first one.
        issues = [first["issues"][-1], *second["issues"]]
        return json_reply({**second, "startAt": 1, "issues": issues})

    with serving(answer) as server:
        http = Http("jira", bearer_credential(TOKEN), Figures())
        service = DataCenter(http, server.url)
        page = service.search("project = HELP", ["summary"], 2, None)
        last = service.search("project = HELP", ["summary"], 2, page.next_token)
        http.close()
    assert last.next_token is None
    reader = IssueReader("https://jira.example.org", ())
    issues = [reader.read(served) for served in page.issues + last.issues]
    assert [issue.key for issue in issues] == [one["key"] for one in first["issues"]] + [
        "HELP-6041"
    ]
    assert (issues[0].assignee_id, issues[0].assignee) == ("user1", "User1")
    assert issues[0].created_at == datetime(2016, 3, 3, 13, 40, 1, tzinfo=UTC)
    assert (issues[0].status_category, issues[0].issue_type) == ("new", "extRequest")


def test_recorded_fields_are_found_by_name() -> None:
    fields = read_fields(msgspec.json.decode(recorded("datacenter-jira_fields.json")))
    assert resolve(("description",), fields)[0].type == "string"
    assert any(field.custom for field in fields)


def test_a_change_log_that_is_not_whole_is_named() -> None:
    log = {
        "total": 2,
        "histories": [
            {
                "id": "7",
                "created": "2026-11-27T18:00:00.000+0000",
                "author": {"key": "JIRAUSER1", "name": "mia"},
                "items": [{"field": "status", "from": "1", "to": "3"}],
            }
        ],
    }
    served = {"id": "1", "key": "WEB-1", "fields": {"summary": "One"}, "changelog": log}
    issue = IssueReader("https://jira.example.org", ()).read(
        msgspec.Raw(msgspec.json.encode(served))
    )
    problem, found = changes_within([issue])
    assert isinstance(problem, Problem)
    assert problem.subject == "1"
    assert "1 of 2" in problem.sentence
    assert isinstance(found, Rows)
    (row,) = found.table.to_pylist()
    assert (row["id"], row["author_id"], row["changed_at"]) == ("7:0", "JIRAUSER1", NOW)
