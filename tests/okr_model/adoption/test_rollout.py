"""A roll-out: each step, condition and stage on both sides of its bound; what is said equals it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.adoption.rollout import (
    AUDIENCES,
    DECISIONS,
    Decision,
    GateBounds,
    Rollout,
    RolloutFacts,
    Wave,
    teams_of,
)
from okr_model.adoption.rollout_days import STEPS
from okr_model.adoption.rollout_gate import CONDITIONS, gate_findings
from okr_model.adoption.rollout_table import build_rollout
from okr_model.quantities.days import to_days
from okr_model.review.finding_verdicts import saying
from okr_model.tables.organization.rollout import STATES
from okr_model.teams.teams import Team, Teams
from okr_model.wording import share

STARTS = dt.date(2026, 7, 1)
TODAY = dt.date(2026, 11, 28)
WEEK = dt.timedelta(days=7)
TRAINED = dict.fromkeys(AUDIENCES, dt.date(2026, 6, 20))
PILOT = Wave("Pilot", ("sales",), STARTS, TRAINED)
NEXT = Wave("Next", ("People",), dt.date(2026, 12, 7), {})
TEAMS = Teams((Team("Sales"), Team("People"), Team("Gone", ends_on=dt.date(2026, 8, 1))))
ROLLOUT = Rollout(
    waves=(PILOT, NEXT),
    decisions=[Decision(name, "so", is_open=False) for name in DECISIONS],
    due_days={one.name: one.due_days for one in STEPS},
    gate=GateBounds(),
)
GOOD = {
    "cycle_id": "2026-Q4", "cycle_start": dt.date(2026, 10, 1), "cycle_end": dt.date(2026, 12, 31),
    "due_on": dt.date(2026, 12, 31), "team": "Sales", "teams": ["Sales"], "owner": "Mei",
    "progress_state": "computed", "value_state": "stated", "measure": None, "value_url": None,
    "value_source": None, "target": 10.0, "quality": [], "signals": [], "initiatives": 1,
}  # fmt: skip
LAST = {
    "cycle_id": "2026-Q3", "cycle_start": dt.date(2026, 7, 1), "cycle_end": dt.date(2026, 9, 30),
    "due_on": dt.date(2026, 9, 30),
}  # fmt: skip
BEFORE = {"key_result_id": "KR-0", **GOOD, **LAST}
CLOSED = {
    "key_result_id": "KR-0",
    "cycle_id": "2026-Q3",
    "score": 0.7,
    "closed_as": "done",
    "lesson": "-",
}
NOBODY = {"item": None, "wave": None, "why": None, "decided_by": None}


def facts(as_of: dt.date = TODAY, **more: Any) -> RolloutFacts:
    """A wave that is through the gate, but for what is given."""
    rows: dict[str, list[dict[str, Any]]] = {
        "key_results": [
            {**BEFORE},
            {"key_result_id": "KR-1", **GOOD},
        ],
        "check_ins": [said("2026-07-08", "2026-Q3", key="KR-0"), said("2026-11-10", "2026-Q4")],
        "changes": [{"key_result_id": "KR-9", "cycle_id": "x", "changed_on": STARTS}],
        "adoption": [week(on_time=4, missed=1)],
        "scores": [{**CLOSED}],
        "hidden": [hid("KR-9", "2026-11-16")],
        "attested": [NOBODY],
        **{name: given for name, given in more.items() if isinstance(given, list)},
    }
    frames = {name: pd.DataFrame(of) for name, of in rows.items()}
    days = ("cycle_start", "cycle_end", "due_on")
    frames["key_results"] = frames["key_results"].assign(
        **{name: to_days(frames["key_results"][name]) for name in days}
    )
    return RolloutFacts(
        **frames,
        teams=TEAMS,
        keeps_check_ins=more.get("keeps_check_ins", True),
        as_of=as_of,
    )


def said(day: str, cycle: str, key: str = "KR-1", **more: Any) -> dict[str, Any]:
    told = {"confidence": "low", "note": "A supplier is late", **more}
    return {"key_result_id": key, "cycle_id": cycle, "date": dt.date.fromisoformat(day), **told}


def hid(key: str, week_starts_on: str) -> dict[str, Any]:
    """A week that ended with a call of high over low evidence."""
    day = dt.date.fromisoformat(week_starts_on)
    return {"key_result_id": key, "cycle_id": "2026-Q4", "week_starts_on": day}


def week(starts: str = "2026-11-02", team: str = "Sales", **counts: int) -> dict[str, Any]:
    none = {"on_time": 0, "late": 0, "missed": 0}
    return {"team": team, "week_starts_on": dt.date.fromisoformat(starts), **none, **counts}


def told(known: RolloutFacts, kind: str, wave: str = "Pilot", **changed: Any) -> dict[str, Any]:
    rows = build_rollout(replace(ROLLOUT, **changed), known)
    return {one["item"]: one for one in rows if (one["kind"], one["wave"]) == (kind, wave)}


def states(rows: Mapping[str, Any]) -> dict[str, str]:
    return {name: one["state"] for name, one in rows.items()}


def test_a_wave_that_shows_all_four_is_through_the_gate() -> None:
    gate = told(facts(), "gate")
    assert states(gate) == dict.fromkeys(CONDITIONS, "passed")
    assert told(facts(), "wave")["stage"]["state"] == "through the gate"
    assert told(facts(), "gate", "Next") == {}  # it has not begun


FIVE_KEY_RESULTS = [{"key_result_id": f"KR-{n}", **GOOD} for n in range(1, 6)]


def key_results(*changed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Five running ones, some changed; and the one of the ended cycle."""
    last = {**BEFORE}
    rows = [{**one, **new} for one, new in zip(FIVE_KEY_RESULTS, changed, strict=False)]
    return [last, *rows, *FIVE_KEY_RESULTS[len(rows) :]]


WRITTEN = {"quality": ["outcome"]}
HIGH = [said("2026-11-10", "2026-Q4", confidence="high")]
CASES: list[tuple[str, dict[str, Any], str, tuple[int, int] | None]] = [
    ("rhythm", {"adoption": [week(on_time=4, late=1)]}, "passed", (4, 5)),
    ("rhythm", {"adoption": [week(on_time=3, late=2)]}, "not passed", (3, 5)),
    ("rhythm", {"adoption": [week(on_time=4)]}, "not enough evidence", (4, 4)),
    ("rhythm", {"adoption": [week("2026-10-19", on_time=5)]}, "passed", (5, 5)),
    ("rhythm", {"adoption": [week("2026-10-12", on_time=5)]}, "not enough evidence", (0, 0)),
    ("rhythm", {"adoption": [week(team="People", on_time=5)]}, "not enough evidence", (0, 0)),
    ("quality", {"key_results": key_results(WRITTEN)}, "passed", (4, 5)),
    ("quality", {"key_results": key_results(WRITTEN, {"owner": None})}, "not passed", (3, 5)),
    ("quality", {"key_results": key_results({"target": None}, WRITTEN)}, "not passed", (3, 5)),
    ("quality", {"key_results": key_results({"quality": None}, WRITTEN)}, "not passed", (3, 4)),
    ("quality", {"key_results": key_results()[:1]}, "not enough evidence", (0, 0)),
    ("candor", {"check_ins": [said("2026-11-10", "2026-Q4", note=None)]}, "not passed", (0, 1)),
    (
        "candor",
        {
            "check_ins": [
                said("2026-11-10", "2026-Q4", note=None),
                said("2026-11-17", "2026-Q4", confidence="high"),
            ]
        },
        "passed",
        (1, 1),
    ),
    (
        "candor",
        {
            "check_ins": [
                said("2026-11-10", "2026-Q4", note=None),
                said("2026-11-18", "2026-Q4", confidence="high"),
            ]
        },
        "not passed",
        (0, 1),
    ),
    # It may still be answered in time, so nothing is judged.
    (
        "candor",
        {"check_ins": [said("2026-11-21", "2026-Q4", note=None)]},
        "not enough evidence",
        (0, 0),
    ),
    (
        "candor",
        {
            "check_ins": [said("2026-11-10", "2026-Q4", note=None)],
            "changes": [
                {"key_result_id": "KR-1", "cycle_id": "2026-Q4", "changed_on": TODAY - WEEK * 2}
            ],
        },
        "passed",
        (1, 1),
    ),
    # Called high over low evidence: nobody called it low.
    (
        "candor",
        {
            "key_results": key_results({}, {"signals": ["watermelon"]}),
            "check_ins": [said("2026-11-10", "2026-Q4")],
        },
        "not passed",
        (1, 2),
    ),
    (
        "candor",
        {"check_ins": HIGH},
        "not enough evidence",
        (0, 0),
    ),
    # So was it weeks ago, whatever has become of its target since; longer ago is not asked.
    ("candor", {"hidden": [hid("KR-1", "2026-10-19")], "check_ins": HIGH}, "not passed", (0, 1)),
    (
        "candor",
        {"hidden": [hid("KR-1", "2026-10-12")], "check_ins": HIGH},
        "not enough evidence",
        (0, 0),
    ),
    ("closing", {"scores": [{**CLOSED, "lesson": None}]}, "not passed", (0, 1)),
    ("closing", {"scores": [{**CLOSED, "score": None}]}, "not passed", (0, 1)),
    ("closing", {"scores": [{**CLOSED, "score": None, "closed_as": "abandon"}]}, "passed", (1, 1)),
    ("closing", {"scores": [{**CLOSED, "closed_as": None}]}, "passed", (1, 1)),  # nobody decides
    (
        "closing",
        {
            "scores": [
                {**CLOSED, "closed_as": None},
                {**CLOSED, "key_result_id": "KR-9", "closed_as": "done"},
            ]
        },
        "not passed",
        (0, 1),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("item", "given", "state", "of"), CASES)
def test_each_condition_on_both_sides_of_its_bound(
    item: str, given: dict[str, Any], state: str, of: tuple[int, int] | None
) -> None:
    found = told(facts(**given), "gate")[item]
    assert (found["state"], (found["part"], found["whole"])) == (state, of), found["sentence"]


def test_a_cycle_that_ended_within_the_first_days_closes_nothing() -> None:
    late = replace(PILOT, starts_on=dt.date(2026, 8, 31))
    found = told(facts(), "gate", waves=(late,))["closing"]
    assert (found["state"], found["value"]) == ("not enough evidence", None)
    in_time = replace(PILOT, starts_on=dt.date(2026, 8, 30))
    assert told(facts(), "gate", waves=(in_time,))["closing"]["state"] == "passed"


@pytest.mark.parametrize(
    ("as_of", "stage"),
    [
        (dt.date(2026, 6, 30), "planned"),
        (STARTS, "first days"),
        (dt.date(2026, 7, 31), "first days"),
        (dt.date(2026, 8, 1), "running"),
    ],
)
def test_the_stage_of_a_wave(as_of: dt.date, stage: str) -> None:
    known = facts(as_of)
    assert told(known, "wave")["stage"]["state"] == stage


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
    assert step["sentence"].endswith(": 0 of 1, for want of KR-1 of 2026-Q4")
    mended = [{**BEFORE, **bare}, {"key_result_id": "KR-1", **GOOD}]
    assert told(facts(key_results=mended), "day")["initiatives"]["state"] == "done"


def test_a_wave_whose_teams_have_all_closed_is_asked_for_nothing() -> None:
    gone = replace(PILOT, teams=("Gone",))
    found = told(facts(), "day", waves=(gone,))
    unknown = {"draft", "initiatives", "first check-in"}
    assert {name for name, one in found.items() if one["state"] == "unknown"} == unknown
    assert "no team of the wave is open" in found["draft"]["sentence"]
    assert told(facts(), "gate", waves=(gone,)) == {}


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


def test_a_department_stands_for_all_below_it_and_a_company_for_itself() -> None:
    teams = Teams(
        (
            Team("Acme", level="company"),
            Team("Go-to-market", parent="Acme", level="department"),
            Team("Sales", parent="go-to-market", level="team"),
            Team("Inside sales", parent="Sales", level="team"),
            Team("Partners", parent="Go-to-market", level="division"),
            Team("Resellers", parent="Partners", level="team"),
        )
    )
    assert teams_of(["Acme", "Sales"], teams) == ("Acme", "Sales")
    below = {"Go-to-market", "Sales", "Partners", "Resellers"}
    assert set(teams_of(["GO-TO-MARKET"], teams)) == below


def findings_on(as_of: dt.date, **given: Any) -> pd.DataFrame:
    return gate_findings(ROLLOUT, build_rollout(ROLLOUT, facts(as_of, **given)), as_of)


@pytest.mark.parametrize(
    ("as_of", "count"),
    [
        (dt.date(2026, 11, 22), 0),
        (dt.date(2026, 11, 23), 1),
        (dt.date(2027, 1, 6), 1),
        (dt.date(2027, 1, 7), 0),
    ],
)
def test_it_is_a_finding_from_two_weeks_before_the_next_wave_to_its_first_days(
    as_of: dt.date, count: int
) -> None:
    found = findings_on(as_of, scores=[{**CLOSED, "lesson": None}])
    mine = found[found["subject_id"] == "Pilot"]
    assert len(mine) == count
    if count:
        assert (
            mine["sentence"]
            .iloc[0]
            .startswith("Next began on" if as_of > NEXT.starts_on else "Next begins")
        )
        assert "closing: 0 of 1 teams closed 2026-Q" in mine["sentence"].iloc[0]


def test_it_is_the_same_matter_while_the_same_conditions_lack_whatever_the_count() -> None:
    of = {"adoption": [week(on_time=3, late=2)], "key_results": key_results(WRITTEN, WRITTEN)}
    more = {**of, "adoption": [week("2026-11-16", on_time=5, late=3)]}
    days = [
        findings_on(day, **given).iloc[0].to_dict()
        for day, given in [
            (TODAY, of),
            (TODAY + WEEK, more),
            (TODAY, {**of, "key_results": key_results()[:1]}),
        ]
    ]
    said = [saying(one["rule"], one["sentence"]) for one in days]
    assert said[0] == said[1] != said[2]
    assert days[0]["sentence"] != days[1]["sentence"]
    assert "worded as outcomes: 60 %, at least 80 % is asked, not KR-1, KR-2" in days[0]["sentence"]


def test_a_wave_that_is_through_and_the_last_one_are_no_finding() -> None:
    assert findings_on(TODAY).empty
    alone = replace(ROLLOUT, waves=(PILOT,))
    rows = build_rollout(alone, facts(scores=[{**CLOSED, "score": None}]))
    assert gate_findings(alone, rows, TODAY).empty


_NUMBER = re.compile(r"\d+(?:\.\d+)?(?: %)?")
_OTHER = re.compile(r"\d{4}-\d\d-\d\d|\d{4}-Q\d|KR-\d|last \d weeks")


@settings(max_examples=40, deadline=None)
@given(
    weeks=st.tuples(*[st.integers(0, 9)] * 3),
    changes=st.lists(
        st.sampled_from([{}, WRITTEN, {"owner": None}, {"signals": ["watermelon"]}]), max_size=5
    ),
    notes=st.lists(st.sampled_from([None, "words"]), max_size=5),
    attested=st.booleans(),
    day=st.dates(dt.date(2026, 6, 1), dt.date(2027, 1, 31)),
)
def test_every_number_of_a_sentence_stands_in_its_row(
    weeks: tuple[int, int, int],
    changes: list[dict[str, Any]],
    notes: list[str | None],
    attested: bool,
    day: dt.date,
) -> None:
    on_time, late, missed = weeks
    calls = [
        said("2026-11-10", "2026-Q4", key=f"KR-{n}", note=note) for n, note in enumerate(notes, 1)
    ]
    known = facts(
        day,
        adoption=[week(on_time=on_time, late=late, missed=missed)],
        key_results=key_results(*changes),
        check_ins=[said("2026-07-08", "2026-Q3", key="KR-0"), *calls],
        attested=[{"item": "announcement", "wave": "Pilot", "why": "so", "decided_by": "A"}]
        if attested
        else [NOBODY],
    )
    rows = build_rollout(ROLLOUT, known)
    assert [one["number"] for one in rows] == list(range(1, len(rows) + 1))
    for one in rows:
        assert one["state"] in STATES
        there = {str(one[name]) for name in ("part", "whole", "within_days")}
        there |= {share(one[name]) for name in ("value", "bound") if one[name] is not None}
        for number in _NUMBER.findall(_OTHER.sub("", one["sentence"])):
            assert number in there, one["sentence"]
        if one["part"] is not None and one["whole"]:
            assert one["value"] in (None, one["part"] / one["whole"])
        if one["state"] == "passed":
            assert one["value"] >= one["bound"] - 1e-9
        if one["state"] == "not passed":
            assert one["value"] < one["bound"]
