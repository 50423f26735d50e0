"""Stand-ins on a free loopback port for as long as a test needs them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

import requests
import uvicorn
from starlette.routing import Mount, Router
from starlette.types import ASGIApp

from sandbox.server.jira.app import jira_app
from sandbox.server.jira.store import JiraSite


class _Server:
    """One server for all tests, because starting one takes a fifth of a second."""

    def __init__(self) -> None:
        self.apps = Router()
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            self.apps, date_header=False, lifespan="off", ws="none", log_level="error"
        )
        server = uvicorn.Server(config)
        threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="stand-ins"
        ).start()
        while not server.started:
            time.sleep(0.005)


@cache
def _server() -> _Server:
    return _Server()


_numbers = count(1)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application under a path of its own, as the sandbox does; gives its base url."""
    server, path = _server(), f"/box{next(_numbers)}"
    mount = Mount(path, app)
    server.apps.routes.append(mount)
    try:
        yield server.url + path
    finally:
        server.apps.routes.remove(mount)


JIRA_LOGIN = ("reader@larkfield.example", "secret")


class JiraApi:
    """A Jira Cloud stand-in's API, signed in."""

    def __init__(self, base: str, session: requests.Session) -> None:
        self.base = base
        self.session = session

    def get(self, path: str) -> requests.Response:
        """The answer to a GET."""
        return self.session.get(f"{self.base}{path}", timeout=60)

    def post(self, path: str, **body: Any) -> requests.Response:
        """The answer to a POST of JSON."""
        return self.session.post(f"{self.base}{path}", json=body, timeout=60)


@contextmanager
def jira_session(site: JiraSite) -> Iterator[tuple[str, requests.Session]]:
    """The address of a site's API and a session that is signed in."""
    with serving(jira_app(site, dict([JIRA_LOGIN]))) as url, requests.Session() as session:
        session.auth = JIRA_LOGIN
        yield f"{url}/rest/api/3", session
