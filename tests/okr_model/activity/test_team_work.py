"""How much of a team's work serves a Key Result, alike on every engine."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest

from okr_model.activity.events_by_week import Weeks, totals_by_week
from okr_model.activity.key_result_weeks import KEY_RESULT, work_by_week
from okr_model.activity.team_work import TEAM, no_team_work, team_issues, team_work
from tests.support.engines import ENGINES, TEXT, engine

WEEKS = Weeks.of_cycles([dt.date(2026, 10, 1)], dt.date(2026, 11, 28), "Asia/Kuala_Lumpur")
EVENT = {"issue_id": TEXT, "author": TEXT} | dict.fromkeys(
    ("week", "automatic", "events", "created", "done", "reopened", "serves"), pa.int64()
)


@pytest.mark.parametrize("name", ENGINES)
def test_each_event_counts_once_for_each_team_of_its_initiatives(name: str) -> None:
    make = engine(name)
    members = [("a", "I-1"), ("a", "I-2"), ("b", "I-2"), ("c", "I-3"), ("d", "I-4")]
    teams = [("I-1", "Sales"), ("I-2", "Sales"), ("I-2", "Product"), ("I-3", "Product")]
    events = [
        ("a", "mia", 0, 0, 5, 1, 0, 0, 1),
        ("a", "bot", 0, 1, 50, 0, 1, 0, 1),  # automatic
        ("b", "mia", 0, 0, 3, 1, 0, 0, 0),
        ("b", "tom", 2, 0, 1, 0, 0, 0, 0),
        ("c", "mia", 0, 0, 2, 1, 0, 0, 0),
        ("d", "mia", 0, 0, 7, 1, 0, 0, 0),  # of no team
        ("e", "mia", 0, 0, 9, 1, 0, 0, 0),  # of no initiative
    ]
    theirs = team_issues(
        make({"issue_id": TEXT, "initiative_id": TEXT}, members),
        make({"initiative_id": TEXT, "team": TEXT}, teams),
    ).select("issue_id", kind=nw.lit(TEAM), subject="team")
    linked = [("a", KEY_RESULT, "KR-1"), ("a", KEY_RESULT, "KR-2")]
    served = make(dict.fromkeys(("issue_id", "kind", "subject"), TEXT), linked)
    totals = totals_by_week(nw.concat([theirs, served]), make(EVENT, events), WEEKS)
    found = team_work(totals)
    assert found.dtypes.tolist() == no_team_work().dtypes.tolist()
    assert [
        (team, f"{week:%m-%d}", *counts) for team, week, *counts in found.itertuples(index=False)
    ] == [
        ("Product", "09-28", 10, 5, 3, 2),
        ("Product", "10-12", 1, 0, 0, 0),
        ("Sales", "09-28", 8, 5, 2, 1),
        ("Sales", "10-12", 1, 0, 0, 0),
    ]
    week = {"week_starts_on": pd.Timestamp("2026-09-28")}
    counts = {"activity": 5, "done": 0, "people": 1, "automatic": 50}
    assert work_by_week(totals).to_dict("records") == [
        {"key_result_id": key, **week, **counts} for key in ("KR-1", "KR-2")
    ]
