"""The pull log: where each source's pull stands, and which pulls were complete. One Delta table.

What belongs here: its rows. What does not: the records that were pulled (``tables``), and the order
in which a pull commits both (``pipelines.ingest.landing``).

A complete pull stays a row for good, because a past day is read as of the pulls of then. Only the
newest row of a source has a cursor. The table is small, so each change writes all of it anew.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from connectors.registry import SOURCE_FACTS
from pipelines.lake import commit_metadata
from pipelines.lake.delta import LAKE_DAYS, bring_up_to_date, retention

_AT = pa.field("at", pa.timestamp("us", tz="UTC"))  # when the pull began; null if incomplete
_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string()),
        _AT,
        pa.field("cursor", pa.string()),
        pa.field("problems", pa.string()),
        pa.field("references", pa.string()),
        pa.field("upto", pa.string()),
    ]
)
# Keys of Delta transactions, completed by a source's name; the version is a Unix timestamp.
_KEPT_SINCE = "kept since "
_LOST_BEFORE = "lost before "
_JSON = ("cursor", "problems", "upto")


@dataclass(frozen=True, slots=True)
class PullState:
    """Where a source's pull stands.

    Attributes:
        at: When the pull began, if it is complete; None within a pull.
        cursor: What the next pull resumes from.
        problems: The open problems.
        references: The scheme by which references were extracted.
        upto: For each stream of the source, the last landing of the complete pull.
    """

    at: dt.datetime | None = None
    cursor: Mapping[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    references: str | None = None
    upto: Mapping[str, int] = field(default_factory=dict)


class PullLog:
    """The pull log of one lake.

    Args:
        root: The lake's folder.
        about_to_commit: Called before every commit.
    """

    def __init__(self, root: Path, about_to_commit: Callable[[], None] = lambda: None) -> None:
        self.path = root / "pulls"
        self._root = root
        self._about_to_commit = about_to_commit
        self._lock = threading.RLock()  # sources are pulled side by side
        self._table: DeltaTable | None = None
        self._read: tuple[int, pa.Table] = (-1, _SCHEMA.empty_table())

    def state(self, source: str) -> PullState:
        """Where the source's pull stands; empty before the first."""
        rows = self._of(source)
        return _decoded(rows.slice(rows.num_rows - 1))[0] if rows.num_rows else PullState()

    def complete(self, source: str) -> list[PullState]:
        """The complete pulls of the source, newest first."""
        rows = self._of(source)
        return _decoded(rows.filter(pc.is_valid(rows["at"])))[::-1]

    def record(self, source: str, state: PullState) -> None:
        """Add the state of a pull; it replaces that of the same pull before."""
        with self._lock:
            rows = self._of(source)
            kept = rows.filter(pc.is_valid(rows["at"]))
            at = _SCHEMA.get_field_index("cursor")
            kept = kept.set_column(at, _SCHEMA.field(at), pa.nulls(kept.num_rows, pa.string()))
            self._write(pa.concat_tables([self._others(source), kept, _encoded(source, state)]))

    def start_anew(self, source: str, instant: dt.datetime) -> None:
        """Drop the cursor and the numbers of landings: streams that they speak for are lost.

        How their records were before ``instant`` is not known any more.
        """
        with self._lock:
            pulls = [PullState(at=one.at, problems=one.problems) for one in self.complete(source)]
            rows = _encoded(source, *reversed(pulls), PullState())
            number = Transaction(_LOST_BEFORE + source, int(instant.timestamp()))
            self._write(pa.concat_tables([self._others(source), rows]), number)

    def lose_before(self, source: str, instant: dt.datetime) -> None:
        """Note that nothing is known of ``source`` as it was before ``instant``."""
        with self._lock:
            number = Transaction(_LOST_BEFORE + source, int(instant.timestamp()))
            self._write(self._rows(), number)

    def restore(
        self, source: str, instants: Sequence[dt.datetime], upto: Mapping[str, int]
    ) -> None:
        """Add complete pulls at ``instants``, oldest first, whose rows are lost."""
        with self._lock:
            pulls = [PullState(at=at) for at in instants]
            pulls[-1:] = [replace(one, upto=upto) for one in pulls[-1:]]
            self._write(pa.concat_tables([self._rows(), _encoded(source, *pulls, PullState())]))

    def forget(self) -> None:
        """Open the table again when it is next needed: its files were replaced."""
        with self._lock:
            self._table, self._read = None, (-1, _SCHEMA.empty_table())

    def kept_since(self) -> dt.datetime | None:
        """The instant before which pulls and versions were dropped; None if none ever were."""
        return self._latest(_KEPT_SINCE)

    def lost_before(self) -> dt.datetime | None:
        """The instant before which a source is not known; None if no stream was ever lost."""
        return self._latest(_LOST_BEFORE)

    def _latest(self, what: str) -> dt.datetime | None:
        table = self._open()
        if table is None:
            return None
        numbers = [table.transaction_version(what + source) for source in SOURCE_FACTS]
        since = [number for number in numbers if number is not None]
        return dt.datetime.fromtimestamp(max(since), dt.UTC) if since else None

    def forget_before(self, source: str, instant: dt.datetime) -> None:
        """Drop the complete pulls that began before ``instant``, except the newest row."""
        with self._lock:
            rows = self._of(source)
            newest = rows.slice(max(rows.num_rows - 1, 0))
            older = rows.slice(0, max(rows.num_rows - 1, 0))
            kept = older.filter(pc.greater_equal(older["at"], pa.scalar(instant, _AT.type)))
            if kept.num_rows < older.num_rows:
                number = Transaction(_KEPT_SINCE + source, int(instant.timestamp()))
                self._write(pa.concat_tables([self._others(source), kept, newest]), number)

    def migrate(self) -> None:
        """Write the rows of a lake whose pulls are only in the metadata of its commits."""
        with self._lock:
            if self._open() is None and (rows := self._rows()).num_rows:
                self._write(rows)

    def _of(self, source: str) -> pa.Table:
        """The rows of one source: its complete pulls, oldest first, then where it stands."""
        rows = self._rows()
        return rows.filter(pc.equal(rows["source"], source))

    def _others(self, source: str) -> pa.Table:
        rows = self._rows()
        return rows.filter(pc.not_equal(rows["source"], source))

    def _rows(self) -> pa.Table:
        with self._lock:
            table = self._open()
            if table is None:
                return _of_commits(self._root)
            if table.version() != self._read[0]:
                rows = table.to_pyarrow_table().sort_by("number").select(_SCHEMA.names)
                self._read = (table.version(), rows.cast(_SCHEMA))
            return self._read[1]

    def _open(self) -> DeltaTable | None:
        if self._table is not None:
            bring_up_to_date(self._table, self.path)
        elif DeltaTable.is_deltatable(str(self.path)):
            self._table = DeltaTable(str(self.path))
        return self._table

    def _write(self, rows: pa.Table, number: Transaction | None = None) -> None:
        self._about_to_commit()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Delta keeps no order of rows.
        rows = rows.append_column("number", pa.array(range(rows.num_rows), pa.int64()))
        write_deltalake(
            self._open() or str(self.path),
            rows,
            mode="overwrite",
            configuration=retention(LAKE_DAYS),
            commit_properties=CommitProperties(app_transactions=[number]) if number else None,
        )


def _encoded(source: str, *states: PullState) -> pa.Table:
    rows = [
        {"source": source, "at": one.at, "references": one.references}
        | {name: json.dumps(value) for name in _JSON if (value := getattr(one, name))}
        for one in states
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _decoded(rows: pa.Table) -> list[PullState]:
    return [
        PullState(
            at=row["at"],
            references=row["references"],
            **{name: json.loads(row[name]) for name in _JSON if row[name]},
        )
        for row in rows.to_pylist()
    ]


def _of_commits(root: Path) -> pa.Table:
    """The rows of a lake that an older version wrote; none for any other."""
    tables = []
    for source, pulls in commit_metadata.pulls(root).items():
        states = [PullState(**pull) for pull in pulls]
        states[:-1] = [replace(one, cursor={}) for one in states[:-1]]
        tables.append(_encoded(source, *states))
    return pa.concat_tables(tables) if tables else _SCHEMA.empty_table()
