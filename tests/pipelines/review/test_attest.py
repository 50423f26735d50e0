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
from pipelines.cli.shared.options import Format
from pipelines.lake.decision_log import DecisionLog
from pipelines.project import Project
from pipelines.review.attest import attest
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
