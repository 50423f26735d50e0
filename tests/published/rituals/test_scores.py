"""What the scores of a cycle say together."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from okr_model.quantities.cycles import Cycle
from published.rituals.scores import (
    NoScoresError,
    last_scored,
    said_of_all,
    score_text,
    scores_of,
)
from published.tables import PublishedTables
from tests.support.company import Company
from tests.support.page.published_file import publish


def scored(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "score": 1.0, "score_original": 1.0, "terms_changed": 0, "band": "reached",
        "ambition": "aspirational", "miss_suggests": None, "since_due": None,
    }  # fmt: skip
    return pd.DataFrame([usual | {"key_result_id": f"KR-{n}"} | row for n, row in enumerate(rows)])


def test_mostly_reached_is_asked_about_where_enough_were_not_committed() -> None:
    reached = [{}] * 3 + [{"band": "some progress", "score": 0.5}] * 2
    assert any("60 % of the 5" in line for line in said_of_all(scored(*reached)))
    assert not any("ambitious" in line for line in said_of_all(scored(*reached[:4])))
    committed = [{"ambition": "committed"}] * 5
    assert not any("ambitious" in line for line in said_of_all(scored(*committed)))


def test_changed_terms_are_told_with_the_original_mean() -> None:
    lines = said_of_all(scored({}, {"score_original": 0.5, "terms_changed": 1}))
    assert lines[0] == "2 of 2 Key Results have a score; the mean is 1.00."
    assert lines[1] == (
        "1 Key Result changed after the baseline phase (KR-1): under original terms the mean is"
        " 0.75."
    )


def test_a_target_that_was_missed_on_its_due_day_and_met_later_is_told() -> None:
    since = "but the value of 2026-11-15 meets it"
    assert said_of_all(scored({"since_due": since}, {}))[1:] == [
        "KR-0: missed on its due day, but the value of 2026-11-15 meets it; a score counts values"
        " up to the cycle's end."
    ]


def test_a_running_cycle_has_no_scores_yet() -> None:
    (line,) = said_of_all(scored({"score": None}))
    assert line.startswith("No Key Result has a score yet")


def test_without_a_cycle_the_latest_of_the_usual_length_is_shown_then_what_the_team_has(
    tmp_path: Path,
) -> None:
    days = {
        "2026-Q3": (dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
        "weeks": (dt.date(2026, 10, 19), dt.date(2026, 11, 29)),
    }
    cycles = [Cycle(name, *span) for name, span in days.items()]
    own = [("KR-1", "2026-Q3", "Sales"), ("KR-2", "weeks", "Web"), ("KR-3", "2026-Q3", "Web")]
    own.append(("KR-4", "weeks", "Legal"))
    rows = [
        {"key_result_id": key, "cycle_id": cycle, "team": team, "teams": [team], "score": 1.0}
        for key, cycle, team in own
    ]
    named = [{name: row[name] for name in row if name != "score"} for row in rows]
    scored = [{name: row[name] for name in row if name != "teams"} for row in rows]
    tables = PublishedTables(
        publish(tmp_path / "published.duckdb", {"key_results": named, "scores": scored})
    )
    for team, cycle in ((None, "2026-Q3"), ("SALES", "2026-Q3"), ("Web", "2026-Q3")):
        assert last_scored(tables, cycles, team) == cycle
    assert last_scored(tables, cycles, "legal") == "weeks"
    assert last_scored(tables, cycles, "Nobody") == "2026-Q3"
    assert len(scores_of(tables, "WEEKS", "legal")) == 1
    with pytest.raises(NoScoresError, match="; Legal, Web have"):
        scores_of(tables, "weeks", "Sales")


@pytest.mark.night
def test_the_sample_companys_last_cycle(published: Company) -> None:
    done = published.okr_here("score")
    assert done.returncode == 0, done.stderr
    scores = published.table("scores")
    for row in scores[scores["cycle_id"] == "2026-Q3"].to_dict("records"):
        (line,) = [line for line in done.stdout.splitlines() if f" {row['key_result_id']} " in line]
        assert f" {row['band']} " in line
        assert f" {row['check_ins_made']} of {row['check_ins_due']}" in line
    answer = published.okr_here("score", "--cycle", "2026-Q4", "--team", "sales", "--json")
    rows = json.loads(answer.stdout)
    assert [row["key_result_id"] for row in rows] == ["KR-25", "KR-26", "KR-27"]
    refused = published.okr_here("score", "--team", "Nobody")
    assert refused.returncode == 2
    assert "Nobody: no such team" in refused.stderr


@pytest.mark.night
def test_a_cycle_that_has_not_begun_has_no_scores(published: Company) -> None:
    tables = PublishedTables(published.folder / "data" / "published.duckdb")
    with pytest.raises(NoScoresError, match="there are 2026-Q3, 2026-Q4"):
        scores_of(tables, "2027-Q1")


@pytest.mark.night
def test_the_retrospective_says_what_the_tables_hold(published: Company) -> None:
    told = published.okr_here("retro", "--team", "marketing").stdout
    scores = published.table("scores")
    mine = scores[(scores["cycle_id"] == "2026-Q3") & (scores["team"] == "Marketing")]
    lines = told.splitlines()
    for row in mine.to_dict("records"):
        (line,) = [one for one in lines if one.startswith(f"| {row['key_result_id']} |")]
        assert f"| {score_text(row['score'])} | {row['band']} | the same |" in line
        still_asked = f"- {row['key_result_id']}: continue, abandon or done?" in lines
        assert still_asked == pd.isna(row["closed_as"])
        asked = f"- {row['key_result_id']}: missed. What would you do differently?" in lines
        assert asked == (row["band"] != "reached" and pd.isna(row["lesson"]))
    calibration = published.table("calibration")
    calls = calibration[calibration["value"] == "Marketing"].dropna(subset="brier")
    for row in calls.to_dict("records"):
        assert f"Brier score {row['brier']:.3f} of {row['calls']} weekly calls" in told
    assert len(mine) == 3
