"""A run that is ended by a signal: at once, in a sentence, whatever it is at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from pipelines.cli.shared.signals import ended_by_signals

AT_WORK = """
import os, signal, sys, time
from pipelines.cli.shared.signals import ended_by_signals
with ended_by_signals():
    if sys.argv[1] == "as Dagster":
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
    print("at work", flush=True)
    if sys.argv[1] == "in an engine":
        import duckdb
        many = "range(9000000)"
        duckdb.sql(f"SELECT 1 FROM {many} a, {many} b WHERE a.range > b.range + 9e6").fetchall()
    time.sleep(60)
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such signals")


@pytest.mark.parametrize("at", ["in Python", "as Dagster", "in an engine"])
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_a_run_in_a_sentence(name: str, code: int, at: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", AT_WORK, at],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    assert child.stdout.readline() == "at work\n"
    child.send_signal(getattr(signal, name))
    _, said = child.communicate(timeout=30)
    assert child.returncode == code
    assert said.strip() == (
        f"Ended by {name}. What is published is whole; the next okr sync goes on where this one"
        " ended."
    )


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with ended_by_signals():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
