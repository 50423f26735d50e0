"""How many requests are in flight: what the service says of itself decides."""

import threading
import time

import pytest

from connectors.errors import CancelledError
from connectors.records import Figures
from connectors.transport.concurrency_limit import ConcurrencyLimiter
from connectors.transport.credential import bearer_credential
from connectors.transport.http import Http
from tests.connectors.support.clock import Clock
from tests.connectors.support.loopback import Reply, json_reply, script, serving


def make_limiter(maximum: int = 16) -> tuple[ConcurrencyLimiter, Clock]:
    clock = Clock()
    return ConcurrencyLimiter(maximum, clock.sleep, clock.now), clock


def answer(used: ConcurrencyLimiter, count: int = 1) -> None:
    """So many answers while as many requests are in flight as may be."""
    for _ in range(count):
        used._in_flight = used.limit
        used.answered()
        used._in_flight = 0


def test_the_limit_begins_low_and_grows_with_each_answer_up_to_the_most() -> None:
    used, _ = make_limiter(maximum=8)
    assert used.limit == 2
    answer(used, 3)
    assert used.limit == 5
    answer(used, 99)
    assert used.limit == 8


def test_a_complaint_halves_it_and_then_it_grows_slowly() -> None:
    used, _ = make_limiter()
    answer(used, 14)
    used.throttled(None)
    assert used.limit == 8
    answer(used, 8)
    assert used.limit == 8
    answer(used, 1)
    assert used.limit == 9


def test_several_refusals_of_one_moment_are_one_complaint() -> None:
    used, clock = make_limiter()
    answer(used, 14)
    for _ in range(5):
        used.throttled(3.0)
    assert used.limit == 8
    clock.seconds += 4
    used.throttled(3.0)
    assert used.limit == 4


def test_nobody_asks_before_the_time_the_service_named() -> None:
    used, clock = make_limiter()
    used.throttled(7.0)
    with used.slot():
        assert clock.waits == [7.0]


def test_a_limit_that_is_not_made_use_of_does_not_grow() -> None:
    used, _ = make_limiter()
    answer(used, 6)
    for _ in range(20):
        used.answered()
    assert used.limit == 8


def test_no_more_than_the_limit_are_let_through() -> None:
    used = ConcurrencyLimiter(2)
    inside, most, lock = 0, 0, threading.Lock()

    def ask() -> None:
        nonlocal inside, most
        with used.slot():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_those_who_wait_are_sent_away_at_once() -> None:
    used = ConcurrencyLimiter(1)
    used.throttled(600.0)
    ended: list[type[BaseException]] = []

    def ask() -> None:
        try:
            with used.slot():
                pass
        except CancelledError as error:
            ended.append(type(error))

    thread = threading.Thread(target=ask)
    thread.start()
    used.abandon()
    thread.join(60)
    assert ended == [CancelledError]
    used.resume()
    used.abandon()
    with pytest.raises(CancelledError):
        used.pause(1)


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        ({}, 9),
        ({"X-RateLimit-NearLimit": "true"}, 7),
        ({"X-RateLimit-NearLimit": "false"}, 9),
        ({"X-RateLimit-Remaining": "3"}, 3),
        ({"X-RateLimit-Remaining": "300"}, 9),
        ({"X-RateLimit-Remaining": "many"}, 9),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-27T18:00:20Z"}, 4),
    ],
)
def test_headers_steer_the_limit(headers: dict[str, str], limit: int) -> None:
    used, clock = make_limiter()
    answer(used, 6)
    with serving(script(Reply(200, b"{}", headers))) as server:
        http = Http("jira", bearer_credential("token"), Figures(), limiter=used)
        used._in_flight = 5
        http.get_json(server.url)
        used._in_flight = 0
        assert used.limit == limit
        if headers.get("X-RateLimit-Remaining") == "0":
            http.get_json(server.url)
            assert clock.waits == [20.0]
        http.close()


def test_a_refusal_with_a_date_holds_everyone_back_until_then() -> None:
    used, clock = make_limiter()
    answer(used, 6)
    refusal = Reply(429, headers={"Retry-After": "Fri, 27 Nov 2026 18:00:30 GMT"})
    figures = Figures()
    with serving(script(refusal, json_reply({}))) as server:
        http = Http("jira", bearer_credential("token"), figures, limiter=used)
        http.get_json(server.url)
        http.close()
    assert used.limit == 4
    assert clock.seconds >= 30
    assert (figures.requests, figures.retries) == (2, 1)
