"""The roll-out in the settings: what is refused, and which settings take which decision."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from okr_model.adoption.rollout import DECISIONS, GateBounds
from okr_model.adoption.rollout_days import STEPS
from pipelines.model.rollout import declared_rollout
from pipelines.settings.organization.rollout import odd_days
from tests.pipelines.settings.test_settings import GOOD, folder, load, violation

__all__ = ["folder"]  # a fixture

TEAMS = """\
teams:
  - {name: Growth, level: department}
  - {name: Sales, parent: Growth}
  - {name: People}
"""
WAVES = (
    "rollout: {waves: [{name: Pilot, teams: [sales], starts: 2026-07-01},"
    " {name: Next, teams: [People], starts: 2026-09-01}]"
)


def written(rollout: str, teams: str = TEAMS, more: str = "") -> str:
    return GOOD.replace("{name: Acme", f"{{{rollout}, name: Acme", 1) + teams + more


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[sales]", "[Slaes]", "wave Pilot: teams: does not name Slaes. Did you mean Sales?"),
        ("[sales]", "[Finance]", "wave Pilot: teams: does not name Finance. Declare it there."),
        ("[People]", "[SALES]", "team Sales is in the waves Pilot and Next"),
        ("[People]", "[Growth]", "team Sales is in the waves Pilot and Next"),
        (", starts: 2026-07-01", "", "starts: this key is missing"),
        ("name: Next", "name: pilot", "two waves are called Pilot"),
        ("[sales]", "[]", "the list is empty"),
        ("starts: 2026-07-01", "starts: soon", "expected a day of the calendar"),
        (
            "starts: 2026-07-01",
            "starts: 2026-07-01, training: {lead: 2026-06-01}",
            "training.lead: unknown key. Did you mean leads?",
        ),
        (
            "rollout: {",
            "rollout: {decided: {limits: 2026-06-02}, ",
            "decided.limits: expected keys of its own under it: day, by, note.",
        ),
        (
            "rollout: {",
            "rollout: {decided: {limits: {dya: 2026-06-02, note: x}}, ",
            "decided.limits.dya: unknown key. Did you mean day?",
        ),
        ("rollout: {", "rollout: {days: {drafts: 3}, ", "drafts is no step"),
        (
            "rollout: {",
            "rollout: {decided: {luck: {day: 2026-01-01, note: x}}, ",
            "luck is none of the nine decisions; known: levels",
        ),
        ("rollout: {", "rollout: {gate: {on_time: 80}, ", "expected 1 or less"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(folder: Path, old: str, new: str, said: str) -> None:
    assert old in WAVES
    assert said in violation(folder, written(f"{WAVES.replace(old, new, 1)}}}"))


def test_a_mistake_of_several_parts_is_told_at_the_line_of_its_place(folder: Path) -> None:
    text = """\
organization:
  name: Acme
  timezone: Asia/Kuala_Lumpur
  confidence: [High, Challenge, Critical]
  rollout:
    waves:
      - {name: Next, teams: [People], starts: 2026-09-01}
      - {name: Pilot, teams: [People, Slaes], starts: 2026-07-01}
"""
    text += GOOD.partition("\n")[2]
    text += TEAMS
    told = violation(folder, text)
    assert ":8: organization.rollout.waves[1].teams[1]: wave Pilot: teams: does not name" in told
    told = violation(folder, text.replace(", Slaes", ""))
    assert ":8: organization.rollout.waves[1].teams: team People is in the waves Next and" in told


def test_days_that_may_be_a_slip_are_told(folder: Path) -> None:
    plain = load(folder, written(f"{WAVES}}}")).organization.rollout
    assert plain is not None
    assert [*odd_days(plain)] == []
    days = "training: {leads: 2027-06-20, teams: 2024-06-24, champions: 2026-07-08}"
    waves = WAVES.replace("starts: 2026-07-01", f"starts: 2026-07-01, {days}")
    odd = load(folder, written(f"{waves}, days: {{decisions: 40}}}}")).organization.rollout
    assert odd is not None
    assert [*odd_days(odd)] == [
        "wave Pilot: training: leads: 2027-06-20 is after 2026-07-08, by which its training is"
        " due.",
        "wave Pilot: training: teams: 2024-06-24 is more than a year before the wave begins on"
        " 2026-07-01.",
        "days: announcement is due on day 3, and decisions, which comes before it, on day 40.",
    ]


def test_without_a_rollout_there_is_none(folder: Path) -> None:
    assert declared_rollout(load(folder, GOOD)) is None


def test_the_first_wave_goes_first_and_bounds_are_settings(folder: Path) -> None:
    waves = (
        "{name: B, teams: [People], starts: 2026-09-01},"
        " {name: A, teams: [Growth], starts: 2026-07-01}"
    )
    bounds = "days: {draft: 10}, gate: {weeks: 4}"
    found = declared_rollout(load(folder, written(f"rollout: {{waves: [{waves}], {bounds}}}")))
    assert found is not None
    assert [one.name for one in found.waves] == ["A", "B"]
    assert found.due_days == {one.name: one.due_days for one in STEPS} | {"draft": 10}
    assert found.gate == GateBounds(weeks=4)


def test_a_decision_is_open_until_a_setting_takes_it(folder: Path) -> None:
    plain = declared_rollout(
        load(folder, written(f"{WAVES}}}", TEAMS.replace(", level: department", "")))
    )
    assert plain is not None
    by_name = {one.name: one for one in plain.decisions}
    assert [*by_name] == [*DECISIONS]
    assert {name for name, one in by_name.items() if not one.is_open} == {"tracking"}
    assert "write quality: most_objectives" in by_name["limits"].says
    assert "write waves: training, a day for every audience" in by_name["training"].says


def test_each_setting_takes_its_decision_and_is_quoted(folder: Path) -> None:
    days = (
        "training: {leadership: 2026-06-01, leads: 2026-06-02,"
        " champions: 2026-06-03, teams: 2026-06-04}"
    )
    rollout = (
        f"rollout: {{waves: [{{name: Pilot, teams: [People], starts: 2026-07-01, {days}}}],"
        " decided: {boards and meetings: {day: 2026-06-05, by: Ada, note: Monday meetings}}},"
        " architecture: team_okrs"
    )
    more = """\
quality: {most_objectives: 2}
signals: {check_in_every_days: 14}
page: {address: https://okr.example.com}
"""
    kpis = (
        "  - {holds: kpis, from: notion, place: k, fields: {id: Id, name: N, date: D, value: V}}\n"
    )
    text = written(rollout, more=more).replace("measures:\n", f"{kpis}measures:\n", 1)
    found = declared_rollout(load(folder, text))
    assert found is not None
    says = {one.name: one.says for one in found.decisions if not one.is_open}
    assert says == {
        "levels": "levels of teams: department",
        "limits": "up to 2 Objectives a team, 2 to 5 Key Results an Objective",
        "rhythm": "a cycle has about 13 weeks, such as 2026-Q4; check-ins every 14 days",
        "boards and meetings": "Monday meetings",
        "source of truth": "https://okr.example.com",
        "kpis": "kept apart from them, and read from notion",
        "alignment": "company and teams have OKRs, and those of teams contribute upwards",
        "training": "every audience of every wave has a day",
        "tracking": "by okr rollout and the table rollout, which hold each wave's steps and gate",
    }
    meetings = found.decisions[3]
    assert (meetings.by, meetings.on) == ("Ada", dt.date(2026, 6, 5))
