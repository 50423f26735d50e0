"""Aggregates of issues over windows of local days, against a slow and plain calculation."""

import statistics
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from okr_model.activity.issue_history import read_log
from okr_model.activity.issue_names import read_names
from okr_model.measures.issue_measures import (
    MEASUREMENT_COLUMNS,
    IssueRecords,
    Measure,
    evaluate,
    logged_columns,
    members,
    named_columns,
)
from okr_model.measures.parser import MeasureText
from tests.support.engines import ENGINES, INSTANT, TEXT, at, engine

ISSUE = {
    "id": TEXT,
    "key": TEXT,
    "url": TEXT,
    "project": TEXT,
    "project_id": TEXT,
    "issue_type": TEXT,
    "status": TEXT,
    "status_category": TEXT,
    "priority": TEXT,
    "created_at": INSTANT,
    "resolution": TEXT,
    "resolved_at": INSTANT,
    "gone_at": INSTANT,
}
CHANGE = {
    "id": TEXT,
    "issue_id": TEXT,
    "changed_at": INSTANT,
    "field": TEXT,
    "field_id": TEXT,
    "from_id": TEXT,
    "from_text": TEXT,
    "to_id": TEXT,
    "to_text": TEXT,
}
ZONE = "Asia/Kuala_Lumpur"
DAY = date(2026, 11, 28)
TICKETS = {"issue_type": "Support ticket", "project": "SUP"}


@pytest.fixture(params=ENGINES)
def make(request):
    return engine(request.param)


def ticket(created, resolved, project="SUP", issue_type="Support ticket"):
    return (
        f"{project}-{created}-{resolved}-{issue_type}",
        f"{project}-{created}",
        f"https://example.com/{project}-{created}",
        project,
        f"id of {project}",
        issue_type,
        "Done" if resolved else "Open",
        "done" if resolved else "new",
        "High",
        at(created) if created else None,
        "Done" if resolved else None,
        at(resolved) if resolved else None,
        None,
    )


def measure_of(key_results, where, aggregate, of="resolution time", window_days=28, **more):
    wanted = {
        name: (text,) if isinstance(text, str) else tuple(text) for name, text in where.items()
    }
    what = MeasureText("", "issues", aggregate, of, where=wanted, window_days=window_days, **more)
    return Measure(tuple(key_results), what, f"jira {aggregate}")


def measured(make, measure, issues, days=(DAY,), zone=ZONE, changes=()):
    found = evaluate(measure, records_of(make, measure, issues, changes), days, zone)
    assert list(found.columns) == MEASUREMENT_COLUMNS
    return found


def records_of(make, measure, issues, changes=()):
    frame, log = make(ISSUE, issues), make(CHANGE, changes)
    names = read_names(frame.with_columns(seen_at="created_at"), log, named_columns([measure]))
    return IssueRecords(frame, read_log(log, logged_columns([measure]), names), names)


def values(frame):
    return dict(zip(frame["date"].dt.date, frame["value"], strict=True))


FOUR = [
    ticket("2026-11-01T00:00", "2026-11-01T02:00"),
    ticket("2026-11-02T00:00", "2026-11-02T04:00"),
    ticket("2026-11-03T00:00", "2026-11-03T06:00"),
    ticket("2026-11-04T00:00", "2026-11-04T12:00"),
]


@pytest.mark.parametrize(
    ("aggregate", "hours"),
    [("median", 5), ("mean", 6), ("sum", 24), ("p0", 2), ("p90", 10.2), ("p100", 12)],
)
def test_each_aggregate_of_resolution_time_is_in_hours(make, aggregate, hours):
    found = measured(make, measure_of(("KR-17",), TICKETS, aggregate), FOUR)
    (row,) = found.to_dict("records")
    assert row["value"] == pytest.approx(hours)
    assert (row["unit"], row["n"], row["measure"]) == ("hours", 4, f"jira {aggregate}")


def test_a_value_says_in_words_what_was_measured(make):
    (row,) = measured(make, measure_of(("KR-17",), TICKETS, "median"), FOUR).to_dict("records")
    assert row["field"] == (
        "median resolution time of 4 Jira issues where issue_type = Support ticket and "
        "project = SUP, resolved 2026-11-01 to 2026-11-28"
    )
    assert row["record_id"] == "Jira issues where issue_type = Support ticket and project = SUP"
    assert (row["key_result_id"], row["source"]) == ("KR-17", "jira")
    assert row["date"] == pd.Timestamp("2026-11-28")


def test_the_window_is_whole_local_days_up_to_and_including_the_day(make):
    edges = [
        ticket("2026-10-01T00:00", "2026-10-31T15:59:59"),  # the day before the window
        ticket("2026-10-31T14:00", "2026-10-31T16:00"),
        ticket("2026-11-28T11:59:59", "2026-11-28T15:59:59"),
        ticket("2026-10-01T00:00", "2026-11-28T16:00"),  # the day after
    ]
    found = measured(make, measure_of(("KR-17",), TICKETS, "median"), edges)
    assert (found["n"].tolist(), found["value"].tolist()) == ([2], [3.0])


def test_months_with_a_clock_change_have_all_their_hours(make):
    one = [ticket("2026-10-10T12:00", "2026-11-10T12:00")]
    found = measured(make, measure_of(("KR-17",), {}, "mean"), one, [date(2026, 11, 10)])
    assert found["value"].tolist() == [31 * 24]


def test_only_selected_issues_count_in_any_letter_case(make):
    others = [
        ticket("2026-11-01T00:00", "2026-11-09T00:00", project="WEB"),
        ticket("2026-11-01T00:00", "2026-11-09T00:00", issue_type="Bug"),
        ticket("2026-11-01T00:00", None),
        ticket("2026-11-09T00:00", "2026-11-01T00:00"),  # resolved before it was created
        ticket(None, "2026-11-01T00:00"),
    ]
    measure = measure_of(("KR-17",), {"issue_type": "support TICKET", "project": ["sup"]}, "median")
    found = measured(make, measure, [*FOUR, *others])
    assert (found["n"].tolist(), found["value"].tolist()) == ([4], [5.0])


@pytest.mark.thorough
@pytest.mark.parametrize("named", ["İstek", "ΟΔΟΣ", "Straße"])
def test_case_is_folded_in_one_way_whatever_the_engine_does(make, named):
    issues = [ticket("2026-11-01T00:00", "2026-11-01T02:00", issue_type=named), *FOUR]
    for asked in (named, named.casefold(), named.upper()):
        measure = measure_of(("KR-17",), {"issue_type": asked}, "mean")
        found = measured(make, measure, issues)
        assert (found["n"].tolist(), found["value"].tolist()) == ([1], [2.0])


def test_several_values_select_any_of_them(make):
    issues = [*FOUR, ticket("2026-11-01T00:00", "2026-11-01T01:00", project="WEB")]
    measure = measure_of(("KR-17",), {"project": ["SUP", "WEB"]}, "p0")
    (row,) = measured(make, measure, issues).to_dict("records")
    assert (row["value"], row["n"]) == (1.0, 5)
    assert "where project in (SUP, WEB)" in row["field"]


def test_a_day_without_issues_in_its_window_has_no_resolution_time(make):
    measure = measure_of(("KR-17",), TICKETS, "median", window_days=1)
    days = [date(2026, 11, 5), date(2026, 11, 2), date(2026, 11, 2)]
    assert values(measured(make, measure, FOUR, days)) == {date(2026, 11, 2): 4.0}
    assert measured(make, measure, FOUR, []).empty
    assert measured(make, measure, []).empty


def test_a_count_of_none_is_zero_unless_the_selection_holds_nothing_at_all(make):
    days = [date(2026, 11, 2), date(2026, 11, 20)]
    measure = measure_of(("KR-17",), TICKETS, "count", "resolved issues", window_days=7)
    found = measured(make, measure, FOUR, days)
    assert values(found) == {days[0]: 2.0, days[1]: 0.0}
    assert set(found["unit"]) == {"count"}
    assert found["field"].tolist()[1].startswith("number of Jira issues where issue_type")
    assert values(measured(make, measure, FOUR, days[1:])) == {days[1]: 0.0}
    slip = measure_of(("KR-17",), {"project": "SUPP"}, "count", "resolved issues")
    assert measured(make, slip, FOUR, days).empty


def test_created_issues_are_counted_by_their_creation(make):
    measure = measure_of(("KR-17",), {}, "count", "created issues", window_days=1)
    issues = [ticket("2026-11-01T15:59", None), ticket("2026-11-01T16:00", "2026-11-20T00:00")]
    days = [date(2026, 11, 1), date(2026, 11, 2)]
    assert values(measured(make, measure, issues, days)) == dict.fromkeys(days, 1.0)


def change(number, day, field, old, new, issue=FOUR[0], ids=(None, None)):
    return (f"{number}", issue[0], at(day), field, None, ids[0], old, ids[1], new)


def test_an_issue_that_was_reopened_counts_on_the_days_it_was_resolved(make):
    issue = (*ticket("2026-11-01T00:00", None)[:-4], at("2026-11-01T00:00"), None, None, None)
    log = [
        change(1, "2026-11-03T00:00", "resolution", None, "Done", issue),
        change(2, "2026-11-05T00:00", "resolution", "Done", None, issue),
    ]
    days = [date(2026, 11, day) for day in range(2, 7)]
    measure = measure_of(("KR-17",), TICKETS, "median")
    found = measured(make, measure, [*FOUR[:1], issue], days, changes=log)
    assert found["n"].tolist() == [1, 2, 2, 1, 1]  # days of Kuala Lumpur end at 16:00 UTC
    assert found["value"].tolist() == [2, 25, 25, 2, 2]


def test_an_issue_counts_as_what_it_was_on_the_day(make):
    log = [
        change(1, "2026-11-04T00:00", "issuetype", "Bug", "Support ticket"),
        change(2, "2026-11-08T00:00", "project", "Shop", "Support", ids=("7", "id of SUP")),
        change(3, "2026-11-08T00:00", "Key", "WEB-9", "SUP-1"),
    ]
    days = [date(2026, 11, day) for day in (2, 4, 7, 8)]
    for where, counts in (
        (TICKETS, [0, 0, 0, 1]),
        ({"issue_type": "Support ticket"}, [0, 1, 1, 1]),
        ({"issue_type": "Bug"}, [1, 0, 0, 0]),
        ({"project": "web"}, [1, 1, 1, 0]),
    ):
        measure = measure_of(("KR-17",), where, "count", "resolved issues")
        found = measured(make, measure, FOUR[:1], days, changes=log)
        assert (found["n"].tolist() or [0, 0, 0, 0]) == counts


def test_a_share_and_a_ratio_divide_counts(make):
    issues = [*FOUR, ticket("2026-11-05T00:00", "2026-11-05T01:00", issue_type="Bug")]
    text = "share of (issue_type = Bug) of resolved issues from jira where project = SUP"
    (row,) = measured(make, Measure.of(text, "KR-17"), issues).to_dict("records")
    assert (row["value"], row["unit"], row["n"]) == (20.0, "%", 5)
    assert row["field"].startswith("share with issue_type = Bug of 5 Jira issues where project")
    text = "ratio of (issue_type = Bug) to (priority = High) of resolved issues from jira"
    (row,) = measured(make, Measure.of(text, "KR-17"), issues).to_dict("records")
    assert (row["value"], row["unit"], row["n"]) == (0.2, "x", 5)
    text = "share of (issue_type = Bug) of resolved issues from jira where project = WEB"
    assert measured(make, Measure.of(text, "KR-17"), issues).empty


def test_issues_are_counted_as_of_the_day(make):
    log = [change(1, "2026-11-04T12:00", "status", "Open", "Done", FOUR[3])]
    text = "share of (status_category = done) of issues from jira"
    days = [date(2026, 11, 3), date(2026, 11, 4)]
    issues = [FOUR[3], ticket("2026-11-03T10:00", None)]
    found = measured(make, Measure.of(text, "KR-17"), issues, days, changes=log)
    assert found["value"].tolist() == [0.0, 50.0]
    assert found["field"].tolist()[0].endswith("1 Jira issue, as they were on 2026-11-03")


def test_time_between_two_states_is_that_of_the_log(make):
    log = [
        change(1, "2026-11-02T01:00", "status", "To Do", "In Progress", FOUR[1]),
        change(2, "2026-11-06T09:30", "status", "In Progress", "Done", FOUR[1]),
    ]
    for words, hours, unit in (
        ("time", 104.5, "hours"),
        # Mon 09:00 in Kuala Lumpur to Fri 17:30: five working days, the last one ends at 17:00
        ("business time", 40.0, "working hours"),
    ):
        text = f'median of {words} from "In Progress" to Done from jira over 7 days'
        found = measured(
            make, Measure.of(text, "KR-17"), FOUR[1:2], [date(2026, 11, 6)], changes=log
        )
        assert (found["value"].tolist(), found["unit"].tolist()) == ([hours], [unit])


def test_an_issue_that_was_deleted_counts_on_the_days_before(make):
    gone = (*FOUR[0][:-1], at("2026-11-05T00:00"))
    measure = measure_of(("KR-17",), {}, "count", "resolved issues")
    days = [date(2026, 11, 4), date(2026, 11, 5)]
    assert measured(make, measure, [gone], days)["n"].tolist() == [1, 0]


def test_each_key_result_gets_the_value(make):
    found = measured(make, measure_of(("KR-2", "KR-17"), TICKETS, "median"), FOUR)
    assert found["key_result_id"].tolist() == ["KR-17", "KR-2"]
    assert found["value"].tolist() == [5.0, 5.0]


def test_the_issues_behind_a_value_are_shown_longest_first(make):
    measure = measure_of(("KR-17",), TICKETS, "median", window_days=2)
    records = records_of(make, measure, FOUR)
    rows = members(measure, records, date(2026, 11, 3), ZONE)
    assert rows.to_dict("records") == [
        {
            "key": f"SUP-2026-11-0{day}T00:00",
            "url": f"https://example.com/SUP-2026-11-0{day}T00:00",
            "created_at": pd.Timestamp(f"2026-11-0{day}T00:00Z"),
            "resolved_at": pd.Timestamp(f"2026-11-0{day}T0{hours}:00Z"),
            "hours": hours,
        }
        for day, hours in ((3, 6.0), (2, 4.0))
    ]
    found = evaluate(measure, records, [date(2026, 11, 3)], ZONE)
    assert found["value"].tolist() == [rows["hours"].median()]


def test_the_issues_behind_a_count_may_be_unresolved(make):
    measure = measure_of(("KR-17",), {}, "count", "created issues")
    records = records_of(make, measure, [ticket("2026-11-20T00:00", None)])
    rows = members(measure, records, DAY, ZONE)
    assert rows["hours"].isna().tolist() == [True]


def local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def plain_median(issues, day, days, zone):
    """One issue after another, each by the calendar day it was resolved on."""
    hours = [
        (resolved - created).total_seconds() / 3600
        for *_, created, _resolution, resolved, _gone in issues
        if day - timedelta(days=days - 1) <= local_day(resolved, zone) <= day
        and resolved >= created
    ]
    return statistics.median(hours) if hours else None


minutes = st.integers(0, 40 * 24 * 60)
lived = st.builds(
    lambda start, length: (
        f"{start} {length}",
        f"SUP-{start}",
        None,
        "SUP",
        "id of SUP",
        "Bug",
        "Done",
        "done",
        "High",
        at("2026-10-10T00:00") + timedelta(minutes=start),
        "Done",
        at("2026-10-10T00:00") + timedelta(minutes=start + length),
        None,
    ),
    minutes,
    st.integers(-60, 20 * 24 * 60),
)


@pytest.mark.thorough
@given(
    st.lists(lived, min_size=10, max_size=60, unique_by=lambda issue: issue[0]),
    st.integers(1, 28),
    st.sampled_from([ZONE, "America/New_York", "Asia/Kathmandu", "UTC"]),
)
@settings(max_examples=15, phases=[Phase.generate])
def test_windows_agree_with_a_plain_calculation(issues, window_days, zone):
    days = [date(2026, 10, 20) + timedelta(days=n) for n in range(25)]
    plain = {day: plain_median(issues, day, window_days, zone) for day in days}
    expected = {day: value for day, value in plain.items() if value is not None}
    measure = measure_of(("KR-1",), {"issue_type": "Bug"}, "median", window_days=window_days)
    for name in ENGINES:
        found = values(measured(engine(name), measure, issues, days, zone))
        assert found == pytest.approx(expected)
