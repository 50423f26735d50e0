"""Decisions about links through whole nights: typed, kept, shown and taken back."""

from __future__ import annotations

import json
import os
from typing import Any
from unittest import mock

import pandas as pd
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.ingest.pull import pull_sources
from pipelines.model.nightly_steps import CONTENT, LINKS, NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.project import Project
from pipelines.publish.publish import publish
from published.errors import UserError
from tests.support.company import Company

BY = ("--by", "Mei Lin Tan", "--why", "she knows the work")


def okr(company: Company, *words: str) -> Any:
    """What the command answers as JSON; it is run in this process and with no credentials."""
    done = CliRunner().invoke(app, [*words, "--json"], env={"OKR_CONFIG": str(company.settings)})
    if isinstance(done.exception, UserError):
        return str(done.exception)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def night(company: Company, *, read: bool = True) -> None:
    """A night without Dagster, which other tests are about."""
    with mock.patch.dict(os.environ, company.environment):
        project = Project(company.settings)
        if read:
            outcomes = pull_sources(project, project.settings.source_names)
            assert not any(outcome.error for outcome in outcomes)
        run_steps(NIGHTLY, project, "night")
        publish(project, "night")


def decide(company: Company, *words: str) -> str:
    said = okr(company, "links", *words, *BY)
    return said if isinstance(said, str) else str(said["decision_id"])


def states(rows: pd.DataFrame, initiative: str) -> dict[str, str]:
    """By Key Result, in links as the step gives them or as they are published."""
    mine = rows[rows["initiative"] == initiative]
    return dict(zip(mine["key_result_id"], mine["state"], strict=True))


def total(company: Company, *words: str) -> str:
    done = CliRunner().invoke(app, ["links", *words], env={"OKR_CONFIG": str(company.settings)})
    return next(line for line in done.stdout.splitlines() if " initiatives: " in line)


def test_decisions_outlive_renames_re_syncs_and_the_loss_of_everything_published(
    after_first_night: Company,
) -> None:
    company = after_first_night
    decide(company, "accept", "SUP-6", "kr-18")
    decide(company, "reject", "SUP-3", "KR-17")
    corrected = decide(company, "correct", "SAL-2", "--from", "KR-99", "--to", "KR-25")
    decide(company, "reject", "SUP-1", "KR-16", "--dry-run")
    assert "Mei Lin Tan accepted it already" in decide(company, "accept", "SUP-6", "KR-18")
    assert "no initiative 'SUP-66'" in decide(company, "accept", "SUP-66", "KR-18")
    assert "There are: KR-1" in decide(company, "reject", "SUP-6", "KR-77")
    assert "no decision 'D-1'" in decide(company, "undo", "D-1")

    text = company.settings.read_text("utf-8")
    company.settings.write_text(text.replace("as_of: 2026-11-28", "as_of: 2026-11-29"), "utf-8")
    company.box.clock.advance(24 * 3600)
    company.box.jira.edit_issue("SUP-6", summary="Renamed since")
    company.box.jira.edit_issue("SUP-3", labels=["KR-18", "KR-17"])
    company.box.jira.edit_issue("WEB-6", labels=["KR-23"])
    night(company)
    rows = company.table("links")
    assert states(rows, "SUP-6") == {"KR-18": "active"}
    assert states(rows, "SUP-3") == {"KR-17": "rejected", "KR-18": "active"}
    assert states(rows, "SAL-2") == {"KR-99": "rejected", "KR-25": "active"}
    assert states(rows, "SUP-1") == {"KR-16": "active"}
    assert company.key_result("KR-18")["initiatives"] == 2
    log = okr(company, "links", "decisions")
    assert [row["action"] for row in log] == ["correct", "reject", "accept"]
    contradicted = company.table("findings").query("rule == 'decision contradicted'")
    assert contradicted.empty  # the label names KR-17 too now, but it was named before

    changed = okr(company, "links", "--since", "2026-11-28")
    assert {(row["change"], row["initiative"], row["key_result_id"]) for row in changed} == {
        ("appeared", "SUP-6", "KR-18"),
        ("changed", "SUP-3", "KR-17"),
        ("changed", "SUP-3", "KR-18"),
        ("changed", "SAL-2", "KR-99"),
        ("appeared", "SAL-2", "KR-25"),
        ("appeared", "WEB-6", "KR-23"),
    }
    assert "31 initiatives: 25 linked, 6 without a link." in total(company, "--as-of", "2026-11-28")
    assert "31 initiatives: 28 linked, 3 without a link." in total(company)
    orphans = okr(company, "links", "--orphans")
    idle = {row["name"] for row in orphans if row["orphan"] == "initiative"}
    assert idle == {"SAL-5", "SAL-6", "Brand refresh"}
    assert "first day published is 2026-11-28" in okr(company, "links", "--as-of", "2026-11-01")

    of_the_run = ["run_id", "first_seen_at"]
    before = company.table("links").drop(columns=of_the_run)
    (company.folder / "data" / "published").rename(company.folder / "lost")
    (company.folder / "data" / "published.duckdb").unlink()
    night(company, read=False)
    after = company.table("links").drop(columns=of_the_run)
    assert before.to_csv() == after.to_csv()
    assert company.table("findings").query("rule == 'decision contradicted'").empty

    decide(company, "undo", corrected)
    rows = run_steps((CONTENT, LINKS), Project(company.settings, with_secrets=False), "undone")
    assert states(rows["links"]["links"], "SAL-2") == {"KR-99": "broken"}
