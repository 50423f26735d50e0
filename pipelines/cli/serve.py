"""``okr serve``: the page on this machine.

What belongs here: handing the page what it needs, and running its server. What does not: the page
(``dashboard``).
"""

from __future__ import annotations

import datetime as dt
import getpass
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from dashboard.app import create_app
from dashboard.site import Site
from pipelines.cli.explain import value_sources_of
from pipelines.cli.shared.output import say
from pipelines.cli.shared.published import organization_of
from pipelines.project import Project
from published.errors import UserError
from published.snapshot import Snapshots

_LOOPBACK = "127.0.0.1"


class PortTakenError(UserError):
    """Another program listens there."""


def serve(config: Path | None, port: int) -> int:
    """Serve the page on loopback until Ctrl-C or SIGTERM; returns 0.

    Raises:
        PortTakenError: The port is taken; the message names another.
    """
    project = Project(config, with_secrets=False)
    with serving(project, port) as address:
        say(f"The page: {address}  (Ctrl-C ends it)")
        until_ended()
    say("Stopped.")
    return 0


@contextmanager
def serving(project: Project, port: int) -> Iterator[str]:
    """Serve a project's page on loopback as long as the context lasts; its address.

    Raises:
        PortTakenError: The port is taken; the message names another.
    """
    with _listening(port) as listening:
        config = uvicorn.Config(create_app(site_of(project)), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="page")
        thread.start()
        try:
            yield f"http://{_LOOPBACK}:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def until_ended() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    done.wait()


def site_of(project: Project) -> Site:
    """What the page is given of a project."""
    return Site(
        Snapshots(project.paths.duckdb),
        organization_of(project.settings),
        getpass.getuser(),
        lambda: dt.datetime.now(dt.UTC),
        lambda row: value_sources_of(project, row),
    )


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((_LOOPBACK, port))
    except OSError as error:
        raise PortTakenError(
            f"port {port} of this machine is taken ({error.strerror})."
            " Name another: okr serve --port 0 takes any that is free."
        ) from None
