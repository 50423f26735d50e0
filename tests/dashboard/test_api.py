"""The API: as its document says, with the figures of the page and the command."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS31Validator

from okr_model.tables import TABLES
from published.formatting import share, value_of
from tests.support.company import Company

ADDRESSES = [
    "/api/key-results",
    "/api/key-results?team=Sales",
    "/api/key-results?cycle=2026-Q3",
    "/api/key-results/KR-17",
    "/api/links",
    "/api/links?state=broken",
    "/api/findings",
    "/api/lead",
    "/api/lead?queue=suggested",
    "/api/lead/findings",
    "/api/lead/findings?acknowledged=true",
    "/api/changes?since=2026-11-28",
    "/api/runs",
    "/api/tonight",
    "/api/tables",
    "/api/tables/key_results",
    "/api/tables/links?page=1",
]


@pytest.fixture(scope="module")
def document(page: TestClient) -> dict[str, Any]:
    told: dict[str, Any] = page.get("/api/openapi.json").json()
    return told


def test_the_document_describes_every_route_parameter_and_answer(
    page: TestClient, document: dict[str, Any]
) -> None:
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for path, methods in document["paths"].items():
        assert path.startswith("/api/")
        assert list(methods) == ["get"], "the API only reads"
        assert methods["get"]["description"]
        assert {"200", "404", "422", "503"} <= set(methods["get"]["responses"])
        for given in methods["get"].get("parameters", []):
            assert given.get("description") or given["name"] == "name", (path, given)
        assert path in html.unescape(page.get("/api/docs").text)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_is_what_the_document_says(
    page: TestClient, document: dict[str, Any], address: str
) -> None:
    path = re.sub(r"\?.*", "", address)
    path = re.sub("/key-results/.*", "/key-results/{key}", path)
    path = re.sub("/tables/.*", "/tables/{name}", path)
    answer = document["paths"][path]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    told = page.get(address)
    assert told.status_code == 200
    whole = schema | {"components": document["components"]}
    OAS31Validator(whole).validate(told.json())
    assert told.json()["as_of"] == "2026-11-28"
    assert told.json()["run_id"]


def test_figures_are_those_of_the_command_and_the_page(
    page: TestClient, published: Company
) -> None:
    told = {row["key_result_id"]: row for row in page.get("/api/key-results").json()["key_results"]}
    rows = json.loads(published.okr_here("show", "--json").stdout)
    table = page.get("/tables/key_results.json?cycle_id=2026-Q4").json()["rows"]
    by_key = {row["key_result_id"]: row for row in table}
    assert sorted(told) == sorted(by_key) == sorted(row["key_result_id"] for row in rows)
    shown = page.get("/company").text
    for row in rows:
        key = row["key_result_id"]
        assert by_key[key] == row
        assert {name: told[key][name] for name in row} == row
        at = shown.index(f'href="/key-results/{key}"><b>')
        line = " ".join(
            html.unescape(re.sub(r"<[^>]+>", " ", shown[at : shown.index("</li>", at)])).split()
        )
        assert value_of(row) in line
        if row["progress"] is not None:
            assert f"{share(row['progress'])} done" in line


def test_the_links_of_a_day_are_the_same_rows_however_they_are_asked_for(page: TestClient) -> None:
    now, then = (page.get(f"/api/links{asked}").json() for asked in ("", "?as_of=2026-11-28"))
    assert now["total"] == then["total"]
    pairs = [
        [(row["initiative_id"], row["key_result_id"], row["state"]) for row in one["links"]]
        for one in (now, then)
    ]
    assert pairs[0] == pairs[1]


def test_no_table_and_not_the_last_run_links_to_a_key_result_that_is_not_there(
    page: TestClient,
) -> None:
    names = [f"/tables/{table.name}" for table in TABLES]
    found: dict[str, str] = {}
    for address in ["/tonight", *names, "/tables/key_results?cycle_id=2026-Q3"]:
        for link in re.findall(r'href="(/key-results/[^"#]*)', page.get(address).text):
            found.setdefault(html.unescape(link), address)
    assert len(found) > 20
    broken = {link: at for link, at in found.items() if page.get(link).status_code != 200}
    assert not broken


def test_roll_ups_are_those_of_the_command(page: TestClient, published: Company) -> None:
    rows = json.loads(published.okr_here("rollup", "--level", "all", "--json").stdout)
    table = page.get("/tables/rollups.json?cycle_id=2026-Q4").json()["rows"]
    key = "level", "subject"
    assert sorted(table, key=lambda row: [row[name] for name in key]) == sorted(
        rows, key=lambda row: [row[name] for name in key]
    )
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.get("/company").text)).split())
    for row in rows:
        if row["level"] == "team":
            expected = f"{row['subject']} {row['key_results']} {share(row['progress'])}"
            assert expected in shown


def test_findings_are_those_of_the_command(page: TestClient, published: Company) -> None:
    told = page.get("/api/findings").json()["findings"]
    assert {row.pop("pending") for row in told} == {False}  # nothing was decided since the run
    assert told == json.loads(published.okr_here("findings", "--json").stdout)
    page_says = page.get("/tonight").text
    assert f'href="/tables/findings">{len(told)}</a>' in page_says


def test_a_key_result_is_explained_as_the_command_does(
    page: TestClient, published: Company
) -> None:
    told = page.get("/api/key-results/kr-17").json()
    [one] = [
        one
        for one in json.loads(published.okr_here("explain", "KR-17", "--json").stdout)
        if one["cycle_id"] == told["cycle"]
    ]
    assert told["explanation"] == one["sections"]


HOSTILE = [
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../..",
    "\u202e",
    "x" * 10_000,
    "\x00",
    "nan",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_parameter_breaks_an_answer(
    page: TestClient, document: dict[str, Any], text: str
) -> None:
    for path, methods in document["paths"].items():
        for given in methods["get"].get("parameters", []):
            if given["in"] == "query":
                params = {"since": "2026-11-28"} | {given["name"]: text}
                address = path.replace("{key}", "KR-17").replace("{name}", "findings")
                answer = page.get(
                    address, params=params if "changes" in path else {given["name"]: text}
                )
                assert answer.status_code in (200, 400, 404, 422), (address, given["name"])
                assert answer.headers["content-type"].startswith("application/json")
                answer.json()


@pytest.mark.parametrize("path", ["/api/key-results/nope", "/api/tables/nope", "/api/nope"])
def test_a_problem_is_a_sentence(page: TestClient, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"detail"}
