"""Requests in flight on several threads, their answers taken in the order of the questions.

What belongs here: asking ahead of whoever reads, a few answers and no more, so that memory stays
flat. How many requests are really in flight is the throttle's business.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from connectors.transport.concurrency_limit import ConcurrencyLimiter
from connectors.transport.in_flight import Threads

Q = TypeVar("Q")
A = TypeVar("A")


class OrderedRequests(Threads):
    """Threads that ask as many questions at once as the throttle may ever let go."""

    def __init__(self, throttle: ConcurrencyLimiter) -> None:
        super().__init__(throttle.most, throttle)
        self._ahead = throttle.most + throttle.most // 2  # some answers wait while others fly

    def answers(self, ask: Callable[[Q], A], questions: Iterable[Q]) -> Iterator[tuple[Q, A]]:
        """Each question and its answer, in order, several being asked at once.

        An error is raised when its turn has come.
        """
        asked: deque[tuple[Q, Future[A]]] = deque()
        for question in questions:
            asked.append((question, self._pool.submit(ask, question)))
            if len(asked) >= self._ahead:
                first, answer = asked.popleft()
                yield first, answer.result()
        while asked:
            first, answer = asked.popleft()
            yield first, answer.result()
