"""Every count of what happened in initiatives, beside a slow count in plain Python."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from okr_model.activity.events_by_week import (
    BULK_ISSUES,
)
from tests.okr_model.activity.test_initiative_weeks import (
    AS_OF,
    STATUSES,
    WEEKS,
    ZONE,
    Change,
    Issue,
    weeks_of,
)
from tests.support.engines import ENGINES, at


def day_of(when: dt.datetime) -> dt.date:
    return when.astimezone(ZoneInfo(ZONE)).date()


def roots_of(issue: str, parents: dict[str, str | None], roots: Sequence[str]) -> set[str]:
    """The initiatives that an issue is in, up to six levels above it."""
    seen: list[str] = []
    name: str | None = issue
    while name is not None and name not in seen and len(seen) < 7:
        seen.append(name)
        name = parents[name]
    return {one for one in seen if one in roots}


def begun(issue: Issue, changes: Sequence[Change]) -> dt.datetime | None:
    """When an issue was first in progress."""
    moves = [one for one in changes if one.issue == issue.id and one.field == "status"]
    if moves and STATUSES[moves[0].old] == "indeterminate":
        return issue.created
    return next((one.when for one in moves if STATUSES[one.new] == "indeterminate"), None)


def slow(
    issues: Sequence[Issue], changes: Sequence[Change], roots: Sequence[str]
) -> dict[Any, Any]:
    """The same rows, event by event."""
    parents, by_id = {one.id: one.parent for one in issues}, {one.id: one for one in issues}
    events: list[tuple[Any, ...]] = [
        *((c.when, c.author, c.account, c.issue, c) for c in changes),
        *((i.created, i.creator, i.account, i.id, None) for i in issues),
    ]
    events = [one for one in events if WEEKS.mondays[0] <= day_of(one[0]) <= AS_OF]
    minutes: dict[Any, set[str]] = defaultdict(set)
    for when, author, _, issue, _ in events:
        minutes[author, when.replace(second=0)].add(issue)
    numbers: dict[Any, Counter[str]] = defaultdict(Counter)
    done: dict[Any, dict[str, dt.datetime]] = defaultdict(dict)
    sets: dict[Any, set[Any]] = defaultdict(set)
    for when, author, account, issue, change in sorted(events, key=lambda one: one[0]):
        bulk = author is not None and len(minutes[author, when.replace(second=0)]) >= BULK_ISSUES
        automatic = account == "app" or bulk
        for root in roots_of(issue, parents, roots):
            key = (f"jira:{root}", day_of(when) - dt.timedelta(day_of(when).weekday()))
            numbers[key]["automatic" if automatic else "activity"] += 1
            numbers[key]["created"] += change is None and not automatic
            if automatic:
                continue
            sets[*key, "people"] |= {author} - {None}
            if change and change.field == "status":
                was, now = (STATUSES[side] == "done" for side in (change.old, change.new))
                done[key] |= {issue: when} if now and not was else {}
                sets[*key, "reopened"] |= {issue} if was and not now else set()
    found = {}
    for key, count in numbers.items():
        began = {issue: begun(by_id[issue], changes) for issue in done[key]}
        times = [
            (when - start) / dt.timedelta(1)
            for issue, when in done[key].items()
            if (start := began[issue]) is not None and start <= when
        ]
        found[key] = (
            *(count[name] for name in ("activity", "created", "automatic")),
            *(len(one) for one in (done[key], sets[*key, "reopened"], sets[*key, "people"])),
            round(statistics.median(times), 6) if times else None,
        )
    return found


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Issue], list[Change], list[str]]:
    """Issues in a tree, and logs in which each status follows from the one before."""
    minutes = st.integers(0, 36 * 24 * 60)
    coarse = draw(st.sampled_from([1, 3, 18])) * 24 * 60  # the latter make bulk edits

    def instant(_: str) -> dt.datetime:
        return at("2026-10-10T00:00") + dt.timedelta(minutes=draw(minutes) // coarse * coarse)

    number = draw(st.integers(1, 16))
    authors = st.sampled_from(["mia", "tom", None])
    accounts = st.sampled_from(["atlassian", "atlassian", "app", None])
    issues, changes = [], []
    anything = st.lists(st.sampled_from(["1", "2", "3", "5"]), min_size=1, max_size=5)
    paths = anything | st.just(["2", "1", "2", "3"])  # which tells in what order it was begun
    for n in range(number):
        parent = draw(st.sampled_from([None, *(one.id for one in issues)]))
        path = draw(paths)
        apart = draw(st.integers(0, 1))  # or several changes in the same instant
        times = [
            when + dt.timedelta(seconds=k * apart)
            for k, when in enumerate(sorted(map(instant, path)))
        ]
        issues.append(Issue(f"i{n}", parent, path[-1], times[0], draw(authors), draw(accounts)))
        for old, new, when in zip(path, path[1:], times[1:], strict=False):
            changes.append(Change(f"i{n}", when, old, new, draw(authors), draw(accounts)))
        if draw(st.booleans()):
            change = Change(f"i{n}", times[-1], "2", "3", draw(authors), field="summary")
            changes.append(change)
    return issues, changes, draw(st.lists(st.sampled_from(issues), unique=True).map(
        lambda found: [one.id for one in found]
    ))  # fmt: skip


COUNTED = ("activity", "created", "automatic", "done", "reopened", "people")


_NOON = at("2026-10-22T12:00")
AT_ONCE = (
    [Issue("i0", None, "3", at("2026-10-20T12:00"))],
    [Change("i0", _NOON, "2", "1"), Change("i0", _NOON, "1", "2"),
     Change("i0", at("2026-10-23T12:00"), "2", "3")],
    ["i0"],
)  # fmt: skip


@example(AT_ONCE, "duckdb")
@example(AT_ONCE, "pandas")
@settings(max_examples=15)
@given(histories(), st.sampled_from(ENGINES))
def test_every_count_is_that_of_a_slow_count(
    history: tuple[list[Issue], list[Change], list[str]], name: str
) -> None:
    issues, changes, roots = history
    rows = weeks_of(name, issues, changes, roots)
    found = {
        (row["initiative_id"], row["week_starts_on"].date()): (
            *(row[what] for what in COUNTED),
            None if pd.isna(row["cycle_time"]) else round(row["cycle_time"], 6),
        )
        for row in rows
    }
    assert found == slow(issues, changes, roots)
    assert all(row["blocked_days"] == 0 for row in rows)
