"""The messages that a connector yields, and the columns that every stream shares.

What belongs here: the protocol between a connector and the lake. What does not: any one service.

A pull is an iterator of three kinds of message. The lake commits each :class:`Rows` together with
its cursor, so that an interrupted pull resumes after the last commit. :class:`Present` is a census
of the ids in one place, from which deletions are derived. :class:`Problem` names a record that
could not be read, without ending the pull.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

import pyarrow as pa

Cursor = Mapping[str, Any]
"""A connector's resumption state, JSON-serializable; opaque to everything else."""

INSTANT = pa.timestamp("us", tz="UTC")

TEXTS = pa.list_(pa.struct([("role", pa.string()), ("field", pa.string()), ("text", pa.string())]))
"""Texts that may refer to other records; role is ``text``, ``label``, ``property`` or ``link``."""

COMMON = [
    pa.field("id", pa.string(), nullable=False),  # the service's immutable id
    pa.field("place", pa.string(), nullable=False),  # project key, data source id, spreadsheet/tab
    pa.field("url", pa.string()),  # opens the record in the service
    pa.field("updated_at", INSTANT),  # as the service reports it
    pa.field("texts", TEXTS),
    pa.field("cells", pa.string()),  # JSON of connectors.cells.encode_cells
    pa.field("raw", pa.string()),  # the record as served, JSON
]


LARGEST_RECORD = 16 * 2**20
"""Bytes of a record as served. A Notion page with 200 full properties has one megabyte, an issue of
Jira Data Center with 40,000 changes ten."""
LARGEST_BATCH = 64 * 2**20
"""Bytes of the records that are held before they are passed on, give or take a response."""


def as_served(record: bytes) -> str:
    """The text of the column ``raw``.

    Raises:
        ValueError: The record is too large.
    """
    if len(record) > LARGEST_RECORD:
        most = f"at most {LARGEST_RECORD / 2**20:g} are read"
        raise ValueError(f"it has {len(record) / 2**20:.0f} MB, and {most}")
    return record.decode()


class Batch:
    """Records on their way to the lake, until there are enough for one message.

    Args:
        most: How many records are enough.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._records: list[dict[str, Any]] = []
        self._characters = 0

    @property
    def is_full(self) -> bool:
        """Whether to pass them on before another is added."""
        return len(self._records) >= self._most or self._characters >= LARGEST_BATCH

    def add(self, record: dict[str, Any]) -> None:
        """Add a record with the column ``raw``."""
        self._records.append(record)
        self._characters += len(record["raw"])

    def take(self) -> list[dict[str, Any]]:
        """The records; the batch is empty afterwards."""
        records, self._records, self._characters = self._records, [], 0
        return records


@dataclass(frozen=True, slots=True)
class Rows:
    """Records of one stream, in its declared schema; the lake upserts them by id.

    ``cursor`` is the state to resume from after these records, or None where a pull cannot resume
    yet (change logs are yielded before the issues they belong to).
    """

    stream: str
    table: pa.Table
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """A census: every id in ``place`` of ``stream``. The lake writes tombstones for missing ids.

    ``gone`` lists ids that the service itself reports as deleted or trashed. ``certain`` says that
    a record can never be hidden there, so every missing id is deleted, however many are missing;
    otherwise the lake skips tombstones when too many are.
    """

    stream: str
    place: str
    ids: pa.Array
    gone: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    certain: bool = False


class ProblemRule(StrEnum):
    """What kind of problem it is, by the name under which it is published as a finding."""

    UNREACHABLE_PLACE = "unreachable place"
    PROJECT_NOT_VISIBLE = "project not visible"
    MASS_DISAPPEARANCE = "mass disappearance"  # told by the lake when it lands a pull
    EMPTIED_PLACE = "emptied place"  # the same, of all that a place held
    UNREADABLE_RECORD = "unreadable record"
    UNREADABLE_FILE = "unreadable file"
    ROW_WITHOUT_KEY = "row without key"
    UNKNOWN_TIME_ZONE = "unknown time zone"
    UNREADABLE_CHANGE_LOG = "unreadable change log"
    UNREADABLE_REMOTE_LINKS = "unreadable remote links"
    REMOTE_LINKS_NOT_READABLE = "remote links not readable"
    UNREADABLE_COMMENTS = "unreadable comments"
    UNKNOWN_NAME = "unknown name"  # told by a dataset of its own selection


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read; the pull goes on without it.

    ``sentence`` says what is wrong and what to do about it, and ``remedy`` the latter alone, where
    the service's answer tells it. ``records`` are the ids that it is about, where it is about some
    of many.
    """

    rule: ProblemRule
    subject: str
    sentence: str
    url: str | None = None
    severity: Literal["error", "warning"] = "warning"
    records: tuple[str, ...] = ()
    remedy: str = ""


Message = Rows | Present | Problem


@dataclass(slots=True)
class Figures:
    """Counters of a pull, updated while it runs."""

    requests: int = 0
    retries: int = 0
    rows: int = 0
    bytes: int = 0
    waited: float = 0.0
    """Seconds of waiting between attempts and for a budget of requests, of all threads together."""


@runtime_checkable
class Finder(Protocol):
    """A source that can tell where records are that a census lists no more."""

    def whereabouts(self, urls: Mapping[str, str]) -> str:
        """What to do about them, in sentences; empty if the service does not tell.

        Args:
            urls: Of the records as last read, by id.
        """
        ...


class Source(Protocol):
    """A service that can be pulled.

    ``pull`` starts from the last committed cursor (empty for the first pull) and ends with a
    :class:`Rows` whose cursor marks the pull complete: ``{"complete": true, ...}``. It raises a
    :class:`connectors.errors.SourceError` when it cannot continue; messages yielded before remain
    valid.
    """

    name: str
    figures: Figures

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield what changed since ``cursor``, in commit order."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...
