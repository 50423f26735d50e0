"""Decisions of people in the store: kept one by one, and part of the state from the next night on.

What belongs here: recording one, and adding those that others recorded to the local copy. What does
not: validating them (``review``), and the log itself (``lake.decision_log``).

A decision is an object of its own from the moment it is recorded, whoever is at work on the state:
so a night on another machine neither waits for it nor can lose it. Every copy of the state adds the
decisions that lie there to its log. An object is deleted only after a state whose log has it was
put in place. Who reads them therefore lists them first, and the head afterwards: what is gone from
the list is in the state that the head names.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any

import pandas as pd
from filelock import FileLock

from okr_model.links.decisions import LOG_COLUMNS
from pipelines.errors import ensure_writable
from pipelines.lake.decision_log import DecisionLog
from pipelines.paths import DataPaths
from pipelines.store.head import NewerStoreError
from pipelines.store.objects import (
    DamagedObjectError,
    LostRaceError,
    NoObjectError,
    Objects,
)

FOLDER = "decisions"
_AT_ONCE = 8
_RECORDING = RLock()
_READ: dict[tuple[str, str], Rows] = {}
"""What was read before: an object never changes."""
Row = Mapping[str, Any]
Rows = list[dict[str, Any]]
Waiting = dict[str, Rows]
"""The rows of each object that waits to become part of the state, by its name."""


def keep(objects: Objects, paths: DataPaths, rows: Sequence[Row]) -> None:
    """Record decisions: in the store first, then in the log of the local copy, which was fetched.

    Raises:
        pipelines.store.objects.StoreError: They are not recorded, or that is not known.
    """
    with recording(paths):
        _put(objects, rows)
        DecisionLog(paths.decisions).append(rows)


def waiting_in(objects: Objects) -> Waiting:
    """The decisions that wait to become part of the state.

    Raises:
        pipelines.store.head.NewerStoreError: One has what only a newer version knows.
        pipelines.store.objects.StoreError: They cannot be read.
    """
    names = objects.names(FOLDER)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="decisions") as pool:
        found = dict(zip(names, pool.map(partial(_read, objects), names), strict=True))
    _READ.clear()
    _READ.update({(objects.url, name): rows for name, rows in found.items() if rows is not None})
    return {name: rows for name, rows in found.items() if rows is not None}


def _read(objects: Objects, name: str) -> Rows | None:
    """The rows of an object; None if it is part of the state since it was listed."""
    if known := _READ.get((objects.url, name)):
        return known
    try:
        return _rows(objects, name, objects.read(name)[0])
    except NoObjectError:
        return None


def add_waiting(paths: DataPaths, waiting: Waiting) -> int:
    """Add to the log of the local copy what it lacks; returns how many decisions."""
    if not waiting:
        return 0
    with recording(paths):
        log = DecisionLog(paths.decisions)
        known = keys_of(log)
        new = [row for rows in waiting.values() for row in rows if key_of(row) not in known]
        if new:
            log.append(new)
    return len(new)


def save_unknown(objects: Objects, paths: DataPaths, known: frozenset[str]) -> Waiting:
    """Keep what was decided in the local copy while no store was set, before it is replaced.

    Args:
        objects: The store.
        paths: The local copy.
        known: The decisions that are in the store, or were in the state that was copied.

    Returns:
        What was kept.
    """
    log = DecisionLog(paths.decisions)
    frame = log.frame()
    rows = [_plain(row) for row in frame.to_dict("records")]
    unknown = [row for row in rows if key_of(row) not in known]
    return {_put(objects, unknown): unknown} if unknown else {}


def keys_of(log: DecisionLog) -> frozenset[str]:
    """The keys of all decisions of a log."""
    frame = log.frame()[["decision_id", "decided_at"]]
    return frozenset(map(key_of, frame.to_dict("records")))


def key_of(row: Mapping[Any, Any]) -> str:
    """What tells a decision from every other: its id and its instant."""
    return f"{row['decision_id']} {pd.Timestamp(row['decided_at']).as_unit('us').value}"


@contextmanager
def recording(paths: DataPaths) -> Iterator[None]:
    """Let no other thread or process of this machine write to the local log meanwhile."""
    ensure_writable(paths.data, "data: in okr.yaml")
    # The lock file is held by the whole process, however many of its threads ask for it.
    with _RECORDING, FileLock(paths.decisions_lock, is_singleton=True, thread_local=False):
        yield


def _put(objects: Objects, rows: Sequence[Row]) -> str:
    name = f"{FOLDER}/{rows[0]['decision_id']}-{secrets.token_hex(8)}.json"
    told = [{key: _told(value) for key, value in row.items()} for row in rows]
    with suppress(LostRaceError):  # nobody else has this name: the answer was lost, and it is there
        objects.create(name, json.dumps(told, ensure_ascii=False, indent=1).encode())
    return name


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _rows(objects: Objects, name: str, content: bytes) -> Rows:
    try:
        rows = json.loads(content)
        unknown = {key for row in rows for key, value in row.items() if value is not None}
        if more := unknown - set(LOG_COLUMNS):
            raise NewerStoreError(
                f"{objects.url}: a newer okr-sync recorded the decision {name}, with"
                f" {', '.join(sorted(more))}. Install that version here, too."
            )
        return [row | {"decided_at": dt.datetime.fromisoformat(row["decided_at"])} for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DamagedObjectError(
            f"{objects.url}: the decision {name} is not as it was recorded. Put it back by your"
            " store's versions; if it is lost, delete the object and decide again."
        ) from None


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of the log as it was recorded."""
    return {
        str(key): None
        if pd.isna(value)
        else value.to_pydatetime()
        if key == "decided_at"
        else value
        for key, value in row.items()
    }


def log_in(folder: Path) -> DecisionLog:
    """The decision log of a copy of the state in another folder."""
    return DecisionLog(folder / "lake" / "decisions")
