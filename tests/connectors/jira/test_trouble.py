"""Fields, links, settings and faults: what a pull does when Jira is not as expected."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.cells import decode_cells
from connectors.errors import (
    ConfigurationError,
    CredentialError,
    MissingError,
    PermanentError,
)
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.records import Message
from tests.connectors.support.clock import NOW, Clock
from tests.connectors.support.loopback import Asked, Reply, json_reply
from tests.connectors.support.scripted_jira import (
    TOKEN,
    ScriptedJira,
    calls,
    jira,
    last_cursor,
    present,
    problems,
    rows,
    site_of,
)

EPIC = {"name": "Epic"}
LINK = {
    "id": 7,
    "relationship": "mentioned in",
    "object": {"url": "https://example.com/KR-12", "title": "Plan", "summary": "For KR-13"},
}


def test_remote_links_are_read_for_changed_initiatives_only() -> None:
    site = site_of(20)
    site.add(21, issuetype=EPIC)
    site.add(22, issuetype=EPIC)
    site.links["10021"] = [LINK]
    with jira(site, initiatives=("Epic",)) as (source, server):
        first = list(source.pull({}))
        assert calls(server).count("remotelink") == 2
        link = rows(first, "jira_remote_links")["10021:7"]
        assert (link["target_url"], link["relationship"]) == (
            "https://example.com/KR-12",
            "mentioned in",
        )
        assert [one["role"] for one in link["texts"]] == ["link", "text", "text"]
        assert present(first, "jira_remote_links") == {"10021": {"10021:7"}, "10022": set()}
        server.asked.clear()
        list(source.pull(last_cursor(first)))
        assert calls(server).count("remotelink") == 0
        site.links["10021"] = []
        site.touch(21, NOW + timedelta(hours=1))
        again = list(source.pull(last_cursor(first)))
        assert present(again, "jira_remote_links") == {"10021": set()}


def test_switched_off_issue_linking_is_said_once() -> None:
    site = site_of(1)
    for number in (2, 3):
        site.add(number, issuetype=EPIC)
    site.interrupt = lambda asked: Reply(403) if "remotelink" in asked.path else None
    with jira(site, initiatives=("Epic",)) as (source, server):
        messages = list(source.pull({}))
        assert [one.rule for one in problems(messages)] == ["remote links not readable"]
        assert calls(server).count("remotelink") == 1
    assert len(rows(messages, "jira_issues")) == 3


def test_remote_links_that_were_refused_are_read_once_they_are_open() -> None:
    site = site_of(1)
    for number in (2, 3):
        site.add(number, issuetype=EPIC)
    site.links["10003"] = [LINK]
    site.interrupt = lambda asked: Reply(403) if "remotelink" in asked.path else None
    with jira(site, initiatives=("Epic",)) as (source, server):
        first = list(source.pull({}))
        still = list(source.pull(last_cursor(first)))
        assert [one.rule for one in problems(still)] == ["remote links not readable"]
        site.interrupt = lambda asked: None
        server.asked.clear()
        opened = list(source.pull(last_cursor(still)))
        assert problems(opened) == []
        assert set(present(opened, "jira_remote_links")) == {"10002", "10003"}
        assert set(rows(opened, "jira_remote_links")) == {"10003:7"}
        server.asked.clear()
        list(source.pull(last_cursor(opened)))
        assert calls(server).count("remotelink") == 0


def test_an_initiative_deleted_in_between_has_no_links() -> None:
    site = site_of(1)
    site.add(2, issuetype=EPIC)
    site.interrupt = lambda asked: Reply(404) if "remotelink" in asked.path else None
    with jira(site, initiatives=("Epic",)) as (source, _):
        messages = list(source.pull({}))
    assert present(messages, "jira_remote_links") == {}
    assert last_cursor(messages)["complete"] is True


def test_a_name_that_two_fields_bear_is_refused_with_the_choices() -> None:
    with (
        jira(site_of(1), fields=("twice",)) as (source, _),
        pytest.raises(ConfigurationError) as caught,
    ):
        list(source.pull({}))
    assert "customfield_2 (string)" in str(caught.value)
    assert "customfield_3 (array of option)" in str(caught.value)


def test_a_field_that_is_not_there_is_named() -> None:
    with (
        jira(site_of(1), fields=("Key Rezult",)) as (source, _),
        pytest.raises(MissingError, match='"Key Rezult"'),
    ):
        list(source.pull({}))


def test_a_field_that_vanished_is_named_before_anything_looks_empty() -> None:
    site = site_of(5)
    with jira(site, fields=("Key Result",)) as (source, server):
        cursor = last_cursor(list(source.pull({})))
        site.fields = [one for one in site.fields if one["id"] != "customfield_1"]
        site.touch(2, NOW + timedelta(hours=1))
        site.interrupt = without_field("customfield_1", site)
        messages: list[Message] = []
        with pytest.raises(MissingError, match=r'"Key Result" \(customfield_1\) is gone'):
            messages.extend(source.pull(cursor))
        assert messages == []
        server.asked.clear()


def called(site: ScriptedJira, id_: str, name: str) -> None:
    """Rename a field."""
    site.fields = [one | {"name": name} if one["id"] == id_ else one for one in site.fields]


def test_a_renamed_field_is_told_by_the_next_pull_until_it_is_called_so_again() -> None:
    site = site_of(5)
    with jira(site, fields=("Key Result",)) as (source, _):
        cursor = last_cursor(list(source.pull({})))
        called(site, "customfield_1", "Purpose")
        for _ in range(2):
            with pytest.raises(MissingError, match=r'\(customfield_1\) is called "Purpose" now'):
                list(source.pull(cursor))
        called(site, "customfield_1", "Key result")
        assert rows(list(source.pull(cursor)), "jira_issues") == {}


def test_a_field_wanted_by_its_id_may_be_renamed() -> None:
    site = site_of(5)
    with jira(site, fields=("customfield_1",)) as (source, _):
        cursor = last_cursor(list(source.pull({})))
        called(site, "customfield_1", "Purpose")
        site.touch(2, NOW + timedelta(hours=1))
        found = rows(list(source.pull(cursor)), "jira_issues")
        assert decode_cells(found["10002"]["cells"])["customfield_1"].name == "Purpose"
        assert found.keys() == {"10002"}


def test_the_field_that_was_meant_stays_meant_when_another_is_called_so_too() -> None:
    site = site_of(5)
    with jira(site, fields=("Key Result",)) as (source, _):
        cursor = last_cursor(list(source.pull({})))
        called(site, "customfield_2", "Key Result")
        second = list(source.pull(cursor))
        assert rows(second, "jira_issues") == {}
        called(site, "customfield_1", "Purpose")  # now the name is the other's alone
        third = list(source.pull(last_cursor(second)))
        assert len(rows(third, "jira_issues")) == 5
        assert rows(list(source.pull(last_cursor(third))), "jira_issues") == {}


def without_field(name: str, site: ScriptedJira) -> Any:
    def interrupt(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/search/jql"):
            return None
        page = json.loads(site._search(asked.json).body)
        for issue in page["issues"]:
            issue.get("fields", {}).pop(name, None)
        return json_reply(page)

    return interrupt


def test_a_field_no_changed_issue_has_is_confirmed_with_one_request() -> None:
    site = site_of(5)
    with jira(site, fields=("Key Result",)) as (source, server):
        cursor = last_cursor(list(source.pull({})))
        site.touch(2, NOW + timedelta(hours=1))
        site.interrupt = without_field("customfield_1", site)
        server.asked.clear()
        messages = list(source.pull(cursor))
        assert sorted(calls(server)) == ["changes", "field", "jql", "jql"]
        assert rows(messages, "jira_issues")["10002"]["cells"] == "{}"


@pytest.mark.parametrize("change", [{"jql": "project = WEB"}, {"fields": ("Due date",)}])
def test_other_settings_mean_another_full_pull(change: dict[str, Any]) -> None:
    site = site_of(5)
    with jira(site) as (source, _):
        cursor = last_cursor(list(source.pull({})))
    with jira(site, **change) as (source, server):
        messages = list(source.pull(cursor))
        assert len(rows(messages, "jira_issues")) == 5
        assert "updated >=" not in server.asked[-2].json["jql"]


def test_a_cursor_nobody_understands_means_a_full_pull() -> None:
    with jira(site_of(5)) as (source, _):
        messages = list(source.pull({"complete": "maybe", "scope": 3}))
    assert len(rows(messages, "jira_issues")) == 5


def test_a_jql_that_jira_refuses_is_a_matter_of_settings() -> None:
    site = site_of(1)
    words = b"{\"errorMessages\": [\"The value 'NOPE' does not exist for the field 'project'.\"]}"
    site.interrupt = lambda asked: Reply(400, words)
    with (
        jira(site) as (source, server),
        pytest.raises(ConfigurationError, match="'NOPE' does not exist"),
    ):
        list(source.pull({}))
    assert len(server.asked) == 1


def test_a_url_without_its_scheme_is_a_matter_of_settings() -> None:
    settings = JiraSettings("example.atlassian.net", "mia@example.com", TOKEN, "project = WEB")
    source = JiraSource(settings, Clock().sleep)
    with pytest.raises(ConfigurationError, match="not a web address"):
        list(source.pull({}))
    source.close()


def test_an_empty_jql_is_refused_without_asking() -> None:
    with jira(site_of(1), jql=" ORDER BY created") as (source, server):
        with pytest.raises(ConfigurationError, match="no jql"):
            list(source.pull({}))
        assert server.asked == []


def test_a_credential_that_fails_quietly_deletes_nothing() -> None:
    site = site_of(5)
    with jira(site) as (source, _):
        cursor = last_cursor(list(source.pull({})))
        site.interrupt = lambda asked: json_reply(
            {"issues": []}, **{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
        )
        messages: list[Message] = []
        with pytest.raises(CredentialError):
            messages.extend(source.pull(cursor))
        assert messages == []


def test_answers_without_a_clock_are_refused() -> None:
    site = site_of(1)
    site.interrupt = lambda asked: Reply(200, b'{"issues": []}', {"Date": ""})
    with jira(site) as (source, _), pytest.raises(PermanentError, match="Date"):
        list(source.pull({}))


def test_a_night_of_faults_ends_complete() -> None:
    site = site_of(450)
    html = {"Content-Type": "text/html"}
    faults = itertools.cycle(
        [
            Reply(429, headers={"Retry-After": "3"}),
            None,
            Reply(503, b"<html>down</html>", html),
            Reply(529),
            None,
            Reply(fault="reset"),
            Reply(fault="truncate", body=b'{"issues": []}'),
            None,
            Reply(200, b"<html>maintenance</html>", html),
            Reply(500),
            None,
        ]
    )
    site.interrupt = lambda asked: next(faults)
    with jira(site, fields=("Key Result",)) as (source, server):
        messages = list(source.pull({}))
        assert source.figures.requests == len(server.asked)
        assert source.figures.retries == source.figures.requests - 7
    assert rows(messages, "jira_issues").keys() == site.issues.keys()
    assert len(rows(messages, "jira_changes")) == 900


def test_a_check_tells_who_and_where_and_which_fields() -> None:
    with jira(site_of(3), fields=("Key Result", "duedate")) as (source, server):
        found = source.check()
        assert (found.title, found.user, found.time_zone) == ("Acme", "Mia", "Asia/Kuala_Lumpur")
        assert [one.id for one in found.fields] == ["customfield_1", "duedate"]
        assert found.sees_issues
        assert calls(server) == ["serverInfo", "myself", "field", "jql"]


def test_a_check_with_a_bad_credential_says_so_without_it() -> None:
    site = site_of(1)
    site.interrupt = lambda asked: Reply(401, TOKEN.encode())
    with jira(site) as (source, _), pytest.raises(CredentialError) as caught:
        source.check()
    assert TOKEN not in f"{caught.value!r} {caught.value.__context__!r}"


def test_a_check_refuses_another_deployment_than_the_settings_say() -> None:
    site = site_of(1)
    site.interrupt = lambda asked: json_reply({"deploymentType": "Server", "version": "9.12"})
    with (
        jira(site, deployment="cloud") as (source, _),
        pytest.raises(ConfigurationError, match="Set deployment to data-center"),
    ):
        source.check()
