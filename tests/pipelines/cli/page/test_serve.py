"""``okr serve`` as a process: it says where it is, answers, and ends when it is told to."""

from __future__ import annotations

import getpass
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from pipelines.cli.page import operation
from pipelines.cli.page.operation import OfflineRun
from pipelines.cli.page.serve import _account
from tests.support.company import Company

OKR = str(Path(sys.executable).with_name("okr"))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_page_is_served_until_it_is_told_to_end(
    published: Company, ending: signal.Signals
) -> None:
    command = [OKR, "serve", "-c", str(published.folder / "okr.yaml"), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as serving:
        assert serving.stdout is not None
        try:
            said = serving.stdout.readline()
            [address] = re.findall(r"http://127\.0\.0\.1:\d+/", said)
            with urllib.request.urlopen(f"{address}team") as answer:  # noqa: S310 - our own page
                shown = answer.read().lower()
            loaded = Path(f"/proc/{serving.pid}/maps").read_text("utf-8")
        finally:
            serving.send_signal(ending)
        rest = serving.stdout.read()
    assert b"worst first" in shown
    # What reads sources and forecasts is not loaded: it takes fifty megabytes.
    assert not re.findall(r"/(?:scipy|cryptography)/", loaded)
    assert serving.returncode == 0
    assert rest == "Stopped.\n"


def test_a_port_that_is_taken_is_a_sentence(published: Company) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = published.okr_here("serve", "--port", port)
    assert done.returncode == 2
    assert f"port {port} of this machine is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_was_started_from_the_page_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation, "_COMMAND", "import time; time.sleep(600)")
    run = OfflineRun(tmp_path / "okr.yaml")
    run.end()
    run.start()
    assert "is at work" in run.state()
    run.end()
    for thread in threading.enumerate():
        if thread.name.endswith("(_await)"):
            thread.join()
    assert f"ended with exit code -{int(signal.SIGTERM)}" in run.state()


@pytest.mark.parametrize("fault", [KeyError("uid not found: 10001"), OSError("no username")])
def test_an_account_without_a_name_is_called_by_its_number(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def nameless() -> str:
        raise fault

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert _account() == f"user {os.getuid()}"
