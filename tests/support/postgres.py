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
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def postgres(folder: Path) -> Iterator[int]:
    """A running Postgres with the user and database ``dagster``; its port on 127.0.0.1.

    Args:
        folder: Where it keeps its files; others than its owner must be able to enter it.
    """
    user, programs = _as_user(), {name: _program(name) for name in ("initdb", "pg_ctl", "createdb")}
    folder.mkdir(parents=True)
    if user is not None:
        os.chown(folder, user, -1)
        for above in folder.parents[:3]:  # those of pytest, which are their owner's alone
            above.chmod(above.stat().st_mode | 0o011)
    told = folder.parent / f"{folder.name}.password"
    told.write_text(PASSWORD)
    told.chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(name: str, *words: str) -> None:
        subprocess.run(
            [programs[name], *words],
            user=user,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD, "LC_ALL": "C"},
            check=True,
            stdout=subprocess.DEVNULL,
        )

    cluster = str(folder / "cluster")
    run("initdb", "-D", cluster, "-U", "dagster", "-A", "scram-sha-256", f"--pwfile={told}")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "-D", cluster, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "dagster", "dagster")
        yield port
    finally:
        run("pg_ctl", "-D", cluster, "-m", "fast", "-w", "stop")
