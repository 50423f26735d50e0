"""What is freed is given back to the operating system."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

_MANY = 100  # megabytes
_FREEING = f"""
import re, sys
from pathlib import Path

if "give back" in sys.argv:
    from pipelines.freed_memory import give_back_freed_memory
    give_back_freed_memory()

def held():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\\s+(\\d+)", status)[1]) // 1024

before = held()
b"x" * (30 << 20)  # from here on, the C library takes a megabyte for a small piece
pieces, between = [], []
for number in range({_MANY}):
    pieces.append(b"x" * (1 << 20))
    between.append(b"x" * 100_000)  # which stay, so that the heap cannot be cut
del pieces
print(held() - before)
"""


def _kept(*words: str, **environ: str) -> int:
    """Megabytes that a process holds after it has freed so many."""
    done = subprocess.run(
        [sys.executable, "-c", _FREEING, *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_what_is_freed_is_given_back_unless_the_environment_says_otherwise() -> None:
    assert _kept() > _MANY * 0.8
    assert _kept("give back") < _MANY * 0.2
    assert _kept("give back", MALLOC_MMAP_THRESHOLD_=str(32 << 20)) > _MANY * 0.8
