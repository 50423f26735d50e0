"""Every planted story is found once, in time, and nothing is found where all is well."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from okr_model.confidence.signals import BY_NAME
from pipelines.model.nightly_steps import ACTIVITY, CANDIDATE_TABLES, CONFIDENCE
from pipelines.model.steps import run_steps
from pipelines.project import Project
from sandbox.company import ids
from sandbox.company.truth import load
from tests.support.company import Company

TRUTH = load()
CYCLE = TRUTH.cycle("2026-Q4")
# Saturdays, when the week's numbers are in, and one on which nothing has happened.
NIGHTS = [friday + dt.timedelta(days=1) for friday in CYCLE.fridays()[2:]]
NIGHTS = sorted(night for night in {*NIGHTS, dt.date(2026, 11, 26)} if night <= TRUTH.as_of)
# Found by comparing nights, so not in tables that are computed from one night's content.
BY_COMPARING = {"target moved"}
STORIES = TRUTH.stories | TRUTH.team_stories


def told(findings: pd.DataFrame) -> dict[str, list[str]]:
    """The rules of the signals found, by whom they are about."""
    of_signals = findings[findings["rule"].isin(list(BY_NAME))]
    return of_signals.groupby("subject_id")["rule"].agg(list).to_dict()


@pytest.fixture(scope="module")
def nights(
    published: Company, tmp_path_factory: pytest.TempPathFactory
) -> dict[dt.date, pd.DataFrame]:
    """The findings of each night, computed from what the company's one night has read."""
    folder = tmp_path_factory.mktemp("nights")
    shutil.copytree(published.folder, folder, dirs_exist_ok=True)
    return {night: _findings(folder, published.published_run(), night) for night in NIGHTS}


def _findings(folder: Path, run: str, night: dt.date) -> pd.DataFrame:
    project = Project(folder / "okr.yaml", day=night, with_secrets=False)
    given = run_steps((ACTIVITY, CONFIDENCE, CANDIDATE_TABLES), project, run)
    return given["candidate_tables"]["findings"]


def test_as_of_its_day_each_story_is_the_only_thing_found(published: Company) -> None:
    expected = {
        name: [story.flag]
        for name, story in STORIES.items()
        if story.flag and story.flag not in BY_COMPARING
    }
    del expected["KR-24"]  # it turned around, which is how its story ends
    assert told(published.table("findings")) == expected


def test_a_team_that_no_longer_says_what_comes_next_is_asked_once(published: Company) -> None:
    findings = published.table("findings")
    asked = findings[findings["rule"] == "check-ins without cause or next action"]
    assert asked[["subject_id", "severity"]].values.tolist() == [["Sales", "info"]]
    teams = published.table("teams").set_index("team")
    silent = teams["check_in_state"] == "missed"
    assert list(teams.index[silent]) == ["People and operations"]


def test_the_healthy_have_no_signal_at_all(published: Company) -> None:
    healthy = [name for name, story in TRUTH.stories.items() if story.healthy]
    assert len(healthy) == 5
    for name in healthy:
        assert list(published.key_result(name)["signals"]) == []


def test_each_story_is_found_in_time_and_once(nights: dict[dt.date, pd.DataFrame]) -> None:
    for name, story in STORIES.items():
        if story.flag is None or story.flag in BY_COMPARING:
            continue
        ids = defaultdict(list)
        for night, findings in nights.items():
            mine = findings[(findings["subject_id"] == name) & (findings["rule"] == story.flag)]
            for one in mine["finding_id"]:
                ids[one].append(NIGHTS.index(night))
        assert len(ids) == 1, (name, story.flag, dict(ids))
        (found,) = ids.values()
        assert found == list(range(found[0], found[-1] + 1)), (name, "went away and came back")
        assert story.by is not None
        assert NIGHTS[found[0]] <= story.by, (name, NIGHTS[found[0]])


def test_an_early_red_is_a_call_for_help_until_it_turns(
    nights: dict[dt.date, pd.DataFrame],
) -> None:
    calls = {said.day: said.confidence for said in TRUTH.check_ins_of("KR-24")}
    for night, findings in nights.items():
        last = calls[max(day for day in calls if day <= night)]
        assert ("early red" in told(findings).get("KR-24", [])) == (last == "Critical"), night


def test_a_target_that_someone_types_over_is_found_by_comparing_nights(fresh: Company) -> None:
    (before,) = TRUTH.earlier
    page, now = ids.page_id("key_results", before.key_result), TRUTH.key_results[before.key_result]
    story = TRUTH.stories[before.key_result]
    fresh.box.notion.edit_page(page, Target=before.text)
    fresh.night_of(before.until)
    assert fresh.table("changes").empty
    fresh.box.clock.advance(3600)
    fresh.box.notion.edit_page(page, Target=now.target_text)
    assert story.by is not None
    found = []
    for night in (story.by, story.by + dt.timedelta(days=1)):
        fresh.night_of(night)
        (change,) = fresh.table("changes").to_dict("records")
        assert (change["field"], change["old_value"]) == (before.field, before.value)
        assert (change["new_value"], change["seen_on"]) == (now.target, story.by)
        findings = fresh.table("findings")
        (mine,) = findings[findings["rule"] == story.flag].to_dict("records")
        assert mine["subject_id"] == before.key_result
        assert mine["url"].startswith("https://app.notion.com/")
        found.append(mine["finding_id"])
        row = fresh.key_result(before.key_result)
        assert (row["target"], row["target_before"]) == (now.target, before.value)
        assert (
            f"The target was moved from 9 score to 8.5 score, seen on {story.by}."
            in row["confidence_reasons"]
        )
    assert len(set(found)) == 1
