"""Statuses, types and projects that are renamed in Jira between two pulls of the stand-in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from pipelines.datasets.former_ids import known_aliases
from pipelines.datasets.records import dataset_records
from pipelines.ingest.connectors import build_source
from pipelines.ingest.landing import Landing
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.key_results import Measured, measured_on
from pipelines.project import Project
from sandbox.server import Sandbox
from sandbox.server.jira.records import POINTS_FIELD, Status

pytestmark = pytest.mark.night

SETTINGS = """
organization: {{name: Acme, timezone: Asia/Kuala_Lumpur}}
cycles: [{{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}}]
sources:
  jira:
    url: {url}
    user: ${{OKR_JIRA_USER}}
    token: ${{OKR_JIRA_TOKEN}}
    jql: project in (SUP, WEB)
  files: {{folder: okrs, locale: en_US}}
datasets:
  - {{holds: initiatives, from: jira, where: {{issue_type: [{types}], project: "{web}"}}}}
  - {{holds: key_results, from: files, place: krs.csv, fields: {{id: id, target: to}}}}
measures:
{measures}
"""
EPIC, SUP, WEB = 10000, "SUP", "WEB"


@dataclass
class Night:
    """One company's Jira, pulled whenever a test says so."""

    box: Sandbox
    folder: Path

    def project(self, measures: dict[str, str], types: str = "Epic") -> Project:
        listed = [f"  - {{key_result: {key}, measure: '{it}'}}" for key, it in measures.items()]
        path = self.folder / "okr.yaml"
        web = next(each.name for each in self.box.jira.projects if each.key == WEB)
        text = SETTINGS.format(
            web=web, url=self.box.jira_url, types=types, measures="\n".join(listed)
        )
        path.write_text(text if measures else text.replace("measures:\n", ""), "utf-8")
        project = Project(path, now=self.box.clock.now)
        _ = project.settings
        return project

    def pull(self, project: Project) -> None:
        source = build_source(project, "jira")
        Landing(project.lake, r"KR-\d+", project.clock.started_at).land(source)
        source.close()

    def measured(self, **measures: str) -> Measured:
        named = {key.replace("_", "-"): text for key, text in measures.items()}
        rows = pd.DataFrame({"key_result_id": ["KR-1", "KR-2"], "measure": None})
        rows = rows.assign(url=None, source="files", record_id=["1", "2"], cycle_id="2026-Q4")
        rows["unit"] = "%" if "share" in str(measures) else "count"
        rows["cycle_start"] = rows["starts_on"] = pd.Timestamp("2026-10-01")
        rows["cycle_end"] = rows["due_on"] = pd.Timestamp("2026-12-31")
        project = self.project(named)
        days = [project.clock.today]
        return measured_on(
            project, connect(), rows.astype({"measure": "str"}), known_aliases(project), days
        )


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(issues=120, seed=7, port=0) as running:
        yield running


@pytest.fixture
def night(box: Sandbox, tmp_path: Path) -> Iterator[Night]:
    with mock.patch.dict(os.environ, box.environment()):
        yield Night(box, tmp_path)


def test_present_and_former_names_mean_the_same_after_a_rename(night: Night) -> None:
    site = night.box.jira
    project = night.project({})
    night.pull(project)
    wanted = "count of issues from jira where status = {} and issue_type = {}"
    before = night.measured(KR_1=wanted.format('"In Progress"', "Story")).values["value"].tolist()
    assert before[0] > 0
    records, _ = dataset_records(project.lake, connect(), project.settings.datasets[0])
    ids = [record.id for record in records]
    assert ids

    site.rename("status", 10101, "In Arbeit")
    site.rename("issue type", 10001, "Vorgang")
    site.rename("issue type", EPIC, "Vorhaben")
    site.rename("project", next(each.id for each in site.projects if each.key == WEB), "Netz")
    night.box.clock.advance(3600)
    site.edit_issue(ids[0], status=10101)
    site.edit_issue(ids[0], summary="Wichtig")
    night.box.clock.advance(3600)
    night.pull(night.project({}))
    for kind in ("Epic", "Vorhaben", "VORHABEN", "'10000'"):
        project = night.project({}, types=kind)
        records, problems = dataset_records(project.lake, connect(), project.settings.datasets[0])
        assert [record.id for record in records] == ids
        assert problems == []
    shown = {record.cells["status"].text for record in records if "status" in record.cells}
    assert "In Progress" not in shown
    assert "In Arbeit" in shown
    settings = build_source(night.project({}, types="epic"), "jira")._settings
    assert settings.is_initiative(str(EPIC), "Vorhaben")
    assert not settings.is_initiative("10001", "Vorgang")
    for state in ('"In Progress"', '"In Arbeit"', "10101"):
        found = night.measured(KR_1=wanted.format(state, "Story"))
        assert found.values["value"].tolist() == before
        assert found.findings.empty


def test_a_selection_that_can_match_nothing_lists_what_there_is(night: Night) -> None:
    night.pull(night.project({}))
    project = night.project({}, types="Epic, Epik")
    _, problems = dataset_records(project.lake, connect(), project.settings.datasets[0])
    (problem,) = problems
    assert problem.rule == "unknown name"
    assert "no issue ever had the issue type “Epik”; there are " in problem.sentence
    assert "Story" in problem.sentence


def test_a_measure_of_no_key_result_and_of_no_status_is_a_finding(night: Night) -> None:
    night.pull(night.project({}))
    found = night.measured(
        KR_1777="count of created issues from jira",
        KR_1="median of time from Doing to Done from jira",
    ).findings
    said = dict(zip(found["rule"], found["sentence"], strict=True))
    assert said["unknown key result"].startswith(
        "The settings declare a measure of KR-1777, but no Key Result has that id"
    )
    assert "no issue was ever in “Doing”; there are Done, In Progress" in said["unknown name"]


def test_a_status_of_the_same_name_in_another_project_is_another(night: Night) -> None:
    site = night.box.jira
    site.add_status(Status(20001, "Review", "indeterminate"))
    site.add_status(Status(20002, "Review", "done"))
    project = night.project({})
    night.pull(project)
    rows = project.lake.scan("jira_issues")
    keys = connect().sql(f"SELECT project, min(key) FROM {rows} GROUP BY project").fetchall()  # noqa: S608 - our files
    first = dict(keys)
    night.box.clock.advance(3600)
    site.edit_issue(first[SUP], status=20001)
    site.edit_issue(first[WEB], status=20002)
    night.box.clock.advance(3600)
    night.pull(night.project({}))
    share = "share of (status_category = done) of issues from jira where status = Review"
    found = night.measured(KR_1=f"{share} and project = SUP", KR_2=f"{share} and project = WEB")
    by = found.values.set_index("key_result_id")["value"]
    assert (by["KR-1"], by["KR-2"]) == (0.0, 100.0)
    assert found.values["n"].tolist() == [1, 1]


def test_fields_that_only_measures_name_are_read_with_them(night: Night) -> None:
    points = 'sum of "story point estimate" of issues from jira where project = WEB'
    texts = {"KR_1": points, "KR_2": "count of issues from jira where sprint = nonsuch"}
    site = night.box.jira
    issues = [site.issue(int(index)) for index in site.searchable.nonzero()[0]]
    web = [one.key for one in issues if one.project.key == WEB]
    for key, held in zip(web, (5.0, 3.0, 2.5), strict=False):
        site.edit_issue(key, **{POINTS_FIELD: held})
    night.pull(night.project({key.replace("_", "-"): text for key, text in texts.items()}))
    found = night.measured(**texts)
    values = found.values[found.values["key_result_id"] == "KR-1"]
    assert values["value"].tolist() == [10.5]
    (sentence,) = found.findings["sentence"]
    assert "no issue ever had the sprint “nonsuch”; there are " in sentence


def test_a_measure_of_a_field_that_jira_has_not_never_stops_the_pull(night: Night) -> None:
    text = 'sum of "Nonsuch points" of issues from jira'
    night.pull(night.project({"KR-1": text}))
    (sentence,) = night.measured(KR_1=text).findings["sentence"]
    assert "no issue that was read has a field “Nonsuch points”" in sentence
