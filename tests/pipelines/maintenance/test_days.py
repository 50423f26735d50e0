"""Days that a wrong clock gives."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.lake.manifest import Manifest
from pipelines.maintenance.days import ImplausibleDayError, ensure_plausible_day
from pipelines.project import Project

SETTINGS = """
organization: {name: Acme, timezone: Europe/Berlin}
cycles:
  - {id: Q3, start: 2026-07-01, end: 2026-09-30}
  - {id: Q4, start: 2026-10-05, end: 2026-12-31}
sources: {files: {folder: okrs}}
datasets: [{holds: key_results, from: files, place: o.csv, fields: {id: id, target: target}}]
"""


def on(folder: Path, day: str, last: str | None, named: bool = False) -> None:
    """Begin a night on ``day`` after one was published for ``last``."""
    (folder / "okr.yaml").write_text(SETTINGS, encoding="utf-8")
    now = dt.datetime.fromisoformat(f"{day}T02:00:00+00:00")
    project = Project(folder / "okr.yaml", now.date() if named else None, now)
    ensure_plausible_day(project, Manifest(last_day=last) if last else None)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        ("2026-11-28", None),
        ("2026-11-28", "2026-11-28"),
        ("2026-11-28", "2026-09-01"),
        ("2026-10-02", "2026-10-01"),  # between two cycles
        ("2027-01-31", "2027-01-30"),  # a month after the last one
    ],
)
def test_a_day_that_can_be_today_is_taken(tmp_path: Path, day: str, last: str | None) -> None:
    on(tmp_path, day, last)


@pytest.mark.parametrize(
    ("day", "last", "said"),
    [
        ("2026-11-27", "2026-11-28", "The clock says 2026-11-27, but 2026-11-28 is published"),
        ("2026-12-20", "2026-09-01", "more than 92 days ago"),
        ("1970-01-01", None, "between 2026-07-01 and 2026-12-31"),
        ("2027-02-01", "2027-01-31", "no cycle in okr.yaml has that day"),
        ("2038-01-19", None, "no cycle in okr.yaml has that day"),
    ],
)
def test_a_day_that_cannot_be_is_refused_unless_it_is_named(
    tmp_path: Path, day: str, last: str | None, said: str
) -> None:
    with pytest.raises(ImplausibleDayError, match=said) as refused:
        on(tmp_path, day, last)
    assert str(refused.value).endswith(f"run: okr sync --as-of {day}")
    on(tmp_path, day, last, named=True)
