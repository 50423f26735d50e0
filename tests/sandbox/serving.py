"""One stand-in on a free loopback port, for as long as a test needs it; and the specifications."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp

SHARED = Path(__file__).resolve().parents[3] / "shared"


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application from a thread; gives its base url."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, date_header=False, lifespan="off", ws="none", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def shared(path: str) -> Path:
    """A specification or recording beside the project; without it the test cannot say anything."""
    found = SHARED / path
    if not found.exists():
        reason = f"{path} is not beside the project, so the stand-in is not compared with it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def load_shared(path: str) -> Any:
    """A JSON specification beside the project."""
    return json.loads(shared(path).read_text())
