"""What a connector says while it pulls, and the streams it says it in.

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

_INSTANT = pa.timestamp("us", tz="UTC")

TEXTS = pa.list_(pa.struct([("role", pa.string()), ("field", pa.string()), ("text", pa.string())]))
"""Where a record may name another: role ``text`` (prose), ``label``, ``property`` or ``link``."""

_COMMON = [
    pa.field("id", pa.string(), nullable=False),  # the service's immutable id
    pa.field("place", pa.string(), nullable=False),  # project key, data source id, spreadsheet/tab
    pa.field("url", pa.string()),  # where a person opens the record
    pa.field("updated_at", _INSTANT),  # as the service says
    pa.field("texts", TEXTS),
    pa.field("cells", pa.string()),  # JSON of connectors.cells.encode_cells
    pa.field("raw", pa.string()),  # the record as it was served, JSON
]

JIRA_ISSUES = pa.schema(
    [
        *_COMMON,
        pa.field("key", pa.string()),
        pa.field("project", pa.string()),
        pa.field("issue_type", pa.string()),
        pa.field("summary", pa.string()),
        pa.field("status", pa.string()),
        pa.field("status_category", pa.string()),  # new | indeterminate | done
        pa.field("priority", pa.string()),
        pa.field("resolution", pa.string()),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("parent_id", pa.string()),
        pa.field("assignee_id", pa.string()),
        pa.field("assignee", pa.string()),
        pa.field("created_at", _INSTANT),
        pa.field("resolved_at", _INSTANT),
        pa.field("due_on", pa.date32()),
    ]
)
JIRA_CHANGES = pa.schema(  # one row per changed field of one history entry; id is history:index
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),  # project key
        pa.field("issue_id", pa.string(), nullable=False),
        pa.field("changed_at", _INSTANT),
        pa.field("author_id", pa.string()),
        pa.field("field", pa.string()),
        pa.field("field_id", pa.string()),
        pa.field("from_id", pa.string()),
        pa.field("from_text", pa.string()),
        pa.field("to_id", pa.string()),
        pa.field("to_text", pa.string()),
    ]
)
JIRA_REMOTE_LINKS = pa.schema(
    [
        *_COMMON,
        pa.field("issue_id", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("target_url", pa.string()),
        pa.field("relationship", pa.string()),
    ]
)
NOTION_PAGES = pa.schema(  # place is the data source's id
    [*_COMMON, pa.field("title", pa.string()), pa.field("created_at", _INSTANT)]
)
SHEET_ROWS = pa.schema(  # one row per grid row that holds anything; cells keyed by column letter
    [
        *_COMMON,  # id is spreadsheet:sheetId:row, place is spreadsheet/sheetId
        pa.field("spreadsheet", pa.string()),
        pa.field("spreadsheet_title", pa.string()),
        pa.field("tab", pa.string()),
        pa.field("sheet_id", pa.int64()),
        pa.field("row", pa.int64()),  # 1-based, as people count
        pa.field("hidden", pa.bool_()),
    ]
)
SHEET_RANGES = pa.schema(  # one row per named range; what is open or lost (#REF!) is null
    [
        pa.field("id", pa.string(), nullable=False),  # spreadsheet:namedRangeId
        pa.field("place", pa.string(), nullable=False),  # the spreadsheet
        pa.field("url", pa.string()),
        pa.field("name", pa.string()),
        pa.field("address", pa.string()),  # as people write it: Metrics!C4:C6, or #REF!
        pa.field("sheet_id", pa.int64()),
        pa.field("first_row", pa.int64()),  # 1-based; the last one belongs to it
        pa.field("last_row", pa.int64()),
        pa.field("first_column", pa.int64()),  # 1 is A
        pa.field("last_column", pa.int64()),
    ]
)

FILE_ROWS = pa.schema(  # place is the file's name, cells keyed by column name
    [*_COMMON, pa.field("line", pa.int64())]  # 1-based; a Parquet file's rows count as lines
)

STREAMS: Mapping[str, pa.Schema] = {
    "jira_issues": JIRA_ISSUES,
    "jira_changes": JIRA_CHANGES,
    "jira_remote_links": JIRA_REMOTE_LINKS,
    "notion_pages": NOTION_PAGES,
    "sheet_rows": SHEET_ROWS,
    "sheet_ranges": SHEET_RANGES,
    "file_rows": FILE_ROWS,
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Some records of one stream, exactly as its schema in :data:`STREAMS` says.

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
