"""Requests in flight on several threads, their answers taken in the order of the questions.

What belongs here: asking ahead of whoever reads, a few answers and no more, so that memory stays
flat. How many requests are really in flight is the throttle's business.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from connectors.throttle import Throttle

Q = TypeVar("Q")
A = TypeVar("A")


class Asking:
    """Threads that ask; a context that no request outlives."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._ahead = throttle.most + throttle.most // 2  # some answers wait while others fly
        self._pool = ThreadPoolExecutor(throttle.most, thread_name_prefix="jira")

    def __enter__(self) -> "Asking":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._throttle.let_go()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._throttle.resume()

    def begin(self, ask: Callable[[], A]) -> Future[A]:
        """Ask on a thread of its own."""
        return self._pool.submit(ask)

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
