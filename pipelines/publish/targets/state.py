"""How the last attempt at each target went.

What belongs here: one small file in the data folder. What does not: what a target holds, which the
target itself says wherever it can be asked (``manifest``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from pipelines.lake.manifest import write_whole


class Attempt(msgspec.Struct, frozen=True):
    """The last attempt at one target, and the last that went well.

    Attributes:
        at: When the run began that made the attempt.
        run_id: The run that the target was last written from; None if never.
        as_of: The day of its tables.
        written_at: When it was written.
        rows: How many rows each table had.
        error: Why the last attempt failed, and what to do; None if it did not.
        since: Since when attempts fail.
    """

    at: dt.datetime
    run_id: str | None = None
    as_of: dt.date | None = None
    written_at: dt.datetime | None = None
    rows: dict[str, int] = {}
    error: str | None = None
    since: dt.datetime | None = None


class AttemptsAtTargets:
    """The attempts of one project.

    Args:
        path: The file; made by the first attempt. One that cannot be read counts as empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def latest(self) -> dict[str, Attempt]:
        """The latest attempt at each target, by its name."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Attempt])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return {}

    def record(self, name: str, attempt: Attempt) -> None:
        """Replace the attempt at one target."""
        content = msgspec.json.encode(self.latest() | {name: attempt})
        write_whole(self._path, msgspec.json.format(content, indent=1))
