"""Puts an ASGI stand-in behind the loopback server, so that faults can be mixed in."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.connectors.support.loopback import Asked, Reply


def answering(app: Any, prefix: str = "") -> Callable[[Asked], Reply]:
    """Answers as ``app`` does under ``prefix``."""

    def answer(asked: Asked) -> Reply:
        return asyncio.run(_call(app, asked, prefix))

    return answer


async def _call(app: Any, asked: Asked, prefix: str) -> Reply:
    parts = urlsplit(asked.path)
    path = parts.path.removeprefix(prefix)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in asked.headers.items()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {
        name.decode().title(): value.decode()
        for name, value in sent[0]["headers"]
        if name.lower() != b"content-length"
    }
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(sent[0]["status"], body, headers)
