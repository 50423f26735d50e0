"""What the last run said is put as past once this doctor finds it well."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from okr_model.tables import FINDINGS
from pipelines.project import Project
from pipelines.publish.blocked_run import BlockedRun, keep_blocked
from pipelines.setup.checks import Check, Line
from pipelines.setup.local_checks import after_checks, check_last_run

_SETTINGS = """organization: {name: Acme, timezone: UTC}
cycles: [{id: Q4, start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: .}}
datasets:
  - {holds: key_results, from: files, place: okrs.csv, fields: {id: id, target: target}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    path = tmp_path / "okr.yaml"
    path.write_text(_SETTINGS, "utf-8")
    return Project(path)


@pytest.mark.parametrize(
    ("line", "well", "state", "is_past"),
    [
        (Line(Check.LAST_RUN, "jira", "fail", "It failed."), {"jira"}, "warn", True),
        (Line(Check.LAST_RUN, "jira", "fail", "It failed."), {"notion"}, "fail", False),
        (Line(Check.OPEN_ALERT, "source stale: jira", "warn", "401."), {"jira"}, "warn", True),
        (Line(Check.OPEN_ALERT, "place stale: sheets 1/2", "warn", "x."), {"jira"}, "warn", False),
        (Line(Check.OPEN_ALERT, "disk room low: data", "warn", "Full."), {"data"}, "warn", False),
    ],
)
def test_what_is_well_now_is_a_warning_that_sends_to_the_next_run(
    project: Project, line: Line, well: set[str], state: str, is_past: bool
) -> None:
    found = after_checks(project, line, well)
    assert found.state == state
    assert ("well now" in found.sentence) is is_past
    assert (found.remedy == "Run: okr sync") is is_past


@pytest.mark.parametrize("mended", [False, True])
def test_a_blocked_run_is_told_with_its_time_and_is_past_once_okr_yaml_is_another(
    project: Project, mended: bool
) -> None:
    published = project.written.document
    path = project.paths.published_settings
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(published), "utf-8")
    changed = ["cycles[0].id was “Q4” and is “Q5” (okr.yaml:2)"]
    if not mended:
        text = _SETTINGS.replace("id: Q4", "id: Q5")
        (project.paths.data.parent / "okr.yaml").write_text(text, "utf-8")
    now = Project(project.paths.data.parent / "okr.yaml")
    rows = pd.DataFrame(columns=list(FINDINGS.column_names))
    blocked = BlockedRun("2026-11-28", {"cycles_known": ["15 name Q4."]}, rows, (), changed)
    keep_blocked(now.paths.blocked_run, blocked)
    (line,) = (one for one in check_last_run(now) if one.subject == "published")
    assert line.state == ("warn" if mended else "fail")
    assert " UTC was not published; a check failed. It said: 15 name Q4." in line.sentence
    assert (line.remedy == "Run: okr sync") is mended
