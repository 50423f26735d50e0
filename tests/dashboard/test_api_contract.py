"""Requests made from the OpenAPI document: no fault, and every answer as the document says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.app import create_app
from tests.support.page.page_of import Browser, site
from tests.support.page.published_file import publish
from tests.support.page.restricted_company import company

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
HERE = {"Host": "127.0.0.1:8700"}


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    file: Path = publish(tmp_path_factory.mktemp("api") / "published.duckdb", company())
    schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", create_app(site(file)), headers=HERE
    )
    return [found.ok() for found in schema.get_all_operations()]


def check_all(operations: list[Any], examples: int) -> list[int]:
    """Send requests to each operation; returns the status of each answer."""
    answered: list[int] = []
    assert len(operations) >= 10
    for operation in operations:

        @settings(
            max_examples=examples,
            database=None,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy() | operation.as_strategy(GenerationMode.NEGATIVE))
        def check(case: Any) -> None:
            answered.append(case.call_and_validate(headers=HERE, checks=CHECKS).status_code)

        check()
    return answered


def test_requests_from_the_document_are_answered_as_it_says(operations: list[Any]) -> None:
    answered = check_all(operations, 8)
    assert {200, 404, 422} <= set(answered), "some are answered, some refused in words"


@pytest.mark.matrix
def test_many_requests_from_the_document_are_answered_as_it_says(operations: list[Any]) -> None:
    assert 200 in check_all(operations, 200)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_can_be_are_answered(
    operations: list[Any], day: str
) -> None:
    browser = Browser(operations[0].schema.app)
    for path in (
        "/team",
        "/company",
        "/tonight",
        "/when",
        "/lead",
        "/tables",
        "/find?q=kr",
        "/api/tonight",
    ):
        mark = "&" if "?" in path else "?"
        assert browser.get(f"{path}{mark}as_of={day}").status_code in (200, 404), path
