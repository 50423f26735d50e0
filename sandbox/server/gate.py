"""What all three stand-ins have in common: the door through which every request comes.

Here belong the sandbox's own date, latency, the log of requests, being switched off, and answers
that a test dictates. What a service answers belongs to its own application.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.server.clock import Clock


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A request that came in, as it was answered; ``at`` is the sandbox's time.

    ``path`` is without the service's prefix. Headers are left out, because they hold credentials.
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
    """An answer given instead of the service's own."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Gate:
    """An ASGI application that passes ``/<service>/...`` on to that service's application.

    Attributes:
        requests: Every request seen, oldest first.
        latency: Seconds that every answer takes longer.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], clock: Clock) -> None:
        self.requests: list[RequestSeen] = []
        self.latency = 0.0
        self._apps = apps
        self._clock = clock
        self._off: set[str] = set()
        self._dictated: dict[str, list[Dictated]] = {}

    def switch_off(self, service: str) -> None:
        """From now on answer 503 without a body."""
        self._off.add(self._known(service))

    def switch_on(self, service: str) -> None:
        """Let the service answer again."""
        self._off.discard(self._known(service))

    def dictate(self, service: str, *answers: Dictated) -> None:
        """Give these answers to the next requests, one each."""
        self._dictated.setdefault(self._known(service), []).extend(answers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        _, service, *rest = scope["path"].split("/", 2)
        path = "/" + "".join(rest)
        heard = _Heard(receive, send, self._clock)
        if self.latency:
            await asyncio.sleep(self.latency)
        dictated = self._dictated.get(service)
        if service in self._off:
            await heard.answer(Dictated(503))
        elif dictated:
            await heard.answer(dictated.pop(0))
        elif service in self._apps:
            inner: MutableMapping[str, Any] = dict(scope)
            inner["root_path"] = scope.get("root_path", "") + f"/{service}"
            await self._apps[service](inner, heard.receive, heard.send)
        else:
            await heard.answer(
                Dictated(404, b"There is nothing here. Try /jira, /notion, /google.")
            )
        query = scope["query_string"].decode("latin-1")
        self.requests.append(
            RequestSeen(
                service,
                scope["method"],
                path,
                query,
                bytes(heard.body),
                heard.status,
                self._clock.now,
            )
        )

    def _known(self, service: str) -> str:
        if service not in self._apps:
            raise LookupError(f"there is no service {service}, only {', '.join(self._apps)}")
        return service


class _Heard:
    """Listens to one exchange: keeps the request's body and the answer's status."""

    def __init__(self, receive: Receive, send: Send, clock: Clock) -> None:
        self.body = bytearray()
        self.status = 0
        self._receive = receive
        self._send = send
        self._clock = clock

    async def receive(self) -> Message:
        message = await self._receive()
        self.body += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            date = format_datetime(self._clock.now, usegmt=True).encode()
            others = [pair for pair in message.get("headers", []) if pair[0].lower() != b"date"]
            message = {**message, "headers": [*others, (b"date", date)]}
        await self._send(message)

    async def answer(self, dictated: Dictated) -> None:
        while (await self.receive()).get("more_body"):
            pass
        headers = [(name.encode(), value.encode()) for name, value in dictated.headers.items()]
        headers.append((b"content-length", str(len(dictated.body)).encode()))
        await self.send(
            {"type": "http.response.start", "status": dictated.status, "headers": headers}
        )
        await self.send({"type": "http.response.body", "body": dictated.body})
