"""What happened in initiatives by week."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd
import pytest

from okr_model.activity.events_by_week import (
    AUTHORED_COLUMNS,
    BULK_ISSUES,
    Weeks,
    events_by_week,
    totals_by_week,
)
from okr_model.activity.initiative_weeks import (
    INITIATIVE,
    WorkLog,
    initiative_weeks,
    no_initiative_weeks,
    with_key_results,
)
from okr_model.activity.issue_names import IssueNames, known_names
from okr_model.activity.issue_tree import Frame, initiative_issues
from tests.support.engines import ENGINES, INSTANT, TEXT, ToFrame, at, engine

ZONE = "America/New_York"  # clocks go back on 1 November 2026
FIRST, AS_OF = dt.date(2026, 10, 14), dt.date(2026, 11, 12)
WEEKS = Weeks.of_cycles([FIRST, dt.date(2027, 1, 1)], AS_OF, ZONE)
STATUSES = {"1": "new", "2": "indeterminate", "3": "done", "4": "indeterminate", "5": "done"}
BLOCKED = "4"
NAMES = {"1": "To Do", "2": "Doing", "3": "Done", "4": "On hold", "5": "Shipped"}

ISSUE = {
    **dict.fromkeys(("id", "parent_id", "status", "status_id"), TEXT),
    **dict.fromkeys(("creator_id", "creator_type"), TEXT),
    "created_at": INSTANT,
}
CHANGE = {name: INSTANT if name == "changed_at" else TEXT for name in AUTHORED_COLUMNS}
_KNOWN = pd.DataFrame(
    [("status", id_, "name", name, pd.NaT, True) for id_, name in NAMES.items()],
    columns=["column", "id", "kind", "name", "seen", "read"],
).astype({"seen": "datetime64[us]"})


class Issue(NamedTuple):
    id: str
    parent: str | None = None
    status: str = "1"
    created: dt.datetime = at("2026-07-01T12:00")
    creator: str | None = "mia"
    account: str | None = "atlassian"


class Change(NamedTuple):
    issue: str
    when: dt.datetime
    old: str = "1"
    new: str = "2"
    author: str | None = "mia"
    account: str | None = "atlassian"
    field: str = "status"


def kept(make: ToFrame, rows: Frame) -> Frame:
    """The rows, computed once, as the run keeps them."""
    found = rows.collect("pyarrow").to_native()
    types = {field.name: field.type for field in found.schema}
    return make(types, [tuple(row.values()) for row in found.to_pylist()])


def ids_of(changes: Sequence[Change]) -> Iterator[str]:
    """Numbers that rise within each issue, and are the other way round as texts: 9, 80, 700."""
    issues = [*dict.fromkeys(one.issue for one in changes)]
    counted: Counter[str] = Counter()
    for one in changes:
        entry, item = divmod(counted[one.issue], 9)
        yield f"{100 * issues.index(one.issue) + entry}:{9 - item}{'0' * item}"
        counted[one.issue] += 1


def weeks_of(
    name: str,
    issues: Sequence[Issue],
    changes: Sequence[Change],
    roots: Iterable[str] = ("epic",),
    weeks: Weeks = WEEKS,
) -> list[dict[str, Any]]:
    make = engine(name)
    held = make(
        ISSUE,
        [(i.id, i.parent, NAMES[i.status], i.status, i.creator, i.account, i.created)
         for i in issues],
    )  # fmt: skip
    rows = [
        {
            "id": id_,
            "issue_id": one.issue,
            "changed_at": one.when,
            "field": "Stand",  # translated; the id tells what it is
            "field_id": one.field,
            "from_id": one.old,
            "from_text": NAMES.get(one.old),
            "to_id": one.new,
            "to_text": NAMES.get(one.new),
            "author_id": one.author,
            "author_type": one.account,
        }
        for id_, one in zip(ids_of(changes), changes, strict=True)
    ]
    log = make(CHANGE, [tuple(row[name] for name in CHANGE) for row in rows])
    initiatives = make(
        {"issue_id": TEXT, "initiative_id": TEXT}, [(root, f"jira:{root}") for root in roots]
    )
    members = kept(make, initiative_issues(held, initiatives))
    names = IssueNames(known_names(_KNOWN), STATUSES)
    links = make({"issue_id": TEXT, "key_result_id": TEXT}, [])
    events = kept(make, events_by_week(held, log, links, STATUSES, weeks))
    subjects = members.select("issue_id", kind=nw.lit(INITIATIVE), subject="initiative_id")
    work = WorkLog(
        issues=held,
        changes=log,
        names=names,
        statuses=STATUSES,
        members=members,
        events=events,
        totals=totals_by_week(subjects, events, weeks),
    )
    found = initiative_weeks(work, ["on hold"], weeks)
    pd.testing.assert_series_equal(found.dtypes, no_initiative_weeks().dtypes)
    return found.to_dict("records")


@pytest.fixture(params=ENGINES)
def on(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def only(rows: list[dict[str, Any]], monday: str) -> dict[str, Any]:
    (found,) = [row for row in rows if f"{row['week_starts_on']:%Y-%m-%d}" == monday]
    return found


def test_a_week_is_monday_to_sunday_of_the_zone_and_ends_with_the_day(on: str) -> None:
    assert WEEKS.mondays[0] == dt.date(2026, 10, 12)
    assert len(WEEKS.mondays) == 5
    changes = [
        Change("epic", at("2026-10-12T03:59:59")),  # still Sunday: before the first week
        Change("epic", at("2026-10-12T04:00")),
        Change("epic", at("2026-11-02T04:59:59")),  # Sunday: the clocks have gone back
        Change("epic", at("2026-11-02T05:00")),
        Change("epic", at("2026-11-13T04:59:59")),
        Change("epic", at("2026-11-13T05:00")),  # after the day
    ]
    rows = weeks_of(on, [Issue("epic", status="2")], changes)
    assert [(f"{row['week_starts_on']:%m-%d}", row["activity"]) for row in rows] == [
        ("10-12", 1), ("10-26", 1), ("11-02", 1), ("11-09", 1),
    ]  # fmt: skip


def test_done_and_reopened_are_moves_and_each_issue_counts_once_a_week(on: str) -> None:
    changes = [
        Change("a", at("2026-10-20T12:00"), "1", "2"),
        Change("a", at("2026-10-21T12:00"), "2", "3"),
        Change("a", at("2026-10-22T12:00"), "3", "2", author="tom"),
        Change("a", at("2026-10-23T12:00"), "2", "5", author="tom"),
        Change("a", at("2026-10-23T13:00"), "5", "3"),  # from done to done
        Change("b", at("2026-10-23T12:00"), "1", "3"),  # never in progress: no cycle time
        Change("b", at("2026-10-29T12:00"), "3", "9"),  # to a status that nobody knows
    ]
    issues = [Issue("epic"), Issue("a", "epic", "3"), Issue("b", "a", "1")]
    rows = weeks_of(on, issues, changes)
    week = only(rows, "2026-10-19")
    assert [week[n] for n in ("done", "reopened", "people", "activity")] == [2, 1, 2, 6]
    assert week["cycle_time"] == 3.0
    assert [only(rows, "2026-10-26")[n] for n in ("done", "reopened")] == [0, 1]


def test_what_an_app_does_is_told_apart_and_counts_nowhere_else(on: str) -> None:
    issues = [Issue("epic"), Issue("a", "epic", created=at("2026-10-20T12:00"), account="app")]
    changes = [
        Change("a", at("2026-10-21T12:00"), "1", "2"),
        Change("a", at("2026-10-22T12:00"), "2", "3", author="bot", account="app"),
        Change("a", at("2026-10-23T12:00"), author=None, account=None, field="summary"),
    ]
    (week,) = weeks_of(on, issues, changes)
    assert [week[n] for n in ("created", "done", "activity", "people", "automatic")] == [
        0, 0, 2, 1, 2,
    ]  # fmt: skip
    assert pd.isna(week["cycle_time"])


@pytest.mark.parametrize(("touched", "counted"), [(BULK_ISSUES - 1, 9), (BULK_ISSUES, 0)])
def test_one_author_in_ten_issues_within_a_minute_is_a_bulk_edit(
    on: str, touched: int, counted: int
) -> None:
    issues = [Issue("epic"), *(Issue(f"i{n}", "epic") for n in range(12))]
    changes = [
        Change(f"i{n}", at(f"2026-10-20T12:00:{n:02}"), author="bulk") for n in range(touched)
    ]
    # As many at once by several people, or by one person in one issue or in several minutes.
    free = [
        *(Change(f"i{n}", at("2026-10-20T12:00"), author=f"p{n}") for n in range(12)),
        *(Change("i0", at(f"2026-10-20T12:00:{n:02}"), author="p0") for n in range(12)),
        *(Change(f"i{n}", at(f"2026-10-20T13:{n:02}"), author="p0") for n in range(12)),
        *(Change(f"i{n}", at("2026-10-20T12:00"), author=None, account=None) for n in range(12)),
    ]
    (week,) = weeks_of(on, issues, changes + free)
    assert week["activity"] == counted + len(free)
    assert week["automatic"] == touched - counted
    assert week["people"] == 12 + (counted > 0)


def test_blocked_days_are_those_at_whose_end_any_issue_is_blocked(on: str) -> None:
    hold = [
        Change("a", at("2026-10-20T12:00"), "2", BLOCKED, account="app"),
        Change("a", at("2026-10-22T12:00"), BLOCKED, "2"),
        Change("a", at("2026-10-24T12:00"), "2", BLOCKED),
        Change("a", at("2026-10-24T18:00"), BLOCKED, "2"),  # not at the day's end
        Change("b", at("2026-10-21T12:00"), "2", BLOCKED),  # the same days count once
        Change("b", at("2026-10-27T12:00"), BLOCKED, "2"),
        Change("c", at("2026-11-20T12:00"), BLOCKED, "2"),  # created blocked; left after the day
    ]
    issues = [
        Issue("epic"), Issue("a", "epic", "2"), Issue("b", "epic", "2"),
        Issue("c", "epic", "2", created=at("2026-11-04T12:00")),
        Issue("d", None, BLOCKED, created=at("2026-11-11T23:00")),
    ]  # fmt: skip
    rows = weeks_of(on, issues, hold, ("epic", "d"))
    found = {
        (row["initiative_id"], f"{row['week_starts_on']:%m-%d}"): row["blocked_days"]
        for row in rows
    }
    assert found == {
        ("jira:epic", "10-19"): 6,  # 20 to 25 October
        ("jira:epic", "10-26"): 1,
        ("jira:epic", "11-02"): 5,
        ("jira:epic", "11-09"): 4,  # up to the day
        ("jira:d", "11-09"): 2,
    }


def test_changes_of_the_same_instant_follow_each_other_by_the_numbers_of_the_log(on: str) -> None:
    created = at("2026-10-20T12:00")
    issues = [Issue("epic"), Issue("a", "epic", "2"), Issue("b", "epic", "3", created)]
    changes = [
        Change("epic", created, field="summary"),
        Change("a", at("2026-11-10T12:00"), "1", BLOCKED),
        Change("a", at("2026-11-10T12:00"), BLOCKED, "2"),
        Change("b", at("2026-10-23T12:00"), "2", "3"),
        Change("b", at("2026-10-22T12:00"), "2", "1"),  # created in progress
        Change("b", at("2026-10-22T12:00"), "1", "2"),
    ]
    rows = weeks_of(on, issues, changes)
    assert only(rows, "2026-10-19")["cycle_time"] == 3.0
    assert only(rows, "2026-11-09")["blocked_days"] == 0


def test_created_in_progress_is_begun_when_created(on: str) -> None:
    issues = [Issue("epic"), Issue("a", "epic", "3", created=at("2026-10-20T12:00"))]
    changes = [
        Change("a", at("2026-10-22T12:00"), "2", "4"),
        Change("a", at("2026-10-25T12:00"), "4", "3"),
    ]
    assert only(weeks_of(on, issues, changes), "2026-10-19")["cycle_time"] == 5.0


def test_nothing_has_no_row_and_no_cycle_no_week(on: str) -> None:
    assert weeks_of(on, [Issue("epic")], []) == []
    assert weeks_of(on, [], []) == []
    assert Weeks.of_cycles([FIRST], FIRST - dt.timedelta(1), ZONE).mondays == ()


def test_key_results_are_those_served_at_the_end_of_the_week_or_unknown() -> None:
    mondays = [dt.date(2026, 10, 12) + dt.timedelta(7 * n) for n in range(5)]
    rows = no_initiative_weeks().reindex(range(5))
    rows["initiative_id"], rows["week_starts_on"] = "jira:1", pd.to_datetime(mondays)
    rows = rows.astype({"initiative_id": "str", "week_starts_on": "datetime64[us]"})
    spans = [
        ("jira:1", "KR-1", "active", "2026-10-22", "2026-11-02"),
        ("jira:1", "KR-2", "active", "2026-10-22", "2026-10-25"),  # gone by the Sunday
        ("jira:1", "KR-3", "rejected", "2026-10-22", None),
        ("jira:2", "KR-1", "active", "2026-10-22", None),
    ]
    columns = ["initiative_id", "key_result_id", "state", "valid_from", "valid_to"]
    history = pd.DataFrame(spans, columns=columns)
    for name in columns[3:]:
        history[name] = pd.to_datetime(history[name]).dt.date
    now = pd.DataFrame(
        [("jira:1", "KR-1", "active"), ("jira:1", "KR-4", "active")], columns=columns[:3]
    )
    found = with_key_results(rows, now, history, AS_OF)
    told = [None if pd.isna(one) else int(one) for one in found["key_results"]]
    assert told == [None, 1, 1, 0, 2]
    assert [None if pd.isna(one) else bool(one) for one in found["linked"]] == [
        None, True, True, False, True,
    ]  # fmt: skip
    assert with_key_results(rows[:0], now, history, AS_OF).empty
    first = with_key_results(rows, now, history[:0], AS_OF)["key_results"]
    assert first.isna().tolist() == [True] * 4 + [False]
