"""Budgets of requests a minute, and requests in flight."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import CancelledError, MissingError
from connectors.transport.in_flight import Prefetcher, RequestChain
from connectors.transport.rate_limit import WINDOW_SECONDS, RateLimiter
from tests.connectors.support.clock import Clock


class Paced(RateLimiter):
    """A rate limiter whose waits move a clock instead of lasting."""

    def __init__(self, per_minute: int) -> None:
        self.clock = Clock()
        super().__init__(per_minute, self.clock.now)

    def pause(self, seconds: float) -> None:
        self.clock.sleep(seconds)


@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=60))
def test_no_minute_ever_holds_more_than_the_budget(per_minute: int, gaps: list[float]) -> None:
    limiter, sent = Paced(per_minute), list[float]()
    for gap in gaps:
        limiter.clock.seconds += gap
        limiter.take()
        sent.append(limiter.clock.seconds)
    for first, last in zip(sent, sent[per_minute:], strict=False):
        assert last - first >= WINDOW_SECONDS - 1e-6


def test_a_budget_may_be_spent_at_once() -> None:
    limiter = Paced(180)
    for _ in range(180):
        assert limiter.take() == 0
    assert limiter.clock.seconds == 0
    assert limiter.take() == WINDOW_SECONDS
    assert limiter.clock.seconds == WINDOW_SECONDS


def test_a_refusal_holds_everyone_back_and_halves_the_budget_until_answers_come() -> None:
    limiter = Paced(180)
    limiter.throttled(12.5)
    assert limiter.per_minute == 90
    limiter.take()
    assert limiter.clock.seconds == 12.5
    for _ in range(20):
        limiter.throttled(None)
    assert limiter.per_minute == 90
    for _ in range(20):
        limiter.clock.sleep(WINDOW_SECONDS)
        limiter.throttled(None)
    assert limiter.per_minute == 6
    for _ in range(200):
        limiter.answered()
    assert limiter.per_minute == 180


def test_who_waits_is_let_go_when_the_pull_is_abandoned() -> None:
    limiter = RateLimiter(1)
    limiter.take()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(limiter.take)
        limiter.abandon()
        with pytest.raises(CancelledError):
            waiting.result(timeout=50)
    limiter.resume()


def counted(upto: int, fails_at: int = -1) -> RequestChain:
    number = 0
    while number < upto:
        answer = yield partial(_answer, number, fails_at)
        assert answer == number
        number += 1


def _answer(number: int, fails_at: int) -> int:
    if number == fails_at:
        raise MissingError("test", f"{number} is not there.")
    return number


def test_chains_give_their_answers_in_order_and_never_run_far_ahead() -> None:
    asked: list[Any] = []

    def noted() -> RequestChain:
        for number in range(50):
            asked.append(number)
            yield partial(_answer, number, -1)

    with Prefetcher(4, RateLimiter(1000)) as prefetcher:
        other, chain = prefetcher.chain(noted(), ahead=2), prefetcher.chain(counted(30))
        assert list(chain) == list(range(30))
        assert len(asked) <= 3
        assert list(other) == list(range(50))


def test_an_error_comes_in_its_turn_and_may_be_answered_with_another_question() -> None:
    def patient() -> RequestChain:
        try:
            yield partial(_answer, 7, 7)
        except MissingError:
            yield partial(_answer, 8, -1)

    with Prefetcher(2, RateLimiter(1000)) as prefetcher:
        assert list(prefetcher.chain(patient())) == [8]
        answers = iter(prefetcher.chain(counted(9, fails_at=3)))
        assert [next(answers) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(MissingError, match="3 is not there"):
            next(answers)


def test_a_flight_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with Prefetcher(4, RateLimiter(1000)) as prefetcher:
        prefetcher.chain(counted(100))
    assert threading.active_count() == before
