"""The Data Center stand-in beside recorded answers of such sites, and its own rules."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.company.generate import build_jira
from sandbox.server.jira.datacenter import EPIC_LINK, datacenter_app, wiki_text
from sandbox.server.jira.store import JiraSite
from tests.sandbox.support.serving import serving
from tests.support.paths import load_shared

BEARER = {"Authorization": "Bearer token"}


@pytest.fixture(scope="module")
def site() -> JiraSite:
    return build_jira(400, 7)


@pytest.fixture(scope="module")
def url(site: JiraSite) -> Iterator[str]:
    with serving(datacenter_app(site, ["token"], {"mia": "secret"})) as base:
        yield f"{base}/rest/api/2"


def got(url: str, **asked: Any) -> Any:
    answer = requests.get(url, params=asked, headers=BEARER, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shape(value: Any) -> Any:
    """Keys and types; what is null says nothing."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if inner is not None}
    return type(value)


def test_issues_look_like_recorded_ones(url: str) -> None:
    recorded = load_shared("recorded/jira/datacenter-jira_issues_page_1.json")
    page = got(f"{url}/search", jql="project = WEB", startAt=1, maxResults=2)
    assert page.keys() == recorded.keys()
    theirs, ours = recorded["issues"][0], page["issues"][0]
    assert ours.keys() == theirs.keys()
    for name in ("project", "status", "priority", "issuetype", "reporter"):
        both = ours["fields"][name].keys() & theirs["fields"][name].keys()
        assert both >= {"self", "name"}
        for key in both - {"avatarUrls"}:
            assert shape(ours["fields"][name][key]) == shape(theirs["fields"][name][key])
    assert ours["fields"]["reporter"].keys() >= theirs["fields"]["reporter"].keys()
    assert isinstance(ours["fields"]["description"], str | None)


def test_fields_look_like_recorded_ones(url: str) -> None:
    recorded = {one["id"]: one for one in load_shared("recorded/jira/datacenter-jira_fields.json")}
    for field in got(f"{url}/field"):
        if field["id"] in recorded and not field["custom"]:
            assert field.keys() <= recorded[field["id"]].keys() | {"key"}


def test_comments_look_like_recorded_ones(url: str, site: JiraSite) -> None:
    recorded = load_shared("recorded/jira/datacenter-jira_comments_issue_page_1.json")
    commented = next(index for index in range(399) if site.comments(index))
    page = got(f"{url}/issue/{site.issue(commented).id}/comment")
    assert page.keys() == recorded.keys()
    assert isinstance(page["comments"][0]["body"], str)


def test_pages_go_by_offset_and_total(url: str) -> None:
    page = got(f"{url}/search", jql="project = WEB order by key", maxResults=7, fields="summary")
    rest = got(
        f"{url}/search", jql="project = WEB order by key", startAt=7, maxResults=5000, fields="key"
    )
    assert (page["startAt"], page["maxResults"], rest["maxResults"]) == (0, 7, 1000)
    assert len(page["issues"]) + len(rest["issues"]) == page["total"] == rest["total"]


def test_change_logs_are_whole_and_oldest_first(url: str, site: JiraSite) -> None:
    for number in range(60):
        site.clock.advance(1)
        site.edit_issue("10100", summary=f"Edit {number}")
    log = got(f"{url}/issue/10100", expand="changelog")["changelog"]
    assert log["total"] == len(log["histories"]) >= 60
    assert log["histories"][-1]["items"][0]["toString"] == "Edit 59"
    assert "accountId" not in log["histories"][0]["author"]


def test_a_story_names_its_epic_by_key_and_a_sub_task_its_parent(url: str) -> None:
    page = got(f"{url}/search", jql="type in (Story, Sub-task)", maxResults=200)
    by_type = {one["fields"]["issuetype"]["name"]: one["fields"] for one in page["issues"]}
    assert by_type["Sub-task"]["parent"]["key"]
    assert "parent" not in by_type["Story"]
    epics = [one["fields"].get(EPIC_LINK) for one in page["issues"]]
    assert any(isinstance(epic, str) and "-" in epic for epic in epics)


@pytest.mark.parametrize(("validate", "status"), [(True, 400), (False, 200)])
def test_an_unknown_id_is_an_error_only_where_queries_are_validated(
    url: str, validate: bool, status: int
) -> None:
    body = {"jql": "id in (10050, 99999999)", "validateQuery": validate}
    answer = requests.post(f"{url}/search", json=body, headers=BEARER, timeout=60)
    assert answer.status_code == status
    if status == 200:
        assert [one["id"] for one in answer.json()["issues"]] == ["10050"]


def test_bearer_and_basic_credentials_are_taken_and_others_refused(url: str) -> None:
    basic = base64.b64encode(b"mia:secret").decode()
    for header, status in (
        ("Bearer token", 200),
        (f"Basic {basic}", 200),
        ("Bearer other", 401),
        ("", 401),
    ):
        answer = requests.get(f"{url}/myself", headers={"Authorization": header}, timeout=60)
        assert answer.status_code == status


def test_there_is_no_version_3(url: str) -> None:
    answer = requests.post(
        f"{url.replace('/2', '/3')}/search/jql", json={}, headers=BEARER, timeout=60
    )
    assert answer.status_code == 404


def test_rich_text_becomes_wiki_text() -> None:
    document = {
        "type": "doc",
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "For KR-12"}]},
            {
                "type": "table",
                "content": [
                    {
                        "type": "tableRow",
                        "content": [
                            {"type": "tableCell", "content": [{"type": "text", "text": "a"}]},
                            {"type": "tableCell", "content": [{"type": "text", "text": "b"}]},
                        ],
                    }
                ],
            },
        ],
    }
    assert wiki_text(document) == "For KR-12\n|a|b|\n"
