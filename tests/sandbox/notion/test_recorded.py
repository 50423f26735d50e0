"""The stand-in against real Notion: recorded conversations are held again, shapes compared."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import yaml
from openapi_schema_validator import OAS30Validator

from sandbox.server.clock import Clock
from sandbox.server.notion.app import notion_app
from sandbox.server.notion.store import NotionWorkspace
from tests.sandbox.support.serving import serving
from tests.support.paths import load_shared, shared

TOKEN = "ntn_sandbox"
ROOT_PAGE = "393abc1e-edcd-80f3-813b-e205934558c6"
CONVERSATIONS = [
    "api_response_error",
    "api_response_error_additional_data",
    "collect_paginated_api",
    "data_sources_query",
    "data_sources_retrieve",
    "databases_retrieve",
    "pages_properties_retrieve",
    "pages_retrieve",
    "users_list",
]


@pytest.fixture
def workspace() -> NotionWorkspace:
    workspace = NotionWorkspace(Clock(datetime(2026, 7, 4, 9, 8, 31, tzinfo=UTC)))
    workspace.add_user("a4f789cc-7bc8-4cf0-82b9-a8ba7d985ecf", "Ada", "ada@example.com")
    workspace.add_page(None, ROOT_PAGE, {})
    return workspace


def shape(value: Any) -> Any:
    """Keys and JSON types, without the values."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two shapes differ; null may stand where the other has something."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [f"{path}: {key} is missing" for key in theirs.keys() - ours.keys()]
        found += [f"{path}: {key} is invented" for key in ours.keys() - theirs.keys()]
        for key in ours.keys() & theirs.keys():
            found += differences(ours[key], theirs[key], f"{path}.{key}")
        return found
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [found for n, pair in pairs for found in differences(*pair, f"{path}[{n}]")]
    if ours == theirs or "NoneType" in (ours, theirs):
        return []
    return [f"{path}: {ours} instead of {theirs}"]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_recorded_conversation_gets_answers_of_the_same_shape(
    name: str, workspace: NotionWorkspace
) -> None:
    recorded = yaml.safe_load(shared(f"recorded/notion/{name}.yaml").read_text())
    ids: dict[str, str] = {}
    with serving(notion_app(workspace, {TOKEN})) as url:
        for turn in recorded["interactions"]:
            asked, answered = turn["request"], turn["response"]
            path, body = re.sub(r"^https://[^/]+", "", asked["uri"]), asked["body"]
            for theirs, ours in ids.items():
                path, body = path.replace(theirs, ours), body.replace(theirs, ours)
            token = "wrong" if answered["status"]["code"] == 401 else TOKEN
            got = requests.request(
                asked["method"],
                url + path,
                data=body.encode(),
                headers={"Authorization": f"Bearer {token}", "Notion-Version": "2025-09-03"},
                timeout=60,
            )
            expected = json.loads(answered["body"]["string"])
            assert got.status_code == answered["status"]["code"], got.text
            assert differences(shape(got.json()), shape(expected)) == [], f"{asked['uri']}"
            if asked["method"] == "POST" and "id" in expected:
                ids[expected["id"]] = got.json()["id"]
            for constant in ("object", "code", "message", "type", "has_more", "in_trash"):
                assert got.json().get(constant) == expected.get(constant), asked["uri"]


def test_times_read_as_recorded(workspace: NotionWorkspace) -> None:
    """Pages are cut to the minute and end in Z, databases keep milliseconds and an offset."""
    with serving(notion_app(workspace, {TOKEN})) as url:
        headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": "2025-09-03"}
        parent = {"type": "page_id", "page_id": ROOT_PAGE}
        made = requests.post(
            f"{url}/v1/databases", json={"parent": parent}, headers=headers, timeout=60
        )
        page = requests.get(f"{url}/v1/pages/{ROOT_PAGE}", headers=headers, timeout=60)
    assert made.json()["created_time"] == "2026-07-04T09:08:31.000+00:00"
    assert page.json()["created_time"] == "2026-07-04T09:08:00.000Z"


def test_answers_satisfy_the_schemas_of_the_specification(workspace: NotionWorkspace) -> None:
    spec = load_shared("specs/notion.openapi.json")
    paths = {"/v1/users/me": "", "/v1/users": "", "/v1/pages/{page_id}": ROOT_PAGE}
    with serving(notion_app(workspace, {TOKEN})) as url:
        headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": "2025-09-03"}
        for path, id in paths.items():
            got = requests.get(url + re.sub(r"{\w+}", id, path), headers=headers, timeout=60)
            content = spec["paths"][path]["get"]["responses"]["200"]["content"]
            schema = content["application/json"].get("schema", {})
            OAS30Validator(schema).validate(got.json())
        wrong = requests.get(f"{url}/v1/pages/nonsense", headers=headers, timeout=60)
        schema = spec["paths"]["/v1/pages/{page_id}"]["get"]["responses"]["400"]["content"]
        OAS30Validator(schema["application/json"]["schema"]).validate(wrong.json())
    assert wrong.json()["code"] == "validation_error"


def test_every_reading_operation_of_the_specification_is_known_or_named_here(
    workspace: NotionWorkspace,
) -> None:
    """What the stand-in leaves out is stated, so that nobody takes its silence for Notion's."""
    spec = load_shared("specs/notion.openapi.json")
    left_out = {
        ("PATCH", "/v1/blocks/{block_id}"),
        ("GET", "/v1/data_sources/{data_source_id}/templates"),
        ("POST", "/v1/pages/{page_id}/move"),
        ("GET", "/v1/pages/{page_id}/markdown"),
        ("PATCH", "/v1/pages/{page_id}/markdown"),
    }
    unknown = set()
    with serving(notion_app(workspace, {TOKEN})) as url:
        headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": "2025-09-03"}
        for path, operations in spec["paths"].items():
            for method in operations.keys() & {"get", "post", "patch", "delete"}:
                filled = re.sub(r"{\w+}", "00000000-0000-0000-0000-000000000000", path)
                got = requests.request(method, url + filled, headers=headers, timeout=60)
                if got.ok or got.json()["code"] != "invalid_request_url":
                    continue
                unknown.add((method.upper(), path))
    assert unknown == left_out
