"""``okr findings``: choosing, acknowledging, taking back; every refusal says what to do."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from okr_model.review.requests import FindingRequest, Signature
from pipelines.cli.contract.forms import json_schema
from pipelines.cli.findings.decisions import decide, take_back
from pipelines.cli.findings.listing import FindingQuery, show_findings
from pipelines.cli.links.decisions import show_decisions
from pipelines.cli.shared.options import Format
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.decide import DecisionError
from pipelines.review.decide_finding import until_day
from tests.support.page.small_tables import finding, key_result, publish_rows, work
from tests.support.small_company import SmallCompany

BY = Signature("Ada", "command", "local user")
TODAY = dt.date(2026, 11, 28)
HOSTILE = "\x1b[31m=cmd|' /C calc'!A1 <b>\u202e"


def project_in(folder: Path) -> Project:
    return Project(SmallCompany(folder).folder / "okr.yaml", with_secrets=False)


@pytest.fixture(scope="module")
def one_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    one = project_in(tmp_path_factory.mktemp("findings"))
    publish_rows(
        one.paths.duckdb,
        key_results=[key_result("KR-1", team="Sales"), key_result("KR-2", team="People")],
        initiatives=[work(1), work(2)],
        findings=[
            finding("pace gap", "key result", "KR-1", sentence="KR-1: behind by 8 %."),
            finding("stale value", "key result", "KR-1"),
            finding("pace gap", "key result", "KR-2", severity="error"),
            finding("broken link", "initiative", "jira:1"),
            finding("broken link", "initiative", "jira:1", finding_id="x", sentence="Another."),
            finding("missed check-ins", "team", "Sales"),
        ],
    )
    return one


@pytest.fixture
def project(one_project: Project) -> Project:
    """The project before anything is decided."""
    shutil.rmtree(one_project.paths.decisions, ignore_errors=True)
    return one_project


def config(project: Project) -> Path:
    return project.paths.data.parent / "okr.yaml"


def ask(rule: str = "pace gap", subject: str = "KR-1", **more: Any) -> FindingRequest:
    given = {"action": "acknowledge", "by": BY, "why": "we know", **more}
    return FindingRequest(rule=rule, subject=subject, **given)


@pytest.fixture
def listed(project: Project, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[Any]]:
    def rows(**query: Any) -> list[Any]:
        capsys.readouterr()
        show_findings(config(project), Format.JSON, FindingQuery(**query))
        found: list[Any] = json.loads(capsys.readouterr().out)
        return found

    return rows


def test_a_decision_is_signed_and_about_all_of_one_rule_and_subject(project: Project) -> None:
    decide(
        config(project),
        ask("Broken Link", "sup-1", action="dismiss"),
        "30 days",
        False,
        Format.JSON,
    )
    log = DecisionLog(project.paths.decisions).frame()
    assert set(log["finding_said"]) == {"jira:1: broken link.", "Another."}
    first = log.iloc[0]
    told = (first["action"], first["finding_subject"], first["decided_by"], first["signed"])
    assert told == ("dismiss", "jira:1", "Ada", "local user")
    assert first["until"] == (project.clock.today + dt.timedelta(days=30)).isoformat()


def test_a_dry_run_records_nothing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    decide(config(project), ask(), None, True, Format.TABLE)
    assert "Dry run, not recorded: acknowledges “pace gap” about KR-1." in capsys.readouterr().out
    assert DecisionLog(project.paths.decisions).frame().empty


def test_the_same_again_is_refused_and_another_verdict_is_not(project: Project) -> None:
    decide(config(project), ask(), None, False, Format.JSON)
    with pytest.raises(DecisionError, match=r"Ada acknowledged it already on .* nothing to do"):
        decide(config(project), ask(), None, False, Format.JSON)
    decide(config(project), ask(), "2999-01-01", False, Format.JSON)
    decide(config(project), ask(action="dismiss"), None, False, Format.JSON)
    assert len(DecisionLog(project.paths.decisions).frame()) == 3


def test_undo_takes_back_once_and_leaves_links_alone(project: Project) -> None:
    decide(config(project), ask(), None, False, Format.JSON)
    [made] = DecisionLog(project.paths.decisions).frame()["decision_id"]
    take_back(config(project), made, BY, "wrong", False, Format.JSON)
    with pytest.raises(DecisionError, match="has already been taken back"):
        take_back(config(project), made, BY, "wrong", False, Format.JSON)
    undo = DecisionLog(project.paths.decisions).frame().sort_values("decided_at").iloc[-1]
    assert (undo["finding_rule"], undo["finding_subject"]) == ("pace gap", "KR-1")


def test_the_log_says_until_when_and_what_is_taken_back_without_any_style(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    decide(config(project), ask(), "2999-01-01", False, Format.JSON)
    [made] = DecisionLog(project.paths.decisions).frame()["decision_id"]
    capsys.readouterr()
    show_decisions(config(project), Format.TABLE)
    told = "acknowledges “pace gap” about KR-1 until 2999-01-01"
    assert told in (shown := capsys.readouterr().out)
    assert "taken back" not in shown
    take_back(config(project), made, BY, "wrong", False, Format.JSON)
    capsys.readouterr()
    show_decisions(config(project), Format.TABLE)
    assert f"{told} (taken back)" in capsys.readouterr().out


def test_the_log_says_what_counts_no_more_and_keeps_the_contract(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    decide(config(project), ask(), "2999-01-01", False, Format.JSON)
    decide(config(project), ask(action="dismiss"), None, False, Format.JSON)
    made = DecisionLog(project.paths.decisions).frame().sort_values("decided_at")
    old = made.iloc[-1].dropna().to_dict()
    over = {"decision_id": "D-old", "action": "acknowledge", "finding_subject": "KR-2"}
    DecisionLog(project.paths.decisions).append([old | over | {"until": "2020-01-01"}])
    capsys.readouterr()
    show_decisions(config(project), Format.TABLE)
    shown = capsys.readouterr().out
    assert "acknowledges “pace gap” about KR-1 until 2999-01-01 (replaced since)" in shown
    assert "acknowledges “pace gap” about KR-2 until 2020-01-01 (ended)" in shown
    assert "dismisses “pace gap” about KR-1 (" not in shown
    show_decisions(config(project), Format.JSON)
    rows = json.loads(capsys.readouterr().out)
    assert {row["action"]: row["in_force"] for row in rows if row["decision_id"] != "D-old"} == {
        "acknowledge": False,
        "dismiss": True,
    }
    formats = Draft202012Validator.FORMAT_CHECKER
    schema = {"$ref": "#/$defs/decisions", "$defs": json_schema()["$defs"]}
    for row in rows:
        Draft202012Validator(schema, format_checker=formats).validate(row)


def test_undo_tells_which_earlier_decision_counts_again(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    decide(config(project), ask(), None, False, Format.JSON)
    [first] = DecisionLog(project.paths.decisions).frame()["decision_id"]
    decide(config(project), ask(action="dismiss"), None, False, Format.JSON)
    ids = set(DecisionLog(project.paths.decisions).frame()["decision_id"])
    capsys.readouterr()
    take_back(config(project), (ids - {first}).pop(), BY, "wrong", False, Format.TABLE)
    assert f"{first} counts again: acknowledged by Ada." in capsys.readouterr().out
    take_back(config(project), first, BY, "wrong", False, Format.TABLE)
    assert "counts again" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("request_", "until", "said"),
    [
        (ask("pace gab"), None, "no rule 'pace gab'. Near it: pace gap"),
        (ask("pace gap", "KR-11"), None, "about 'KR-11'. Near it: KR-1"),
        (ask("treadmill"), None, "no finding of the rule 'treadmill' is published"),
        (ask("broken link", "SUP-9"), None, "Near it: SUP-1"),
        (ask(), "soon", "'soon' is no day. Write one such as 2026-12-15"),
        (ask(), "2020-01-01", "2020-01-01 is over; name a day from"),
        (ask(why=" "), None, "the reason is empty"),
        (ask(by=Signature("", "command", "x")), None, "the name is empty"),
    ],
)
def test_what_cannot_be_recorded_says_what_to_do(
    project: Project, request_: FindingRequest, until: str | None, said: str
) -> None:
    with pytest.raises(DecisionError) as refused:
        decide(config(project), request_, until, False, Format.TABLE)
    assert said in str(refused.value)
    assert DecisionLog(project.paths.decisions).frame().empty


def test_findings_are_chosen_by_rule_severity_subject_and_team(
    listed: Callable[..., list[Any]],
) -> None:
    assert {row["subject_id"] for row in listed(rule="PACE GAP")} == {"KR-1", "KR-2"}
    assert [row["subject_id"] for row in listed(severity="error")] == ["KR-2"]
    assert len(listed(about="SUP-1")) == 2
    assert {row["rule"] for row in listed(team="sales")} == {
        *("pace gap", "stale value", "missed check-ins")
    }
    with pytest.raises(DecisionError, match=r"no team 'Nobody'. There are: People, Sales"):
        listed(team="Nobody")


def test_acknowledged_ones_come_last_are_counted_apart_and_open_leaves_them_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = project_in(tmp_path)
    told = {
        "acknowledgement": "acknowledged",
        "acknowledgement_id": "D-1",
        "acknowledged_by": "Ada",
        "acknowledged_until": TODAY,
        "acknowledged_why": HOSTILE,
    }
    publish_rows(
        project.paths.duckdb,
        findings=[
            finding("pace gap", "key result", "KR-1", severity="error", **told),
            finding("stale value", "key result", "KR-1"),
        ],
    )
    for only, rules in ((False, ["stale value", "pace gap"]), (True, ["stale value"])):
        show_findings(config(project), Format.JSON, FindingQuery(open_only=only))
        assert [row["rule"] for row in json.loads(capsys.readouterr().out)] == rules
    show_findings(config(project), Format.TABLE)
    shown = capsys.readouterr().out
    assert "1 open, 1 acknowledged or dismissed." in shown
    assert "Acknowledged by Ada until 28 Nov 2026" in " ".join(shown.split())
    assert "\x1b[31m=cmd" not in shown


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-15", dt.date(2026, 12, 15)),
        ("for 30 days", dt.date(2026, 12, 28)),
        ("1 day", dt.date(2026, 11, 29)),
        (" 2 Weeks ", dt.date(2026, 12, 12)),
    ],
)
def test_a_day_or_how_long(text: str, day: dt.date) -> None:
    assert until_day(text, TODAY) == day
