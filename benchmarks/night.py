"""Whole nights as processes: ``okr sync`` against the stand-ins, its processor time and memory.

Three nights: the first, which reads everything; a quiet one; and one with changed issues. What
belongs here: starting them and measuring. What does not: single parts (the other benchmarks).

``python -m benchmarks night --issues 20000`` prints the table.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import peak_of
from sandbox.server import Sandbox

_OKR = Path(sys.executable).with_name("okr")
_OFTEN = 0.02  # seconds between two looks at the process


@dataclass(frozen=True)
class Measured:
    """What a night took: seconds by the clock and of the processor, and megabytes at its peak."""

    name: str
    wall: float
    processor: float
    peak: float


def night(name: str, settings: Path, environ: dict[str, str]) -> Measured:
    """Run ``okr sync``; it must end well."""
    started, before = time.monotonic(), os.times()
    command = [str(_OKR), "sync", "--config", str(settings)]
    peak = 0.0
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env=environ, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            peak = max(peak, peak_of(process.pid))
            time.sleep(_OFTEN)
    after = os.times()
    assert process.returncode == 0, process.returncode
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    return Measured(name, time.monotonic() - started, spent, peak)


def nights(issues: int, changed: int) -> list[Measured]:
    """The three nights of a company with so many issues."""
    found = []
    with tempfile.TemporaryDirectory() as folder, Sandbox(issues=issues) as box:
        settings = box.write_settings(Path(folder))
        environ = {**os.environ, **box.environment()}
        found.append(night("first", settings, environ))
        box.clock.advance(3600)
        found.append(night("quiet", settings, environ))
        box.clock.advance(3600)
        for number in range(1, changed + 1):
            box.jira.edit_issue(10_400 + 7 * number, summary=f"Looked at again, {number}")
        box.clock.advance(3600)
        found.append(night(f"{changed} changed", settings, environ))
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks night")
    parser.add_argument("--issues", type=int, default=20_000)
    parser.add_argument("--changed", type=int, default=500)
    asked = parser.parse_args()
    print(f"{asked.issues:,} issues\n\n| night | seconds | processor seconds | peak MB |")
    print("|---|---|---|---|")
    for one in nights(asked.issues, asked.changed):
        print(f"| {one.name} | {one.wall:.1f} | {one.processor:.1f} | {one.peak:.0f} |")
    return 0
