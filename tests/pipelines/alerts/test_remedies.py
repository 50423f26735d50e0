"""What to do about a place that stands as last read."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.records import ProblemRule
from pipelines.alerts.facts import remedy_of_place
from pipelines.project import Project
from pipelines.run_status.unread import UnreachablePlace

_SETTINGS = """organization: {name: Acme, timezone: UTC}
cycles: [{id: Q4, start: 2026-10-01, end: 2026-12-31}]
sources:
  jira: {url: "https://acme.example", user: ops@acme.example, token: x-y-z-1, jql: "project = WEB"}
datasets:
  - {holds: key_results, from: jira, fields: {id: key, target: Goal}, where: {project: [SUP, WEB]}}
measures:
  - {key_result: KR-1, measure: "count of issues from jira where project = web over 7 days"}
  - {key_result: KR-2, measure: "count of issues from jira where project = WEBSHOP over 7 days"}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-jira")
    path = tmp_path / "okr.yaml"
    path.write_text(_SETTINGS.replace("x-y-z-1", '"${JIRA_TOKEN}"'), "utf-8")
    return Project(path)


def test_a_hidden_project_is_told_with_the_account_and_all_that_names_it(project: Project) -> None:
    rule = ProblemRule.PROJECT_NOT_VISIBLE
    place = UnreachablePlace("jira", "WEB", rule, None, "", called="Jira project WEB")
    told = remedy_of_place(project, place)
    assert "grant the permission Browse Projects to ops@acme.example" in told
    assert told.endswith(
        "Then also correct what names WEB: the measures of KR-1; the dataset at okr.yaml:6."
    )


def test_what_jira_tells_of_vanished_issues_is_the_remedy(project: Project) -> None:
    rule, found = ProblemRule.MASS_DISAPPEARANCE, "Moved: WEB-1 to MKT-4. {Odd}"
    place = UnreachablePlace("jira", "WEB", rule, None, "", called="WEB", remedy=found)
    assert remedy_of_place(project, place) == found
