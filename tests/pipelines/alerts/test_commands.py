"""``okr alerts`` and its commands, without a night."""

import datetime as dt
import json
import os
from pathlib import Path

import pytest

from tests.support.commands import Answer, call_okr
from tests.support.services.receivers import webhook

# apprise imports it for its encryption of mail.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
SETTINGS = """
organization: {name: Acme, timezone: UTC}
cycles: [{id: Q4, start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: .}}
datasets:
  - {holds: key_results, from: files, place: okrs.csv, fields: {id: id, target: target}}
"""


def okr(folder: Path, port: int, *words: str) -> Answer:
    environ = {**os.environ, "HOOK": f"json://127.0.0.1:{port}/a-path-that-nobody-sees"}
    return call_okr(folder, environ | {"OKR_CONFIG": str(folder / "okr.yaml")}, "alerts", *words)


def test_each_address_is_tested_and_its_result_printed(tmp_path: Path) -> None:
    alerts = 'alerts: {to: ["${HOOK}", "${NOT_SET_ANYWHERE}"]}'
    (tmp_path / "okr.yaml").write_text(f"{SETTINGS}{alerts}\n", "utf-8")
    with webhook() as (port, got):
        done = okr(tmp_path, port, "test")
        listed = json.loads(okr(tmp_path, port, "test", "--json").stdout)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "alerts: to[0] (json): sent",
        "alerts: to[1] (not set): NOT SENT: the environment variable NOT_SET_ANYWHERE is not set.",
    ]
    assert [one["sent"] for one in listed] == [True, False]
    assert "[TEST]" in json.loads(got[0])["title"]
    assert "Acme" in json.loads(got[0])["message"]


def test_what_a_check_finds_is_told_once_listed_and_over_when_it_is_mended(tmp_path: Path) -> None:
    ends = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    alerts = 'alerts: {{to: ["${{HOOK}}"], credentials_end: {{jira: {}}}}}'
    (tmp_path / "okr.yaml").write_text(f"{SETTINGS}{alerts.format(ends)}\n", "utf-8")
    with webhook() as (port, got):
        assert okr(tmp_path, port).stdout == "No alert is open.\n"
        codes = [okr(tmp_path, port, "check").returncode for _ in range(2)]
        (listed,) = json.loads(okr(tmp_path, port, "--json").stdout)
        later = alerts.format(ends + dt.timedelta(days=90))
        (tmp_path / "okr.yaml").write_text(f"{SETTINGS}{later}\n", "utf-8")
        mended = okr(tmp_path, port, "check")
    assert codes == [1, 1]
    assert listed["cause"] == "credential ends: jira"
    assert listed["page"] == "docs/alerts.md#credential-ends"
    assert (mended.returncode, mended.stdout) == (0, "All well.\n")
    titles = [json.loads(one)["title"] for one in got]
    assert [one.removeprefix("Acme: ").split(" ")[0] for one in titles] == ["Make", "Nothing"]


def test_options_before_a_command_count_for_it_unless_it_has_its_own(tmp_path: Path) -> None:
    for name in ("first", "second"):
        alerts = f'alerts: {{to: ["${{{name.upper()}_IS_NOT_SET}}"]}}'
        (tmp_path / f"{name}.yaml").write_text(f"{SETTINGS}{alerts}\n", "utf-8")
    before = okr(tmp_path, 0, "-c", "first.yaml", "--json", "test").stdout
    after = okr(tmp_path, 0, "-c", "first.yaml", "test", "-c", "second.yaml").stdout
    assert "FIRST_IS_NOT_SET" in json.loads(before)[0]["reason"]
    assert "SECOND_IS_NOT_SET" in after
    token = call_okr(tmp_path, {}, "serve", "-c", "first.yaml", "token", "reporting").stdout
    assert "of first.yaml, which holds its digest" in token
    listed = call_okr(tmp_path, {}, "links", "-c", "first.yaml", "decisions", "--json").stdout
    assert json.loads(listed) == []
