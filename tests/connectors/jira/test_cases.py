"""Jira's cases, one test each; ``test_cases`` lists them all."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.cells import decode_cells
from connectors.errors import ConfigurationError, PermanentError
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.records import Message
from sandbox.server import Sandbox
from tests.connectors.support.clock import NOW, Clock
from tests.connectors.support.loopback import Reply, json_reply
from tests.connectors.support.scripted_jira import (
    jira,
    last_cursor,
    present,
    rows,
    site_of,
)

SPRINTS = "customfield_10020"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(issues=300) as running:
        yield running


@pytest.fixture(scope="module")
def company(box: Sandbox) -> list[Message]:
    """One full pull of the sample company's Jira."""
    return pull(box)


def pull(box: Sandbox, cursor: Any = None) -> list[Message]:
    known = box.environment()
    settings = JiraSettings(
        url=box.jira_url,
        user=known["OKR_JIRA_USER"],
        token=known["OKR_JIRA_TOKEN"],
        jql="project in (SUP, WEB, SAL)",
        fields=(SPRINTS,),
    )
    source = JiraSource(settings, Clock().sleep)
    try:
        return list(source.pull(cursor or {}))
    finally:
        source.close()


def by_key(messages: list[Message]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in rows(messages, "jira_issues").values()}


def test_moved_key_still_named_in_text(company: list[Message]) -> None:
    issues = by_key(company)
    assert "SUP-9001" not in issues  # texts still name it so; its history leads to what it is now
    moves = [row for row in rows(company, "jira_changes").values() if row["field"] == "Key"]
    (move,) = [row for row in moves if row["from_text"] == "SUP-9001"]
    assert (move["to_text"], move["issue_id"]) == ("WEB-8", issues["WEB-8"]["id"])


def test_project_renamed() -> None:
    site = site_of(9)
    with jira(site) as (source, _):
        first = list(source.pull({}))
        before = rows(first, "jira_issues")
        for issue in site.issues.values():  # renaming moves no issue's time of update
            issue["key"] = issue["key"].replace("WEB-", "NET-")
        second = list(source.pull(last_cursor(first)))
    assert set().union(*present(second).values()) == before.keys()  # nothing counts as deleted
    assert "NET" in present(second)


def test_archived(company: list[Message]) -> None:
    assert "WEB-9" not in by_key(company)
    assert "WEB-10" in by_key(company)


def test_null_description_or_assignee() -> None:
    site = site_of(2, description=None, assignee=None)
    with jira(site, fields=("Assignee",)) as (source, _):
        issues = rows(list(source.pull({})), "jira_issues")
    assert [(row["assignee"], row["assignee_id"]) for row in issues.values()] == [(None, None)] * 2


def test_deactivated_user_without_e_mail(company: list[Message]) -> None:
    issue = by_key(company)["SUP-9"]
    assert issue["assignee"] == "Victor Lim"
    assert issue["assignee_id"]


def test_offset_without_colon() -> None:
    site = site_of(1)
    site.issues["10001"]["fields"]["created"] = "2026-11-20T02:00:00.000+0800"
    with jira(site) as (source, _):
        (issue,) = rows(list(source.pull({})), "jira_issues").values()
    assert issue["created_at"].isoformat() == "2026-11-19T18:00:00+00:00"


def test_many_updates_within_one_minute() -> None:
    site = site_of(30)
    with jira(site) as (source, server):
        first = list(source.pull({}))
        server.date = NOW + timedelta(hours=1)
        for number in range(1, 31):  # all within 30 ms, in no order
            at = NOW + timedelta(minutes=30, milliseconds=number * 7 % 31)
            site.touch(number, at, summary="changed")
        second = rows(list(source.pull(last_cursor(first))), "jira_issues")
    assert [row["summary"] for row in second.values()] == ["changed"] * 30


def test_over_40_histories(company: list[Message]) -> None:
    issue = by_key(company)["WEB-7"]
    changes = rows(company, "jira_changes").values()
    entries = {row["id"].split(":")[0] for row in changes if row["issue_id"] == issue["id"]}
    assert len(entries) == 57


def test_several_sprints_on_one_issue_some_without_dates(company: list[Message]) -> None:
    cell = decode_cells(by_key(company)["WEB-10"]["cells"])[SPRINTS]
    assert cell.kind == "refs"
    assert len(cell.refs) == 3
    assert cell.text.count("Sprint") == 3


def test_sub_task_of_an_epics_story(company: list[Message]) -> None:
    issues = by_key(company)
    by_id = {row["id"]: key for key, row in issues.items()}
    assert by_id[issues["SUP-8"]["parent_id"]] == "SUP-7"
    assert by_id[issues["SUP-7"]["parent_id"]] == "SUP-1"


def test_labels_differing_by_case_or_accents(company: list[Message]) -> None:
    issue = by_key(company)["SAL-7"]
    assert sorted(issue["labels"]) == ["Kundengespräch", "kundengespräch"]
    site = site_of(1, labels=["Müller", "Muller", "mu\u0308ller"])
    with jira(site) as (source, _):
        (one,) = rows(list(source.pull({})), "jira_issues").values()
    assert one["labels"] == ["Müller", "Muller", "mu\u0308ller"]


def test_error_text_in_another_language() -> None:
    site = site_of(1)
    words = "Der Wert 'SUP' existiert nicht für das Feld 'project'."
    body = json_reply({"errorMessages": [words], "errors": {}}).body
    site.interrupt = lambda asked: Reply(400, body) if "search" in asked.path else None
    with (
        jira(site) as (source, _),
        pytest.raises((ConfigurationError, PermanentError), match="existiert nicht") as caught,
    ):
        list(source.pull({}))
    assert caught.value.remedy
