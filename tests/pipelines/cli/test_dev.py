"""``okr dev`` as a process: all that it started ends with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc"),
]
OKR = str(Path(sys.executable).with_name("okr"))


def _marked(mark: str) -> list[int]:
    """The processes that have a mark in the environment that they were started with."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_web_page_the_daemon_and_their_servers_end_with_okr_dev(
    tmp_path: Path, ending: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mark = f"OKR_TEST_MARK={tmp_path}"
    environ = {**os.environ, "OKR_TEST_MARK": str(tmp_path), "DAGSTER_HOME": str(tmp_path)}
    environ.pop("OKR_CONFIG", None)
    with (tmp_path / "log").open("wb") as log:
        dev = subprocess.Popen(
            [OKR, "dev", "--port", str(port)], cwd=tmp_path, env=environ, stdout=log, stderr=log
        )
    try:
        end = time.monotonic() + 180
        while time.monotonic() < end and dev.poll() is None:
            with suppress(OSError):
                address = f"http://127.0.0.1:{port}/server_info"
                with urllib.request.urlopen(address, timeout=5):
                    break
            time.sleep(1)
        assert len(_marked(mark)) > 3, (tmp_path / "log").read_text()
        dev.send_signal(ending)
        assert dev.wait(timeout=90) == 0
        assert _marked(mark) == []
    finally:
        for process in _marked(mark):
            os.kill(process, signal.SIGKILL)
        dev.wait()
