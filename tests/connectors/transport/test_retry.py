"""Waiting and asking again."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import PermanentError, TransientError
from connectors.records import Figures
from connectors.transport.retry import (
    RetryPolicy,
    call_with_retries,
    parse_http_date,
    parse_retry_after,
)
from tests.connectors.support.clock import NOW, Clock


def failing(times: int, retry_after: float | None = None) -> Callable[[], str]:
    """A call that is turned away ``times`` times and then answers."""
    left = [times]

    def call() -> str:
        if left[0] > 0:
            left[0] -= 1
            raise TransientError("jira", "Busy (503).", "Wait.", retry_after)
        return "answer"

    return call


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0.25", 0.25),
        ("0", 0.0),
        ("-3", 0.0),
        ("Fri, 27 Nov 2026 18:01:30 GMT", 90.0),
        ("Fri, 27 Nov 2026 17:00:00 GMT", 0.0),
        ("Sat, 28 Nov 2026 02:00:10 +0800", 10.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_header_text_is_either_a_wait_or_nothing(text: str) -> None:
    seconds = parse_retry_after(text, NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(min_value=0, max_value=10**7))
def test_a_date_and_a_number_of_seconds_mean_the_same(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(header, NOW) == parse_retry_after(str(seconds), NOW)


def test_an_http_date_without_a_zone_is_taken_as_utc() -> None:
    assert parse_http_date("Fri, 27 Nov 2026 18:00:00 -0000") == NOW
    assert parse_http_date("yesterday") is None


@given(
    failures=st.integers(0, 9),
    attempts=st.integers(1, 8),
    base=st.floats(0.01, 5),
    cap=st.floats(0.01, 60),
    retry_after=st.none() | st.floats(0, 100),
)
def test_patience_is_bounded_and_the_service_is_heeded(
    failures: int, attempts: int, base: float, cap: float, retry_after: float | None
) -> None:
    policy = RetryPolicy(attempts, base, cap, deadline_seconds=10_000)
    clock, figures = Clock(), Figures()
    call = failing(failures, retry_after)
    if failures < attempts:
        assert call_with_retries(call, policy, figures, clock.sleep, clock.now) == "answer"
        assert figures.retries == failures
    else:
        with pytest.raises(TransientError, match=f"after {attempts} attempt"):
            call_with_retries(call, policy, figures, clock.sleep, clock.now)
        assert figures.retries == attempts - 1
    assert figures.waited == pytest.approx(sum(clock.waits))
    for number, wait in enumerate(clock.waits):
        own = min(cap, base * 2**number)
        asked = retry_after or 0.0
        assert asked <= wait <= asked + own


@given(deadline=st.floats(0, 50), retry_after=st.none() | st.floats(0, 100))
def test_no_wait_ends_after_the_deadline(deadline: float, retry_after: float | None) -> None:
    policy = RetryPolicy(attempts=50, cap_seconds=20, deadline_seconds=deadline)
    clock = Clock()
    with pytest.raises(TransientError):
        call_with_retries(failing(99, retry_after), policy, Figures(), clock.sleep, clock.now)
    assert clock.seconds <= deadline


def test_what_was_asked_for_and_what_to_do_stay_in_the_last_error() -> None:
    clock = Clock()
    with pytest.raises(TransientError) as caught:
        call_with_retries(
            failing(9, 2.0), RetryPolicy(attempts=3), Figures(), clock.sleep, clock.now
        )
    assert str(caught.value) == "jira: Busy (503) (given up after 3 attempts). Wait."
    assert caught.value.retry_after == 2.0


def test_a_permanent_error_is_not_asked_again() -> None:
    clock, figures, calls = Clock(), Figures(), []

    def call() -> str:
        calls.append(1)
        raise PermanentError("jira", "No.")

    with pytest.raises(PermanentError):
        call_with_retries(call, RetryPolicy(), figures, clock.sleep, clock.now)
    assert (len(calls), figures.retries, clock.waits) == (1, 0, [])


def test_waits_differ_from_each_other() -> None:
    clock = Clock()
    policy = RetryPolicy(attempts=8, cap_seconds=0.5)
    with pytest.raises(TransientError):
        call_with_retries(failing(99), policy, Figures(), clock.sleep, clock.now)
    assert len(set(clock.waits)) == len(clock.waits) == 7
