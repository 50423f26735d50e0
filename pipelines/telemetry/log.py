"""The log of runs: one line for each thing that happened, with the run's id.

What belongs here: where lines go and what they look like. What does not: what is worth a line,
which the code says where it happens: ``event("source read", source="jira", rows=12)``.

Outside :func:`run_log` an event goes nowhere. A line that cannot be written is lost, and ends no
run. No line has a credential, or a character that a terminal obeys.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from connectors.secrets import redact
from pipelines.lake.private_files import private_files
from pipelines.settings.operation import LogSettings
from published.errors import UserError
from published.export import spelled_out

FILE = "okr.log"
KEPT_FILES = 9
"""How many full files are kept beside the one that is written."""
FILE_BYTES = 5_000_000
_EVENTS = logging.getLogger("okr")
_EVENTS.setLevel(logging.INFO)
_EVENTS.propagate = False
_EVENTS.addHandler(logging.NullHandler())
_LIBRARIES = ("connectors", "pipelines")
"""Loggers whose warnings go to the log as well, and where they went before."""


@dataclass(frozen=True, slots=True)
class Logs:
    """Where the log of a project's runs goes.

    Attributes:
        folder: Holds the files; made where it is missing.
        group: The name of a group that may read them; None for nobody.
        settings: The form of lines, and whether they go to standard error as well.
    """

    folder: Path
    group: str | None
    settings: LogSettings


def event(name: str, *, level: int = logging.INFO, **facts: Any) -> None:
    """Log that something happened.

    Args:
        name: What, in a few words that are always the same, so that they can be searched for.
        level: One of :mod:`logging`.
        facts: What is known of it; those that are None are left out.
    """
    known = {key: value for key, value in facts.items() if value is not None}
    _EVENTS.log(level, name, extra={"facts": known})


@contextmanager
def run_log(logs: Logs, run_id: str) -> Iterator[None]:
    """Write the events of a run meanwhile; within another run's log, it is that one's."""
    if any(isinstance(one, (_File, _Stderr)) for one in _EVENTS.handlers):
        yield
        return
    handlers = list(_handlers(logs))
    for handler in handlers:
        handler.setFormatter(_Line(run_id, as_json=logs.settings.format == "json"))
    attached: list[tuple[logging.Logger, logging.Handler]] = [(_EVENTS, one) for one in handlers]
    for library in map(logging.getLogger, _LIBRARIES):
        kept = [] if library.hasHandlers() or logging.lastResort is None else [logging.lastResort]
        attached += [(library, one) for one in (*handlers, *kept)]
    for logger, handler in attached:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger, handler in attached:
            logger.removeHandler(handler)
        for handler in handlers:
            handler.close()


def _handlers(logs: Logs) -> Iterator[logging.Handler]:
    with suppress(OSError, UserError):  # the run itself says that nothing can be written there
        with private_files([logs.folder.parent], logs.group):
            logs.folder.mkdir(parents=True, exist_ok=True)
        yield _File(logs.folder / FILE, 0o640 if logs.group else 0o600)
    if logs.settings.stderr:
        yield _Stderr(sys.stderr)


class _File(RotatingFileHandler):
    """The file; a full one is renamed, and the oldest dropped."""

    def __init__(self, path: Path, mode: int) -> None:
        self._rights = mode
        super().__init__(path, maxBytes=FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, self._rights)
        return TextIOWrapper(FileIO(handle, "ab"), encoding="utf-8", write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as logging has it
        """A line is lost, such as on a full disk, of which the run itself tells."""


class _Stderr(logging.StreamHandler[Any]):
    """Standard error, such as for a container's log."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as logging has it
        """A line is lost because nobody reads any more."""


class _Line(logging.Formatter):
    """One line of JSON, or ``key=value`` for people."""

    def __init__(self, run_id: str, *, as_json: bool) -> None:
        super().__init__()
        self._run_id = run_id
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        facts: Mapping[str, Any] = getattr(record, "facts", {})
        head = {"at": at, "level": record.levelname.lower(), "run": self._run_id}
        if self._as_json:
            whole = {**facts, **head, "event": record.getMessage()}
            ordered = {key: whole[key] for key in (*head, "event", *facts)}
            line = json.dumps(ordered, ensure_ascii=False, default=str)
        else:
            said = " ".join(f"{key}={_value(value)}" for key, value in facts.items())
            what = record.getMessage().replace("\n", " ")
            line = f"{at} {head['level']:<7} run={self._run_id} {what} {said}".rstrip()
        return spelled_out(redact(line))


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = ",".join(str(one) for one in value)
    text = str(value)
    plain = text and not any(mark in text for mark in ' "=\n\r\t')
    return text if plain else json.dumps(text, ensure_ascii=False)
