"""What `okr messages --dry-run` says where no team has a message."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipelines.cli.rituals.messages import without_plans
from published.moment import Moment
from published.snapshot import Snapshot
from tests.support.page.published_file import DAY, publish


def test_a_team_without_a_message_is_told_why(tmp_path: Path) -> None:
    teams = [{"team": "Old", "ends_on": dt.date(2026, 9, 30)}, {"team": "New"}]
    tables = Snapshot(publish(tmp_path / "published.duckdb", {"teams": teams}))
    told = without_plans(tables, Moment(DAY), "OLD")
    assert told == "OLD is closed: its last day was 30 Sep 2026. It gets no message."
    before = without_plans(tables, Moment(dt.date(2026, 9, 30)), "OLD")
    assert before == without_plans(tables, Moment(DAY), "New").replace("New", "OLD")
    assert "New has no Key Result that runs on this day" in without_plans(
        tables, Moment(DAY), "New"
    )
    assert without_plans(tables, Moment(DAY), None).startswith("No team has a Key Result")
