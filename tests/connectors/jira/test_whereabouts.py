"""Issues that are gone from a project: moved, out of the jql's reach, or not shown."""

from __future__ import annotations

import json

import pytest

from connectors.errors import MissingError, TransientError
from connectors.jira.whereabouts import MOST_ASKED, whereabouts

_SITE = "https://acme.example/browse"


def _told(now: dict[int, str | None], urls: dict[str, str]) -> tuple[str, list[int]]:
    asked: list[int] = []

    def fetch(one: int) -> bytes:
        asked.append(one)
        if now.get(one) is None:
            raise MissingError("jira", "404.")
        return json.dumps({"id": str(one), "key": now[one], "fields": {}}).encode()

    return whereabouts(fetch, urls), asked


def test_moved_unseen_and_unfound_issues_are_told_apart() -> None:
    urls = {str(n): f"{_SITE}/WEB-{n}" for n in (1, 2, 3)}
    told, _ = _told({1: "MKT-4", 2: None, 3: "WEB-3"}, urls)
    assert "Moved: WEB-1 to MKT-4. Move them back, or widen the jql." in told
    assert "not found by the jql any more: WEB-3." in told
    assert "Deleted, or hidden from the account: WEB-2." in told
    assert f"Open {_SITE}/WEB-2 as an administrator" in told


def test_a_few_are_asked_for() -> None:
    urls = {str(n): f"{_SITE}/WEB-{n}" for n in range(40)}
    told, asked = _told({}, urls)
    assert len(asked) == MOST_ASKED
    assert "Moved" not in told


@pytest.mark.parametrize("body", [b"{}", b"<html>"])
def test_what_cannot_be_read_tells_nothing(body: bytes) -> None:
    assert whereabouts(lambda _: body, {"1": f"{_SITE}/WEB-1"}) == ""


def test_a_service_in_trouble_ends_no_pull() -> None:
    def fetch(_: int) -> bytes:
        raise TransientError("jira", "503.")

    assert whereabouts(fetch, {"1": f"{_SITE}/WEB-1"}) == ""
