"""The peak memory of a measured process.

What belongs here: reading it. What does not: deciding what is measured.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def peak_megabytes() -> float:
    """Peak resident memory of this process since its program was started, as Linux counts it.

    ``getrusage`` does not serve: it also counts what a process held before it became this program,
    which is the memory of the process that started it.
    """
    peak = peak_of(os.getpid())
    assert peak, "/proc/self/status does not tell the peak memory"
    return peak


def peak_of(process: int) -> float:
    """The same of another process; 0 if it has ended."""
    try:
        found = _PEAK.search(Path(f"/proc/{process}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
