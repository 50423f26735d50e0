"""What is known from run to run: open causes, volumes, the last good run, who had a message today.

What belongs here: the files of the folder ``alerts`` in the data folder. What does not: what
follows from them. A file that cannot be read counts as empty: the next run opens its causes again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from filelock import FileLock

from pipelines.alerts.course import Course
from pipelines.alerts.volume import KEPT_DAYS
from pipelines.lake.manifest import write_whole

T = TypeVar("T")
Volumes = dict[str, dict[dt.date, int]]
_PATIENCE = 60.0


class Messaged(msgspec.Struct, frozen=True):
    """Which addresses had a message on a day."""

    day: dt.date
    addresses: tuple[str, ...]


class AlertState:
    """The state of one project's alerts.

    Args:
        folder: Holds its files; created on the first write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.last_good = folder / "last-good-run"

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Let no other process change the state meanwhile.

        Raises:
            filelock.Timeout: Another one is at it for a minute.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "alerts.lock", timeout=_PATIENCE, mode=0o600):
            yield

    def courses(self) -> list[Course]:
        """The causes that are open, or whose end somebody is yet to be told."""
        return self._read("open.json", list[Course]) or []

    def keep_courses(self, courses: Iterable[Course]) -> None:
        """Replace them."""
        self._write("open.json", list(courses))

    def volumes(self) -> Volumes:
        """The figures of the last weeks, by what is counted and day."""
        return self._read("volumes.json", Volumes) or {}

    def keep_volumes(self, found: Mapping[str, int], day: dt.date) -> Volumes:
        """Add the figures of a day and drop old ones; returns all."""
        volumes, first = self.volumes(), day - dt.timedelta(days=KEPT_DAYS)
        for what, number in found.items():
            volumes.setdefault(what, {})[day] = number
        kept = {
            what: {one: number for one, number in days.items() if one >= first}
            for what, days in volumes.items()
        }
        self._write("volumes.json", kept)
        return kept

    def last_good_at(self) -> dt.datetime | None:
        """When a run was last published; None if never, or the file cannot be read."""
        try:
            return dt.datetime.fromisoformat(self.last_good.read_text().strip()).astimezone(dt.UTC)
        except (OSError, ValueError, OverflowError):
            return None

    def keep_last_good(self, now: dt.datetime) -> None:
        """A run was published."""
        write_whole(self.last_good, f"{now.astimezone(dt.UTC).isoformat()}\n".encode())

    def messaged_on(self, day: dt.date) -> frozenset[str]:
        """The digests of the addresses that had a team's message on a day, the latest one."""
        kept = self._read("messages.json", Messaged)
        return frozenset(kept.addresses) if kept and kept.day == day else frozenset()

    def keep_messaged(self, day: dt.date, addresses: Iterable[str]) -> None:
        """Replace them."""
        self._write("messages.json", Messaged(day, tuple(sorted(addresses))))

    def _read(self, name: str, form: type[T]) -> T | None:
        try:
            return msgspec.json.decode((self._folder / name).read_bytes(), type=form)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _write(self, name: str, value: object) -> None:
        write_whole(self._folder / name, msgspec.json.encode(value))
