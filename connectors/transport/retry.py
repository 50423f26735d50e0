"""Retries with exponential backoff and full jitter.

What belongs here: parsing ``Retry-After``, and repeating a call that failed with a
:class:`~connectors.errors.TransientError`. What does not: deciding which errors are transient
(:mod:`connectors.transport.http` and each connector do).
"""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from connectors.errors import SourceError, TransientError
from connectors.records import Figures

T = TypeVar("T")

_DICE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long one call is retried.

    Attributes:
        attempts: The most attempts, the first one included.
        base_seconds: Upper bound of the first wait; it doubles with each further one.
        cap_seconds: Upper bound of any wait that the service did not ask for.
        deadline_seconds: No wait starts that would end later than this after the first attempt; a
            longer ``Retry-After`` therefore ends the call at once.
    """

    attempts: int = 6
    base_seconds: float = 0.5
    cap_seconds: float = 60.0
    deadline_seconds: float = 600.0

    def longest_wait(self, failures: int) -> float:
        """Upper bound of the backoff after ``failures`` failed attempts, in seconds."""
        # Beyond 2**60 the cap applies anyway, and a float would overflow.
        return min(self.cap_seconds, self.base_seconds * 2.0 ** min(failures - 1, 60))


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a ``Retry-After`` header asks for.

    Args:
        value: The header: an integer, a decimal, or an HTTP date; None where it is absent.
        now: The instant an HTTP date is relative to, with a time zone; ideally the response's own
            ``Date``, so that the two clocks need not agree.

    Returns:
        Seconds, never negative; None if the header is absent or cannot be parsed.
    """
    text = (value or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = parse_http_date(text)
        return None if until is None else max(0.0, (until - now).total_seconds())
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_http_date(value: str | None) -> datetime | None:
    """The instant that an HTTP date such as ``Fri, 27 Nov 2026 18:00:00 GMT`` names, in UTC."""
    try:
        instant = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def call_with_retries(
    call: Callable[[], T],
    policy: RetryPolicy,
    figures: Figures,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> T:
    """Retry ``call`` until it returns, fails permanently, or the policy is exhausted.

    Between attempts it waits a random time up to a doubling bound (full jitter, so that clients
    rejected together do not return together), and never less than the service asked for.

    Args:
        call: Raises :class:`TransientError` to be retried; any other error is raised at once.
        policy: How often and how long to retry.
        figures: Its ``retries`` grows by one per retry, ``waited`` by the seconds before it.
        sleep: Waits for the given seconds.
        now: A monotonic clock, in seconds.

    Raises:
        SourceError: The last transient one, with the number of attempts, or what it then is.
    """
    started = now()
    failures = 0
    while True:
        try:
            return call()
        except TransientError as error:
            failures += 1
            wait = _wait(error, policy, failures)
            late = now() - started + wait > policy.deadline_seconds
            if failures >= policy.attempts or late:
                raise _given_up(error, failures) from None
        figures.retries += 1
        figures.waited += wait
        sleep(wait)


def _wait(error: TransientError, policy: RetryPolicy, failures: int) -> float:
    """Seconds to wait before the next attempt."""
    jitter = _DICE.uniform(0.0, policy.longest_wait(failures))
    if error.retry_after is None:
        return jitter
    # Slightly longer than asked for, so that clients given the same second spread out.
    return error.retry_after + min(jitter, policy.base_seconds)


def _given_up(error: TransientError, failures: int) -> SourceError:
    attempts = "1 attempt" if failures == 1 else f"{failures} attempts"
    return error.given_up(f"{error.message.rstrip('. ')} (given up after {attempts}).")
