"""Bounds of what a service sends: how long it may take, and how large it may be.

What belongs here: the bounds, and an adapter for requests that enforces those of one response,
whichever client library sends the request. What does not: what an exceeded bound means for a pull
(each client says), retries, and the time-outs between two bytes, which the caller sets for each
request.

A time-out between two bytes never ends a service that sends one byte a second. Therefore the socket
itself is read against a deadline, from the first byte of the headers to the last one of the body.
"""

from __future__ import annotations

import io
import math
import re
import socket
import time
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as BrokenConnectionError
from requests.exceptions import ReadTimeout, RequestException
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ReadTimeoutError

from connectors.errors import OverdueError
from connectors.secrets import redact_body

_CHUNK = 65_536
# An escape of a JSON string: a pair of surrogates, half a pair, or any other.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
# A JSON number that a double may not hold, where a value may stand; then, to tell it from prose,
# every string and number. Nothing in an ordinary body looks like one.
_MAYBE_ENDLESS = re.compile(rb"[\[:,\s]-?[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{3}|(?<=[0-9]{309}))")
_STRING_OR_NUMBER = re.compile(
    rb"(?P<string>\"(?:[^\"\\]|\\.)*\")|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.DOTALL
)
_ENDLESS = b"1e999"  # which Python's parser reads as infinity, whatever its sign was


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a service may send.

    Attributes:
        seconds: From the first wait for a response's headers to the last byte of its body.
        body_bytes: The size of a response's body, unpacked.
        pages: Into how many pages a list may be split.
        barren_pages: How many pages of a list in a row may bring nothing new.
        pull_seconds: How long the pull of a source may take; the next one goes on from there.
    """

    seconds: float = 300.0
    body_bytes: int = 128 * 2**20
    pages: int = 5_000
    barren_pages: int = 100
    pull_seconds: float = 12 * 3600.0


BOUNDS = Bounds()
"""Ample for every service: Google ends a request itself after 180 seconds, and 5,000 pages list
half a million Notion pages or twenty-five million issues. Notion answers 130,000 requests in
twelve hours, at the rate of its smallest plan."""


class PullTime:
    """How long a pull may go on sending requests.

    A service that trickles just within the bounds of each request would else hold it for days.

    Args:
        source: The service's name in errors.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._seconds = BOUNDS.pull_seconds
        self._until = time.monotonic() + self._seconds

    def check(self) -> None:
        """Call it before each attempt at a request.

        Raises:
            OverdueError: The time is over.
        """
        if time.monotonic() > self._until:
            raise OverdueError(
                self._source,
                f"Reading took more than {self._seconds / 3600:g} hours and was ended.",
                "The next run goes on from there; see whether the service is slow.",
            )


_WORDS = 300  # characters of a service's own explanation that a message quotes


def shortened(words: str) -> str:
    """A service's own explanation: one printable line, at the length that a message quotes."""
    letters = (one if one.isprintable() else " " for one in words[: 4 * _WORDS])
    words = " ".join("".join(letters).split())
    return words if len(words) <= _WORDS else words[:_WORDS] + "…"


def joined(base: str, target: str) -> str:
    """The address that a redirect names, which may be relative to ``base``."""
    try:
        return urljoin(base, target)
    except ValueError:  # such as a bracket that no address may have
        return "an address that is none"


MOVED_TO = "X-Moved-To"
"""Has the place of ``Location``, so that no library follows a redirect with the credential."""


class TooLargeBodyError(RequestException):
    """The body is larger than the bounds; the message is the end of a sentence."""


class BoundedAdapter(HTTPAdapter):
    """Sends requests whose responses are bounded, and arrive without remembered secrets.

    A late response raises :class:`requests.exceptions.ReadTimeout`, a large one
    :class:`TooLargeBodyError`. What a service sends back of a credential is replaced before
    anything reads it, unless it is asked for a credential (``signs_in``).
    """

    def __init__(self, signs_in: bool = False, **kwargs: Any) -> None:
        self._bounds = BOUNDS
        self._signs_in = signs_in
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create connections with a deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._bounds.seconds)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Create connections through a proxy with a deadline, too."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(self._bounds.seconds)
        return manager

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request, and read its response to the end."""
        response = super().send(*args, **{**kwargs, "stream": True})
        try:
            body = self._read(response)
        except BaseException:
            response.close()
            raise
        if "Location" in response.headers:
            response.headers[MOVED_TO] = response.headers.pop("Location")
        response._content = body if self._signs_in else redact_body(_well_formed(body))
        return response

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        try:
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > self._bounds.body_bytes:
                    most = self._bounds.body_bytes
                    raise TooLargeBodyError(f"sent more than {most / 2**20:g} MB")
        except BrokenConnectionError as fault:
            if fault.args and isinstance(fault.args[0], ReadTimeoutError):
                raise ReadTimeout(*fault.args) from None
            raise
        return bytes(body)


def _well_formed(body: bytes) -> bytes:
    """``body`` with U+FFFD for what is no character: a broken byte, or half a pair of surrogates.

    A service that ends a text in the middle of an emoji writes such a half, which no JSON parser
    has to accept: the whole response would be lost for one letter of one record.
    """
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            body = body.decode(errors="replace").encode()
    return _ESCAPE.sub(_whole, body) if b"\\ud" in body or b"\\uD" in body else body


def _whole(found: re.Match[bytes]) -> bytes:
    return found[0] if found["half"] is None else b"\\ufffd"


def without_endless_numbers(body: bytes) -> bytes:
    """JSON with a short one in place of each number that no double holds.

    Python's parser refuses the whole of a body for an integer of more than 4,300 digits, and only
    the cell with the number is to be lost.
    """
    return _STRING_OR_NUMBER.sub(_finite, body) if _MAYBE_ENDLESS.search(body) else body


def _finite(found: re.Match[bytes]) -> bytes:
    if found["string"] is not None or math.isfinite(float(found[0])):
        return found[0]
    return _ENDLESS


class _Timed(io.RawIOBase):
    """A socket's bytes, until a deadline."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._socket = connection
        self._raw = connection.makefile("rb", buffering=0)
        self._between = connection.gettimeout()
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the response took too long")
        self._socket.settimeout(left if self._between is None else min(left, self._between))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    """What ``http.client`` takes for a socket: it only makes a file of it."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection, self._seconds = connection, seconds

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._connection, self._seconds), _CHUNK)


def _pools(seconds: float) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools by scheme whose responses end after ``seconds``."""

    class Response(HTTPResponse):
        def __init__(self, connection: socket.socket, *args: Any, **kwargs: Any) -> None:
            timed: Any = _TimedSocket(connection, seconds)
            super().__init__(timed, *args, **kwargs)

    class Plain(HTTPConnection):
        response_class = Response

    class Secure(HTTPSConnection):
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
