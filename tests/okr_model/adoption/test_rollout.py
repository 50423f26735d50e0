"""A roll-out: each condition and stage on both sides of its bound; what is said equals it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.adoption.rollout import (
    teams_of,
)
from okr_model.adoption.rollout_gate import CONDITIONS, gate_findings
from okr_model.adoption.rollout_table import build_rollout
from okr_model.review.finding_verdicts import saying
from okr_model.tables.organization.rollout import STATES
from okr_model.teams.teams import Team, Teams
from okr_model.wording import share
from tests.okr_model.adoption.rollouts import (
    CLOSED,
    NEXT,
    NOBODY,
    PILOT,
    ROLLOUT,
    STARTS,
    TODAY,
    WEEK,
    facts,
    hid,
    key_results,
    said,
    states,
    told,
    week,
)


def test_a_wave_that_shows_all_four_is_through_the_gate() -> None:
    gate = told(facts(), "gate")
    assert states(gate) == dict.fromkeys(CONDITIONS, "passed")
    assert told(facts(), "wave")["stage"]["state"] == "through the gate"
    assert told(facts(), "gate", "Next") == {}  # it has not begun


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
    ("closing", {"scores": [{**CLOSED, "closed_as": None}]}, "not passed", (0, 1)),
    (
        "closing",
        {"scores": [{**CLOSED, "closed_as": None}], "keeps_closings": False},
        "passed",
        (1, 1),
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
    more = {
        "adoption": [week("2026-11-16", on_time=5, late=3)],
        "key_results": key_results(WRITTEN, WRITTEN, WRITTEN),
    }
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
    assert (
        "worded as outcomes: 60 %, at least 80 % is asked (missing: KR-1, KR-2)"
        in days[0]["sentence"]
    )


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
