"""Whole nights of an organization whose OKRs are wholly in Jira, without a line of SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipelines.past_days.rebuild import rebuild
from tests.support.jira_company import JiraCompany, jira_company

pytestmark = pytest.mark.night


def at(day: int, hour: int = 12, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JiraCompany]:
    with jira_company(tmp_path, monkeypatch) as made:
        yield made


@pytest.mark.matrix
def test_check_ins_and_teams_come_from_comments_and_labels(company: JiraCompany) -> None:
    labels = ["urgent", "team-growth", "team-web"]
    company.key_result(2, at(1, month=10), Target=75, Baseline=50, Unit="%", Labels=labels)
    company.key_result(3, at(1, month=10), Target=10, Baseline=0, Labels=["team-growth"])
    company.say(2, at(20, 9), "Check-in: 60 %, confidence high, next: call")
    company.say(2, at(20, 17), "Check-in: 62 %, confidence low\nBlocked by legal")
    company.say(2, at(21), "Who can help?")
    company.say(3, at(21), "Check-in soon?")
    company.night(at(22, 1))
    rows = company.table("key_results").set_index("key_result_id")
    assert (rows.loc["OKR-2", "current_value"], rows.loc["OKR-2", "stated_confidence"]) == (
        62.0,
        "low",
    )
    assert list(rows.loc["OKR-2", "teams"]) == ["growth", "web"]
    assert rows.loc["OKR-2", "objective_id"] == "OKR-1"
    said = company.table("check_ins").sort_values("number")
    assert said["note"].tolist() == ["next: call", "Blocked by legal"]
    assert said["author"].tolist() == ["Mia", "Mia"]
    assert said["stated_at"].dt.hour.nunique() == 2
    found = company.table("findings").set_index("rule")
    assert found.loc["unreadable check-in", "subject_id"] == "OKR-3"
    assert "comment 40004 on OKR-3" in found.loc["unreadable check-in", "sentence"]
    rollups = company.table("rollups").set_index(["level", "subject"])
    assert rollups.loc[("team", "growth"), "key_results"] == 2
    assert rollups.loc[("team", "web"), "key_results"] == 1
    assert rollups.loc[("company", "Acme"), "key_results"] == 2

    company.site.comments["10002"].pop(1)  # the later one is deleted
    company.site.comments["10002"][0]["body"] = "Check-in: 61 %, confidence medium"
    company.site.touch(2, at(22))
    company.night(at(23, 1))
    rows = company.table("key_results").set_index("key_result_id")
    assert (rows.loc["OKR-2", "current_value"], rows.loc["OKR-2", "stated_confidence"]) == (
        61.0,
        "medium",
    )


def sides(
    company: JiraCompany, field: str = "target", key_result: str = "OKR-2"
) -> list[tuple[str, str, str, str, str]]:
    rows = company.table("changes").sort_values("number")
    rows = rows[(rows["field"] == field) & (rows["key_result_id"] == key_result)]
    return [
        (row.old, row.new, str(row.changed_on), str(row.seen_on), f"{row.changed_at:%d %H}")
        for row in rows.itertuples()
    ]


def test_changes_between_two_nights_keep_their_dates_whether_or_not_a_night_failed(
    company: JiraCompany,
) -> None:
    made = at(1, month=10)
    company.key_result(2, made, Target=75.0, Baseline=50, Unit="%", **{"Due date": "2026-12-31"})
    company.key_result(3, made, Target=75.0, Baseline=50, Unit="%")
    company.change(2, at(10, month=10), Target=76.0)
    company.night(at(10, 1))
    assert sides(company) == [("75 %", "76 %", "2026-10-10", "2026-11-10", "10 12")]
    company.change(3, at(10, 9), Target=80.0)
    company.night(at(11, 1), fails=True)
    company.change(2, at(11, 9), Target=80.0)
    company.change(2, at(11, 22), Target=85.0, Rationale="The market grew.")
    company.change(2, at(12, 8), **{"Due date": "2026-12-15"})
    company.night(at(12, 1), fails=True)
    company.night(at(13, 1))
    assert sides(company, key_result="OKR-3") == [
        ("75 %", "80 %", "2026-11-10", "2026-11-13", "10 09")
    ]
    company.night(at(14, 1))
    assert sides(company) == [
        ("75 %", "76 %", "2026-10-10", "2026-11-10", "10 12"),
        ("76 %", "80 %", "2026-11-11", "2026-11-13", "11 09"),
        ("80 %", "85 %", "2026-11-11", "2026-11-13", "11 22"),
    ]
    assert sides(company, "due_on") == [
        ("2026-12-31", "2026-12-15", "2026-11-12", "2026-11-13", "12 08")
    ]
    moves = company.table("changes").query("key_result_id == 'OKR-2'")
    assert moves[moves["field"] == "target"]["rationale"].tolist()[1:] == ["The market grew."] * 2
    row = company.table("key_results").set_index("key_result_id").loc["OKR-2"]
    assert (row["target"], row["target_before"], str(row["target_moved_on"])) == (
        85.0,
        80.0,
        "2026-11-11",
    )
    said = company.table("findings").query("rule == 'target moved'")["sentence"]
    assert said.str.contains("from 80 % to 85 %, on 2026-11-11").any()
    daily = company.table("key_results_daily").query("key_result_id == 'OKR-2'")
    daily = daily.set_index("as_of")["target"]
    # Days that were published before the change was seen are judged by what was true at their end.
    assert {str(day): target for day, target in daily.items()} == {
        "2026-11-10": 76.0,
        "2026-11-11": 85.0,
        "2026-11-12": 85.0,
        "2026-11-13": 85.0,
        "2026-11-14": 85.0,
    }


@pytest.mark.matrix
def test_days_before_the_first_night_are_rebuilt_with_the_targets_of_their_time(
    company: JiraCompany,
) -> None:
    company.key_result(2, at(1, month=10), Target=75.0, Baseline=50, Unit="%")
    company.change(2, at(10, 12, month=10), Target=80.0)
    company.change(2, at(11, 12, month=10), Target=None)
    company.change(2, at(12, 12, month=10), Target=85.0)
    company.night(at(14, 1, month=10))
    rebuild(company.project(at(14, 2, month=10)), dt.date(2026, 10, 9), dt.date(2026, 10, 12))
    daily = company.table("key_results_daily").set_index("as_of")
    targets = daily["target"].astype("object").where(daily["target"].notna(), None)
    assert {str(day): target for day, target in targets.items()} == {
        "2026-10-09": 75.0,
        "2026-10-10": 80.0,
        "2026-10-11": None,
        "2026-10-12": 85.0,
        "2026-10-14": 85.0,
    }
    assert str(daily.loc[dt.date(2026, 10, 10), "target_moved_on"]) == "2026-10-10"
    assert pd.isna(daily.loc[dt.date(2026, 10, 9), "target_moved_on"])


def test_a_renamed_field_leaves_jira_as_last_read_and_says_so(company: JiraCompany) -> None:
    company.key_result(2, at(1, month=10), Target=75, Baseline=50)
    company.night(at(22, 1))
    company.site.fields = [
        one | {"name": "Goal"} if one["name"] == "Target" else one for one in company.site.fields
    ]
    company.night(at(23, 1), fails=True, answers=True)
    (told,) = company.table("findings").query("rule == 'source failed'")["sentence"]
    assert 'The field "Target" (customfield_10) is called "Goal" now' in told
    row = company.table("key_results").set_index("key_result_id").loc["OKR-2"]
    assert (row["target"], isinstance(row["stale_reason"], str)) == (75, True)
    settings = company.folder / "okr.yaml"
    settings.write_text(settings.read_text("utf-8").replace("target: Target", "target: Goal"))
    company.night(at(24, 1))
    assert company.table("key_results").set_index("key_result_id").loc["OKR-2", "target"] == 75
