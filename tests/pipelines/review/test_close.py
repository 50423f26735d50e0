"""``okr close``: what is recorded, and every refusal says what to do."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from okr_model.review.requests import ClosingRequest, Signature
from pipelines.cli.rituals.close import close_one
from pipelines.cli.shared.options import Format
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.close import close
from pipelines.review.decide import DecisionError, take_back
from published.tables import UnknownKeyResultError
from tests.support.page.small_tables import key_result, publish_rows
from tests.support.small_company import SmallCompany

BY = Signature("Ada", "command", "local user")
EARLIER = {
    "cycle_id": "2026-Q3",
    "cycle_start": dt.date(2026, 7, 1),
    "cycle_end": dt.date(2026, 9, 30),
}
COMING = {"cycle_id": "2099-Q1", "cycle_start": dt.date(2099, 1, 1)}


@pytest.fixture(scope="module")
def one_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    company = SmallCompany(tmp_path_factory.mktemp("closing"))
    one = Project(company.folder / "okr.yaml", with_secrets=False)
    rows = [key_result("KR-1"), key_result("KR-1", **COMING)]
    rows += [key_result("KR-2"), key_result("KR-2", **EARLIER), key_result("KR-3", **COMING)]
    objectives = [{"objective_id": "O-1", "title": "Sell more"}]
    publish_rows(one.paths.duckdb, key_results=rows, objectives=objectives, cycles=[{}])
    return one


@pytest.fixture
def project(one_project: Project) -> Project:
    """The project before anything is decided."""
    shutil.rmtree(one_project.paths.decisions, ignore_errors=True)
    return one_project


def ask(key: str = "kr-1", way: str = "done", **more: Any) -> ClosingRequest:
    return ClosingRequest(key, way, **{"by": BY, "why": "we talked", **more})


def test_a_decision_is_signed_and_names_key_result_and_cycle(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    config: Path = project.paths.data.parent / "okr.yaml"
    request = ask(lesson=" Ask customers first. ")
    assert close_one(config, request, True, Format.TABLE) == 0
    assert DecisionLog(project.paths.decisions).frame().empty
    assert "Dry run, not recorded: closes KR-1 of" in capsys.readouterr().out
    close_one(config, request, False, Format.JSON)
    said = json.loads(capsys.readouterr().out)
    [row] = DecisionLog(project.paths.decisions).frame().to_dict("records")
    names = ("action", "key_result_id", "cycle_id", "closed_as", "lesson", "decided_by", "signed")
    recorded = ("close", "KR-1", "2026-Q4", "done", "Ask customers first.", "Ada", "local user")
    assert tuple(row[name] for name in names) == recorded
    assert (said["decision_id"], said["recorded"]) == (row["decision_id"], True)


def test_the_same_again_is_refused_and_undo_makes_room(project: Project) -> None:
    first = close(project, ask())
    with pytest.raises(DecisionError, match=r"Ada closed it as done already on .* nothing to do"):
        close(project, ask())
    close(project, ask(lesson="New."))  # says more
    latest = close(project, ask(way="abandon"))
    take_back(project, latest["decision_id"], BY, "no")
    with pytest.raises(DecisionError, match="already been taken back"):
        take_back(project, latest["decision_id"], BY, "no")
    close(project, ask(way="abandon"))
    assert len(DecisionLog(project.paths.decisions).frame()) == 5
    assert first["decision_id"] != latest["decision_id"]


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (ask("KR-2"), DecisionError, "stands in 2026-Q3 and .*--cycle 2026-Q3"),
        (ask("KR-2", cycle="2025-Q1"), DecisionError, "no begun cycle '2025-Q1'; there is 2026-Q3"),
        (ask("KR-3"), DecisionError, "no cycle of KR-3 has begun"),
        (ask("KR-99"), UnknownKeyResultError, "KR-99"),
        (ask(way="win"), DecisionError, "'win' is none of continue, abandon, done"),
        (ask(why=" "), DecisionError, "the reason is empty"),
    ],
)
def test_what_cannot_be_recorded_says_what_to_do(
    project: Project, request_: ClosingRequest, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        close(project, request_)
    assert DecisionLog(project.paths.decisions).frame().empty


def test_a_form_sent_twice_is_recorded_once(project: Project) -> None:
    made = close(project, ask(once="a form"))
    take_back(project, made["decision_id"], BY, "no")
    with pytest.raises(DecisionError, match="recorded already"):
        close(project, ask(once="a form"))
    assert close(project, ask("KR-2", cycle="2026-q3"))["cycle_id"] == "2026-Q3"


def test_an_objective_is_closed_likewise(project: Project) -> None:
    made = close(project, ask("o-1", kind="objective", lesson="Too wide."))
    row = DecisionLog(project.paths.decisions).frame().iloc[0]
    named = (row["objective_id"], row["cycle_id"], row["closed_as"], row["lesson"])
    assert named == ("O-1", "2026-Q4", "done", "Too wide.")
    assert row.isna()["key_result_id"]
    with pytest.raises(DecisionError, match="Ada closed it as done already"):
        close(project, ask("O-1", kind="objective", lesson="Too wide."))
    take_back(project, made["decision_id"], BY, "no")
    close(project, ask("O-1", kind="objective", lesson="Too wide."))
    close(project, ask("KR-1", lesson="Too wide."))  # what is decided of one is not of the other
    with pytest.raises(DecisionError, match=r"no Objective 'KR-1' is published\. There are: O-1"):
        close(project, ask("KR-1", kind="objective"))
    with pytest.raises(UnknownKeyResultError):
        close(project, ask("O-1"))


def test_deciding_again_keeps_the_lesson_and_says_what_it_replaces(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    config: Path = project.paths.data.parent / "okr.yaml"
    first = close(project, ask(lesson="Ask customers first."))
    close_one(
        config, ask(way="abandon", by=Signature("Bo", "command", "typed")), False, Format.TABLE
    )
    said = " ".join(capsys.readouterr().out.split())
    assert f"It replaces {first['decision_id']}, done by Ada. Its lesson is kept." in said
    log = DecisionLog(project.paths.decisions).frame()
    assert set(log["lesson"]) == {"Ask customers first."}
    close(project, ask(way="continue", lesson="Another."))
    assert set(DecisionLog(project.paths.decisions).frame()["lesson"]) == {
        "Ask customers first.",
        "Another.",
    }


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"why": "x" * 2001}, "the reason has 2,001 characters; at most 2,000"),
        ({"lesson": "x" * 2001}, "the lesson has 2,001 characters"),
        ({"by": Signature("x" * 201, "command", "typed")}, "the name has 201 characters"),
    ],
)
def test_what_nobody_can_read_is_refused(project: Project, more: dict[str, Any], said: str) -> None:
    with pytest.raises(DecisionError, match=said):
        close(project, ask(**more))
    assert DecisionLog(project.paths.decisions).frame().empty


def test_a_name_is_one_line(project: Project) -> None:
    row = close(project, ask(by=Signature("Ada\n  Lund", "command", "typed")))
    assert row["decided_by"] == "Ada Lund"
