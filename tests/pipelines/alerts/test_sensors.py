"""What Dagster's sensors hand to the alerts about a run that ended."""

from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pandas as pd
import pytest

from okr_model.tables import FINDINGS
from pipelines.definitions import build_definitions
from pipelines.project import Project
from pipelines.publish.blocked_run import BlockedRun, keep_blocked

SETTINGS = """
organization: {name: A, timezone: UTC}
cycles: [{id: Q4, start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: .}}
datasets:
  - {holds: key_results, from: files, place: okrs.csv, fields: {id: id, target: target}}
"""


def told(
    tmp_path: Path, status: dg.DagsterRunStatus, day: str | None = None, **tags: str
) -> mock.Mock:
    """The call of ``after_run`` that follows a run of the daemon; with ``day`` one was blocked."""
    (tmp_path / "okr.yaml").write_text(SETTINGS, "utf-8")
    project = Project(tmp_path / "okr.yaml")
    if day:
        findings = pd.DataFrame(columns=list(FINDINGS.column_names))
        keep_blocked(
            project.paths.blocked_run, BlockedRun(day, {"links_kept": ["Gone."]}, findings)
        )
    name = f"alert_after_{status.value.lower()}"
    sensor: Any = build_definitions(project).resolve_sensor_def(name)
    instance = dg.DagsterInstance.ephemeral()
    run = dg.DagsterRun("publish", run_id="r", status=status, tags=tags)
    event = dg.DagsterEvent("PIPELINE_FAILURE", "publish", message="the process was killed")
    context = dg.build_run_status_sensor_context(name, event, instance, run)
    with mock.patch("pipelines.alerts.tell.after_run", return_value=[]) as after:
        result = sensor(context)
    assert isinstance(result, dg.SkipReason)
    return after


def test_a_run_that_succeeded_has_published(tmp_path: Path) -> None:
    with mock.patch("pipelines.messages.send.after_night", return_value=["not sent"]) as messages:
        ended = told(tmp_path, dg.DagsterRunStatus.SUCCESS).call_args.args[1]
        assert (ended.published, ended.violations, ended.crash) == (True, {}, None)
        assert messages.call_count == 1
        told(tmp_path, dg.DagsterRunStatus.FAILURE)
        assert messages.call_count == 1


def test_a_run_that_a_check_blocked_today_says_what_the_check_found(tmp_path: Path) -> None:
    (tmp_path / "okr.yaml").write_text(SETTINGS, "utf-8")
    today = Project(tmp_path / "okr.yaml").clock.as_of.isoformat()
    ended = told(tmp_path, dg.DagsterRunStatus.FAILURE, today).call_args.args[1]
    assert (ended.published, ended.crash) == (False, None)
    assert ended.violations == {"links_kept": ["Gone."]}


@pytest.mark.parametrize("day", [None, "2026-10-02"])
def test_a_run_that_ended_otherwise_says_how(tmp_path: Path, day: str | None) -> None:
    ended = told(tmp_path, dg.DagsterRunStatus.FAILURE, day).call_args.args[1]
    assert (ended.published, ended.violations) == (False, {})
    assert ended.crash == "the process was killed"


def test_a_run_that_dagster_starts_again_is_not_told(tmp_path: Path) -> None:
    tags = {"dagster/will_retry": "true"}
    assert not told(tmp_path, dg.DagsterRunStatus.FAILURE, **tags).called
