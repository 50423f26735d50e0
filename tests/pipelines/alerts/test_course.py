"""One alert and one recovery for each cause, whatever the sequence of nights."""

import datetime as dt
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipelines.alerts.causes import Cause, Kind
from pipelines.alerts.course import (
    Course,
    advance,
    delivered,
    due,
    is_open,
    without_addresses,
)
from pipelines.alerts.digest import messages

NOW = dt.datetime(2026, 11, 1, 2, tzinfo=dt.UTC)
JIRA = Cause(Kind.SOURCE_STALE, "jira", "Restore jira.", "jira is down.", None, ("KR-1", "KR-2"))
LATE = Cause(Kind.LATE, "", "Begin earlier.", "Late.")
CAUSES = (JIRA, LATE, Cause(Kind.VOLUME, "rows of jira DEL", "Look.", "Few."))

Night = tuple[list[Cause], set[Kind], set[str]]
nights = st.lists(
    st.tuples(
        st.lists(st.sampled_from(CAUSES), unique=True),
        st.sets(st.sampled_from([cause.kind for cause in CAUSES])),
        st.sets(st.sampled_from(["a", "b"])),
    ),
    max_size=12,
)


@given(nights)
def test_alerts_and_recoveries_alternate_for_every_address(sequence: list[Night]) -> None:
    courses: list[Course] = []
    said: dict[tuple[str, str], list[bool]] = {}
    for number, (found, judged, up) in enumerate(sequence):
        courses = advance(courses, found, judged, NOW + dt.timedelta(days=number))
        assert max(Counter(one.cause.id for one in courses).values(), default=1) == 1
        assert {one.id for one in found} <= {one.cause.id for one in courses if is_open(one)}
        for one in due(courses, ["a", "b"]):
            for message in messages(one):
                if one.address in up:
                    for cause in message.ids:
                        said.setdefault((one.address, cause), []).append(message.ended)
                    courses = delivered(courses, one.address, message.ids, ended=message.ended)
        for told in said.values():
            assert told == [bool(place % 2) for place in range(len(told))]


def test_nothing_is_due_after_it_was_told() -> None:
    courses = delivered(advance([], [JIRA], set(), NOW), "a", [JIRA.id], ended=False)
    assert due(advance(courses, [JIRA], set(Kind), NOW), ["a"]) == []


def test_what_a_run_could_not_judge_stays_open() -> None:
    courses = delivered(advance([], [JIRA], set(), NOW), "a", [JIRA.id], ended=False)
    assert is_open(advance(courses, [], {Kind.LATE}, NOW)[0])
    assert not is_open(advance(courses, [], {Kind.SOURCE_STALE}, NOW)[0])


def test_the_end_of_what_nobody_was_told_is_not_told() -> None:
    assert advance(advance([], [JIRA], set(), NOW), [], set(Kind), NOW) == []


def test_an_address_that_the_settings_no_longer_name_is_forgotten() -> None:
    courses = delivered(advance([], [JIRA], set(), NOW), "a", [JIRA.id], ended=False)
    assert without_addresses(courses, {"b"})[0].told == ()


def test_the_first_line_says_what_to_do_and_the_rest_what_happened() -> None:
    (one,) = due(advance([], [JIRA], set(), NOW), ["a"])
    (message,) = messages(one)
    assert message.title == "Restore jira"
    assert message.body.splitlines() == [
        "Restore jira.",
        "jira is down.",
        "Cause: source stale: jira",
        "Since: 2026-11-01 02:00 UTC",
        "Key Results that depend on it: KR-1, KR-2",
        "Manual: docs/alerts.md#source-stale",
        "To verify: okr doctor; then okr sync publishes, and a message says that it is over.",
    ]


def test_many_causes_come_as_one_digest() -> None:
    many = [Cause(Kind.PLACE_STALE, f"jira P{n}", f"Share P{n}.", "Gone.") for n in range(4)]
    (one,) = due(advance([], many, set(), NOW), ["a"])
    (message,) = messages(one)
    assert message.title == "4 causes; begin with: Share P0"
    assert len(message.ids) == 4


def test_when_it_was_last_read_is_told_beside_since_when_it_is_not() -> None:
    read = Cause(Kind.PLACE_STALE, "notion X", "Share it.", "Gone.", "2026-10-30T18:00:00+00:00")
    (one,) = due(advance([], [read], set(), NOW), ["a"])
    (message,) = messages(one)
    assert message.body.splitlines()[3:5] == [
        "Last read: 2026-10-30 18:00 UTC",
        "Since: 2026-11-01 02:00 UTC",
    ]
