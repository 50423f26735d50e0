"""The five steps before a cycle, and a team that begins too late."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.governance.phases import PhaseWeeks, phases_of
from okr_model.governance.preparation import STEPS, late_kick_offs, preparation_steps
from okr_model.teams.teams import Rhythm, Team, Teams
from tests.support.key_result_frames import check_ins, definitions
from tests.support.okr_cells import Q3, Q4

DAY = timedelta(days=1)
LAST = {"cycle_id": Q3.id, "cycle_start": Q3.start, "cycle_end": Q3.end, "due_on": Q3.end}
NOBODY = check_ins("KR-1", [])


def test_before_a_quarter_they_share_three_weeks() -> None:
    steps = preparation_steps(Q4.start, Q4.end, PhaseWeeks())
    assert [(one.step, f"{one.starts_on:%m-%d}", f"{one.ends_on:%m-%d}") for one in steps] == [
        ("look back", "09-10", "09-13"),
        ("direction", "09-14", "09-17"),
        ("draft", "09-18", "09-22"),
        ("align", "09-23", "09-26"),
        ("commit", "09-27", "09-30"),
    ]


@given(st.integers(1, 400), st.integers(0, 6))
def test_they_fill_the_phase_in_their_order_however_long_the_cycle(days: int, closing: int) -> None:
    weeks = PhaseWeeks(closing=closing)
    start, end = Q4.start, Q4.start + (days - 1) * DAY
    phase = [one for one in phases_of(start, end, weeks) if one.phase == "preparation"]
    steps = preparation_steps(start, end, weeks)
    if not phase:
        assert steps == []
        return
    assert [one.step for one in steps] == list(STEPS)
    assert (steps[0].starts_on, steps[-1].ends_on) == (phase[0].starts_on, phase[0].ends_on)
    for one, following in pairwise(steps):
        assert one.starts_on <= one.ends_on
        assert following.starts_on - one.ends_on in (timedelta(0), DAY)


def late(
    day: date,
    *rows: dict[str, object],
    said: pd.DataFrame = NOBODY,
    teams: Teams | None = None,
) -> list[str]:
    defined = definitions(*({"team": "Sales", **row} for row in rows))
    found = late_kick_offs(defined, said, teams or Teams(), PhaseWeeks(), day)
    return list(found["sentence"])


LIMIT = Q3.end + 21 * DAY


@pytest.mark.parametrize(("day", "asked"), [(LIMIT, False), (LIMIT + DAY, True), (Q4.end, True)])
def test_more_than_three_weeks_after_the_cycle_before_is_too_late(day: date, asked: bool) -> None:
    sentences = late(day, {}, {**LAST, "key_result_id": "KR-0"})
    assert len(sentences) == asked
    if day == LIMIT + DAY:
        assert sentences == [
            "Sales has not checked in on any Key Result of 2026-Q4, which began on 2026-10-01. Its"
            " cycle before ended on 2026-09-30. To close and prepare takes at most 21"
            " days: hold the first check-in."
        ]


def test_the_first_check_in_on_any_of_its_key_results_is_the_kick_off() -> None:
    said = check_ins("KR-2", [(30, "low", None)])
    assert late(Q4.start + 29 * DAY, {}, {}, said=said)  # it is not known yet
    assert late(Q4.start + 30 * DAY, {}, {}, said=said) == []
    of_the_last = said.assign(cycle_id=Q3.id)
    assert late(Q4.start + 30 * DAY, {}, {}, said=of_the_last)


def test_a_team_without_a_cycle_before_has_as_long_from_its_own_first_day() -> None:
    assert late(Q4.start + 20 * DAY, {}) == []
    (sentence,) = late(Q4.start + 21 * DAY, {})
    assert "Its cycle before" not in sentence
    began = Teams((Team("Sales", starts_on=date(2026, 11, 15)),))
    assert late(date(2026, 12, 6), {}, teams=began) == []
    assert late(date(2026, 12, 7), {}, teams=began)


@pytest.mark.parametrize(
    "team",
    [
        Team("Sales", rhythm=Rhythm(every_days=0)),
        Team("Sales", ends_on=date(2026, 10, 31)),
        Team("Sales", starts_on=date(2026, 12, 30)),
    ],
)
def test_who_is_not_to_check_in_is_not_asked(team: Team) -> None:
    assert late(date(2026, 12, 1), {}, teams=Teams((team,))) == []


def test_a_short_cycle_is_to_begin_sooner() -> None:
    end = Q4.start + 41 * DAY
    short = {"cycle_end": end, "due_on": end}
    assert late(Q4.start + 9 * DAY, short) == []
    (sentence,) = late(Q4.start + 10 * DAY, short)
    assert "takes at most 10 days" in sentence
