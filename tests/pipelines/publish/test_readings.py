"""Which readings a run may count as its own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from unittest import mock

import pytest

from pipelines.project import Project
from pipelines.publish import readings
from pipelines.publish.readings import attempts_of_run

_SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin}
cycles: [{id: "2026", start: 2026-10-01, end: 2026-12-31}]
sources: {files: {folder: okrs, locale: en_US}}
datasets: [{holds: key_results, from: files, place: a.csv, fields: {id: id, target: to}}]
"""
NOW = dt.datetime(2026, 11, 28, 2, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "okr.yaml").write_text(_SETTINGS, "utf-8")
    return Project(tmp_path / "okr.yaml", now=NOW)


@pytest.mark.parametrize(
    ("read", "published", "own"),
    [
        (NOW, None, True),  # okr sync, the first night
        (NOW, NOW - 24 * HOUR, True),  # okr sync
        (NOW - HOUR, NOW - 24 * HOUR, True),  # the daemon: a run of its own has read
        (NOW - 2 * HOUR, NOW - HOUR, False),  # okr sync --offline: published already
        (NOW, NOW, True),  # a clock that stands still
    ],
)
def test_a_reading_is_of_the_run_that_publishes_it_first(
    project: Project, read: dt.datetime, published: dt.datetime | None, own: bool
) -> None:
    project.attempts.record("files", {"at": read.isoformat(), "requests": 3, "seconds": 1.0})
    with mock.patch.object(readings, "_last_published_at", return_value=published):
        assert bool(attempts_of_run(project)) is own


@pytest.mark.parametrize("attempt", [{}, {"at": None}, {"at": "yesterday"}])
def test_an_attempt_without_a_time_is_of_no_run(project: Project, attempt: dict[str, str]) -> None:
    project.attempts.record("files", attempt)
    assert attempts_of_run(project) == []
