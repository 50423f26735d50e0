"""When check-ins are due, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.tables import TEAMS
from okr_model.tables.contract import conform, violations
from okr_model.teams.rhythm import (
    build_teams,
    check_ins_from,
    due_days,
    missed_in_a_row,
    occasions,
)
from okr_model.teams.teams import (
    Rhythm,
    Team,
    Teams,
    closed_team_findings,
    unused_team_findings,
)
from tests.support.key_result_frames import check_ins, definitions
from tests.support.okr_cells import Q4

START = Q4.start  # a Thursday
FRIDAYS = Rhythm(7, weekday=5, grace_days=2)


def day(number: int) -> dt.date:
    """A day of the cycle, counted from 0."""
    return START + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("rhythm", "due"),
    [
        (FRIDAYS, [1, 8, 15, 22]),
        (Rhythm(7), [7, 14, 21]),
        (Rhythm(10), [10, 20]),
        (Rhythm(14, weekday=5), [1, 15]),
        (Rhythm(10, weekday=5), [1, 8, 15, 22]),  # the nearest number of weeks
        (Rhythm(0, weekday=5), []),
        (replace(FRIDAYS, days_off=(day(8), day(9))), [1, 10, 15, 22]),
        (Rhythm(1, days_off=tuple(map(day, range(2, 22)))), [1, 22, 23, 24]),  # none is due twice
    ],
)
def test_when_check_ins_are_due(rhythm: Rhythm, due: list[int]) -> None:
    assert list(due_days(rhythm, START, day(24))) == [day(number) for number in due]


def states(made: list[int], as_of: int, rhythm: Rhythm = FRIDAYS) -> str:
    """The first letter of each occasion: on time, late, missed, not yet due."""
    found = occasions(rhythm, START, Q4.end, map(day, made), day(as_of))
    return "".join(one.state[0] for one in found)


@pytest.mark.parametrize(
    ("made", "as_of", "expected"),
    [
        ([], 0, "n"),
        ([], 3, "nn"),  # the grace runs
        ([], 4, "mn"),
        ([1], 1, "on"),
        ([0], 2, "on"),
        ([3], 3, "ln"),
        ([4], 4, "mo"),  # early for the next one
        ([3], 8, "lnn"),  # a late one counts once
        ([3, 7], 8, "lon"),
        ([2, 3], 8, "lon"),  # the second of them is for the next
        ([1, 8, 17, 18], 18, "oolo"),
        ([99], 4, "mn"),  # not known yet
    ],
)
def test_what_became_of_each(made: list[int], as_of: int, expected: str) -> None:
    assert states(made, as_of) == expected


@given(st.lists(st.integers(0, 91), max_size=30), st.integers(0, 120), st.integers(0, 6))
def test_each_check_in_counts_once_and_each_occasion_has_one_state(
    made: list[int], as_of: int, grace: int
) -> None:
    found = occasions(replace(FRIDAYS, grace_days=grace), START, Q4.end, map(day, made), day(as_of))
    known = {number for number in made if number <= as_of}
    assert sum(one.state in ("on time", "late") for one in found) <= len(known)
    assert all(one.state == "not yet due" or one.due_on <= day(as_of + 7) for one in found)
    if not known:
        assert {one.state for one in found} <= {"missed", "not yet due"}


SALES = Team("Sales", champion="Mei", rhythm=FRIDAYS)
OLD = Team("Old", ends_on=day(10), rhythm=FRIDAYS)
TEAMS_THERE = Teams((SALES, OLD, Team("Next", starts_on=day(300))), Rhythm(7))
ROWS = definitions(
    {"team": "sales"}, {"team": "Old"}, {"team": "Web"}, {"team": "Old, Web", "key_result_id": "B"}
)
ROWS["teams"] = pd.Series([["sales"], ["Old"], ["Web"], ["Old", "Web"]], dtype="object")


def built(as_of: int) -> pd.DataFrame:
    said = pd.concat(
        [check_ins("KR-1", [(1, "high", None), (10, "high", None)]),
         check_ins("KR-2", [(1, "high", None)])]
    )  # fmt: skip
    return build_teams(TEAMS_THERE, ROWS, said, day(as_of)).set_index("team")


def test_each_team_has_a_row_of_the_contract() -> None:
    rows = built(12).reset_index()
    told = conform(rows.assign(as_of=day(12), run_id="r"), TEAMS)
    assert violations(told, TEAMS) == []
    assert rows["team"].tolist() == ["Next", "Old", "Sales", "Web"]
    assert rows["declared"].tolist() == [True, True, True, False]
    assert rows["state"].tolist() == ["not begun", "closed", "open", "open"]
    assert rows["key_results"].tolist() == [0, 2, 1, 2]


def test_a_key_result_runs_on_its_last_day_too() -> None:
    last = (Q4.end - START).days
    assert [built(at).loc["Web", "key_results"] for at in (last - 1, last, last + 1)] == [2, 2, 0]


def test_where_no_team_is_named_the_table_is_empty() -> None:
    nobody = ROWS.assign(team=None, teams=None)
    rows = build_teams(Teams(), nobody, check_ins("KR-1", []), day(12))
    assert rows.empty
    assert violations(conform(rows.assign(as_of=day(12), run_id="r"), TEAMS), TEAMS) == []


def test_how_a_team_stands() -> None:
    sales = built(12).loc["Sales"]
    assert (sales["check_in_state"], sales["next_check_in_due_on"]) == ("late", day(15))
    assert (sales["champion"], sales["check_in_weekday"]) == ("Mei", "Friday")
    counts = sales[["check_ins_on_time", "check_ins_late", "check_ins_missed"]].tolist()
    assert counts == [1, 1, 0]
    web = built(12).loc["Web"]
    assert (web["check_in_state"], web["check_ins_missed"]) == ("missed", 2)


def test_a_closed_team_keeps_its_past_and_leaves_the_present() -> None:
    old = built(40).loc["Old"]
    assert old[["check_in_state", "next_check_in_due_on"]].isna().all()
    # Two were due on each of its two before it closed, and none since.
    assert old[["check_ins_on_time", "check_ins_missed"]].tolist() == [1, 3]
    found = closed_team_findings(ROWS, TEAMS_THERE, day(40))
    (one,) = found.to_dict("records")
    assert (one["rule"], one["subject_id"]) == ("Key Result of a closed team", "KR-2")
    assert f"closed on {day(10)}" in one["sentence"]
    assert closed_team_findings(ROWS, TEAMS_THERE, day(10)).empty
    assert closed_team_findings(ROWS, Teams(), day(40)).empty


def missed(
    made: Sequence[int], as_of: int | dt.date, there: Teams | None = None, **row: Any
) -> int | None:
    """How many in a row were missed on a Key Result with check-ins on these days of the cycle."""
    rows = definitions(row)
    said = check_ins("KR-1", [(one, "high", None) for one in made])
    rows["check_ins_from"] = check_ins_from(rows, said)
    today = as_of if isinstance(as_of, dt.date) else day(as_of)
    (found,) = missed_in_a_row(rows, said, there or Teams(usual=Rhythm(7, grace_days=2)), today)
    return None if pd.isna(found) else int(found)


@pytest.mark.parametrize(
    ("made", "as_of", "in_a_row"),
    [
        ([], 9, 0),  # due on day 7, and not missed before the grace is over
        ([], 10, 1),
        ([], 16, 1),
        ([], 17, 2),
        ([8], 16, 0),  # late is not missed
        ([10], 10, 0),  # too late for day 7: in time for day 14
        ([7], 16, 0),
        ([7], 17, 1),
        ([7, 17], 25, 0),  # one was missed, the last one was not
        ([1], dt.date(2027, 2, 1), 12),  # silence after the cycle counts for nothing
    ],
)
def test_missed_in_a_row_ends_with_a_check_in(
    made: list[int], as_of: int | dt.date, in_a_row: int
) -> None:
    assert missed(made, as_of) == in_a_row


def test_what_is_missed_follows_weekday_grace_and_days_off() -> None:
    # Day 1 is a Friday; without grace the Saturday after is too late.
    fridays = Teams(usual=Rhythm(7, weekday=5, grace_days=0))
    assert [missed([], one, fridays) for one in (1, 2, 8, 9)] == [0, 1, 1, 2]
    off = Teams(usual=Rhythm(7, weekday=5, grace_days=0, days_off=(day(8), day(9))))
    assert [missed([1], one, off) for one in (9, 10, 11)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("created", "made", "as_of", "in_a_row"),
    [
        (48, [], 51, 0),  # day 49 is due; the grace is over on day 52
        (48, [], 52, 1),
        (49, [], 52, 0),  # made on the day on which one was due: that is not asked for
        (49, [], 59, 1),
        (-1, [], 10, 1),
        (49, [7], 59, 7),  # a record made anew: an older check-in shows that it was there
    ],
)
def test_no_check_in_is_missed_before_there_was_the_key_result(
    created: int, made: list[int], as_of: int, in_a_row: int
) -> None:
    assert missed(made, as_of, created_on=day(created)) == in_a_row


@pytest.mark.parametrize(
    ("starts", "created", "since"),
    [
        (None, None, 0),
        (-5, None, 0),  # not before the cycle
        (20, None, 20),
        (20, 10, 20),
        (20, 30, 31),
        (None, 30, 31),
    ],
)
def test_check_ins_are_expected_from_the_declared_start_on(
    starts: int | None, created: int | None, since: int
) -> None:
    days = {"starts_on": starts, "created_on": created}
    rows = definitions({name: one and day(one) for name, one in days.items()})
    (found,) = check_ins_from(rows, check_ins("KR-1", []))
    assert found == pd.Timestamp(day(since))


@pytest.mark.parametrize(("as_of", "in_a_row"), [(59, 0), (65, 0), (66, 1), (73, 2)])
def test_no_check_in_is_missed_before_the_declared_start(as_of: int, in_a_row: int) -> None:
    assert missed([], as_of, starts_on=day(60)) == in_a_row  # day 63 is the first; grace 2


def test_a_check_in_is_missed_by_the_shortest_rhythm_of_teams_that_are_open() -> None:
    slow = Teams((Team("Sales", rhythm=Rhythm(14)), OLD), Rhythm(5))
    both = {"team": "Sales, Old", "teams": ["Sales", "Old"]}
    assert missed([], 9, slow, **both) == 1  # Old checks in every week, until day 10
    assert missed([], 16, slow, **both) == 0
    assert missed([], 17, slow, **both) == 1
    assert missed([], 17, slow, team="Old", teams=["Old"]) is None
    assert missed([], 8, slow) == 1  # nobody's: as usual
    assert missed([], 80, Teams(usual=Rhythm(0))) is None


def test_a_declared_team_that_nothing_names_is_asked_about_with_the_closest_name() -> None:
    teams = Teams(
        (
            *(Team("Salez"), Team("Sales"), Team("Office", parent="Company")),
            *(Team("Company"), Team("Webb"), Team("Zzz"), Team("Gone", ends_on=day(3))),
            Team("Later", starts_on=day(90)),
        )
    )
    key_results = pd.DataFrame({"team": ["Sales, Web", None], "teams": [["Sales", "Web"], None]})
    work = pd.DataFrame({"team": ["OFFICE"]})
    found = unused_team_findings(teams, day(10), key_results, work)
    closest = dict(zip(found["subject_id"], found["evidence"].fillna(""), strict=True))
    assert closest == {"Salez": "Sales", "Webb": "Web", "Zzz": ""}
    assert set(found["rule"]) == {"unused team"}
    assert "Closest is Sales: write its name" in found["sentence"].iloc[0]
    assert unused_team_findings(Teams(), day(10), key_results, work).empty
