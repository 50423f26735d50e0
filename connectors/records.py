"""The messages of a pull, and the columns that records of every stream share.

A pull is an iterator of three kinds of message. The lake commits each :class:`Rows` together with
its cursor, so that a killed pull resumes after the last committed one; :class:`Present` lists what
a service still has, so that what vanished can be told; :class:`Problem` names a record that could
not be read while the rest went on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import pyarrow as pa

Cursor = Mapping[str, Any]
"""A connector's own bookkeeping, JSON-serializable; opaque to everyone else."""

INSTANT = pa.timestamp("us", tz="UTC")

TEXTS = pa.list_(pa.struct([("role", pa.string()), ("field", pa.string()), ("text", pa.string())]))
"""Where a record may name another: role ``text`` (prose), ``label``, ``property`` or ``link``."""

COMMON = [
    pa.field("id", pa.string(), nullable=False),  # the service's immutable id
    pa.field("place", pa.string(), nullable=False),  # project key, data source id, spreadsheet/tab
    pa.field("url", pa.string()),  # where a person opens the record
    pa.field("updated_at", INSTANT),  # as the service says
    pa.field("texts", TEXTS),
    pa.field("cells", pa.string()),  # JSON of connectors.cells.encode_cells
    pa.field("raw", pa.string()),  # the record as it was served, JSON
]


@dataclass(frozen=True, slots=True)
class Rows:
    """Some records of one stream, exactly as its schema says.

    ``cursor`` is None while the records alone would not let a pull go on from here (change logs
    are sent before the issues they belong to); otherwise it is the state to resume from.
    """

    stream: str
    table: pa.Table
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """Every id that ``place`` of ``stream`` has now; what the lake holds beyond it has vanished.

    ``gone`` holds ids that the service itself calls deleted or trashed, and needs no guessing.
    ``certain`` says that nothing is ever hidden there: what is missing is gone, however much it is.
    """

    stream: str
    place: str
    ids: pa.Array
    gone: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, while everything else went on.

    ``rule`` is a short stable name (``unreadable record``); ``sentence`` says what and what to do.
    """

    rule: str
    subject: str
    sentence: str
    url: str | None = None
    severity: Literal["error", "warning"] = "warning"


Message = Rows | Present | Problem


@dataclass(slots=True)
class Figures:
    """What a pull cost, counted as it goes on."""

    requests: int = 0
    retries: int = 0
    rows: int = 0
    bytes: int = 0


class Source(Protocol):
    """A service that can be pulled.

    ``pull`` starts from the last committed cursor (empty on the first night) and ends with a
    :class:`Rows` whose cursor marks the pull complete: ``{"complete": true, ...}``. It raises a
    :class:`connectors.errors.SourceError` when it cannot go on; what was yielded stands.
    """

    name: str
    figures: Figures

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield what changed since ``cursor``, in the order it must be committed."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
