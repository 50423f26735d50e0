"""What teams did by week, against a slow count of the same by hand."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.activity.team_work import no_team_work
from okr_model.adoption.team_weeks import WORK, WeekInputs, build_adoption
from okr_model.progress.value_series import all_measurements
from okr_model.quantities.days import monday
from okr_model.tables import ADOPTION
from okr_model.tables.contract import conform, violations
from okr_model.teams.teams import Rhythm, Team, Teams
from tests.okr_model.governance.nights import rows_on
from tests.support.key_result_frames import check_ins, definitions, measured, measurements
from tests.support.okr_cells import Q4

DAY = dt.timedelta(days=1)
LAST = dt.date(2026, 11, 28)
WEEKLY = Rhythm(every_days=7, weekday=5)


@cache
def key_results(as_of: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A Key Result as defined, and its row; both are only read."""
    defined = definitions({"team": "Sales", "teams": ["Sales"]})
    return defined, rows_on(as_of, defined)


def adoption(
    calls: list[tuple[int, str | None, float | None]],
    values: list[tuple[int, float | None]] = [],  # noqa: B006 - never changed
    team: Team | None = None,
    as_of: dt.date = LAST,
    work: pd.DataFrame | None = None,
) -> list[dict[Any, Any]]:
    defined, rows = key_results(as_of)
    said = check_ins("KR-1", calls)
    readings = all_measurements(defined, measurements(measured("KR-1", values)), said)
    teams = Teams((team,) if team else (), WEEKLY)
    done = no_team_work() if work is None else work
    found = build_adoption(WeekInputs(rows, said, readings, teams, 0.46, done), as_of)
    conformed = conform(found.assign(as_of=as_of, run_id="r"), ADOPTION)
    assert violations(conformed, ADOPTION) == []
    return found.to_dict("records")


def test_a_week_counts_check_ins_updates_and_early_warnings() -> None:
    # 2026-10-01 is a Thursday; check-ins are due on Fridays.
    weeks = adoption(
        [(1, "high", None), (8, "low", None), (16, "low", 5.0), (57, "low", None)], [(20, 3.0)]
    )
    seen = {row["week_starts_on"]: row for row in weeks}
    assert len(weeks) == 9
    first, second, third = (seen[dt.date(2026, 9, 28) + 7 * n * DAY] for n in range(3))
    assert [first[name] for name in ("on_time", "late", "missed", "called_low")] == [1, 0, 0, 0]
    assert [second[name] for name in ("on_time", "called_low", "called_low_early")] == [1, 1, 1]
    assert [third[name] for name in ("on_time", "late", "called_low_early")] == [0, 1, 1]
    fourth, last = seen[dt.date(2026, 10, 19)], weeks[-1]
    assert [fourth[name] for name in ("updated", "missed")] == [1, 1]
    assert [last[name] for name in ("on_time", "called_low", "called_low_early")] == [1, 1, 0]
    assert sum(row["updated"] for row in weeks) == 5


def test_a_week_has_the_work_of_the_team_and_of_no_other() -> None:
    weeks = [dt.date(2026, 9, 28) + 7 * n * DAY for n in (0, 2)]
    rows = [("Sales", weeks[0], 9, 6, 2, 1), ("Product", weeks[1], 7, 7, 0, 0)]
    columns = ["team", "week_starts_on", *WORK]
    work = pd.DataFrame(rows, columns=columns).astype({"week_starts_on": "datetime64[us]"})
    found = adoption([(1, "high", None)], work=work)
    assert [found[0][name] for name in WORK] == [9, 6, 2, 1]
    assert {tuple(row[name] for name in WORK) for row in found[1:]} == {(0, 0, 0, 0)}
    nobody = adoption([(1, "high", None)], work=work[work["team"] == "Product"])
    assert all(pd.isna(row[name]) for row in nobody for name in WORK)


def test_a_closed_team_leaves_the_weeks_after_it() -> None:
    team = Team("Sales", ends_on=dt.date(2026, 10, 18))
    weeks = adoption([(1, "high", None), (40, "low", None)], team=team)
    assert [row["week_starts_on"] for row in weeks] == [
        dt.date(2026, 9, 28), dt.date(2026, 10, 5), dt.date(2026, 10, 12),
    ]  # fmt: skip
    assert sum(row["called_low"] for row in weeks) == 0


def test_nothing_later_than_the_day_is_known() -> None:
    assert adoption([(40, "low", None)], as_of=Q4.start - DAY) == []
    weeks = adoption([(40, "low", None)], [(41, 2.0)], as_of=Q4.start + 10 * DAY)
    assert sum(row["called_low"] + row["updated"] for row in weeks) == 0


@settings(max_examples=30)
@given(st.lists(st.integers(0, 90), max_size=12), st.lists(st.integers(0, 90), max_size=6))
def test_the_sums_over_weeks_are_those_of_days(said: list[int], read: list[int]) -> None:
    calls = [(day, "low", None) for day in sorted(set(said))]
    weeks = pd.DataFrame(adoption(list(calls), [(day, 1.0) for day in sorted(set(read))]))
    days = {Q4.start + day * DAY for day in said} | {Q4.start + day * DAY for day in read}
    known = {day for day in days if day <= LAST}
    assert weeks["updated"].sum() == len({monday(day) for day in known})
    assert weeks["called_low"].sum() == len({d for d in set(said) if Q4.start + d * DAY <= LAST})
    # Whatever was said when, each week has one answer at most, and one once its grace is over.
    answers = weeks.set_index("week_starts_on")[["on_time", "late", "missed"]].sum(axis=1)
    assert answers.index[-1] == monday(LAST)
    assert set(answers) <= {0, 1}
    over = LAST - (WEEKLY.grace_days + 1) * DAY
    assert (answers[[day + 4 * DAY <= over for day in answers.index]] == 1).all()


def test_a_check_in_before_its_week_counts_once_that_has_begun() -> None:
    saturday = (LAST - Q4.start).days
    calls: list[tuple[int, str | None, float | None]] = [
        (saturday - 5, "low", None),
        (saturday, "low", None),
    ]
    assert adoption(list(calls))[-1]["week_starts_on"] == monday(LAST)
    after = adoption(list(calls), as_of=LAST + 3 * DAY)[-1]
    assert (after["week_starts_on"], after["on_time"]) == (monday(LAST) + 7 * DAY, 1)
