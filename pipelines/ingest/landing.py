"""From what a connector says to what the lake holds.

What belongs here: turning messages into commits in an order that survives a kill between any two,
finding the references in changed records, telling what vanished. What does not: Delta itself
(``lake``), HTTP (``connectors``) and what a link means (``okr_model``).

The order of one pull's commits::

    rows, tombstones, rows + cursor, …      resume goes on after the last cursor
    tombstones of what vanished
    (nothing) + cursor "complete"           only now the next night may start from its watermark
    current := fold(log)                    a function of the log, so it may be repeated
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.records import Cursor, Present, Problem, Rows, Source
from connectors.registry import SOURCE_FACTS, SOURCE_OF, STREAMS
from okr_model.links.references import SCHEME, extract_references
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.tables import REFERENCES, Lake

# Every pull tries these again, and tells if they still are.
_TOLD_EVERY_NIGHT = {"unreachable place", "remote links not readable"}
_AT_ONCE = 20_000  # records whose references are found anew at once
_VANISHED_SHARE = 0.5
_VANISHED_LEAST = 4


@dataclass(slots=True)
class Landed:
    """What one pull brought, in counts for people."""

    rows: int = 0
    changed: int = 0
    deleted: int = 0


@dataclass(slots=True)
class _Pull:
    """What is known of a pull while it goes on."""

    source: str
    landed: Landed = field(default_factory=Landed)
    present: list[Present] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    older: list[dict[str, Any]] = field(default_factory=list)  # problems of earlier pulls
    settled: set[str] = field(default_factory=set)  # their subjects that were read again

    def settle(self, subjects: pa.ChunkedArray) -> None:
        """Note which of the older problems' subjects are among ``subjects``."""
        wanted = pa.array({problem["subject"] for problem in self.older}, pa.string())
        if len(wanted):
            found = subjects.filter(pc.is_in(subjects, value_set=wanted))
            self.settled.update(found.to_pylist())


class Landing:
    """Lands one source's pull in the lake.

    Args:
        lake: Where to.
        key_pattern: How a Key Result's id is written; see :mod:`okr_model.links.references`.
        seen_at: The instant that this run calls now.
        progress: Called with the count of rows so far after each batch.
    """

    def __init__(
        self,
        lake: Lake,
        key_pattern: str,
        seen_at: dt.datetime,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._lake = lake
        self._pattern = key_pattern
        self._scheme = f"{SCHEME} {key_pattern}"
        self._seen_at = seen_at
        self._progress = progress
        self._connection = connect()

    def cursor(self, source: str) -> Cursor:
        """The cursor to pull from: empty on the first night."""
        return self._lake.last_metadata(SOURCE_FACTS[source].primary_stream, "cursor") or {}

    def land(self, source: Source) -> Landed:
        """Pull ``source`` to the end and fold it into the current state.

        Raises:
            connectors.errors.SourceError: The pull broke off; what was committed stands and the
                next run resumes after it.
        """
        self._fold(source.name)  # an earlier run may have been killed just before it
        self.reextract_references(source.name)
        older = self._lake.last_metadata(SOURCE_FACTS[source.name].primary_stream, "problems") or []
        pull = _Pull(source.name, older=older)
        for message in source.pull(self.cursor(source.name)):
            if isinstance(message, Problem):
                pull.problems.append(message)
            elif isinstance(message, Present):
                pull.present.append(message)
            else:
                if message.cursor is not None:
                    # The cursor says that what was listed needs no listing again.
                    pull.landed.deleted += self._append_tombstones(pull)
                self._append(message, pull)
        pull.landed.changed = self._fold(source.name) - pull.landed.deleted
        return pull.landed

    def reextract_references(self, source: str) -> None:
        """Look for references again in all that is held, if they would be found otherwise by now.

        The organization may write its ids in another way than when a record landed, and this
        program may have learnt to find more. Nothing else of a record changes, least of all when
        it was seen. A run killed half way goes on where it was.
        """
        primary = SOURCE_FACTS[source].primary_stream
        known = self._lake.last_metadata(primary, "references")
        if self._lake.version(primary) < 0 or known == self._scheme:
            return
        searched = [
            stream for stream in SOURCE_FACTS[source].streams if "texts" in STREAMS[stream].names
        ]
        whole = [stream for stream in searched if self._lake.is_folded(stream)]
        for stream in searched:
            for rows in self._with_changed_references(stream):
                self._lake.append(stream, rows, {})
        nothing = self._lake.log_schema(primary).empty_table().drop_columns(["landed"])
        self._lake.append(primary, nothing, {"references": self._scheme})
        for stream in whole:  # elsewhere a broken pull waits, and half a pull is never published
            self._lake.fold(stream, self._lake.version(stream), self._connection)

    def _with_changed_references(self, stream: str) -> Iterator[pa.Table]:
        """What is held of ``stream`` under another scheme, dressed again, some at a time."""
        names = [*STREAMS[stream].names, "seen_at"]
        columns = ", ".join(f'"{name}"' for name in [*names, "digest", "deleted", "landed"])
        query = f"""
            WITH newest AS (
                SELECT * FROM (
                    SELECT {columns} FROM {self._lake.scan(stream)}
                    UNION ALL
                    SELECT {columns} FROM {self._lake.unfolded(stream)}
                ) QUALIFY row_number() OVER (PARTITION BY id ORDER BY landed DESC) = 1
            ), renewed AS (
                SELECT * EXCLUDE (digest), digest AS held, {self._digest(stream)} AS digest
                FROM newest WHERE NOT deleted
            )
            SELECT * EXCLUDE (held, deleted, landed) FROM renewed WHERE digest <> held
        """  # noqa: S608 - stream and column names are ours
        for batch in self._connection.sql(query).to_arrow_reader(_AT_ONCE):
            rows = pa.Table.from_batches([batch])
            seen_at = rows.column("seen_at")
            dressed = self._with_lake_columns(rows.drop_columns(["seen_at"]), deleted=False)
            yield dressed.set_column(dressed.schema.get_field_index("seen_at"), "seen_at", seen_at)

    def _append(self, message: Rows, pull: _Pull) -> None:
        pull.landed.rows += message.table.num_rows
        pull.settle(message.table.column("id"))
        changed = self._changed(message.stream, message.table)
        if changed.num_rows or message.cursor is not None:
            rows = self._with_lake_columns(changed, deleted=False)
            self._lake.append(message.stream, rows, self._metadata(message, pull))
            self._progress(pull.landed.rows)

    def _metadata(self, message: Rows, pull: _Pull) -> dict[str, Any]:
        """What the commit says beside its rows: the cursor, standing problems, completeness."""
        if message.cursor is None:
            return {}
        said: dict[str, Any] = {"cursor": message.cursor, "problems": self._standing(pull)}
        said["references"] = self._scheme
        if message.cursor.get("complete"):
            upto = {
                stream: self._lake.version(stream) for stream in SOURCE_FACTS[pull.source].streams
            }
            upto[message.stream] += 1  # this commit itself
            said |= {"complete_at": self._seen_at.isoformat(), "upto": upto}
        return said

    def _standing(self, pull: _Pull) -> list[dict[str, Any]]:
        """Problems that still stand: this pull's, and older ones it did not come across again."""
        newer = [asdict(problem) for problem in pull.problems]
        named = {(problem["rule"], problem["subject"]) for problem in newer}
        return newer + [
            problem
            for problem in pull.older
            if problem["rule"] not in _TOLD_EVERY_NIGHT
            and problem["subject"] not in pull.settled
            and (problem["rule"], problem["subject"]) not in named
        ]

    def _fold(self, source: str) -> int:
        upto = self._lake.last_metadata(SOURCE_FACTS[source].primary_stream, "upto") or {}
        return sum(
            self._lake.fold(stream, version, self._connection) for stream, version in upto.items()
        )

    def _changed(self, stream: str, rows: pa.Table) -> pa.Table:
        """The rows that the lake does not hold in this very version, digests added, ids once."""
        held = "SELECT NULL AS id, NULL AS digest WHERE false"  # nothing to compare a first pull to
        if self._lake.version(stream, "current") >= 0:
            held = self._held(stream, "WHERE id IN (SELECT id FROM incoming)")
        numbered = rows.append_column("ordinal", pa.array(range(rows.num_rows), pa.int64()))
        self._connection.register("incoming", numbered)
        try:
            return arrow(
                self._connection,
                f"""
                WITH digested AS (
                    SELECT *, {self._digest(stream)} AS digest
                    FROM incoming
                    QUALIFY row_number() OVER (PARTITION BY id ORDER BY ordinal DESC) = 1
                ), held AS ({held})
                SELECT d.* EXCLUDE (ordinal) FROM digested d
                WHERE NOT EXISTS (
                    SELECT 1 FROM held h WHERE h.id = d.id AND h.digest = d.digest
                ) ORDER BY ordinal
                """,  # noqa: S608 - stream and column names are ours
            )
        finally:
            self._connection.unregister("incoming")

    def _digest(self, stream: str) -> str:
        """SQL for what tells two versions of a record apart: what it says, and how it is read."""
        said = [name for name in STREAMS[stream].names if name not in _unsaid(stream)]
        scheme = self._scheme.replace("'", "''") if "texts" in STREAMS[stream].names else ""
        return f"md5(to_json(struct_pack({_pack(said)}))::VARCHAR || '{scheme}')"

    def _held(self, stream: str, condition: str = "") -> str:
        """SQL for the newest known versions of those that meet ``condition``, if not deleted."""
        columns = "id, place, digest, deleted, landed"
        return f"""
            SELECT * EXCLUDE (landed, nth) FROM (
                SELECT *, row_number() OVER (PARTITION BY id ORDER BY landed DESC) AS nth FROM (
                    SELECT {columns} FROM {self._lake.scan(stream)}
                    UNION ALL BY NAME
                    SELECT {columns} FROM {self._lake.unfolded(stream)}
                ) {condition}
            ) WHERE nth = 1 AND NOT deleted
        """  # noqa: S608 - stream and column names are ours

    def _with_lake_columns(self, rows: pa.Table, *, deleted: bool) -> pa.Table:
        """Add the lake's own columns, except ``landed``."""
        count = rows.num_rows
        if "texts" in rows.column_names and not deleted:
            found = extract_references(rows.column("texts").to_pylist(), self._pattern)
        else:
            found = [[] for _ in range(count)]
        instant = pa.timestamp("us", tz="UTC")
        return (
            rows.append_column("references", pa.array(found, REFERENCES))
            .append_column("seen_at", pa.array([self._seen_at] * count, instant))
            .append_column("deleted", pa.array([deleted] * count, pa.bool_()))
        )

    def _append_tombstones(self, pull: _Pull) -> int:
        """Append tombstones for what vanished; a sudden mass disappearance buries nobody."""
        buried = 0
        for stream in dict.fromkeys(message.stream for message in pull.present):
            listed = [message for message in pull.present if message.stream == stream]
            ids = self._vanished(stream, listed, pull)
            if ids:
                self._lake.append(stream, self._tombstones(stream, ids), {})
            pull.settle(pa.chunked_array([pa.array(ids, pa.string())]))
            buried += len(ids)
        pull.present.clear()
        return buried

    def _vanished(self, stream: str, listed: list[Present], pull: _Pull) -> list[str]:
        """Ids held for the listed places that the service has nowhere any more."""
        pull.settle(pa.chunked_array([pa.array([m.place for m in listed], pa.string())]))
        self._connection.register("present", _ids([message.ids for message in listed]))
        self._connection.register("gone", _ids([message.gone for message in listed]))
        self._connection.register("places", pa.table({"place": [m.place for m in listed]}))
        try:
            rows = arrow(
                self._connection,
                f"""
                WITH held AS ({self._held(stream)} AND place IN (SELECT place FROM places))
                SELECT place, count(*) AS held,
                       list(id) FILTER (id IN (SELECT id FROM gone)) AS gone,
                       list(id) FILTER (
                           id NOT IN (SELECT id FROM present) AND id NOT IN (SELECT id FROM gone)
                       ) AS missing
                FROM held GROUP BY place ORDER BY place
                """,  # noqa: S608 - stream and column names are ours
            ).to_pylist()
        finally:
            for name in ("present", "gone", "places"):
                self._connection.unregister(name)
        certain = {message.place for message in listed if message.certain}
        ids: list[str] = []
        for row in rows:
            gone, missing, held = row["gone"] or [], row["missing"] or [], row["held"]
            ids.extend(gone)
            many = len(missing) >= _VANISHED_LEAST and len(missing) > _VANISHED_SHARE * held
            if many and row["place"] not in certain and stream not in SOURCE_OF[stream].emptying:
                pull.problems.append(_mass_disappearance(stream, row["place"], len(missing), held))
            else:
                ids.extend(missing)
        return sorted(ids)

    def _tombstones(self, stream: str, ids: list[str]) -> pa.Table:
        """The last known versions of ``ids``, marked deleted."""
        self._connection.register("vanished", pa.table({"id": ids}))
        columns = ", ".join(f'"{n}"' for n in [*STREAMS[stream].names, "digest", "landed"])
        try:
            rows = arrow(
                self._connection,
                f"""
                SELECT * EXCLUDE (landed) FROM (
                    SELECT {columns} FROM {self._lake.scan(stream)}
                    UNION ALL
                    SELECT {columns} FROM {self._lake.unfolded(stream)}
                ) WHERE id IN (SELECT id FROM vanished)
                QUALIFY row_number() OVER (PARTITION BY id ORDER BY landed DESC) = 1
                ORDER BY id
                """,  # noqa: S608 - stream and column names are ours
            )
        finally:
            self._connection.unregister("vanished")
        return self._with_lake_columns(rows, deleted=True)


def _unsaid(stream: str) -> tuple[str, ...]:
    """Columns whose change does not make another version of a record."""
    return ("raw", *SOURCE_OF[stream].unversioned.get(stream, ()))


def _pack(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}" := "{name}"' for name in names)


def _ids(arrays: list[pa.Array]) -> pa.Table:
    return pa.table({"id": pa.chunked_array(arrays, pa.string())})


def _mass_disappearance(stream: str, place: str, missing: int, held: int) -> Problem:
    return Problem(
        rule="mass disappearance",
        subject=place,
        sentence=(
            f"{missing} of {held} records of {stream} in {place} are gone at once. "
            "They are kept as last read. Check that the account may still see them; "
            "if they were deleted on purpose, nothing needs doing but to know that they stay."
        ),
        severity="error",
    )
