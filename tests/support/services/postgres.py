"""A Postgres of one test's own, where the machine has the program.

What belongs here: making a cluster in a folder, starting it on loopback, ending it. What does not:
what is kept in it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "only of this test"


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(installed[-1]) if installed else None)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install postgresql")
    return found


def _as_user() -> int | None:
    """Postgres refuses to run as root; then it runs as the account that it was installed with."""
    return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None


@dataclass(frozen=True)
class Cluster:
    """A running Postgres with the user and database ``dagster``.

    Attributes:
        port: Its port on 127.0.0.1.
        restart: Ends it without a word to anybody, as a crash does, and starts it again.
    """

    port: int
    restart: Callable[[], None]


@contextmanager
def postgres() -> Iterator[int]:
    """The port of a running Postgres with the user and database ``dagster``."""
    with cluster() as running:
        yield running.port


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running Postgres; its folder is none of pytest's, which their owner alone may enter."""
    user, programs = _as_user(), {name: _program(name) for name in ("initdb", "pg_ctl", "createdb")}
    with tempfile.TemporaryDirectory(prefix="okr-postgres-") as folder:
        told = Path(folder, "password")
        told.write_text(PASSWORD)
        if user is not None:
            os.chown(folder, user, -1)
            os.chown(told, user, -1)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])

        def run(name: str, *words: str) -> None:
            subprocess.run(
                [programs[name], *words],
                user=user,
                cwd="/",
                env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD, "LC_ALL": "C"},
                check=True,
                stdout=subprocess.DEVNULL,
            )

        data = f"{folder}/cluster"
        run("initdb", "-D", data, "-U", "dagster", "-A", "scram-sha-256", f"--pwfile={told}")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="

        def start() -> None:
            run("pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")

        def stop(mode: str) -> None:
            run("pg_ctl", "-D", data, "-m", mode, "-w", "stop")

        def restart() -> None:
            stop("immediate")
            start()

        start()
        try:
            run("createdb", "-h", "127.0.0.1", "-p", port, "-U", "dagster", "dagster")
            yield Cluster(int(port), restart)
        finally:
            stop("fast")
