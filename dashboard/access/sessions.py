"""Sessions: who has signed in, in a sealed cookie.

What belongs here: making, reading and ending them. What does not: signing in (``openid``).

The server keeps no session. It keeps which have been ended until they would have expired; a restart
forgets that, and what was ended counts again until then, for whoever kept the cookie.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import Request, Response

from dashboard.access.seals import opened, seal

Clock = Callable[[], dt.datetime]
_PURPOSE = "session"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in.

    Attributes:
        id: Of the session.
        name: As decisions are signed.
        groups: As the provider named them at sign-in.
        signed_how: How, in words.
    """

    id: str
    name: str
    groups: tuple[str, ...]
    signed_how: str


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie of the page: for its own requests, out of the reach of scripts.

    Attributes:
        name: Its name.
        secure: Whether it is for encrypted connections alone, and bound to this very host.
    """

    name: str
    secure: bool

    @property
    def _full_name(self) -> str:
        return f"__Host-{self.name}" if self.secure else self.name

    def of(self, request: Request) -> str | None:
        """What a request carries."""
        return request.cookies.get(self._full_name)

    def put(self, response: Response, value: str, age: dt.timedelta) -> None:
        """Let a browser keep a value."""
        seconds = int(age.total_seconds())
        response.set_cookie(
            self._full_name, value, seconds, secure=self.secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response) -> None:
        """Let a browser forget it."""
        response.delete_cookie(self._full_name, secure=self.secure, httponly=True, samesite="lax")


class Once:
    """What has been used up: each of it is remembered until it expires anyway."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    def use(self, one: str, until: dt.datetime) -> bool:
        """Use ``one`` up; whether this was the first time."""
        with self._lock:
            now = self._clock()
            self._used = {name: end for name, end in self._used.items() if end > now}
            first = one not in self._used
            self._used[one] = until
            return first

    def has(self, one: str) -> bool:
        """Whether it is used up."""
        return one in self._used


class Sessions:
    """The sessions of one page.

    Args:
        secret: What they are sealed with.
        clock: The present instant.
        lasts: How long one lasts.
        secure: Whether browsers reach the page encrypted.
    """

    def __init__(self, secret: bytes, clock: Clock, lasts: dt.timedelta, *, secure: bool) -> None:
        self._secret, self._clock, self._lasts = secret, clock, lasts
        self._cookie = Cookie("okr_session", secure)
        self._ended = Once(clock)

    def begin(self, response: Response, name: str, groups: Iterable[str], signed_how: str) -> None:
        """Begin one: whatever a browser held before is replaced."""
        values = {
            "id": secrets.token_urlsafe(16),
            "name": name,
            "groups": sorted(groups),
            "how": signed_how,
        }
        text = seal(self._secret, _PURPOSE, values, self._clock() + self._lasts)
        self._cookie.put(response, text, self._lasts)

    def of(self, request: Request) -> Session | None:
        """The session of a request; None if there is none, or it is forged, expired or ended."""
        told = opened(self._secret, _PURPOSE, self._cookie.of(request), self._clock())
        if told is None or self._ended.has(told["id"]):
            return None
        return Session(told["id"], told["name"], tuple(told["groups"]), told["how"])

    def end(self, request: Request, response: Response) -> None:
        """End the session of a request, for every copy of its cookie."""
        found = self.of(request)
        if found is not None:
            self._ended.use(found.id, self._clock() + self._lasts)
        self._cookie.drop(response)
