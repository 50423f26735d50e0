"""What is kept of a run that was not published, and of the settings of the last one that was."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from okr_model.tables import FINDINGS
from pipelines.project import Project
from pipelines.publish.blocked_run import (
    BlockedRun,
    changed_settings,
    keep_blocked,
    note_published,
    read_blocked,
)
from tests.support.small_company import SETTINGS


def test_what_was_changed_since_a_run_was_published(tmp_path: Path) -> None:
    path = tmp_path / "okr.yaml"
    path.write_text(SETTINGS, "utf-8")
    assert changed_settings(Project(path)) is None  # nothing was ever published
    note_published(Project(path))
    assert changed_settings(Project(path)) == []
    path.write_text(SETTINGS.replace("id: 2026-Q4", "id: 2026-Q5"), "utf-8")
    assert changed_settings(Project(path)) == [
        "cycles[0].id was “2026-Q4” and is “2026-Q5” (okr.yaml:3)"
    ]
    Project(path).paths.published_settings.write_text("{", "utf-8")
    assert changed_settings(Project(path)) is None


def test_it_is_read_as_it_was_kept_until_a_run_is_published(tmp_path: Path) -> None:
    (tmp_path / "okr.yaml").write_text(SETTINGS, "utf-8")
    project = Project(tmp_path / "okr.yaml")
    findings = pd.DataFrame(columns=list(FINDINGS.column_names))
    kept = BlockedRun("2026-11-28", {"links_kept": ["Gone."]}, findings, ["KR-1"], ["a was b"])
    project.paths.data.mkdir()
    keep_blocked(project.paths.blocked_run, kept)
    read = read_blocked(project.paths.blocked_run)
    assert read is not None
    assert (read.lost, read.changed, read.advice) == (kept.lost, kept.changed, kept.advice)
    note_published(project)
    assert read_blocked(project.paths.blocked_run) is None
