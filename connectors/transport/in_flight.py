"""Requests in flight on several threads, their responses read in order by one.

What belongs here: sending requests ahead of the reader, with a bounded number of responses in
memory. What does not: HTTP, retries, and how many requests a service accepts
(:mod:`connectors.transport.rate_limit`, :mod:`connectors.transport.concurrency_limit`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from connectors.errors import SourceError
from connectors.transport.concurrency_limit import ConcurrencyLimiter

T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")
Request = Callable[[], Any]
RequestChain = Generator[Request, Any, None]
"""Yields a request and is sent its response, or thrown its error; returns after the last one."""


class Limit(Protocol):
    """What makes requests wait: a rate limiter or a concurrency limiter."""

    def abandon(self) -> None:
        """Cancel every wait."""

    def resume(self) -> None:
        """Accept requests again."""


class Threads:
    """A thread pool for requests; no request outlives its context.

    Args:
        in_flight: The most requests in flight at once.
        limit: Abandoned when the context ends, so that no request keeps waiting to be sent.
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

    def begin(self, request: Callable[[], T]) -> Future[T]:
        """Send a request on a thread of the pool."""
        return self._pool.submit(request)


class OrderedRequests(Threads):
    """Independent requests, as many at once as the concurrency limiter may ever allow."""

    def __init__(self, limiter: ConcurrencyLimiter) -> None:
        super().__init__(limiter.maximum, limiter)
        # More than are in flight, so that a slow response does not leave threads idle.
        self._ahead = limiter.maximum + limiter.maximum // 2

    def responses(self, send: Callable[[Q], A], arguments: Iterable[Q]) -> Iterator[tuple[Q, A]]:
        """Each argument and what ``send`` returns for it, in order, several in flight at once.

        An error is raised when its turn comes.
        """
        sent: deque[tuple[Q, Future[A]]] = deque()
        for argument in arguments:
            sent.append((argument, self._pool.submit(send, argument)))
            if len(sent) >= self._ahead:
                first, response = sent.popleft()
                yield first, response.result()
        while sent:
            first, response = sent.popleft()
            yield first, response.result()


class Prefetcher(Threads):
    """Chains of dependent requests in flight; only the thread that opened it may use it."""

    def __init__(self, in_flight: int, limit: Limit) -> None:
        super().__init__(in_flight, limit)
        self._chains: list[PageChain[Any]] = []

    def result(self, future: Future[T]) -> T:
        """The response to a request that was begun; the chains advance in the meantime."""
        while not future.done():
            self._wait_for(future)
        return future.result()

    def chain(self, requests: RequestChain, ahead: int = 2) -> PageChain[Any]:
        """Start sending ``requests``, at most ``ahead`` responses ahead of the reader."""
        made: PageChain[Any] = PageChain(self, requests, ahead)
        self._chains.append(made)
        made.advance()
        return made

    def _wait_for(self, *more: Future[Any]) -> None:
        """Wait for one more response, then advance every chain."""
        waiting = [*more, *(chain.pending for chain in self._chains if chain.pending)]
        wait([each for each in waiting if not each.done()], return_when=FIRST_COMPLETED)
        self._chains = [chain for chain in self._chains if not chain.ended]
        for chain in self._chains:
            chain.advance()


class PageChain(Generic[T]):
    """Requests that each need the response to the one before; iterate over the responses.

    An error ends the chain and is raised after the responses that came before it.

    Attributes:
        pending: The response in flight.
        ended: Whether no request is left to send.
    """

    def __init__(self, prefetcher: Prefetcher, requests: RequestChain, ahead: int) -> None:
        self.pending: Future[T] | None = None
        self.ended = False
        self._prefetcher = prefetcher
        self._requests = requests
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
                self._prefetcher._wait_for()

    def advance(self) -> None:
        """Take the response if it has arrived, and send the next request if there is room."""
        while not self.ended and len(self._ready) < self._ahead:
            if self.pending is None:
                self._send_next()
            elif self.pending.done():
                self._take(self.pending)
            else:
                return

    def _send_next(self, error: SourceError | None = None) -> None:
        try:
            if error is None:
                request = self._requests.send(self._last)
            else:
                request = self._requests.throw(error)
        except StopIteration:
            self.ended = True
        except SourceError as final:
            self.ended, self._error = True, final
        else:
            self.pending = self._prefetcher.begin(request)

    def _take(self, done: Future[T]) -> None:
        self.pending = None
        try:
            self._last = done.result()
        except SourceError as error:
            self._send_next(error)
        else:
            self._ready.append(self._last)
