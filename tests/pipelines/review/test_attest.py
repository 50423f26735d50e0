"""``okr checklist attest``: what is recorded, and every refusal says what to do."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from okr_model.governance.checklist import attestations_in_force
from okr_model.review.decision_table import build_decisions
from okr_model.review.requests import Signature
from pipelines.cli.rituals.checklist import attest_item
from pipelines.cli.rituals.rollout import attest_one
from pipelines.cli.shared.options import Format
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.attest import attest, attest_step
from pipelines.review.decide import DecisionError, take_back
from tests.support.page.small_tables import publish_rows
from tests.support.small_company import SmallCompany

BY = Signature("Ada", "command", "local user")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    one = Project(SmallCompany(tmp_path).folder / "okr.yaml", with_secrets=False)
    publish_rows(one.paths.duckdb)
    return one


def test_it_is_signed_dated_and_taken_back(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    config = project.paths.data.parent / "okr.yaml"
    assert attest_item(config, "Training", None, (BY, "two days"), True, Format.TABLE) == 0
    assert DecisionLog(project.paths.decisions).frame().empty
    assert "Dry run, not recorded: attests “training” for 2026-Q4" in capsys.readouterr().out
    attest_item(config, "training", "2026-q4", (BY, "two days"), False, Format.JSON)
    said = json.loads(capsys.readouterr().out)
    frame = DecisionLog(project.paths.decisions).frame()
    row = frame.iloc[0]
    named = tuple(
        row[name] for name in ("action", "item", "cycle_id", "decided_by", "why", "signed")
    )
    assert named == ("attest", "training", "2026-Q4", "Ada", "two days", "local user")
    assert (said["decision_id"], said["recorded"]) == (row["decision_id"], True)
    assert build_decisions(frame, dt.date(2026, 11, 28))["in_force"].all()

    with pytest.raises(DecisionError, match=r"Ada attested it already on .* nothing to do"):
        attest(project, "training", "2026-Q4", BY, "again")
    attest(project, "training", "2026-Q4", Signature("Bo", "command", "local user"), "me, too")
    frame = DecisionLog(project.paths.decisions).frame()
    assert attestations_in_force(frame)["decided_by"].tolist() == ["Bo"]
    take_back(project, attestations_in_force(frame)["decision_id"].iloc[0], BY, "no")
    frame = DecisionLog(project.paths.decisions).frame()
    assert attestations_in_force(frame)["decided_by"].tolist() == ["Ada"]


@pytest.mark.parametrize(
    ("item", "cycle", "why", "said"),
    [
        (
            "owner",
            "2026-Q4",
            "so",
            "'owner' is computed from key_results.owner. To be attested are",
        ),
        ("luck", "2026-Q4", "so", "'luck' is no item of the checklist. To be attested are: train"),
        ("training", "2031-Q1", "so", "there is no cycle '2031-Q1'; there is"),
        ("training", "2026-Q4", " ", "the reason is empty"),
    ],
)
def test_what_cannot_be_recorded_says_what_to_do(
    project: Project, item: str, cycle: str, why: str, said: str
) -> None:
    with pytest.raises(DecisionError, match=said):
        attest(project, item, cycle, BY, why)
    assert DecisionLog(project.paths.decisions).frame().empty


@pytest.fixture
def rolling_out(project: Project) -> Project:
    """The same with two waves."""
    path = project.paths.data.parent / "okr.yaml"
    waves = (
        "{name: Pilot, teams: [Sales], starts: 2026-10-01},"
        " {name: Next, teams: [HR], starts: 2027-01-01}"
    )
    text = path.read_text("utf-8")
    assert "{name: Acme," in text
    text = text.replace("{name: Acme,", f"{{name: Acme, rollout: {{waves: [{waves}]}},", 1)
    path.write_text(f"{text}\nteams: [{{name: Sales}}, {{name: HR}}]\n", "utf-8")
    return Project(path, with_secrets=False)


def test_a_step_of_a_wave_is_attested_for_that_wave(
    rolling_out: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    config = rolling_out.paths.data.parent / "okr.yaml"
    assert attest_one(config, "Announcement", "pilot", (BY, "all hands"), True, Format.TABLE) == 0
    assert DecisionLog(rolling_out.paths.decisions).frame().empty
    assert "attests “announcement” for the wave Pilot" in capsys.readouterr().out
    attest_one(config, "Announcement", "pilot", (BY, "all hands"), False, Format.TABLE)
    attest_step(rolling_out, "announcement", "Next", BY, "all hands, too")
    with pytest.raises(DecisionError, match="Ada attested it already"):
        attest_step(rolling_out, "announcement", "Pilot", BY, "again")
    found = attestations_in_force(DecisionLog(rolling_out.paths.decisions).frame())
    assert found[["item", "wave"]].to_numpy().tolist() == [
        ["announcement", "Pilot"],
        ["announcement", "Next"],
    ]
    assert found["cycle_id"].isna().all()


@pytest.mark.parametrize(
    ("step", "wave", "said"),
    [
        (
            "draft",
            "Pilot",
            "'draft' is no step that a person attests. To be attested are: announcement",
        ),
        ("announcement", "Third", "there is no wave 'Third'; there is Pilot, Next"),
        ("look back", "Next", "the wave Next begins on 2027-01-01: until then 'look back' cannot"),
    ],
)
def test_a_step_or_wave_that_there_is_not_is_told(
    rolling_out: Project, step: str, wave: str, said: str
) -> None:
    with pytest.raises(DecisionError, match=said):
        attest_step(rolling_out, step, wave, BY, "so")


def test_without_a_rollout_no_step_can_be_attested(project: Project) -> None:
    with pytest.raises(DecisionError, match="no roll-out is declared"):
        attest_step(project, "announcement", "Pilot", BY, "so")
