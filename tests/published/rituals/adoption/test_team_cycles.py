"""Shares of a team's counts, and when there are too few for one."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from published.rituals.adoption.team_cycles import FEWEST, NoAdoptionError, adoption_of
from published.tables import PublishedTables
from tests.support.company import Company

pytestmark = pytest.mark.night


def test_the_shares_are_those_of_the_table(published: Company) -> None:
    refused = published.okr_here("adoption", "--cycle", "nope")
    assert (refused.returncode, "There are: 2026-Q3" in refused.stderr) == (2, True)
    answer = published.okr_here("adoption", "--json")
    told = [row for row in json.loads(answer.stdout) if row["cycle_id"] == "2026-Q4"]
    weeks = published.table("adoption")
    weeks = weeks[weeks["cycle_id"] == "2026-Q4"]
    assert [row["team"] for row in told] == sorted(weeks["team"].unique())
    for row in told:
        mine = weeks[weeks["team"] == row["team"]]
        due = int(mine[["on_time", "late", "missed"]].to_numpy().sum())
        assert row["due"] == due >= FEWEST
        assert row["on_time"] == pytest.approx(mine["on_time"].sum() / due)
        over = mine[mine["week_starts_on"] < dt.date(2026, 11, 23)]  # the 28th is a Saturday
        assert row["updated"] == pytest.approx(over["updated"].sum() / over["key_results"].sum())
    for row in told:
        mine = weeks[weeks["team"] == row["team"]]
        if row["work"] is None:  # a team whose initiatives are in Notion
            assert mine["work"].isna().all()
            assert row["focus"] is None
            continue
        assert row["focus"] == pytest.approx(mine["linked_work"].sum() / mine["work"].sum())
        assert row["new_unlinked"] == mine["new_unlinked"].sum() <= row["new_issues"]
        assert row["movement"]
    key_results = published.table("key_results").query("cycle_id == '2026-Q4'")
    for row in told:
        mine = key_results[key_results["team"] == row["team"]]
        assert row["key_results"] == len(mine)
        assert row["asked_about"] == (mine["quality"].map(len) > 0).sum()
        values = published.table("measurements").query("cycle_id == '2026-Q4'")
        values = values[values["key_result_id"].isin(mine["key_result_id"])]
        first = values[values["date"] >= mine["cycle_start"].iloc[0]].groupby("key_result_id")
        days = [(day - mine["cycle_start"].iloc[0]).days for day in first["date"].min()]
        assert row["first_value_days"] == int(pd.Series(days).median())
    by_team = {row["team"]: row for row in told}
    (asked,) = by_team["People and operations"]["missing"]
    assert (asked["condition"], asked["evidence"][:7]) == ("motivation", "0 of 12")
    assert by_team["Sales"]["missing"] == []
    assert by_team["People and operations"]["missed"] > 0.4
    assert by_team["Product"]["missed"] == 0


def test_the_check_ins_of_adoption_are_those_of_teams(published: Company) -> None:
    weeks = published.table("adoption")
    running = weeks[weeks["cycle_id"].isin(["2026-Q4", "2026-W43-48"])]
    now = running.groupby("team")[["on_time", "late", "missed"]].sum()
    teams = published.table("teams").set_index("team").loc[now.index]
    for name in now.columns:
        assert now[name].tolist() == teams[f"check_ins_{name}"].tolist()


def test_people_read_it_beside_the_cycle_before(published: Company) -> None:
    shown = published.okr_here("adoption").stdout
    lines = [line for line in shown.splitlines() if line.strip().startswith("Sales")]
    assert "% (" in lines[0]  # the others are of its Key Results that move little
    with pytest.raises(NoAdoptionError, match="No team has worked in '2031-Q1' yet"):
        adoption_of(PublishedTables(published.folder / "data" / "published.duckdb"), "2031-Q1")
