"""Landing: a connector's messages become commits in the lake.

What belongs here: the order of commits, which survives a kill between any two of them; extracting
references from changed records; tombstones for records that vanished. What does not: Delta itself
(``lake``), HTTP (``connectors``) and what a link means (``okr_model``).

The commits of one pull, in order::

    rows, tombstones, rows, cursor, …       a killed pull resumes after the last cursor
    tombstones of what vanished
    cursor "complete"                       only now may the next pull start from the watermark
    current := fold(log)                    a function of the log, so it can be repeated

Cursors are rows of the pull log. One follows the rows that it covers, so what is read again after a
kill is compared with what has landed, like any record, and lands no second time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.records import Cursor, Finder, Present, Problem, ProblemRule, Rows, Source
from connectors.registry import SOURCE_FACTS, SOURCE_OF, STREAMS
from okr_model.links.references import SCHEME, extract_references
from pipelines.ingest.gone_at_once import first_urls, gone_at_once
from pipelines.lake.columns import REFERENCES
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.lake.pull_log import PullState
from pipelines.lake.tables import Lake

# Every pull retries what these problems are about and reports them again if they persist.
_REPORTED_BY_EVERY_PULL = {ProblemRule.UNREACHABLE_PLACE, ProblemRule.REMOTE_LINKS_NOT_READABLE}
_BATCH_SIZE = 20_000  # records per batch when references are extracted again
_MASS_LEAST = 4  # fewer missing records get tombstones whatever their share


@dataclass(slots=True)
class Landed:
    """Row counts of one pull: rows read, records changed, records deleted."""

    rows: int = 0
    changed: int = 0
    deleted: int = 0


@dataclass(slots=True)
class _Pull:
    """The state of a pull in progress."""

    source: str
    find: Callable[[Mapping[str, str]], str] | None = None
    landed: Landed = field(default_factory=Landed)
    present: list[Present] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    older: list[dict[str, Any]] = field(default_factory=list)  # problems of earlier pulls
    resolved: set[str] = field(default_factory=set)  # their subjects that were read again

    def mark_resolved(self, subjects: pa.ChunkedArray) -> None:
        """Mark the older problems whose subject is among ``subjects`` as resolved."""
        wanted = pa.array({problem["subject"] for problem in self.older}, pa.string())
        if len(wanted):
            found = subjects.filter(pc.is_in(subjects, value_set=wanted))
            self.resolved.update(found.to_pylist())


class Landing:
    """Lands the pull of one source in the lake.

    Args:
        lake: The lake to write to.
        key_pattern: Regular expression of a Key Result's id; see
            :mod:`okr_model.links.references`.
        seen_at: The start of the run; becomes ``seen_at`` of the rows that it lands.
        progress: Called after each batch with the number of rows so far.
        mass_share: If more than this share of a place is missing at once, it gets no tombstones.
    """

    def __init__(
        self,
        lake: Lake,
        key_pattern: str,
        seen_at: dt.datetime,
        progress: Callable[[int], None] = lambda _: None,
        mass_share: float = 0.5,
    ) -> None:
        self._lake = lake
        self._pattern = key_pattern
        self._scheme = f"{SCHEME} {key_pattern}"
        self._seen_at = seen_at
        self._progress = progress
        self._mass_share = mass_share
        self._connection = connect()

    def cursor(self, source: str) -> Cursor:
        """The cursor to resume from; empty before the first pull.

        What a problem is open of is read again, so that the problem ends once it can be, whatever
        ended it.
        """
        state = self._lake.pulls.state(source)
        open_of = {problem["subject"] for problem in state.problems}
        return SOURCE_FACTS[source].read_again(dict(state.cursor), open_of)

    def land(self, source: Source) -> Landed:
        """Pull ``source`` to the end and fold it into the current state.

        Raises:
            connectors.errors.SourceError: The pull failed; its commits are kept and the next run
                resumes after them.
        """
        self.evolve(source.name)
        self.fold(source.name)  # in case an earlier run was killed just before folding
        self.reextract_references(source.name)
        find = source.whereabouts if isinstance(source, Finder) else None
        pull = _Pull(source.name, find, older=self._lake.pulls.state(source.name).problems)
        for message in source.pull(self.cursor(source.name)):
            if isinstance(message, Problem):
                pull.problems.append(message)
            elif isinstance(message, Present):
                pull.present.append(message)
            else:
                if message.cursor is not None:
                    # After this cursor, what was listed so far is not listed again.
                    pull.landed.deleted += self._append_tombstones(pull)
                self._append(message, pull)
        pull.landed.changed = self.fold(source.name) - pull.landed.deleted
        return pull.landed

    def start_anew(self, source: str, instant: dt.datetime) -> None:
        """Let the next pull of ``source`` read everything: some that its cursor covers is lost.

        How it was before ``instant`` is not known any more.
        """
        self._lake.pulls.start_anew(source, instant)

    def evolve(self, source: str) -> None:
        """Add the columns that a lake of an older version lacks, from its records as served.

        A record's digest is computed again with them, so that reading it unchanged makes no
        version of it.
        """
        self._lake.migrate(SOURCE_FACTS[source].streams)
        for stream in SOURCE_FACTS[source].streams:
            lacking = [*self._lake.lacking(stream), *self._lake.lacking(stream, "current")]
            if not lacking:
                continue
            old = self._digest(stream, leave_out=lacking)
            digest = f"CASE WHEN digest = {old} THEN {self._digest(stream)} ELSE digest END"
            paths = SOURCE_FACTS[source].backfill.get(stream, {})
            new = {
                name: f"CASE WHEN json_valid(raw) THEN json_extract_string(raw, '{path}') END"
                for name, path in paths.items()
            }
            self._lake.evolve(stream, new, digest, self._connection)

    def reextract_references(self, source: str) -> None:
        """Extract the references of all records again if the extraction scheme has changed.

        The scheme is the settings' key pattern and the version of the extraction. Nothing else of a
        record changes; in particular it keeps its ``seen_at``. A killed run resumes where it was.
        """
        primary = SOURCE_FACTS[source].primary_stream
        state = self._lake.pulls.state(source)
        if self._lake.landed(primary) < 0 or state.references == self._scheme:
            return
        searched = [
            stream for stream in SOURCE_FACTS[source].streams if "texts" in STREAMS[stream].names
        ]
        folded = [
            stream for stream in searched if self._lake.folded(stream) == self._lake.landed(stream)
        ]
        for stream in searched:
            for rows in self._with_changed_references(stream):
                self._lake.append(stream, rows)
        self._lake.pulls.record(source, replace(state, at=None, upto={}, references=self._scheme))
        for stream in folded:  # the others hold an incomplete pull, which must not be published
            self._lake.fold(stream, self._lake.landed(stream), self._connection)

    def _with_changed_references(self, stream: str) -> Iterator[pa.Table]:
        """The records of ``stream`` whose digest has another scheme, re-extracted, in batches."""
        names = [*STREAMS[stream].names, "seen_at"]
        columns = ", ".join(f'"{name}"' for name in [*names, "digest", "deleted", "landed"])
        log = self._lake.scan(stream, "log")  # the current rows are not all as served
        query = f"""
            WITH latest AS (
                SELECT {columns} FROM {log}
                SEMI JOIN (SELECT id, max(landed) AS landed FROM {log} GROUP BY id)
                USING (id, landed)
            ), digested AS (
                SELECT * EXCLUDE (digest), digest AS landed_digest, {self._digest(stream)} AS digest
                FROM latest WHERE NOT deleted
            )
            SELECT * EXCLUDE (landed_digest, deleted, landed)
            FROM digested WHERE digest <> landed_digest
        """  # noqa: S608 - stream and column names are ours
        for batch in self._connection.sql(query).to_arrow_reader(_BATCH_SIZE):
            rows = pa.Table.from_batches([batch])
            seen_at = rows.column("seen_at")
            landed = self._with_lake_columns(rows.drop_columns(["seen_at"]), deleted=False)
            yield landed.set_column(landed.schema.get_field_index("seen_at"), "seen_at", seen_at)

    def _append(self, message: Rows, pull: _Pull) -> None:
        pull.landed.rows += message.table.num_rows
        pull.mark_resolved(message.table.column("id"))
        changed = self._changed(message.stream, message.table)
        if changed.num_rows or message.cursor is not None:
            self._lake.append(message.stream, self._with_lake_columns(changed, deleted=False))
            if message.cursor is not None:
                self._lake.pulls.record(pull.source, self._state(message.cursor, pull))
            self._progress(pull.landed.rows)

    def _state(self, cursor: Cursor, pull: _Pull) -> PullState:
        """Where the pull stands with this cursor."""
        state = PullState(None, cursor, _open_problems(pull), self._scheme)
        if not cursor.get("complete"):
            return state
        streams = SOURCE_FACTS[pull.source].streams
        upto = {stream: self._lake.landed(stream) for stream in streams}
        return replace(state, at=self._seen_at, upto=upto)

    def fold(self, source: str) -> int:
        """Fold what the latest complete pull read; returns the number of changed records."""
        pulls = self._lake.pulls.complete(source)
        return sum(
            self._lake.fold(stream, number, self._connection)
            for stream, number in (pulls[0].upto.items() if pulls else ())
        )

    def _changed(self, stream: str, rows: pa.Table) -> pa.Table:
        """The new or changed rows, with digests; the last one if an id occurs several times."""
        known = (
            "SELECT NULL AS id, NULL AS digest WHERE false"  # a first pull has nothing to compare
        )
        if self._lake.folded(stream) >= 0:
            known = self._live(stream, "WHERE id IN (SELECT id FROM incoming)")
        numbered = rows.append_column("ordinal", pa.array(range(rows.num_rows), pa.int64()))
        self._connection.register("incoming", numbered)
        try:
            changed = arrow(
                self._connection,
                f"""
                WITH digested AS (  -- without the wide columns, which would be sorted with it
                    SELECT id, ordinal, {self._digest(stream)} AS digest FROM incoming
                ), latest AS (
                    SELECT * FROM digested
                    QUALIFY row_number() OVER (PARTITION BY id ORDER BY ordinal DESC) = 1
                ), known AS ({known})
                SELECT ordinal, digest FROM latest l
                WHERE NOT EXISTS (
                    SELECT 1 FROM known k WHERE k.id = l.id AND k.digest = l.digest
                ) ORDER BY ordinal
                """,  # noqa: S608 - stream and column names are ours
            )
        finally:
            self._connection.unregister("incoming")
        return rows.take(changed["ordinal"]).append_column("digest", changed["digest"])

    def _digest(self, stream: str, leave_out: Sequence[str] = ()) -> str:
        """SQL for the digest of a version: its content and the reference extraction scheme."""
        omitted = (*_undigested(stream), *leave_out)
        content = [name for name in STREAMS[stream].names if name not in omitted]
        scheme = self._scheme.replace("'", "''") if "texts" in STREAMS[stream].names else ""
        return f"md5(to_json(struct_pack({_pack(content)}))::VARCHAR || '{scheme}')"

    def _live(self, stream: str, condition: str = "") -> str:
        """SQL for the latest versions of records that meet ``condition`` and are not deleted."""
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
        """Add the lake's own columns except ``landed``."""
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
        """Append tombstones for vanished records, except where too many are missing at once."""
        count = 0
        for stream in dict.fromkeys(message.stream for message in pull.present):
            listed = [message for message in pull.present if message.stream == stream]
            ids = self._vanished(stream, listed, pull)
            if ids:
                self._lake.append(stream, self._tombstones(stream, ids))
            pull.mark_resolved(pa.chunked_array([pa.array(ids, pa.string())]))
            count += len(ids)
        pull.present.clear()
        return count

    def _vanished(self, stream: str, listed: list[Present], pull: _Pull) -> list[str]:
        """The ids in the listed places that the service no longer has anywhere."""
        # A tab is read with its spreadsheet, and so is what was told of that as a whole.
        places = {part for m in listed for part in (m.place, m.place.partition("/")[0])}
        pull.mark_resolved(pa.chunked_array([pa.array(sorted(places), pa.string())]))
        self._connection.register("present", _ids([message.ids for message in listed]))
        self._connection.register("gone", _ids([message.gone for message in listed]))
        self._connection.register("places", pa.table({"place": [m.place for m in listed]}))
        try:
            rows = arrow(
                self._connection,
                f"""
                WITH live AS ({self._live(stream)} AND place IN (SELECT place FROM places))
                SELECT place, count(*) AS total,
                       list(id) FILTER (id IN (SELECT id FROM gone)) AS gone,
                       list(id) FILTER (
                           id NOT IN (SELECT id FROM present) AND id NOT IN (SELECT id FROM gone)
                       ) AS missing
                FROM live GROUP BY place ORDER BY place
                """,  # noqa: S608 - stream and column names are ours
            ).to_pylist()
        finally:
            for name in ("present", "gone", "places"):
                self._connection.unregister(name)
        certain = {message.place for message in listed if message.certain}
        ids: list[str] = []
        for row in rows:
            gone, missing, total = row["gone"] or [], row["missing"] or [], row["total"]
            ids.extend(gone)
            many = len(missing) >= _MASS_LEAST and len(missing) > self._mass_share * total
            if many and row["place"] not in certain and stream not in SOURCE_OF[stream].emptying:
                urls = first_urls(self._lake, self._connection, stream, missing)
                remedy = pull.find(urls) if pull.find else ""
                pull.problems.append(gone_at_once(row["place"], missing, total, remedy))
            else:
                ids.extend(missing)
        return sorted(ids)

    def _tombstones(self, stream: str, ids: list[str]) -> pa.Table:
        """The latest versions of ``ids``, marked as deleted."""
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


def _open_problems(pull: _Pull) -> list[dict[str, Any]]:
    """This pull's problems, and older ones that it neither resolved nor reported again."""
    newer = [asdict(problem) for problem in pull.problems]
    reported = {(problem["rule"], problem["subject"]) for problem in newer}
    return newer + [
        problem
        for problem in pull.older
        if problem["rule"] not in _REPORTED_BY_EVERY_PULL
        and problem["subject"] not in pull.resolved
        and (problem["rule"], problem["subject"]) not in reported
    ]


def _undigested(stream: str) -> tuple[str, ...]:
    """Columns left out of the digest: a change in them alone is no new version of a record.

    Always ``raw``, which may contain expiring URLs, and what the source declares as unversioned.
    """
    return ("raw", *SOURCE_OF[stream].unversioned.get(stream, ()))


def _pack(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}" := "{name}"' for name in names)


def _ids(arrays: list[pa.Array]) -> pa.Table:
    return pa.table({"id": pa.chunked_array(arrays, pa.string())})
