"""Jira pulled from the sandbox's stand-in, which knows the specification and not this connector."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.cells import decode_cells
from connectors.errors import ConfigurationError, TransientError
from connectors.jira.settings import JiraSettings
from connectors.jira.source import JiraSource
from connectors.records import Message, Problem
from sandbox.server import Sandbox
from tests.connectors.support.clock import Clock
from tests.connectors.support.scripted_jira import last_cursor, present, problems, rows

ISSUES = 1200
JQL = "project in (SUP, WEB, SAL)"
KEY_RESULT = "customfield_10042"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(issues=ISSUES, seed=7, port=0) as running:
        yield running


def source_of(box: Sandbox, **settings: Any) -> JiraSource:
    environment = box.environment()
    asked: dict[str, Any] = {"jql": JQL, "fields": (KEY_RESULT,), **settings}
    return JiraSource(
        JiraSettings(
            box.jira_url, environment["OKR_JIRA_USER"], environment["OKR_JIRA_TOKEN"], **asked
        ),
        Clock().sleep,
    )


def pulled(box: Sandbox, source: JiraSource, cursor: Any) -> tuple[list[Message], Counter[str]]:
    """All messages, and how often which endpoint was asked."""
    before = len(box.requests)
    messages = list(source.pull(cursor))
    asked = [seen for seen in box.requests[before:] if seen.service == "jira"]
    return messages, Counter(seen.path.rsplit("/", 1)[-1] for seen in asked)


def test_pulls_cost_the_floor_and_bring_what_changed(box: Sandbox) -> None:
    source = source_of(box)
    first, cost = pulled(box, source, {})
    held = rows(first, "jira_issues")
    entries = {change.partition(":")[0] for change in rows(first, "jira_changes")}
    count = len(held)
    logs = max(math.ceil(count / 1000), math.ceil(len(entries) / 10_000))
    assert cost == {"jql": math.ceil(count / 100), "bulkfetch": logs, "field": 1}
    assert problems(first) == []
    assert set().union(*present(first).values()) == held.keys()

    quiet, cost = pulled(box, source, last_cursor(first))
    assert rows(quiet, "jira_issues") == {}
    assert cost == {"jql": 2, "field": 1}

    box.clock.advance(86_400)
    edited, deleted, moved = [one["key"] for one in list(held.values())[:3]]
    box.jira.edit_issue(edited, summary="Edited in the night")
    box.jira.delete_issue(deleted)
    box.jira.move_issue(moved, "SAL")
    box.clock.advance(3600)
    night, cost = pulled(box, source, last_cursor(quiet))
    assert cost == {"jql": 2, "bulkfetch": 1, "field": 1}
    by_id = rows(night, "jira_issues")
    assert {one["summary"] for one in by_id.values()} >= {"Edited in the night"}
    gone = held.keys() - set().union(*present(night).values())
    assert [held[one]["key"] for one in gone] == [deleted]
    travelled = next(one for one in held.values() if one["key"] == moved)["id"]
    assert travelled in present(night)["SAL"]
    assert by_id[travelled]["project"] == "SAL"
    source.close()


def test_remote_links_are_asked_for_epics_only(box: Sandbox) -> None:
    source = source_of(box, initiatives=("Epic",))
    messages, cost = pulled(box, source, {})
    epics = [one for one in rows(messages, "jira_issues").values() if one["issue_type"] == "Epic"]
    assert cost["remotelink"] == len(epics) > 0
    assert {one["issue_id"] for one in rows(messages, "jira_remote_links").values()} <= {
        one["id"] for one in epics
    }
    source.close()


def test_the_wanted_field_arrives_as_cells_and_the_namesake_is_refused(box: Sandbox) -> None:
    source = source_of(box)
    messages = list(source.pull({}))
    cells = [decode_cells(one["cells"]) for one in rows(messages, "jira_issues").values()]
    named = [one[KEY_RESULT].text for one in cells if KEY_RESULT in one and one[KEY_RESULT].text]
    assert any("KR-" in text for text in named)
    source.close()
    namesake = source_of(box, fields=("Key Result",))
    with pytest.raises(ConfigurationError, match=KEY_RESULT):
        namesake.check()
    namesake.close()


def test_an_edit_that_the_index_learns_late_is_not_lost(box: Sandbox) -> None:
    source = source_of(box)
    first = list(source.pull({}))
    box.clock.advance(3600)
    one = sorted(rows(first, "jira_issues"))[50]
    box.jira.index_lag_seconds = 180.0
    try:
        box.jira.edit_issue(one, summary="Edited just before the night")
        box.clock.advance(60)
        night = list(source.pull(last_cursor(first)))
        assert one not in rows(night, "jira_issues")
        box.clock.advance(86_400)
        later = list(source.pull(last_cursor(night)))
    finally:
        box.jira.index_lag_seconds = 0.0
    assert rows(later, "jira_issues")[one]["summary"] == "Edited just before the night"
    source.close()


def test_a_project_that_is_no_longer_shown_deletes_nothing(box: Sandbox) -> None:
    source, some = source_of(box), source_of(box, jql="created > 0")
    held = last_cursor(list(source.pull({})))
    every = list(some.pull({}))
    box.jira.hide_project("SUP")
    try:
        messages = list(source.pull(held))
        (problem,) = [one for one in messages if isinstance(one, Problem)]
        assert (problem.rule, problem.subject) == ("project not visible", "SUP")
        assert "SUP" not in present(messages)
        assert {"WEB", "SAL"} <= set(present(messages))
        assert "SUP" in present(every)
        unnamed = list(some.pull(last_cursor(every)))
        assert "SUP" not in present(unnamed)
        assert [one.subject for one in problems(unnamed)] == ["SUP"]
    finally:
        box.jira.show_project("SUP")
    again = list(source.pull(last_cursor(messages)))
    assert "SUP" in present(again)
    assert not [one for one in again if isinstance(one, Problem)]
    source.close()
    some.close()


def test_a_project_without_any_issue_left_is_told_as_such_on_every_pull() -> None:
    with Sandbox(issues=60, seed=7, port=0) as box:
        source = source_of(box, jql="created > 0")
        held = last_cursor(list(source.pull({})))
        kept = held["places"]
        for key in [f"SAL-{number}" for number in range(1, 2000)]:
            if box.jira.find(key):
                box.jira.delete_issue(key)
        for _ in range(2):
            messages = list(source.pull(held))
            held = last_cursor(messages)
            assert present(messages)["SAL"] == set()
            assert present(messages)["WEB"]
            assert (held["places"], problems(messages)) == (kept, [])
        source.close()


def test_a_query_that_names_hidden_projects_only_is_refused(box: Sandbox) -> None:
    source = source_of(box, jql="project in (SUP)")
    box.jira.hide_project("SUP")
    try:
        with pytest.raises(ConfigurationError, match="SUP"):
            list(source.pull({}))
    finally:
        box.jira.show_project("SUP")
    source.close()


def test_a_check_finds_the_account(box: Sandbox) -> None:
    source = source_of(box)
    found = source.check()
    assert (found.time_zone, found.sees_issues) == ("Asia/Kuala_Lumpur", True)
    assert [one.id for one in found.fields] == [KEY_RESULT]
    source.close()


def test_a_switched_off_service_is_survived_by_nothing_but_a_later_night(box: Sandbox) -> None:
    source = source_of(box)
    first, _ = pulled(box, source, {})
    box.switch_off("jira")
    try:
        with pytest.raises(TransientError, match="given up after 6 attempts"):
            list(source.pull(last_cursor(first)))
    finally:
        box.switch_on("jira")
    again, _ = pulled(box, source, last_cursor(first))
    assert last_cursor(again)["complete"] is True
    source.close()
