"""Every planted story is found once, in time, and nothing is found where all is well."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from okr_model.confidence.signals import BY_NAME
from okr_model.finding_rules import QUALITY_RULES, Rule
from pipelines.model.nightly_steps import ACTIVITY, CONFIDENCE
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
ASKED = (
    *QUALITY_RULES,
    *(Rule.NOT_READY, Rule.MID_CYCLE_REVIEW, Rule.CHANGED_IN_FINAL_PUSH, Rule.NEW_IN_FINAL_PUSH),
    *(Rule.LATE_KICK_OFF, Rule.CYCLE_NOT_CLOSED, Rule.OBJECTIVE_NOT_CLOSED),
    *(Rule.CHECK_INS_WITHOUT_CONTENT, Rule.KEY_RESULT_WITHOUT_INITIATIVE, Rule.GATE_NOT_PASSED),
)
"""What phases, closing and wording ask; a company of this size is not asked about the others."""


def told(findings: pd.DataFrame) -> dict[str, list[str]]:
    """The rules of the signals found, by whom they are about."""
    of_signals = findings[findings["rule"].isin(list(BY_NAME))]
    return of_signals.groupby("subject_id")["rule"].agg(list).to_dict()


@pytest.fixture(scope="module")
def nights(
    published: Company, tmp_path_factory: pytest.TempPathFactory
) -> dict[dt.date, pd.DataFrame]:
    """The findings of each night, computed from what the company's one night has read.

    Those of roll-outs are not among them, which come with the candidate tables.
    """
    folder = tmp_path_factory.mktemp("nights")
    shutil.copytree(published.folder, folder, dirs_exist_ok=True)
    return {night: _findings(folder, published.published_run(), night) for night in NIGHTS}


def _findings(folder: Path, run: str, night: dt.date) -> pd.DataFrame:
    project = Project(folder / "okr.yaml", day=night, with_secrets=False)
    return run_steps((ACTIVITY, CONFIDENCE), project, run)["confidence"]["findings"]


def test_as_of_its_day_each_story_is_the_only_thing_found(published: Company) -> None:
    expected = {
        name: [story.flag]
        for name, story in STORIES.items()
        if story.flag and story.flag not in BY_COMPARING
    }
    del expected["KR-24"]  # it turned around, which is how its story ends
    assert told(published.table("findings")) == expected


def test_what_is_asked_is_each_planted_story_once_and_no_other(published: Company) -> None:
    findings = published.table("findings")
    found = findings[findings["rule"].isin(ASKED)].sort_values(["rule", "subject_id"])
    expected = sorted(
        (each for each in TRUTH.asked if each.seen is None),
        key=lambda each: (each.rule, each.subject),
    )
    assert found[["rule", "subject_id"]].values.tolist() == [
        [each.rule, each.subject] for each in expected
    ]
    for each, row in zip(expected, found.to_dict("records"), strict=True):
        assert each.says in row["sentence"], each
        assert each.subject in row["sentence"], each
        assert (None if pd.isna(row["evidence"]) else row["evidence"]) == each.evidence


def test_nearly_every_question_has_its_story() -> None:
    never = {Rule.TOO_MANY_OBJECTIVES, Rule.TOO_MANY_KEY_RESULTS, Rule.INDIVIDUAL_OBJECTIVE}
    assert {each.rule for each in TRUTH.asked} == set(ASKED) - never


def test_of_the_clean_nothing_is_found(published: Company) -> None:
    """The closed team with all that is its own, and every Key Result that is healthy."""
    (closed,) = [team.name for team in TRUTH.teams if team.until]
    theirs = {one.id for one in TRUTH.objectives.values() if one.team == closed}
    theirs |= {name for name in TRUTH.key_results if TRUTH.team_of(name) == closed}
    theirs |= {one.name for one in TRUTH.initiatives if one.team == closed}
    assert len(theirs) == 3
    clean = {closed, *theirs, *(name for name, one in TRUTH.stories.items() if one.healthy)}
    findings = published.table("findings")
    initiatives = published.table("initiatives").set_index("initiative_id")["initiative"]
    subjects = findings["subject_id"].map(lambda one: initiatives.get(one, one))
    assert not set(subjects) & clean
    assert not findings["sentence"].str.contains(closed).any()
    teams = published.table("teams").set_index("team")
    assert (teams.loc[closed, "state"], teams.loc[closed, "key_results"]) == ("closed", 0)
    scores = published.table("scores").set_index("key_result_id")
    assert (scores.loc["KR-31", "team"], scores.loc["KR-31", "closed_as"]) == (closed, "abandon")


def test_the_pilot_is_through_the_gate_and_the_next_wave_lacks_two_conditions(
    published: Company,
) -> None:
    rows = published.table("rollout").sort_values("number")
    stages = rows[rows["kind"] == "wave"].set_index("wave")["state"].to_dict()
    assert stages == {"Pilot": "through the gate", "Autumn": "running", "Winter": "planned"}
    gate = rows[(rows["kind"] == "gate") & (rows["state"] != "passed")]
    lacks = [["Autumn", name, "not passed"] for name in ("candor", "closing")]
    assert gate[["wave", "item", "state"]].values.tolist() == lacks
    findings = published.table("findings").set_index("rule")
    said = findings.loc["gate not passed", "sentence"]
    assert all(one in said for one in gate["sentence"])
    still_open = rows[(rows["kind"] == "decision") & (rows["state"] == "open")]
    assert set(still_open["item"]) == {"training"}


def test_each_rhythm_and_each_cycle_has_its_own_course(published: Company) -> None:
    teams = published.table("teams").set_index("team")
    every = teams.loc[teams["state"] == "open", "check_in_every_days"]
    assert every.to_dict() == {name: 14 if name == "Marketing" else 7 for name in every.index}
    cycles = published.table("cycles").set_index("cycle_id")
    assert cycles["phase"].to_dict() == {
        "2026-Q3": "closed",
        "2026-Q4": "mid-cycle review",
        "FY2027": "execution",
        "2026-W43-48": "final push",
    }
    expected = {
        name: published.key_result(name)["expected_progress"]
        for name in ("KR-25", "KR-32", "KR-33")
    }
    assert expected == pytest.approx({"KR-25": 58 / 91, "KR-32": 150 / 364, "KR-33": 40 / 41})


def test_a_team_that_no_longer_says_what_comes_next_is_asked_once(published: Company) -> None:
    findings = published.table("findings")
    asked = findings[findings["rule"] == "check-ins without cause or next action"]
    assert asked[["subject_id", "severity"]].values.tolist() == [["Sales", "info"]]
    teams = published.table("teams").set_index("team")
    silent = teams["check_in_state"] == "missed"
    assert list(teams.index[silent]) == ["People and operations"]


def test_the_healthy_have_no_signal_at_all(published: Company) -> None:
    healthy = [name for name, story in TRUTH.stories.items() if story.healthy]
    assert len(healthy) == 6
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


def test_a_late_kick_off_is_asked_for_until_the_first_check_in(
    nights: dict[dt.date, pd.DataFrame],
) -> None:
    (late,) = [each for each in TRUTH.asked if isinstance(each.seen, dt.date)]
    for night, findings in nights.items():
        mine = findings[findings["rule"] == late.rule].to_dict("records")
        assert [row["subject_id"] for row in mine] == [late.subject] * (night == late.seen), night
        assert all(late.says in row["sentence"] for row in mine)
        assert all(late.evidence == row["evidence"] for row in mine)


def test_an_early_red_is_a_call_for_help_until_it_turns(
    nights: dict[dt.date, pd.DataFrame],
) -> None:
    calls = {said.day: said.confidence for said in TRUTH.check_ins_of("KR-24")}
    for night, findings in nights.items():
        last = calls[max(day for day in calls if day <= night)]
        assert ("early red" in told(findings).get("KR-24", [])) == (last == "Critical"), night


def test_what_changes_from_one_night_to_the_next_is_found_by_comparing_them(
    fresh: Company,
) -> None:
    notion, until = fresh.box.notion, TRUTH.earlier[0].until
    seen_on = until + dt.timedelta(days=1)
    now = {before.key_result: TRUTH.key_results[before.key_result] for before in TRUTH.earlier}
    (new,) = [ids.page_id("key_results", one.id) for one in TRUTH.key_results.values() if one.since]
    notion.trash_page(new)
    for before in TRUTH.earlier:
        assert before.until == until
        notion.edit_page(ids.page_id("key_results", before.key_result), Target=before.text)
    fresh.night_of(until)
    assert fresh.table("changes").empty
    fresh.box.clock.advance(3600)
    notion.restore_page(new)
    for name, key_result in now.items():
        notion.edit_page(ids.page_id("key_results", name), Target=key_result.target_text)
    found = []
    for night in (seen_on, seen_on + dt.timedelta(days=1)):
        fresh.night_of(night)
        changes = fresh.table("changes").set_index("key_result_id")
        findings = fresh.table("findings")
        assert len(changes) == len(TRUTH.earlier)
        for before in TRUTH.earlier:
            name, story = before.key_result, TRUTH.stories[before.key_result]
            change, row = changes.loc[name], fresh.key_result(name)
            assert (change["field"], change["old_value"]) == (before.field, before.value)
            assert (change["new_value"], change["seen_on"]) == (now[name].target, seen_on)
            assert (row["target"], row["target_before"]) == (now[name].target, before.value)
            moved = (
                f"from {before.text.removesuffix('.0')} {row['unit']} to {now[name].target_text}"
            )
            said = f"The target was moved {moved} {row['unit']}, seen on {seen_on}."
            assert said.replace(" count", "") in row["confidence_reasons"]
            mine = findings[findings["subject_id"] == name].set_index("rule")
            rule = story.flag or Rule.CHANGED_IN_FINAL_PUSH  # which tells of it alone then
            assert set(mine.index) & {Rule.TARGET_MOVED, Rule.CHANGED_IN_FINAL_PUSH} == {rule}
            assert mine.loc[rule, "url"].startswith("https://app.notion.com/")
            found.append(mine.loc[rule, "finding_id"])
        for each in (each for each in TRUTH.asked if each.seen == "comparing"):
            (mine,) = findings[findings["rule"] == each.rule].to_dict("records")
            assert (mine["subject_id"], mine["evidence"]) == (each.subject, each.evidence)
            assert each.says in mine["sentence"]
            found.append(mine["finding_id"])
    assert found[: len(found) // 2] == found[len(found) // 2 :]
