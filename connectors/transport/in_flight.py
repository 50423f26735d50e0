"""Requests in flight on several threads, their answers taken in order by one.

What belongs here: asking ahead of whoever reads, without ever holding more than a little in memory.
What does not: HTTP, retries, and how fast a service may be asked
(:mod:`connectors.transport.rate_limit`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from connectors.errors import SourceError

T = TypeVar("T")
Request = Callable[[], Any]
RequestChain = Generator[Request, Any, None]
"""Yields a question and is sent its answer, or thrown its error; ends when all is asked."""


class Limit(Protocol):
    """What makes requests wait, such as a pace or a throttle."""

    def abandon(self) -> None:
        """Let nobody wait any more."""

    def resume(self) -> None:
        """Make requests wait again."""


class Threads:
    """Threads that ask; a context that no request outlives.

    Args:
        in_flight: How many requests are under way at once.
        limit: Abandoned when the context ends, so that nobody goes on waiting to ask.
    """

    def __init__(self, in_flight: int, limit: Limit) -> None:
        self._limit = limit
        self._pool = ThreadPoolExecutor(max(1, in_flight), thread_name_prefix="pull")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._limit.abandon()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._limit.resume()

    def begin(self, ask: Callable[[], T]) -> Future[T]:
        """Send a request on a thread of its own."""
        return self._pool.submit(ask)


class Prefetcher(Threads):
    """Chains of questions under way; only the thread that opened it may call its methods."""

    def __init__(self, in_flight: int, limit: Limit) -> None:
        super().__init__(in_flight, limit)
        self._chains: list[PageChain[Any]] = []

    def result(self, future: Future[T]) -> T:
        """The answer to what was begun; meanwhile chains go on."""
        while not future.done():
            self._wait_for(future)
        return future.result()

    def chain(self, questions: RequestChain, ahead: int = 2) -> PageChain[Any]:
        """Begin to ask ``questions``, at most ``ahead`` answers further than they are read."""
        made: PageChain[Any] = PageChain(self, questions, ahead)
        self._chains.append(made)
        made.advance()
        return made

    def _wait_for(self, *more: Future[Any]) -> None:
        """Wait until one more answer has come, and let every chain go on."""
        waiting = [*more, *(chain.pending for chain in self._chains if chain.pending)]
        wait([each for each in waiting if not each.done()], return_when=FIRST_COMPLETED)
        self._chains = [chain for chain in self._chains if not chain.ended]
        for chain in self._chains:
            chain.advance()


class PageChain(Generic[T]):
    """Requests of which each needs the answer to the one before; iterate for the answers.

    An error ends the chain and is raised when its turn has come, never earlier.

    Attributes:
        pending: The answer that is being waited for.
        ended: Whether there is nothing more to ask.
    """

    def __init__(self, flight: Prefetcher, questions: RequestChain, ahead: int) -> None:
        self.pending: Future[T] | None = None
        self.ended = False
        self._flight = flight
        self._questions = questions
        self._ahead = ahead
        self._ready: deque[T] = deque()
        self._error: SourceError | None = None
        self._last: T | None = None

    def __iter__(self) -> Iterator[T]:
        while True:
            self.advance()
            if self._ready:
                yield self._ready.popleft()
            elif self.ended:
                if self._error is not None:
                    raise self._error
                return
            else:
                self._flight._wait_for()

    def advance(self) -> None:
        """Take the answer if it has come, and ask on while there is room for another."""
        while not self.ended and len(self._ready) < self._ahead:
            if self.pending is None:
                self._ask_on()
            elif self.pending.done():
                self._take(self.pending)
            else:
                return

    def _ask_on(self, error: SourceError | None = None) -> None:
        try:
            if error is None:
                ask = self._questions.send(self._last)
            else:
                ask = self._questions.throw(error)
        except StopIteration:
            self.ended = True
        except SourceError as final:
            self.ended, self._error = True, final
        else:
            self.pending = self._flight.begin(ask)

    def _take(self, done: Future[T]) -> None:
        self.pending = None
        try:
            self._last = done.result()
        except SourceError as error:
            self._ask_on(error)
        else:
            self._ready.append(self._last)
