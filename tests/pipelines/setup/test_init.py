"""``okr init`` against the stand-ins: without a person, and typed through a terminal."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from pipelines.settings import load_settings
from sandbox.server import Sandbox
from sandbox.server.contents import Contents
from tests.second_company.company import elsterwerk
from tests.support.commands import OKR, Answer, call_okr

_KEPT = ".okr-init.json"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(issues=100) as one:
        yield one


def prepared(box: Sandbox, folder: Path) -> dict[str, str]:
    """The environment of somebody with credentials and no settings."""
    box.write_settings(folder).unlink()
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("OKR_", "DAGSTER_"))}
    keep |= {"JIRA_TOKEN": box.environment()["OKR_JIRA_TOKEN"], "TERM": "dumb", "COLUMNS": "160"}
    return keep | {"NOTION_TOKEN": box.environment()["OKR_NOTION_TOKEN"]}


def addresses(box: Sandbox) -> dict[str, str]:
    return {
        "organization.name": "Larkfield: Desk",
        "organization.timezone": "Asia/Kuala_Lumpur",
        "jira.url": box.jira_url,
        "jira.user": box.environment()["OKR_JIRA_USER"],
        "notion.url": box.notion_url,
        "sheets.url": box.sheets_url,
        "sheets.credentials": "service-account.json",
    }


def init(box: Sandbox, folder: Path, *more: str, environ: dict[str, str] | None = None) -> Answer:
    given = [word for pair in addresses(box).items() for word in ("--set", "=".join(pair))]
    return call_okr(folder, environ or prepared(box, folder), "init", "--yes", *given, *more)


def test_the_sample_company_is_set_up_by_defaults(box: Sandbox, tmp_path: Path) -> None:
    environ = prepared(box, tmp_path)
    done = init(box, tmp_path, environ=environ)
    assert done.returncode == 0, done.stderr
    settings = load_settings(tmp_path / "okr.yaml", environ)
    assert settings.organization.name == "Larkfield: Desk"
    held = sorted((one.source, one.holds) for one in settings.datasets)
    assert held == [
        ("jira", "activity"), ("jira", "initiatives"),
        ("notion", "check_ins"), ("notion", "initiatives"), ("notion", "key_results"),
        ("notion", "measurements"), ("notion", "objectives"),
        ("sheets", "check_ins"), ("sheets", "key_results"), ("sheets", "kpis"),
        ("sheets", "measurements"), ("sheets", "measurements"),
    ]  # fmt: skip
    assert settings.links.key_pattern == r"KR-\d+"
    assert "2026-Q3" in {cycle.id for cycle in settings.cycles}
    assert "Check-ins say: Challenge, Critical, High" in done.stdout
    assert "decrease, baseline 4 days, target 3 days" in done.stdout
    example = (tmp_path / ".env.example").read_text("utf-8")
    assert "JIRA_TOKEN=\nNOTION_TOKEN=\n" in example
    secrets = {environ["JIRA_TOKEN"], environ["NOTION_TOKEN"]}
    files = [p for p in tmp_path.iterdir() if p.is_file() and p.name != "service-account.json"]
    assert not any(secret in file.read_text("utf-8") for file in files for secret in secrets)
    assert not (tmp_path / _KEPT).exists()


def test_okrs_in_jira_are_set_up_too(tmp_path: Path) -> None:
    with Sandbox(company=elsterwerk) as other:
        environ = {k: v for k, v in prepared(other, tmp_path).items() if k != "NOTION_TOKEN"}
        done = init(other, tmp_path, "--set", "notion.use=no", environ=environ)
        assert done.returncode == 0, done.stderr
        settings = load_settings(tmp_path / "okr.yaml", environ)
        in_jira = {one.holds: one for one in settings.datasets_from("jira")}
        assert set(in_jira) == {"objectives", "key_results", "initiatives", "activity"}
        fields = in_jira["key_results"].fields
        assert (fields["unit"], fields["target"]) == ("customfield_11004", "Target value")
        assert in_jira["key_results"].teams == {"team-*": "*"}
        sheets = sorted(one.holds for one in settings.datasets_from("sheets"))
        assert sheets == ["check_ins", "initiatives", "key_results", "measurements"]
        assert settings.links.key_pattern == r"(OKR|VT)-\d+"


@pytest.mark.thorough
def test_what_exists_is_left_alone_and_a_dry_run_writes_nothing(
    box: Sandbox, tmp_path: Path
) -> None:
    environ = prepared(box, tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    done = init(box, tmp_path, "--dry-run", environ=environ)
    assert "holds: key_results" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == before
    (tmp_path / "okr.yaml").write_text("mine: true\n", "utf-8")
    (tmp_path / ".env.example").write_text("MINE=\n", "utf-8")
    done = init(box, tmp_path, environ=environ)
    assert "The file that exists is left alone" in done.stdout
    assert (tmp_path / "okr.yaml").read_text("utf-8") == "mine: true\n"
    assert (tmp_path / ".env.example").read_text("utf-8") == "MINE=\n"
    assert "NOTION_TOKEN=" in (tmp_path / ".env.new.example").read_text("utf-8")
    load_settings(tmp_path / "okr.new.yaml", environ)


def test_a_refused_token_ends_it_and_the_answers_are_kept(box: Sandbox, tmp_path: Path) -> None:
    environ = prepared(box, tmp_path)
    done = init(box, tmp_path, environ=environ | {"JIRA_TOKEN": "revoked-long-ago"})
    assert done.returncode == 2
    assert "run okr init again to go on" in done.stderr
    assert "revoked-long-ago" not in done.stdout + done.stderr
    assert not (tmp_path / "okr.yaml").exists()
    kept = (tmp_path / _KEPT).read_text("utf-8")
    assert box.jira_url in kept
    assert "revoked-long-ago" not in kept


def test_of_many_projects_people_choose(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.setup.interview._COUNTED", 2)
    done = init(box, tmp_path, "--set", "notion.use=no")
    assert done.returncode == 2
    assert "Which projects, by their keys: there is no answer" in done.stderr
    assert "Customer support" in done.stdout


def test_a_service_that_is_down_is_a_sentence(box: Sandbox, tmp_path: Path) -> None:
    environ = prepared(box, tmp_path)
    box.switch_off("notion")
    try:
        done = init(box, tmp_path, environ=environ)
    finally:
        box.switch_on("notion")
    assert done.returncode == 2
    assert "answered 503" in done.stdout
    assert "okr itself failed" not in done.stderr


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize(
    ("company", "levels", "key_result"),
    [
        (None, "High, Challenge, Critical", "KR-17"),
        (elsterwerk, "hoch, mittel, niedrig", "OKR-11"),
    ],
)
def test_typed_through_a_terminal_to_the_first_table(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    company: Callable[[tuple[str, ...]], Contents] | None,
    levels: str,
    key_result: str,
) -> None:
    """Three minutes are allowed, with a machine that has other work."""
    begun = time.monotonic()
    with Sandbox(issues=100, company=company) as box:
        environ = prepared(box, tmp_path)
        typed = {name: environ.pop(name) for name in ("JIRA_TOKEN", "NOTION_TOKEN")}
        urls = {"notion": box.notion_url, "sheets": box.sheets_url}
        given = [f"--set={name}.url={url}" for name, url in urls.items()]
        where = {"cwd": str(tmp_path), "timeout": 120, "encoding": "utf-8"}
        child = pexpect.spawn(str(OKR), ["init", *given], env=environ, **where)
        answers = _answers(box, levels, typed, has_notion=company is None)
        screen = _typed(child, answers)
    seconds = time.monotonic() - begun
    with capsys.disabled():
        print(f"\nokr init to the first published table: {seconds:.0f} s")
    assert child.exitstatus == 0, screen
    assert "Published the tables of" in screen
    assert key_result in screen
    assert not any(secret in screen for secret in (*typed.values(), "mistyped"))
    assert seconds < 180


def _answers(
    box: Sandbox, levels: str, typed: dict[str, str], *, has_notion: bool
) -> list[tuple[str, str]]:
    """What is asked, and what is typed; nothing takes the default."""
    soon = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    notion = [("Read Notion", "y"), ("Its token", typed["NOTION_TOKEN"])]
    return [
        ("Name of the organization", "A company"),
        ("Its time zone", "Berlin"),
        ("Its time zone", "Europe/Berlin"),
        ("levels of confidence", levels),
        ("The running OKR cycle", "2026-Q4"),
        ("Its first day", "2026-10-01"),
        ("Its last day", str(max(dt.date(2026, 12, 31), soon))),
        ("Read Jira", "y"),
        ("Address of Jira", box.jira_url),
        ("E-mail of its account", box.environment()["OKR_JIRA_USER"]),
        ("Its token", "mistyped"),
        ("Try again", "y"),
        ("Address of Jira", ""),
        ("E-mail of its account", ""),
        ("Its token", typed["JIRA_TOKEN"]),
        ("Which projects", ""),
        *(notion if has_notion else [("Read Notion", "n")]),
        ("Read Google Sheets", "y"),
        ("Key file", "service-account.json"),
        ("Read everything now", "y"),
    ]


def _typed(child: pexpect.spawn, answers: list[tuple[str, str]]) -> str:
    """Type the answers, agreeing to every proposal between them; returns what was shown."""
    shown = []
    for question, answer in answers:
        proposal = r"Read [^\n]* from [^\n]*\[Y/n\]: ?"
        while child.expect([f"{question}[^\n]*: ?", proposal]):
            shown.append(child.before)
            child.sendline("")
        shown.append(child.before)
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return "".join([*shown, child.before])
