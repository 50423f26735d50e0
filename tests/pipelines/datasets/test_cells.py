"""What connectors could not read, as findings."""

from __future__ import annotations

from typing import Any

from connectors.records import Problem, ProblemRule
from okr_model.finding_rules import Rule
from okr_model.findings import findings_frame
from pipelines.datasets.cells import problem_finding


def test_every_rule_of_a_connector_is_a_rule_of_findings() -> None:
    assert set(ProblemRule) <= set(Rule)


def test_a_rule_that_a_newer_version_left_in_the_lake_is_published_as_it_is() -> None:
    kept: dict[str, Any] = {
        "rule": "unreadable attachment",
        "subject": "SUP-1",
        "sentence": "Cannot read it.",
    }
    frame = findings_frame([problem_finding(Problem(**kept))])
    assert frame["rule"].tolist() == ["unreadable attachment"]
