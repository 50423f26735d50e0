"""The sandbox as a whole: one port, three services, one clock, and what a test can do to it."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth.transport.requests import Request as GoogleRequest
from google.oauth2.service_account import Credentials

from sandbox.company.ids import page_id, spreadsheet_id
from sandbox.server import Dictated, Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(issues=300) as box:
        yield box


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def _jira(box: Sandbox, session: requests.Session, path: str) -> requests.Response:
    settings = box.environment()
    login = settings["OKR_JIRA_USER"], settings["OKR_JIRA_TOKEN"]
    return session.get(f"{box.jira_url}/rest/api/3{path}", auth=login, timeout=60)


def _notion(box: Sandbox, session: requests.Session, path: str) -> requests.Response:
    token = box.environment()["OKR_NOTION_TOKEN"]
    headers = {"Authorization": f"Bearer {token}", "Notion-Version": "2025-09-03"}
    return session.get(f"{box.notion_url}/v1{path}", headers=headers, timeout=60)


def test_all_three_services_answer_on_one_port(box: Sandbox, session: requests.Session) -> None:
    assert _jira(box, session, "/serverInfo").json()["baseUrl"] == box.jira_url
    assert _notion(box, session, "/users/me").json()["object"] == "user"
    google = session.get(f"{box.sheets_url}/drive/v3/files", timeout=60)
    assert google.status_code == 401
    assert session.get(box.jira_url.replace("jira", "monday"), timeout=60).status_code == 404
    assert len({url.split("/")[2] for url in (box.jira_url, box.notion_url, box.sheets_url)}) == 1
    assert "//127.0.0.1:" in box.jira_url


def test_the_date_header_is_the_sandbox_clocks(box: Sandbox, session: requests.Session) -> None:
    assert box.clock.now == datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
    assert _jira(box, session, "/myself").headers["Date"] == "Fri, 27 Nov 2026 18:00:00 GMT"
    box.clock.advance(86_400)
    for answer in (_jira(box, session, "/myself"), _notion(box, session, "/users/me")):
        assert answer.headers["Date"] == "Sat, 28 Nov 2026 18:00:00 GMT"
    assert "2026-11-29T02:00:00" in _jira(box, session, "/serverInfo").json()["serverTime"]


def test_requests_are_recorded_without_credentials(box: Sandbox, session: requests.Session) -> None:
    settings = box.environment()
    login = settings["OKR_JIRA_USER"], settings["OKR_JIRA_TOKEN"]
    body = {"jql": "project = SUP", "maxResults": 5}
    session.post(f"{box.jira_url}/rest/api/3/search/jql?a=b", json=body, auth=login, timeout=60)

    (seen,) = box.requests
    assert (seen.service, seen.method, seen.path) == ("jira", "POST", "/rest/api/3/search/jql")
    assert (seen.query, seen.status, seen.at) == ("a=b", 200, box.clock.now)
    assert json.loads(seen.body) == body
    assert settings["OKR_JIRA_TOKEN"] not in repr(seen)


def test_one_service_can_be_switched_off_alone(box: Sandbox, session: requests.Session) -> None:
    box.switch_off("jira")
    answer = _jira(box, session, "/myself")
    assert (answer.status_code, answer.content) == (503, b"")
    assert _notion(box, session, "/users/me").status_code == 200

    box.switch_on("jira")
    assert _jira(box, session, "/myself").status_code == 200
    with pytest.raises(LookupError, match="monday"):
        box.switch_off("monday")


def test_answers_can_be_dictated_one_by_one(box: Sandbox, session: requests.Session) -> None:
    login_page = Dictated(200, b"<html>Log in</html>", {"Content-Type": "text/html"})
    box.dictate("jira", Dictated(429, headers={"Retry-After": "2.5"}), login_page)

    refused, page, real = (_jira(box, session, "/myself") for _ in range(3))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2.5")
    assert page.text.startswith("<html>")
    assert real.json()["active"] is True
    assert [seen.status for seen in box.requests] == [429, 200, 200]


def test_latency_is_added_to_every_answer(box: Sandbox, session: requests.Session) -> None:
    _jira(box, session, "/myself")
    box.latency = 0.2
    begun = time.perf_counter()
    _jira(box, session, "/myself")
    assert time.perf_counter() - begun >= 0.2


def test_changes_show_at_once(box: Sandbox, session: requests.Session) -> None:
    box.jira.edit_issue("SUP-1", summary="Another name")
    assert _jira(box, session, "/issue/SUP-1").json()["fields"]["summary"] == "Another name"


def test_settings_are_written_for_this_sandbox(box: Sandbox, tmp_path: Path) -> None:
    settings = box.write_settings(tmp_path / "new")
    account = tmp_path / "new" / "service-account.json"
    key = json.loads(account.read_text())

    named = set(re.findall(r"\$\{(\w+)\}", settings.read_text()))
    assert named == set(box.environment())
    assert key["token_uri"] == f"{box.sheets_url}/token"
    assert stat.S_IMODE(account.stat().st_mode) == 0o600
    for name, value in box.environment().items():
        if name.endswith("TOKEN"):
            assert value not in settings.read_text()


def test_the_service_account_reads_the_spreadsheets(
    box: Sandbox, session: requests.Session, tmp_path: Path
) -> None:
    box.write_settings(tmp_path)
    account = Credentials.from_service_account_file(
        str(tmp_path / "service-account.json"),
        scopes=["https://www.googleapis.com/auth/spreadsheets.readonly"],
    )
    account.refresh(GoogleRequest(session))
    answer = session.get(
        f"{box.sheets_url}/v4/spreadsheets/{spreadsheet_id('metrics')}/values/KPIs!A1:C2",
        headers={"Authorization": f"Bearer {account.token}"},
        timeout=60,
    )

    assert answer.json()["values"][1] == [
        "KPI-1",
        "Monthly recurring revenue churn",
        "Customer experience",
    ]


def test_notion_pages_show_the_cohorts_percentage(box: Sandbox, session: requests.Session) -> None:
    page = _notion(box, session, f"/pages/{page_id('cohorts', '2026-11-27')}").json()

    assert page["properties"]["Completed"]["rollup"]["number"] == pytest.approx(20 / 31)
    assert page["properties"]["Week"]["date"]["start"] == "2026-11-27"
    assert page["properties"]["Customers"]["has_more"] is True


def test_every_sandbox_has_credentials_of_its_own() -> None:
    tokens: list[dict[str, Any]] = []
    for _ in range(2):
        with Sandbox(issues=300) as box:
            tokens.append(box.environment())
    assert tokens[0]["OKR_JIRA_TOKEN"] != tokens[1]["OKR_JIRA_TOKEN"]
    assert tokens[0]["OKR_NOTION_TOKEN"] != tokens[1]["OKR_NOTION_TOKEN"]


def test_it_can_be_served_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--settings", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().strip() for _ in range(10)]
            exported = dict(
                line.removeprefix("export ").split("=", 1)
                for line in lines
                if line.startswith("export ")
            )
            login = exported["OKR_JIRA_USER"], exported["OKR_JIRA_TOKEN"]
            url = f"{exported['OKR_JIRA_URL']}/rest/api/3/myself"
            assert requests.get(url, auth=login, timeout=60).status_code == 200
            assert (tmp_path / "okr.yaml").exists()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0


def test_it_has_no_address_before_it_is_entered() -> None:
    with pytest.raises(RuntimeError, match="entered"):
        _ = Sandbox(issues=300).jira_url


def test_it_begins_anew_at_the_same_addresses(box: Sandbox, session: requests.Session) -> None:
    before, url, clock = box.environment(), box.jira_url, box.clock.now
    box.jira.edit_issue("SUP-3", summary="Changed")
    box.clock.advance(3600)
    box.switch_off("notion")
    box.dictate("jira", Dictated(500))
    box.reset()
    assert (box.environment(), box.jira_url, box.clock.now) == (before, url, clock)
    assert box.requests == []
    issue = _jira(box, session, "/issue/SUP-3").json()
    assert issue["fields"]["summary"] == "Triage rules for first contact"
    assert _notion(box, session, "/users/me").status_code == 200
    assert len(box.requests) == 2
