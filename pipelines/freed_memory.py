"""How a process of okr-sync gives back the memory that it no longer needs.

What belongs here: the C library's part, and the reason. What does not: DuckDB's part
(``lake.duckdb_session``), and measuring what a run needs (``telemetry.meter``).
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

_LARGE = 128 * 1024  # bytes
# Numbers from glibc's malloc.h, beside the variables of the environment that set the same.
_GLIBC = (
    ("MALLOC_ARENA_MAX", -8, 2),
    ("MALLOC_MMAP_THRESHOLD_", -3, _LARGE),
    ("MALLOC_TRIM_THRESHOLD_", -1, _LARGE),
)


def give_back_freed_memory() -> None:
    """Give what is freed back to the operating system soon, in the whole process.

    A run is a sequence of steps that each need other large pieces. By default, the C library keeps
    a heap for each thread, and keeps ever larger pieces as if they were soon needed again. So the
    memory of one step would be added to that of the next. Options that are set in the environment
    stay as they are, and so do other C libraries than glibc.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # without such a function
        set_option = ctypes.CDLL(None).mallopt
        for variable, option, value in _GLIBC:
            if variable not in os.environ:
                set_option(option, value)
