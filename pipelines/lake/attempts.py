"""The outcome of the latest attempt to pull each source.

What belongs here: one small file per source, replaced atomically. What does not: what a pull read
(``tables``) and what a failed attempt means for the run (``run_status``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.lake.manifest import write_whole


class AttemptLog:
    """The latest attempt of each source.

    Args:
        folder: Holds one file per source; created on the first write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def latest(self, source: str) -> dict[str, Any]:
        """The latest attempt to pull ``source``; empty before the first, or if it is unreadable."""
        try:
            attempt = json.loads(self._path(source).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return attempt if isinstance(attempt, dict) else {}

    def record(self, source: str, attempt: dict[str, Any]) -> None:
        """Store an attempt, atomically replacing the previous one."""
        text = json.dumps(attempt, ensure_ascii=False, indent=1)
        write_whole(self._path(source), text.encode())

    def _path(self, source: str) -> Path:
        return self._folder / f"{source}.attempt.json"
