"""The peak memory of a measured process.

What belongs here: reading it. What does not: deciding what is measured.
"""

from __future__ import annotations

import re
from pathlib import Path

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def peak_megabytes() -> float:
    """Peak resident memory of this process since its program was started, as Linux counts it.

    ``getrusage`` does not serve: it also counts what a process held before it became this program,
    which is the memory of the process that started it.
    """
    found = _PEAK.search(Path("/proc/self/status").read_text())
    assert found, "/proc/self/status does not tell the peak memory"
    return int(found[1]) / 1024
