"""From when to when a Key Result was low, and what answered first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.rituals.low_times import Answer, low_times

FIRST = dt.date(2026, 10, 1)
LEVELS = st.sampled_from([None, "high", "medium", "low"])
KINDS: tuple[Answer, ...] = ("check-in", "decision", "definition changed", "new work")


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def row(
    number: int, stated: str | None, computed: str | None, called: int | None = None
) -> dict[str, Any]:
    return {
        "key_result_id": "KR-1",
        "as_of": day(number),
        "stated_confidence": stated,
        "stated_confidence_at": None if called is None else day(called),
        "computed_confidence": computed,
    }


def test_it_begins_with_the_call_and_ends_with_the_first_day_that_is_not_low() -> None:
    rows = [
        row(0, "medium", None, 0),
        row(7, "low", "low", 5),
        row(14, "medium", "low", 12),
        row(21, "medium", "medium", 12),
        row(28, "medium", "low", 12),
    ]
    first, second = low_times(rows, {"kr-1": [(day(4), "decision"), (day(9), "check-in")]})
    assert (first.since, first.said_by, first.until) == (day(5), ("team", "evidence"), day(21))
    assert (first.answered_on, first.answers, first.days) == (day(9), ("check-in",), 4)
    assert (second.since, second.said_by, second.until) == (day(28), ("evidence",), None)
    assert (second.answered_on, second.days) == (None, None)


@pytest.mark.parametrize(
    ("called", "since"), [(3, 3), (None, 7), (0, 7), (9, 7)]
)  # a call that was known before, or is of a later day, did not begin it
def test_a_call_begins_it_only_if_nothing_was_published_since(
    called: int | None, since: int
) -> None:
    (found,) = low_times([row(0, "high", None, 0), row(7, "low", None, called)], {})
    assert found.since == day(since)


def test_the_kinds_of_the_first_day_are_told_together() -> None:
    answers: list[tuple[dt.date, Answer]] = [
        (day(3), "new work"), (day(3), "check-in"), (day(3), "check-in"), (day(4), "decision")
    ]  # fmt: skip
    (found,) = low_times([row(0, None, "low"), row(7, None, "low")], {"kr-1": answers})
    assert (found.days, found.answers) == (3, ("check-in", "new work"))


@given(
    st.lists(st.tuples(LEVELS, LEVELS), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(-2, 14), st.sampled_from(KINDS)), max_size=5),
)
def test_every_low_day_is_in_one_time_and_no_other_day(
    levels: list[tuple[str | None, str | None]], events: list[tuple[int, Answer]]
) -> None:
    rows = [row(at, *both) for at, both in enumerate(levels)]
    told = low_times(rows, {"kr-1": [(day(at), kind) for at, kind in events]})
    held = [
        at
        for one in told
        for at in range(len(rows))
        if one.since <= day(at) and (one.until is None or day(at) < one.until)
    ]
    assert held == [at for at, both in enumerate(levels) if "low" in both]
    for one in told:
        end = one.until or one.last_day
        days = [day(at) for at, _ in events if one.since <= day(at) <= end]
        assert one.answered_on == (min(days) if days else None)
        assert bool(one.answers) == bool(days)
