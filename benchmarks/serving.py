"""Serving a stand-in in its own process, so that it takes no CPU time from the client measured.

What belongs here: starting, serving and stopping, with cached responses, so that the client is
measured and not the stand-in. What does not: the content (``pulls.*_stand_in``).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.server.clock import Clock
from sandbox.server.gate import Gate

LATENCY_SECONDS = 0.05
_PREFIX = "serving "
_WRITES = frozenset({"PUT", "PATCH", "DELETE"})


class CachedResponses:
    """Caches responses by request, until something is written.

    Args:
        app: The application behind the cache.
        version: Its value changes whenever the content changes in another way.
    """

    def __init__(self, app: ASGIApp, version: Callable[[], object] = lambda: None) -> None:
        self._app = app
        self._version = version
        self._answers: dict[tuple[object, ...], list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        asked = (self._version(), scope["method"], scope["path"], scope["query_string"], body)
        if scope["method"] in _WRITES:
            self._answers.clear()
        if asked not in self._answers:
            answer: list[Message] = []

            async def again() -> Message:
                return {"type": "http.request", "body": body}

            async def keep(message: Message) -> None:
                answer.append(message)

            await self._app(scope, again, keep)
            self._answers[asked] = answer
        for message in self._answers[asked]:
            await send(message)


@contextmanager
def running(module: str, *words: str) -> Iterator[str]:
    """The address of ``python -m benchmarks.<module> <words>``, which calls :func:`serve`."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our module
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith(_PREFIX):
                raise RuntimeError(f"{module} did not start: {line!r}")
            yield line.removeprefix(_PREFIX).strip()
        finally:
            process.terminate()


def serve(service: str, app: ASGIApp, clock: Clock) -> None:
    """Serve ``app`` under ``/<service>`` on a free port until the process is terminated."""
    gate = Gate({service: CachedResponses(app)}, clock)
    gate.latency = LATENCY_SECONDS
    config = uvicorn.Config(
        gate, port=0, log_config=None, access_log=False, date_header=False, lifespan="off"
    )
    listener = config.bind_socket()
    print(f"{_PREFIX}http://127.0.0.1:{listener.getsockname()[1]}/{service}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
