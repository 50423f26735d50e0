"""The Jira stand-in against the vendor's specification, recordings and the client library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jira import JIRA
from jira.exceptions import JIRAError
from openapi_schema_validator import OAS30Validator

from sandbox.company.generate import build_jira
from sandbox.server.jira.app import jira_app
from sandbox.server.jira.store import JiraSite
from tests.sandbox.support.serving import serving
from tests.support.paths import load_shared

USER, TOKEN = "reader@larkfield.example", "secret"


@pytest.fixture(scope="module")
def site() -> JiraSite:
    return build_jira(400, 7)


@pytest.fixture(scope="module")
def base(site: JiraSite) -> Iterator[str]:
    with serving(jira_app(site, {USER: TOKEN})) as url:
        yield url


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = (USER, TOKEN)
        yield session


@pytest.fixture(scope="module")
def spec() -> Any:
    return load_shared("specs/jira-cloud-v3.openapi.json")


REQUESTS: list[tuple[str, str, str, Any]] = [
    ("GET", "/search/jql?jql=project=SUP&fields=*all&expand=names", "/search/jql", None),
    ("GET", "/search/jql?jql=project=SUP", "/search/jql", None),
    ("POST", "/search/jql", "/search/jql", {"jql": "project = WEB", "fields": ["*navigable"]}),
    (
        "POST",
        "/issue/bulkfetch",
        "/issue/bulkfetch",
        {"issueIdsOrKeys": ["SUP-1", "WEB-7"], "fields": ["*all"], "expand": ["changelog"]},
    ),
    (
        "POST",
        "/changelog/bulkfetch",
        "/changelog/bulkfetch",
        {"issueIdsOrKeys": ["WEB-7"], "maxResults": 10},
    ),
    ("POST", "/search/approximate-count", "/search/approximate-count", {"jql": "project = SUP"}),
    ("GET", "/field", "/field", None),
    ("GET", "/serverInfo", "/serverInfo", None),
    ("GET", "/myself", "/myself", None),
    ("GET", "/project/search", "/project/search", None),
    ("GET", "/issue/WEB-7?expand=changelog,names", "/issue/{issueIdOrKey}", None),
    ("GET", "/issue/WEB-7/changelog?maxResults=5", "/issue/{issueIdOrKey}/changelog", None),
    ("GET", "/issue/SUP-1/comment", "/issue/{issueIdOrKey}/comment", None),
]


@pytest.mark.parametrize(("method", "path", "described", "body"), REQUESTS)
def test_every_answer_is_what_the_specification_describes(
    method: str,
    path: str,
    described: str,
    body: Any,
    base: str,
    session: requests.Session,
    spec: Any,
) -> None:
    answer = session.request(method, f"{base}/rest/api/3{path}", json=body, timeout=60)
    operation = spec["paths"][f"/rest/api/3{described}"][method.lower()]

    assert answer.status_code == 200, answer.text
    _check(operation["responses"]["200"]["content"]["application/json"]["schema"], answer, spec)


def test_remote_links_are_what_the_specification_describes(
    base: str, session: requests.Session, spec: Any
) -> None:
    answer = session.get(f"{base}/rest/api/3/issue/SUP-1/remotelink", timeout=60)

    # The specification gives the type of one link, its example a list of them.
    _check({"type": "array", "items": _component("RemoteIssueLink")}, answer, spec)
    assert answer.json()[0]["object"]["title"] == "Onboarding completion rate"


@pytest.mark.parametrize(
    "component", ["UserDetails", "Project", "IssueTypeDetails", "StatusDetails"]
)
def test_the_values_of_fields_are_what_the_specification_describes(
    component: str, base: str, session: requests.Session, spec: Any
) -> None:
    field = {
        "UserDetails": "assignee",
        "Project": "project",
        "IssueTypeDetails": "issuetype",
        "StatusDetails": "status",
    }[component]
    fields = session.get(f"{base}/rest/api/3/issue/WEB-1", timeout=60).json()["fields"]

    assert not _errors(_component(component), fields[field], spec)


def test_the_comparison_notices_a_wrong_answer(spec: Any) -> None:
    page = spec["paths"]["/rest/api/3/search/jql"]["get"]["responses"]["200"]
    schema = page["content"]["application/json"]["schema"]

    assert _errors(schema, {"issues": [{"id": 10001}]}, spec)
    assert _errors(schema, {"issues": [], "total": 0}, spec)


def test_an_error_is_an_error_collection(base: str, session: requests.Session, spec: Any) -> None:
    for path, status in [("/search/jql?jql=nonsense", 400), ("/issue/SUP-99999", 404)]:
        answer = session.get(f"{base}/rest/api/3{path}", timeout=60)
        assert answer.status_code == status
        assert not _errors(_component("ErrorCollection"), answer.json(), spec)
        assert answer.json()["errorMessages"]


def test_issues_have_the_fields_that_recorded_ones_have(
    base: str, session: requests.Session
) -> None:
    recorded = load_shared("recorded/jira/cloud-issues-perceval.json")
    ours = session.get(f"{base}/rest/api/3/issue/SUP-8", timeout=60).json()
    log = session.get(f"{base}/rest/api/3/issue/WEB-7?expand=changelog", timeout=60).json()
    our_items = [item for entry in log["changelog"]["histories"] for item in entry["items"]]

    assert recorded
    for theirs in (each["data"] for each in recorded if "fields" in each["data"]):
        assert {"id", "key", "self", "expand", "fields"} <= theirs.keys() & ours.keys()
        for field in ("status", "issuetype", "project", "parent"):
            if theirs["fields"].get(field):
                assert set(ours["fields"][field]) <= set(theirs["fields"][field]) | {
                    "hierarchyLevel",
                    "simplified",
                    "style",
                    "isPrivate",
                }
        for entry in theirs["changelog"]["histories"]:
            assert set(entry) <= {"id", "author", "created", "items"}
            kinds = {name for item in entry["items"] for name in item}
            assert kinds <= set(our_items[0])


def test_the_client_library_can_talk_to_it(base: str) -> None:
    client = JIRA(
        options={"server": base, "rest_api_version": "3"},
        basic_auth=(USER, TOKEN),
        get_server_info=True,
    )
    try:
        assert client.server_info()["deploymentType"] == "Cloud"
        assert client._is_cloud
        assert client.myself()["timeZone"] == "Asia/Kuala_Lumpur"
        named = [field["id"] for field in client.fields() if field["name"] == "Key Result"]
        assert named == ["customfield_10042", "customfield_10077"]
        found = client.enhanced_search_issues("project = SUP AND issuetype = Epic")
        assert {issue.key for issue in found} == {f"SUP-{number}" for number in range(1, 7)}
    finally:
        client.close()


@pytest.mark.parametrize("login", [None, (USER, "wrong"), ("stranger@larkfield.example", TOKEN)])
def test_without_the_right_token_nothing_is_told(login: tuple[str, str] | None, base: str) -> None:
    answer = requests.get(f"{base}/rest/api/3/myself", auth=login, timeout=60)

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert "accountId" not in answer.text


def test_the_client_library_reports_a_wrong_token(base: str) -> None:
    client = JIRA(
        options={"server": base, "rest_api_version": "3"},
        basic_auth=(USER, "wrong"),
        get_server_info=False,
        max_retries=0,
    )
    try:
        with pytest.raises(JIRAError) as raised:
            client.myself()
        assert raised.value.status_code == 401
    finally:
        client.close()


def _component(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _check(schema: Any, answer: requests.Response, spec: Any) -> None:
    assert not _errors(schema, answer.json(), spec)


def _errors(schema: Any, value: Any, spec: Any) -> list[str]:
    root = {"components": spec["components"], "allOf": [schema]}
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in OAS30Validator(root).iter_errors(_as_specified(value))
    ]


def _as_specified(value: Any) -> Any:
    """Undo what real Jira does though its specification does not say so.

    A change's ``from`` and ``to`` are null in the recordings, but not nullable in the
    specification; bulk change logs give ``created`` as a number in the specification's own example.
    """
    if isinstance(value, list):
        return [_as_specified(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "fieldtype" in value:
        return {name: each for name, each in value.items() if each is not None}
    return {
        name: "2026-11-27T00:00:00.000+0000"
        if name == "created" and isinstance(each, int)
        else _as_specified(each)
        for name, each in value.items()
    }
