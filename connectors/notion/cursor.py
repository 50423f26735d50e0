"""The cursor of a Notion pull.

What belongs here: the cursor's shape, and queries on it. What does not: deciding what is read
(``source``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from connectors.notion.catalog import canonical_id
from connectors.notion.schema import Schema
from connectors.records import Cursor


class KnownPlace(msgspec.Struct, frozen=True):
    """A configured place as it was when it was last reached: its title, its data sources' ids."""

    place: str
    title: str
    data_sources: list[str]


class NotionCursor(msgspec.Struct):
    """The state of one pull.

    Attributes:
        complete: Whether the pull is complete.
        places: Configured place → its data sources, as of ``resolved_at``.
        resolved_at: When the oldest of ``places`` was resolved.
        schemas: Data source id → its schema.
        done: Data sources that an unfinished pull has read since ``started_at``.
        started_at: When that pull started.
        read_at: Place → when a pull last read it completely; kept while it is unreachable.
        people: Names of those who have commented, by id, as far as Notion tells them.
        unreachable: Places that the last complete pull could not reach.
        known: What each configured place was when it was last reached.
    """

    complete: bool = False
    places: dict[str, list[str]] = {}
    resolved_at: datetime | None = None
    schemas: dict[str, Schema] = {}
    done: list[str] = []
    started_at: datetime | None = None
    read_at: dict[str, datetime] = {}
    unreachable: list[str] = []
    people: dict[str, str] = {}
    known: list[KnownPlace] = []


def load_cursor(cursor: Cursor) -> NotionCursor:
    """The state to start the next pull from."""
    loaded = msgspec.convert(dict(cursor), NotionCursor)
    if loaded.complete:
        loaded.done, loaded.started_at = [], None
    return loaded


def dump_cursor(cursor: NotionCursor) -> Cursor:
    """The cursor as plain JSON values; a copy, unaffected by later changes."""
    plain: Mapping[str, object] = msgspec.json.decode(msgspec.json.encode(cursor))
    return plain


def data_sources(cursor: Cursor, place: str) -> tuple[str, ...]:
    """Ids of a configured place's data sources, as of when it was last reached.

    They are the ``place`` of its records. Empty for a place that was never reached. ``place`` may
    be written with or without dashes.
    """
    wanted = canonical_id(place)
    places = msgspec.convert(dict(cursor), NotionCursor).places
    return tuple(
        held for known, ids in places.items() if canonical_id(known) == wanted for held in ids
    )


def known_place(cursor: Cursor, place: str) -> KnownPlace | None:
    """The configured place that has this id, or whose data source has; None if none was reached."""
    wanted = canonical_id(place)
    known = msgspec.convert(dict(cursor), NotionCursor).known
    return next(
        (one for one in known if wanted in map(canonical_id, (one.place, *one.data_sources))), None
    )


def last_read(cursor: Cursor, place: str) -> datetime | None:
    """When a configured place was last read completely; None if it never was."""
    wanted = canonical_id(place)
    read_at = msgspec.convert(dict(cursor), NotionCursor).read_at
    return next((at for known, at in read_at.items() if canonical_id(known) == wanted), None)
