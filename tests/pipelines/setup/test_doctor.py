"""``okr doctor``: what it finds, and that the manual tells of each check."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from connectors.errors import AccessError, TransientError
from pipelines.setup.checks import PAGE, Check, Line, guarded
from pipelines.setup.doctor import examine_project
from sandbox.server import Sandbox
from sandbox.server.gate import Dictated
from tests.support.commands import call_okr
from tests.support.company import Company
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(issues=100) as one:
        yield one


@pytest.fixture
def settings(box: Sandbox, tmp_path: Path) -> Iterator[Path]:
    box.forget()
    path = box.write_settings(tmp_path)
    with mock.patch.dict(os.environ, box.environment()):
        yield path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def told(path: Path, check: Check, subject: str = "", *, offline: bool = False) -> list[Line]:
    lines = examine_project(path, offline=offline)
    return [one for one in lines if one.check == check and subject in one.subject]


def test_each_check_has_its_entry_in_the_manual_and_each_entry_a_check() -> None:
    text = (ROOT / PAGE).read_text("utf-8")
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert sorted(entry.partition("\n")[0] for entry in entries) == sorted(Check)
    assert all("**Cause**: " in entry and "**Remedy**: " in entry for entry in entries)


def test_a_sound_project_fails_nothing_and_takes_few_requests(box: Sandbox, settings: Path) -> None:
    box.requests.clear()
    lines = examine_project(settings, offline=False)
    assert [line for line in lines if line.state == "fail"] == []
    asked = {line.subject for line in lines if line.check == Check.CREDENTIAL}
    assert asked == {"jira", "notion", "sheets"}
    assert len(box.requests) <= 30
    assert {seen.method for seen in box.requests} <= {"GET", "POST"}
    account = told(settings, Check.CREDENTIAL, "sheets")[0].sentence
    assert "a service account" in account
    assert "gserviceaccount.com" in account


def test_offline_asks_no_service_and_needs_no_credential(box: Sandbox, settings: Path) -> None:
    box.requests.clear()
    with mock.patch.dict(os.environ, {"OKR_JIRA_TOKEN": ""}):
        lines = examine_project(settings, offline=True)
    assert box.requests == []
    assert [line for line in lines if line.state == "fail"] == []
    (missing,) = [line for line in lines if line.check == Check.SETTINGS]
    assert (missing.state, "OKR_JIRA_TOKEN" in missing.sentence) == ("warn", True)
    assert not {Check.CREDENTIAL, Check.PLACE, Check.SERVICE} & {line.check for line in lines}


def test_a_missing_variable_is_told_and_the_rest_is_still_checked(settings: Path) -> None:
    with mock.patch.dict(os.environ, {"OKR_JIRA_TOKEN": ""}):
        lines = examine_project(settings, offline=False)
    (failed,) = [line for line in lines if line.state == "fail"]
    assert failed.check == Check.SETTINGS
    assert "OKR_JIRA_TOKEN is not set" in failed.sentence
    assert Check.DISK in {line.check for line in lines}


@pytest.mark.parametrize(
    ("service", "name", "variable"),
    [("jira", "jira", "OKR_JIRA_TOKEN"), ("notion", "notion", "OKR_NOTION_TOKEN")],
)
def test_a_refused_token_is_a_line_with_a_remedy(
    settings: Path, service: str, name: str, variable: str
) -> None:
    with mock.patch.dict(os.environ, {variable: "revoked-by-somebody"}):
        (line,) = told(settings, Check.CREDENTIAL, name)
    assert line.state == "fail"
    assert "wrong" in line.remedy
    assert "revoked" in line.remedy
    assert f".token = ${{{variable}}} (okr.yaml:" in line.remedy
    assert "revoked-by-somebody" not in line.sentence


@pytest.mark.parametrize(
    ("service", "name"), [("jira", "jira"), ("notion", "notion"), ("google", "sheets")]
)
def test_a_service_that_is_down_is_a_line_and_the_others_are_checked(
    box: Sandbox, settings: Path, service: str, name: str
) -> None:
    box.switch_off(service)
    try:
        lines = examine_project(settings, offline=False)
    finally:
        box.switch_on(service)
    (down,) = [line for line in lines if line.state == "fail"]
    assert (down.check, down.subject) == (Check.SERVICE, name)
    others = {line.subject for line in lines if line.check == Check.CREDENTIAL}
    assert others == {"jira", "notion", "sheets"} - {name}


def test_garbage_from_a_service_is_no_traceback(box: Sandbox, settings: Path) -> None:
    box.dictate("jira", *[Dictated(200, b'["no user"]')] * 4)
    lines = examine_project(settings, offline=False)
    box.forget()
    assert [line.subject for line in lines if line.state == "fail"] == ["jira"]


@pytest.mark.parametrize(
    ("old", "new", "check", "says"),
    [
        ("tab: OKRs}", "tab: Goals}", Check.PLACE, "has no tab 'Goals' with cells; there are OKRs"),
        ("value: Wert}", "value: Werte}", Check.FIELD, "Closest to 'Werte' is 'Wert'"),
        ("value: Completed}", "value: Done}", Check.FIELD, "Has no 'Done'; there are "),
        ("04c10929-cdd4", "04c10929-cdd5", Check.PLACE, "No database or data source"),
        ("customfield_10042}", "Key Result}", Check.FIELD, "2 fields are named 'Key Result'"),
        ("customfield_10042}", "Nowhere}", Check.FIELD, "Has no 'Nowhere'"),
        (
            "(SUP, WEB, SAL)",
            "(SUP, NIL)",
            Check.ISSUES,
            "cannot see the project NIL, which the jql at",
        ),
        ("project in (SUP,", "projekt in (SUP,", Check.ISSUES, "does not accept the search"),
    ],
)
def test_what_the_settings_name_and_the_service_lacks(
    settings: Path, old: str, new: str, check: Check, says: str
) -> None:
    change(settings, old, new)
    (line,) = [one for one in told(settings, check) if one.state == "fail"]
    assert says in line.sentence
    assert line.remedy


def test_an_issue_type_that_nothing_has_is_a_warning(settings: Path) -> None:
    change(settings, "{issue_type: Epic}", "{issue_type: Saga}")
    (line,) = told(settings, Check.ISSUES, "Saga")
    assert line.state == "warn"


def test_local_checks_tell_of_a_measure_a_full_disk_and_a_missing_cycle(settings: Path) -> None:
    change(settings, "median of resolution time from jira where issue_type = Bug", "medial of")
    change(settings, "as_of: 2026-11-28", "# no day")
    for end in ("2026-12-31", "2027-06-30", "2026-11-29"):
        change(settings, f"end: {end}", "end: 2026-10-20")
    usage = mock.Mock(free=10_000_000)
    with mock.patch("pipelines.setup.local_checks.shutil.disk_usage", return_value=usage):
        lines = examine_project(settings, offline=True)
    found = {(line.check, line.state) for line in lines}
    expected = {(Check.MEASURE, "fail"), (Check.DISK, "fail"), (Check.SCHEDULE, "warn")}
    assert expected <= found


def test_an_address_of_alerts_that_is_not_set_is_told(settings: Path) -> None:
    (nobody,) = told(settings, Check.ALERTS, offline=True)
    assert nobody.sentence == "Nobody is told of what goes wrong."
    with settings.open("a", encoding="utf-8") as file:
        file.write('\nalerts: {to: ["${ALERTS_CHAT}", "${ALERTS_HOOK}"]}\n')
    with mock.patch.dict(os.environ, ALERTS_HOOK="json://127.0.0.1:1/a-hook-that-is-not-shown"):
        unset, usable = told(settings, Check.ALERTS, offline=True)
    assert (unset.state, usable.state) == ("warn", "ok")
    assert "ALERTS_CHAT is not set" in unset.sentence
    assert usable.subject == "alerts: to[1] (json)"


def test_a_data_folder_that_is_not_there_is_told_and_not_made(settings: Path) -> None:
    change(settings, "data: data ", "data: nowhere ")
    (line,) = told(settings, Check.STATE, offline=True)
    assert (line.state, line.sentence) == ("warn", "There is no such folder yet.")
    assert not (settings.parent / "nowhere").exists()


def test_the_command_prints_lines_or_json_and_its_code_says_whether_one_failed(
    box: Sandbox, settings: Path
) -> None:
    environ = {**os.environ, "OKR_CONFIG": str(settings)}
    done = call_okr(settings.parent, environ, "doctor", "--offline")
    assert done.returncode == 0
    line = r"^warn  schedule +as_of: The day is fixed.*\n +Remove .* \(docs/doctor.md#schedule\)"
    assert re.search(line, done.stdout, re.MULTILINE)
    change(settings, "tab: OKRs}", "tab: Goals}")
    done = call_okr(settings.parent, environ, "doctor", "--json")
    assert done.returncode == 1
    (failed,) = [line for line in json.loads(done.stdout) if line["state"] == "fail"]
    assert failed["page"] == "docs/doctor.md#place"
    assert set(failed) == {"check", "subject", "state", "sentence", "remedy", "page"}


def test_whatever_a_check_raises_is_a_line() -> None:
    def refused() -> Iterator[Line]:
        raise AccessError("jira", "Not allowed.", "Allow it.")
        yield

    def down() -> Iterator[Line]:
        raise TransientError("jira", "Down.")
        yield

    def broken() -> Iterator[Line]:
        raise KeyError("a secret")
        yield

    looks = (refused, down, broken)
    found = [line for look in looks for line in guarded(Check.PLACE, "it", look)]
    assert [line.check for line in found] == [Check.PLACE, Check.SERVICE, Check.DOCTOR]
    assert all(line.state == "fail" and "secret" not in line.sentence for line in found)


def test_after_a_night_the_last_run_the_state_and_the_targets_are_told(published: Company) -> None:
    with mock.patch.dict(os.environ, published.environment):
        lines = examine_project(published.settings, offline=True)
    assert [line for line in lines if line.state == "fail"] == []
    by_check = {check: [one for one in lines if one.check == check] for check in Check}
    assert {one.subject for one in by_check[Check.LAST_RUN]} == {"jira", "notion", "sheets"}
    (state,) = by_check[Check.STATE]
    assert state.sentence.endswith("left them.")
    findings = published.table("findings")
    without = findings[findings["rule"] == "no target"]
    told = {one.sentence for one in by_check[Check.TARGET]}
    assert set(without["sentence"]) <= told
