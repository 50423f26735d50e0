"""``okr serve``: the page on this machine.

What belongs here: handing the page what it needs, and running its server. What does not: the page
(``dashboard``).
"""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import gc
import getpass
import ipaddress
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import uvicorn

from dashboard.app import create_app
from dashboard.site import Site
from pipelines.cli.page.access import access_of
from pipelines.cli.page.operation import operation_of
from pipelines.cli.shared.output import say
from pipelines.cli.shared.published import value_sources_of
from pipelines.cli.shared.signals import ending
from pipelines.model.organization import organization_of
from pipelines.project import Project
from pipelines.review.desk import ProjectDesk
from pipelines.store.follow import Following, following
from published.errors import UserError
from published.snapshot import Snapshots

_LOOPBACK = "127.0.0.1"
_PATIENCE = 5
"""Seconds that answers under way may take once the page is told to end."""
_MOST_ARENAS = -8
"""Of ``mallopt``: how many heaps threads may have, each of which keeps what it once needed."""
_LARGE, _SPARE = -3, -1
"""Of it as well: from how many bytes memory is had alone, and how many a heap may keep unused."""

_THRESHOLDS = 700, 10, 10
"""Python's own."""


class PortTakenError(UserError):
    """Another program listens there."""


class OpenToOthersError(UserError):
    """The page would be open to others without sign-in."""


def serve(config: Path | None, port: int, host: str = _LOOPBACK) -> int:
    """Serve the page until Ctrl-C or SIGTERM; returns 0.

    Raises:
        OpenToOthersError: ``host`` is not this machine's own, and nobody signs in.
        PortTakenError: The port is taken; the message names another.
    """
    _give_memory_back()
    project = Project(config, with_secrets=False, with_page_secrets=True)
    page = project.settings.page
    if not page.signs_in and not _is_loopback(host):
        raise OpenToOthersError(
            f"okr serve --host {host} would show the page to others without sign-in. Set page:"
            " sign_in: (OpenID Connect) or page: proxy: in okr.yaml, see docs/page-access.md; or"
            " leave --host out: then it is for this machine alone."
        )
    told = ending()
    with serving(project, port, host) as here:
        address = f"{page.address}/ (listening at {here})" if page.address else here
        say(f"The page: {address}  (Ctrl-C ends it)")
        told.wait()
    say("Stopped.")
    return 0


@contextmanager
def serving(project: Project, port: int, host: str = _LOOPBACK) -> Iterator[str]:
    """Serve a project's page as long as the context lasts; the address of this server.

    A run that was started from the page ends with it.

    Raises:
        PortTakenError: The port is taken; the message names another.
    """
    with following(project) as followed:
        site = site_of(project, followed)
        _collect_garbage()
        yield from _served(site, port, host)


def _served(site: Site, port: int, host: str) -> Iterator[str]:
    """The same once the state is here."""
    with _listening(port, host) as listening:
        config = uvicorn.Config(
            create_app(site),
            log_level="warning",
            # What a proxy, or whoever plays one, says of others is for dashboard.access alone.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_PATIENCE,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="page")
        thread.start()
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
            if site.operation:
                site.operation.end_run()
            gc.unfreeze()  # what stays frozen at the end is told as leaked, in fifty lines


def _collect_garbage() -> None:
    """From now on as often as Python does: commands, which end soon, hardly ever do.

    What there is at the start stays, so that looking through it would only take time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


def _give_memory_back() -> None:
    """Let what a view needed for a moment go back to the system: the process runs for weeks."""
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError):  # where the C library is another
        tell = ctypes.CDLL(None).mallopt
        for what, value in ((_MOST_ARENAS, 2), (_LARGE, 128_000), (_SPARE, 1_000_000)):
            tell(what, value)


def site_of(project: Project, followed: Following | None = None) -> Site:
    """What the page is given of a project, and how it goes with fetching its state."""
    user = _account()
    return Site(
        Snapshots(project.paths.duckdb),
        organization_of(project.settings),
        user,
        _now,
        lambda row: value_sources_of(project, row),
        access=access_of(project, user, _now),
        desk=ProjectDesk(project),
        operation=operation_of(project, followed or Following()),
        dagster_url=project.settings.page.dagster_url,
    )


def _account() -> str:
    """Who runs this; by number in a container that gives the number no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # OSError from Python 3.13 on
        return f"user {os.getuid()}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches it; a name that others resolve might lead elsewhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(port: int, host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except socket.gaierror:
        raise PortTakenError(f"--host {host}: this machine has no such address.") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise PortTakenError(f"--host {host}: this machine has no such address.") from None
        raise PortTakenError(
            f"port {port} of this machine is taken ({error.strerror})."
            " Name another: okr serve --port 0 takes any that is free."
        ) from None
