"""How the last attempt to read each source went.

What belongs here: one small file a source, replaced in one step. What does not: what a pull read
(``tables``) and what an attempt means for the night (``run_status``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class AttemptLog:
    """The latest attempt of each source.

    Args:
        folder: Where the files lie, one a source; created when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def latest(self, source: str) -> dict[str, Any]:
        """How the latest attempt to read ``source`` went; empty before the first."""
        path = self._path(source)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def record(self, source: str, attempt: dict[str, Any]) -> None:
        """Keep how an attempt went, replacing the one before in one step."""
        path = self._path(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps(attempt, ensure_ascii=False, indent=1), encoding="utf-8")
        beside.replace(path)

    def _path(self, source: str) -> Path:
        return self._folder / f"{source}.attempt.json"
