"""Sixty nights under Dagster's own daemon code, over both daylight-saving changes."""

from __future__ import annotations

import sys

import pytest

from benchmarks.state import schedule


@pytest.mark.matrix
@pytest.mark.timeout(3600)
# Dagster's own code reads what it says is deprecated.
@pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition.environ:DeprecationWarning")
def test_every_local_day_is_run_and_published_exactly_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["schedule"])
    assert schedule.main() == 0
    assert "WRONG" not in capsys.readouterr().out
