"""``okr serve``: the page on this machine.

What belongs here: handing the page what it needs, and running its server. What does not: the page
(``dashboard``).
"""

from __future__ import annotations

import datetime as dt
import getpass
import socket
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
    with _listening(port) as listening:
        say(f"The page: http://{_LOOPBACK}:{listening.getsockname()[1]}  (Ctrl-C ends it)")
        settings = uvicorn.Config(create_app(site_of(project)), log_level="warning", lifespan="off")
        uvicorn.Server(settings).run(sockets=[listening])
    return 0


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
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_LOOPBACK, port))
    except OSError as error:
        listening.close()
        raise PortTakenError(
            f"port {port} of this machine is taken ({error.strerror})."
            " Name another: okr serve --port 0 takes any that is free."
        ) from None
    return listening
