"""What is remembered of Notion between two pulls, and within a broken one.

What belongs here: the cursor's shape, and what others may want to know from it. What does not:
deciding what is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from connectors.notion.catalog import canonical_id
from connectors.notion.schema import Schema
from connectors.records import Cursor


class NotionCursor(msgspec.Struct):
    """The cursor.

    Attributes:
        complete: Whether the pull that left it was read to the end.
        places: Configured place -> its data sources, as asked for at ``resolved_at``.
        resolved_at: When the oldest of ``places`` was asked for.
        schemas: What is known of each data source.
        done: Data sources that a pull begun at ``started_at`` and not ``complete`` has read.
        started_at: When that pull began.
        read_at: Place -> when a pull last read it to its end, kept while it is unreachable.
        unreachable: Places that the last complete pull could not reach.
    """

    complete: bool = False
    places: dict[str, list[str]] = {}
    resolved_at: datetime | None = None
    schemas: dict[str, Schema] = {}
    done: list[str] = []
    started_at: datetime | None = None
    read_at: dict[str, datetime] = {}
    unreachable: list[str] = []


def load_cursor(cursor: Cursor) -> NotionCursor:
    """The memory that a cursor holds, ready for the next pull."""
    memory = msgspec.convert(dict(cursor), NotionCursor)
    if memory.complete:
        memory.done, memory.started_at = [], None
    return memory


def dump_cursor(memory: NotionCursor) -> Cursor:
    """The memory as plain JSON values, cut loose from what goes on changing."""
    plain: Mapping[str, object] = msgspec.json.decode(msgspec.json.encode(memory))
    return plain


def data_sources(cursor: Cursor, place: str) -> tuple[str, ...]:
    """Ids of the data sources that a configured place stood for when it was last reached.

    They are the ``place`` of its records. Empty for a place that was never reached. Ids may be
    given with or without dashes.
    """
    wanted = canonical_id(place)
    places = msgspec.convert(dict(cursor), NotionCursor).places
    return tuple(
        held for known, ids in places.items() if canonical_id(known) == wanted for held in ids
    )


def last_read(cursor: Cursor, place: str) -> datetime | None:
    """When a configured place was last read to its end; None if it never was."""
    wanted = canonical_id(place)
    read_at = msgspec.convert(dict(cursor), NotionCursor).read_at
    return next((at for known, at in read_at.items() if canonical_id(known) == wanted), None)
