"""A server on this machine that answers with any bytes, at any pace.

What belongs here: accepting connections, reading requests, sending what a behaviour says. What does
not: the behaviours (``behaviours``).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """A request as it came in; ``number`` counts the requests of this server from 0."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    number: int


Send = Callable[[bytes], None]
Behaviour = Callable[[Request, Send], None]
"""Sends whatever it likes; the connection is closed when it returns."""


class Wire:
    """The server.

    Attributes:
        url: Its address.
        behave: What it does with each request.
        requests: Every request it has had.
        over: Set when the server ends, so that slow behaviours end, too.
    """

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.requests: list[Request] = []
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self.over.set()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                connection.settimeout(5.0)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that has had enough closes the connection while more is being sent.
        with connection, suppress(OSError):
            request = self._read(connection)
            if request is not None:
                self.requests.append(request)
                self.behave(request, connection.sendall)

    def _read(self, connection: socket.socket) -> Request | None:
        came = b""
        while b"\r\n\r\n" not in came:
            more = connection.recv(65_536)
            if not more:
                return None
            came += more
        head, _, body = came.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65_536)
        method, path, _ = first.split(" ", 2)
        return Request(method, path, headers, body, len(self.requests))


@contextmanager
def serving(behave: Behaviour) -> Iterator[Wire]:
    """A running server."""
    wire = Wire(behave)
    try:
        yield wire
    finally:
        wire.close()


def response(
    body: bytes, status: str = "200 OK", headers: tuple[str, ...] = (), sized: bool = True
) -> bytes:
    """A whole response; without its size the end of the connection ends it."""
    lines = [f"HTTP/1.1 {status}", "Date: Fri, 27 Nov 2026 18:00:00 GMT", "Connection: close"]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: application/json")
    if sized:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1") + body
