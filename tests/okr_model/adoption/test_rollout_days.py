"""The first days of a wave: each step on both sides of its day, and by what it is taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from okr_model.adoption.rollout import (
    DECISIONS,
    Decision,
)
from okr_model.adoption.rollout_days import STEPS
from tests.okr_model.adoption.rollouts import (
    BEFORE,
    GOOD,
    PILOT,
    ROLLOUT,
    STARTS,
    TODAY,
    facts,
    said,
    states,
    told,
    week,
)


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("draft", {"key_results": [{**BEFORE, "owner": None}]}),
        ("draft", {"key_results": [{**BEFORE, "target": None}]}),
        ("initiatives", {"key_results": [{**BEFORE, "initiatives": 0}]}),
        ("first check-in", {"check_ins": [said("2026-06-30", "2026-Q3", key="KR-0")]}),
        ("announcement", {}),
        ("look back", {}),
    ],
)  # fmt: skip
def test_each_step_is_not_yet_due_open_or_late(step: str, given: dict[str, Any]) -> None:
    due = STARTS + dt.timedelta(days=ROLLOUT.due_days[step])
    found = {
        day: told(facts(day, **given), "day")[step]["state"]
        for day in (STARTS - dt.timedelta(days=1), STARTS, due, due + dt.timedelta(days=1))
    }
    assert list(found.values()) == ["not yet due", "open", "open", "late"]


def test_steps_that_are_taken_are_done_and_say_by_what() -> None:
    attests = [
        {"item": name, "wave": "pilot", "why": "On 1 July", "decided_by": "Ada"}
        for name in ("announcement", "look back")
    ]
    days = told(facts(attested=attests), "day")
    assert states(days) == {one.name: "done" for one in STEPS}
    assert {name for name, one in days.items() if one["how"] == "attested"} == {
        "announcement",
        "look back",
    }
    assert days["announcement"]["decided_by"] == "Ada"
    assert "Ada" not in days["announcement"]["sentence"]
    assert told(facts(attested=attests), "day", "Next")["announcement"]["state"] == "not yet due"


def test_without_check_ins_the_first_is_unknown_and_rhythm_is_not_told() -> None:
    known = facts(keeps_check_ins=False, adoption=[week()])
    assert told(known, "day")["first check-in"]["state"] == "unknown"
    assert told(known, "gate")["rhythm"]["state"] == "not enough evidence"


def test_the_first_cycle_is_judged_and_who_has_no_key_results_has_drafted_none() -> None:
    later = {"key_result_id": "KR-1", **GOOD, "owner": None}
    known = facts(key_results=[{**BEFORE}, later])
    assert told(known, "day")["draft"]["state"] == "done"
    both = replace(PILOT, teams=("Sales", "People", "Gone"))
    draft = told(known, "day", waves=(both,))["draft"]
    assert (draft["part"], draft["whole"], draft["missing"]) == (1, 2, ["People"])


def test_what_the_first_cycle_lacked_is_mended_in_the_one_that_runs_and_named() -> None:
    bare = {"initiatives": 0}
    both = [{**BEFORE, **bare}, {"key_result_id": "KR-1", **GOOD, **bare}]
    step = told(facts(key_results=both), "day")["initiatives"]
    assert (step["state"], step["missing"]) == ("late", ["Sales"])
    assert step["sentence"].endswith(": 0 of 1; incomplete: KR-1 (2026-Q4)")
    mended = [{**BEFORE, **bare}, {"key_result_id": "KR-1", **GOOD}]
    assert told(facts(key_results=mended), "day")["initiatives"]["state"] == "done"


def test_a_wave_whose_teams_have_all_closed_is_asked_for_nothing() -> None:
    gone = replace(PILOT, teams=("Gone",))
    found = told(facts(), "day", waves=(gone,))
    unknown = {"draft", "initiatives", "first check-in"}
    assert {name for name, one in found.items() if one["state"] == "unknown"} == unknown
    assert "no team of the wave is open" in found["draft"]["sentence"]
    assert told(facts(), "gate", waves=(gone,)) == {}
    stage = told(facts(), "wave", waves=(gone,))["stage"]["sentence"]
    assert stage == "Pilot began on 2026-07-01; no team of it is open"


def test_training_of_later_waves_leaves_the_decisions_of_this_one_taken() -> None:
    decisions = [Decision(name, "so", is_open=name == "training") for name in DECISIONS]
    step = told(facts(), "day", decisions=decisions)["decisions"]
    assert (step["state"], step["part"]) == ("done", 9)
    own = replace(PILOT, training={"leads": STARTS})
    step = told(facts(), "day", decisions=decisions, waves=(own,))["decisions"]
    assert (step["state"], step["missing"]) == ("late", ["training"])


def test_training_and_decisions_by_their_days() -> None:
    planned = {"leadership": TODAY, "leads": TODAY + dt.timedelta(days=1)}
    wave = replace(PILOT, training=planned)
    found = states(told(facts(), "training", waves=(wave,)))
    assert found == {
        "leadership": "held",
        "leads": "planned",
        "champions": "missing",
        "teams": "missing",
    }
    assert told(facts(), "day", waves=(wave,))["training"]["part"] == 1
    decided = [
        Decision("levels", "two", is_open=False, on=TODAY + dt.timedelta(days=1), by="Ada"),
        Decision("limits", "three", is_open=False, on=TODAY, by="Ada"),
        Decision("rhythm", "open; write it", is_open=True),
    ]
    rows = told(facts(), "decision", "", decisions=decided)
    assert states(rows) == {"levels": "open", "limits": "decided", "rhythm": "open"}
    assert (rows["levels"]["decided_by"], rows["limits"]["decided_by"]) == (None, "Ada")
    assert rows["rhythm"]["due_on"] == STARTS
