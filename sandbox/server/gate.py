"""The ASGI entry point that all three stand-ins share.

What belongs here: the sandbox's ``Date`` header, latency, the request log, switching a service off,
and responses and network faults that a test scripts. What does not: a service's own responses (its
application).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Collection, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.server.clock import Clock

_SLOW_PARTS = 8
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger for 0 seconds: closing sends RST, not FIN


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A request and the status of its response; ``at`` is the sandbox's time.

    ``path`` is without the service's prefix. ``status`` is 0 if the connection was reset before a
    response. Headers are not recorded, because they contain credentials.
    """

    service: str
    method: str
    path: str
    query: str
    body: bytes = field(repr=False)
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Dictated:
    """A response sent instead of the service's own."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """A network fault during a response of the service.

    ``reset``: the TCP connection is reset once the request has been read. ``truncate``: the
    connection is closed after half of the body that the headers announce. ``slow``: the body is
    sent in parts over ``seconds``.
    """

    kind: Literal["reset", "truncate", "slow"]
    seconds: float = 0.0


Answer = Dictated | Fault | Callable[[], object] | None
"""What a test may script for a request. A function is called when the request arrives, and then the
service responds itself; None lets the service respond."""


class Gate:
    """An ASGI application that routes ``/<service>/...`` to that service's application.

    Attributes:
        requests: Every request seen, oldest first.
        latency: Seconds added to every response.
        connections: The web server's open connections, each with ``client`` (the peer's address)
            and ``transport``; faults are injected there, because ASGI has no way to break a
            connection.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], clock: Clock) -> None:
        self.requests: list[RequestSeen] = []
        self.latency = 0.0
        self.connections: Collection[Any] = ()
        self._apps = apps
        self._clock = clock
        self._off: set[str] = set()
        self._dictated: dict[str, list[Answer]] = {}

    def switch_off(self, service: str) -> None:
        """Answer 503 without a body from now on."""
        self._off.add(self._known(service))

    def switch_on(self, service: str) -> None:
        """Let the service respond again."""
        self._off.discard(self._known(service))

    def dictate(self, service: str, *answers: Answer) -> None:
        """Queue these responses for the next requests, one each."""
        self._dictated.setdefault(self._known(service), []).extend(answers)

    def forget(self) -> None:
        """Drop all queued responses."""
        self._dictated.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        _, service, *rest = scope["path"].split("/", 2)
        path = "/" + "".join(rest)
        query = scope["query_string"].decode("latin-1")

        def note(status: int, body: bytes) -> None:
            now = self._clock.now
            self.requests.append(
                RequestSeen(service, scope["method"], path, query, body, status, now)
            )

        if self.latency:
            await asyncio.sleep(self.latency)
        await self._answer(service, scope, _Heard(receive, send, self._clock, note))

    async def _answer(self, service: str, scope: Scope, heard: _Heard) -> None:
        dictated = self._dictated.get(service)
        answer = dictated.pop(0) if dictated and service not in self._off else None
        if service in self._off:
            answer = Dictated(503)
        elif service not in self._apps:
            answer = Dictated(404, b"There is nothing here. Try /jira, /notion, /google.")
        if isinstance(answer, Dictated):
            await heard.answer(answer)
            return
        if isinstance(answer, Fault):
            heard.suffer(answer, self._transport(scope))
        elif answer is not None:
            answer()
        inner: MutableMapping[str, Any] = dict(scope)
        inner["root_path"] = scope.get("root_path", "") + f"/{service}"
        # A client may be killed during a request.
        with suppress(ClientDisconnect):
            await self._apps[service](inner, heard.receive, heard.send)
        await heard.finish()

    def _transport(self, scope: Scope) -> asyncio.Transport:
        """The connection of a request."""
        for connection in self.connections:
            if connection.client == scope["client"]:
                transport: asyncio.Transport = connection.transport
                return transport
        raise LookupError("a fault needs a real connection; the gate knows none for this request")

    def _known(self, service: str) -> str:
        if service not in self._apps:
            raise LookupError(f"there is no service {service}, only {', '.join(self._apps)}")
        return service


class _Heard:
    """Wraps one request and response, and injects faults.

    ``note`` is called with the response's status and the request's body before the client receives
    the response, so that a client that has the response finds the request in the log.
    """

    def __init__(
        self, receive: Receive, send: Send, clock: Clock, note: Callable[[int, bytes], None]
    ) -> None:
        self._body = bytearray()
        self._note = note
        self._receive = receive
        self._send = send
        self._clock = clock
        self._fault: Fault | None = None
        self._transport: asyncio.Transport | None = None
        self._cut = False

    def suffer(self, fault: Fault, transport: asyncio.Transport) -> None:
        """Inject ``fault`` into the response."""
        self._fault, self._transport = fault, transport

    async def receive(self) -> Message:
        message = await self._receive()
        self._body += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        if self._cut:
            return
        kind = self._fault.kind if self._fault else None
        if kind == "reset":
            self._reset()
        elif message["type"] == "http.response.start":
            await self._send(self._dated(message))
        elif kind == "truncate":
            await self._truncate(message)
        elif self._fault and kind == "slow":
            await self._dribble(message, self._fault.seconds)
        else:
            await self._send(message)

    async def finish(self) -> None:
        """After a truncation, wait until the server notices, or it would log an error."""
        while self._cut and (await self._receive())["type"] != "http.disconnect":
            pass

    async def answer(self, dictated: Dictated) -> None:
        while (await self.receive()).get("more_body"):
            pass
        headers = [(name.encode(), value.encode()) for name, value in dictated.headers.items()]
        headers.append((b"content-length", str(len(dictated.body)).encode()))
        await self.send(
            {"type": "http.response.start", "status": dictated.status, "headers": headers}
        )
        await self.send({"type": "http.response.body", "body": dictated.body})

    def _dated(self, message: Message) -> Message:
        """The head of a response, with the sandbox's date."""
        self._note(message["status"], bytes(self._body))
        date = format_datetime(self._clock.now, usegmt=True).encode()
        others = [pair for pair in message.get("headers", []) if pair[0].lower() != b"date"]
        return {**message, "headers": [*others, (b"date", date)]}

    def _reset(self) -> None:
        assert self._transport is not None  # noqa: S101 - suffer() came first
        self._note(0, bytes(self._body))
        wire = self._transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()
        self._cut = True

    async def _truncate(self, message: Message) -> None:
        assert self._transport is not None  # noqa: S101 - suffer() came first
        body = message.get("body", b"")
        await self._send({**message, "body": body[: len(body) // 2], "more_body": True})
        self._transport.close()  # data already written is still sent
        self._cut = True

    async def _dribble(self, message: Message, seconds: float) -> None:
        body = message.get("body", b"")
        size = len(body) // _SLOW_PARTS + 1
        for start in range(0, len(body), size):
            part = {**message, "body": body[start : start + size], "more_body": True}
            await self._send(part)
            await asyncio.sleep(seconds / _SLOW_PARTS)
        await self._send({**message, "body": b""})
