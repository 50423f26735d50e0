"""The lake: an append log and a current-state table for every stream, both Delta tables.

What belongs here: commits, folding, and reading back. What does not: where a pull stands
(``pull_log``), handling a connector's messages (``ingest.landing``) and what the records mean
(``datasets``).

::

    lake/<stream>/log       every version of every record ever read, in the order it was landed
    lake/<stream>/current   the latest version of each record, tombstones included; of most
                            streams without ``raw``

Landings have numbers, and ``current`` is a pure function of ``log``: each commit says up to which
landing it was folded, always the end of a complete pull, so half a pull is never published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from connectors.registry import SOURCE_FACTS, STREAMS
from pipelines.errors import RESERVE, ensure_space
from pipelines.lake.columns import (
    BOOKKEEPING,
    FIRST_SEEN,
    RAW_IN_LOG_ONLY,
    folded_columns,
    null_column,
    padded,
)
from pipelines.lake.commit_metadata import is_older, read_at
from pipelines.lake.delta import (
    LAKE_DAYS,
    NUMBER,
    bring_up_to_date,
    files_of,
    has_only_nulls,
    merge_rows,
    numbered,
    retention,
    size_of,
    write_rows,
)
from pipelines.lake.duckdb_session import arrow, casting_reader
from pipelines.lake.pull_log import PullLog


@dataclass(frozen=True, slots=True)
class AsOf:
    """A past instant to read the lake as of.

    Attributes:
        at: Versions seen by then count.
        complete: For each stream, the start of every complete pull. For a place that was first read
            after ``at``, the first complete pull that covers it stands in for its earlier content.
        exact: Whether a place that was first read after ``at`` is left out: the lake, its logs
            included, as it lay on disk at that instant.
    """

    at: dt.datetime
    complete: Mapping[str, Sequence[dt.datetime]] = field(default_factory=dict)
    exact: bool = False


class Lake:
    """The streams under one folder.

    Args:
        root: The lake's folder; created on the first write.
        cutoff: If given, ``current`` is read as of then; see :meth:`as_of`.
        pulls: The lake's pull log, if it is open already.
    """

    def __init__(
        self, root: Path, cutoff: AsOf | None = None, pulls: PullLog | None = None
    ) -> None:
        self.root = root
        self.pulls = pulls or PullLog(root, lambda: self._about_to_commit())
        self._opened: dict[tuple[str, str], DeltaTable] = {}
        self.cutoff = cutoff

    def forget(self) -> None:
        """Open every table again when it is next needed: the files of one were replaced."""
        self._opened.clear()
        self.pulls.forget()

    def restore_pulls(self, sources: Iterable[str]) -> None:
        """Make the pull log anew, which is lost, of when the rows of the sources were read."""
        for source in sources:
            facts = SOURCE_FACTS[source]
            log = self._open(facts.primary_stream, "log")
            if log is not None:
                upto = {stream: self.folded(stream) for stream in facts.streams}
                self.pulls.restore(source, read_at(log), upto)

    def as_of(self, cutoff: AsOf) -> Lake:
        """The lake as of a past instant; a place first read later has its first content."""
        return Lake(self.root, cutoff, self.pulls)

    def log_schema(self, stream: str) -> pa.Schema:
        """The columns of the stream's append log."""
        return pa.schema([*STREAMS[stream], *BOOKKEEPING])

    def current_schema(self, stream: str) -> pa.Schema:
        """The columns of the stream's current-state table."""
        return pa.schema([*STREAMS[stream], *BOOKKEEPING, FIRST_SEEN])

    def _schema(self, stream: str, part: str) -> pa.Schema:
        return self.current_schema(stream) if part == "current" else self.log_schema(stream)

    def append(self, stream: str, rows: pa.Table) -> None:
        """Append ``rows`` (the log's columns except ``landed``) in one commit; none makes none.

        Raises:
            pipelines.errors.DiskFullError: There is no room for them; so does every other commit.
        """
        if not rows.num_rows:
            return
        number = self.landed(stream) + 1
        rows = rows.append_column("landed", pa.array([number] * rows.num_rows, pa.int64()))
        self._commit(stream, "log", rows.select(self.log_schema(stream).names), number)

    def fold(self, stream: str, upto: int, connection: duckdb.DuckDBPyConnection) -> int:
        """Fold the log into ``current`` up to the landing ``upto``.

        Returns:
            The number of new or changed records.
        """
        folded = self.folded(stream)
        if folded >= upto:
            return 0
        newest = self._newest(stream, folded, upto, connection)
        current = self._open(stream, "current")
        if current is None:
            self._commit(stream, "current", newest, upto)
            return int(DeltaTable(str(self.path(stream, "current"))).count())
        changed = newest.read_all()
        if self._has_any(stream, changed, connection):
            self._drop_raw(stream, current, connection)
            # Every file with a changed row is written anew, which may be all of them.
            ensure_space(self.root, RESERVE + changed.nbytes + size_of(current))
            self._about_to_commit()
            merge_rows(current, changed, upto)
        else:  # only new ids: a merge would read every file
            self._commit(stream, "current", changed, upto)
        return int(changed.num_rows)

    def _has_any(self, stream: str, rows: pa.Table, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether ``current`` has a row with one of the ids."""
        connection.register("folded", rows.select(["id"]))
        try:
            query = f"SELECT 1 FROM {self.scan(stream)} SEMI JOIN folded USING (id) LIMIT 1"  # noqa: S608 - our names
            return bool(rows.num_rows and arrow(connection, query).num_rows)
        finally:
            connection.unregister("folded")

    def _drop_raw(
        self, stream: str, current: DeltaTable, connection: duckdb.DuckDBPyConnection
    ) -> None:
        """Write ``current`` anew without what an older version kept in it."""
        if stream not in RAW_IN_LOG_ONLY or has_only_nulls(current, "raw"):
            return
        columns = f"{folded_columns(stream)}, first_seen_at"
        query = f"SELECT {columns} FROM {self.scan(stream)}"  # noqa: S608 - our names
        self.rewrite(stream, "current", query, connection)
        bring_up_to_date(current, self.path(stream, "current"))

    def lacking(self, stream: str, part: str = "log") -> list[str]:
        """The declared columns that a table written by an older version lacks."""
        table = self._open(stream, part)
        there = {field.name for field in table.schema().fields} if table else None
        declared = self._schema(stream, part).names
        return [] if there is None else [name for name in declared if name not in there]

    def evolve(
        self,
        stream: str,
        new: Mapping[str, str],
        digest: str,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        """Rewrite both tables of the stream with the columns that they lack.

        Args:
            stream: The stream.
            new: SQL of the columns; one that is not named is null in all older rows.
            digest: SQL of the digest, over the columns old and new.
            connection: The connection to read with.
        """
        for part in ("log", "current"):
            lacking = self.lacking(stream, part)
            if not lacking:
                continue
            schema = self._schema(stream, part)
            more = "".join(f', {new[name]} AS "{name}"' for name in lacking if name in new)
            names = [name for name in lacking if name in new]
            old = f"* EXCLUDE ({', '.join(names)})" if names else "*"
            columns, rows = ", ".join(f'"{name}"' for name in schema.names), self.scan(stream, part)
            if part == "current" and stream in RAW_IN_LOG_ONLY:
                columns, rows = f"{folded_columns(stream)}, first_seen_at", self._with_raw(stream)
            query = f"""
                SELECT {columns} FROM (
                    SELECT * REPLACE ({digest} AS digest) FROM (SELECT {old}{more} FROM {rows})
                )
            """  # noqa: S608 - stream and column names are ours
            self.rewrite(stream, part, query, connection)

    def _with_raw(self, stream: str) -> str:
        """A DuckDB FROM clause over ``current`` with the records as served, from the log."""
        return f"""(
            SELECT c.* REPLACE (coalesce(c.raw, l.raw) AS raw) FROM {self.scan(stream)} c
            LEFT JOIN {self.scan(stream, "log")} l ON l.id = c.id AND l.landed = c.landed
        )"""  # noqa: S608 - our names

    def rewrite(
        self, stream: str, part: str, query: str, connection: duckdb.DuckDBPyConnection
    ) -> None:
        """Replace all rows of a table by the result of a query over it."""
        rows = casting_reader(connection, query, self._schema(stream, part))
        self._commit(stream, part, rows, anew=True)

    def migrate(self, streams: Iterable[str]) -> None:
        """Bring tables of an older version to the form of this one; change no other.

        It kept in the metadata of commits what is rows and table properties now.
        """
        self.pulls.migrate()
        for stream in streams:
            numbers = {"log": self.landed(stream), "current": self.folded(stream)}
            for part, number in numbers.items():
                table = self._open(stream, part)
                if table is not None and is_older(table):
                    self._about_to_commit()
                    properties, commit = retention(LAKE_DAYS), numbered(number)
                    table.alter.set_table_properties(properties, commit_properties=commit)

    def landed(self, stream: str) -> int:
        """The number of the last landing, which grows with each append; -1 before the first."""
        table = self._open(stream, "log")
        if table is None:
            return -1
        number = table.transaction_version(NUMBER)
        return table.version() if number is None else int(number)

    def folded(self, stream: str) -> int:
        """The number of the landing up to which ``current`` was folded; -1 before the first."""
        current = self._open(stream, "current")
        if current is None:
            return -1
        number = current.transaction_version(NUMBER)
        return self._folded_by_rows(stream) if number is None else int(number)

    def _folded_by_rows(self, stream: str) -> int:
        """The same from the rows, for a table of an older version."""
        parts = (self._open(stream, part) for part in ("log", "current"))
        rows = [part.to_pyarrow_table(columns=["landed"])["landed"] for part in parts if part]
        last, folded = (pc.max(numbers).as_py() for numbers in rows)
        return self.landed(stream) if last == folded else (-1 if folded is None else int(folded))

    def scan(self, stream: str, part: str = "current") -> str:
        """A DuckDB FROM-clause over a stream; an empty relation if it was never written."""
        if self.cutoff and self.folded(stream) >= 0:
            if part == "current":
                return self._past(stream, self.cutoff)
            if self.cutoff.exact:
                return self._log_until(stream, self.cutoff.at)
        return self._files(stream, part)

    def _files(self, stream: str, part: str) -> str:
        table = self._open(stream, part)
        files = files_of(table) if table else []
        schema = self._schema(stream, part)
        if files:
            quoted = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            lacking = [schema.field(name) for name in self.lacking(stream, part)]
            return padded(f"read_parquet([{quoted}])", lacking)
        columns = ", ".join(null_column(field) for field in schema)
        return f"(SELECT {columns} WHERE false)"

    def seen_by(self) -> str:
        """A DuckDB condition: whether a version was seen by the instant the lake is read as of."""
        at = self.cutoff.at.isoformat() if self.cutoff else None
        return f"seen_at <= TIMESTAMPTZ '{at}'" if at else "true"

    def unfolded(self, stream: str) -> str:
        """A DuckDB FROM clause over the log rows not yet folded into ``current``."""
        rows = self.scan(stream, "log")
        return f"(SELECT * FROM {rows} WHERE landed > {self.folded(stream)})"  # noqa: S608 - our names

    def _log_until(self, stream: str, at: dt.datetime) -> str:
        """The log as it was at an instant, without half a pull."""
        whole = self.folded(stream)
        seen = f"seen_at <= TIMESTAMPTZ '{at.isoformat()}'"
        files = self._files(stream, "log")
        return f"(SELECT * FROM {files} WHERE landed <= {whole} AND {seen})"  # noqa: S608 - our names

    def _past(self, stream: str, cutoff: AsOf) -> str:
        """``current`` as of an instant: each record's latest version seen by then."""
        whole = self.folded(stream)
        complete = cutoff.complete.get(stream, ())
        before = max((end for end in complete if end <= cutoff.at), default=cutoff.at)
        ends = ", ".join(f"TIMESTAMPTZ '{end.isoformat()}'" for end in complete if end >= before)
        first = f"(SELECT min(e) FROM unnest([{ends}]::TIMESTAMPTZ[]) t(e) WHERE e >= began)"  # noqa: S608 - instants are instants
        columns = ", ".join(f'l."{name}"' for name in self.log_schema(stream).names)
        # The log may have lost its earliest versions since; see maintenance.raw_versions.
        first_seen = f"(SELECT id, first_seen_at FROM {self._files(stream, 'current')})"  # noqa: S608 - our own files
        if cutoff.exact:
            return f"""(
                SELECT {columns}, least(
                    min(l.seen_at) OVER (PARTITION BY l.id), c.first_seen_at
                ) AS first_seen_at
                FROM {self._log_until(stream, cutoff.at)} l LEFT JOIN {first_seen} c ON c.id = l.id
                QUALIFY row_number() OVER (PARTITION BY l.id ORDER BY l.landed DESC) = 1
            )"""  # noqa: S608 - stream and column names are ours
        return f"""(
            WITH log AS (
                SELECT * FROM {self._files(stream, "log")} WHERE landed <= {whole}
            ), places AS (
                SELECT place, greatest(
                    TIMESTAMPTZ '{cutoff.at.isoformat()}', began, coalesce({first}, began)
                ) AS upto
                FROM (SELECT place, min(seen_at) AS began FROM log GROUP BY place)
            ), newest AS (
                SELECT id, max(landed) AS landed, min(seen_at) AS first_seen_at
                FROM log JOIN places USING (place) WHERE seen_at <= upto GROUP BY id
            )
            SELECT {columns}, least(n.first_seen_at, c.first_seen_at) AS first_seen_at
            FROM log l JOIN newest n ON l.id = n.id AND l.landed = n.landed
            LEFT JOIN {first_seen} c ON c.id = l.id
        )"""  # noqa: S608 - stream and column names are ours, instants are instants

    def _newest(
        self, stream: str, folded: int, upto: int, connection: duckdb.DuckDBPyConnection
    ) -> pa.RecordBatchReader:
        """The latest unfolded version of each record, where it differs from the current one."""
        schema = self.current_schema(stream)
        columns = folded_columns(stream, "n")
        query = f"""
            WITH unfolded AS NOT MATERIALIZED (  -- the wide rows are read where they are, not kept
                SELECT * FROM {self.scan(stream, "log")}
                WHERE landed > {folded} AND landed <= {upto}
            ), newest AS (
                -- No commit contains an id twice: one row per id. Only ids are grouped.
                SELECT u.* FROM unfolded u
                SEMI JOIN (SELECT id, max(landed) AS landed FROM unfolded GROUP BY id) last
                ON u.id = last.id AND u.landed = last.landed
            )
            SELECT {columns}, coalesce(c.first_seen_at, n.seen_at) AS first_seen_at
            FROM newest n
            LEFT JOIN {self.scan(stream)} c USING (id)
            WHERE c.id IS NULL OR c.digest IS DISTINCT FROM n.digest OR c.deleted <> n.deleted
        """  # noqa: S608 - stream and column names are ours
        return casting_reader(connection, query, schema)

    def _about_to_commit(self) -> None:
        """Called before every commit; tests end the process here."""

    def size(self, stream: str, part: str = "current") -> int:
        """How many bytes one of the stream's tables has on disk."""
        table = self._open(stream, part)
        return size_of(table) if table else 0

    def _commit(
        self,
        stream: str,
        part: str,
        rows: pa.Table | pa.RecordBatchReader,
        number: int | None = None,
        *,
        anew: bool = False,
    ) -> None:
        # Rows that are read as they are written come from a table of the stream.
        known = rows.nbytes if isinstance(rows, pa.Table) else self.size(stream, "log")
        ensure_space(self.root, RESERVE + known)
        self._about_to_commit()
        path = self.path(stream, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(self._open(stream, part) or path, rows, number, anew=anew)

    def _open(self, stream: str, part: str) -> DeltaTable | None:
        """The latest state of the table."""
        table, path = self._opened.get((stream, part)), self.path(stream, part)
        if table is not None:
            bring_up_to_date(table, path)
            return table
        if not DeltaTable.is_deltatable(str(path)):
            return None
        return self._opened.setdefault((stream, part), DeltaTable(str(path)))

    def path(self, stream: str, part: str) -> Path:
        """The folder of one of the stream's tables, ``log`` or ``current``."""
        return self.root / stream / part
