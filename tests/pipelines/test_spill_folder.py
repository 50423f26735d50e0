"""What a process that was killed leaves among the temporary files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

_SCRIPT = """
import pathlib
from pipelines.spill_folder import spill_folder
folder = pathlib.Path(spill_folder())
(folder / "0").mkdir()
(folder / "0" / "spilled").write_text("rows")
print(folder, flush=True)
input()
"""


class Process:
    """A process with a folder, in a place for temporary files of the test's own."""

    def __init__(self, place: Path) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT],
            env={**os.environ, "TMPDIR": str(place)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.running.stdout is not None
        self.folder = Path(self.running.stdout.readline().strip())

    def end(self, *, killed: bool) -> None:
        if killed:
            self.running.kill()
        self.running.communicate("\n")


def age(folder: Path, hours: float) -> None:
    """As if the folder had been made so long ago."""
    then = time.time() - 3600 * hours
    os.utime(folder / "in-use.lock", (then, then))


@pytest.mark.skipif(sys.platform == "win32", reason="TMPDIR is not read there")
def test_what_a_killed_process_left_is_removed_by_a_later_one_and_nothing_else(
    tmp_path: Path,
) -> None:
    killed, new, alive = Process(tmp_path), Process(tmp_path), Process(tmp_path)
    age(killed.folder, 2)
    age(alive.folder, 2)
    killed.end(killed=True)
    new.end(killed=True)  # within the hour, so its owner may be about to lock it
    others = tmp_path / "okr-sync-of-somebody"  # without a lock file
    others.mkdir()
    target = tmp_path / "precious"
    target.mkdir()
    (target / "in-use.lock").touch()
    age(target, 2)
    link = tmp_path / "okr-sync-link"
    link.symlink_to(target)

    later = Process(tmp_path)

    kept = {alive.folder, new.folder, later.folder, others, target, link}
    assert set(tmp_path.iterdir()) == kept
    assert (alive.folder / "0" / "spilled").read_text() == "rows"
    assert (target / "in-use.lock").exists()
    for one in (alive, later):
        one.end(killed=False)
    assert set(tmp_path.iterdir()) == kept - {alive.folder, later.folder}
