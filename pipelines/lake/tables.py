"""The lake: an append log and a current-state table for every stream, both Delta tables.

What belongs here: commits and their metadata, folding, and reading back. What does not: handling a
connector's messages (``ingest.landing``) and what the records mean (``datasets``).

::

    lake/<stream>/log       every version of every record ever read, in the order it was landed
    lake/<stream>/current   the latest version of each record, tombstones included

A source's cursor is written in the same Delta commit as the rows it covers, so a killed run resumes
without losing or duplicating rows. ``current`` is a pure function of ``log``: each of its commits
records the log version up to which it was folded, and folding is idempotent. It is only folded up
to the end of a complete pull, so half a pull is never published.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake

from connectors.registry import STREAMS
from pipelines.lake.null_columns import null_column, padded

_INSTANT = pa.timestamp("us", tz="UTC")

REFERENCES = pa.list_(
    pa.struct(
        [
            ("role", pa.string()),
            ("field", pa.string()),
            ("text", pa.string()),
            ("key", pa.string()),
            ("suspect", pa.bool_()),
        ]
    )
)

_BOOKKEEPING = [
    # The Key Results that the record refers to; see okr_model.links.references.
    pa.field("references", REFERENCES),
    pa.field("digest", pa.string()),  # of everything but raw; same digest, same version
    pa.field("seen_at", _INSTANT),  # when this version was first read
    pa.field("deleted", pa.bool_()),
    pa.field("landed", pa.int64()),  # the log version that holds it
]
_FIRST_SEEN = pa.field("first_seen_at", _INSTANT)  # when the record was first read


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
    """

    def __init__(self, root: Path, cutoff: AsOf | None = None) -> None:
        self.root = root
        self._opened: dict[tuple[str, str], DeltaTable] = {}
        self.cutoff = cutoff

    def forget(self) -> None:
        """Open every table again when it is next needed: the files of one were replaced."""
        self._opened.clear()

    def as_of(self, cutoff: AsOf) -> Lake:
        """The same lake with its ``current`` tables as of a past instant.

        A place that was first read later appears with its first content: nothing older is known.
        """
        return Lake(self.root, cutoff)

    def log_schema(self, stream: str) -> pa.Schema:
        """The columns of the stream's append log."""
        return pa.schema([*STREAMS[stream], *_BOOKKEEPING])

    def current_schema(self, stream: str) -> pa.Schema:
        """The columns of the stream's current-state table."""
        return pa.schema([*STREAMS[stream], *_BOOKKEEPING, _FIRST_SEEN])

    def _schema(self, stream: str, part: str) -> pa.Schema:
        return self.current_schema(stream) if part == "current" else self.log_schema(stream)

    def append(self, stream: str, rows: pa.Table, metadata: Mapping[str, Any]) -> int:
        """Append ``rows`` (the log's columns except ``landed``) in one commit with ``metadata``.

        Returns:
            The log version of the commit.
        """
        table = self._open(stream, "log")
        version = table.version() + 1 if table else 0
        landed = pa.array([version] * rows.num_rows, pa.int64())
        rows = rows.append_column("landed", landed).select(self.log_schema(stream).names)
        self._commit(self._path(stream, "log"), rows, metadata)
        return version

    def last_metadata(self, stream: str, key: str) -> Any | None:
        """The value of ``key`` in the latest log commit that has it, or None."""
        table = self._open(stream, "log")
        for commit in table.history() if table else []:
            if key in commit:
                return json.loads(commit[key])
        return None

    def every_metadata(self, stream: str, key: str) -> list[Any]:
        """The values of ``key`` in all log commits that have it, latest first."""
        table = self._open(stream, "log")
        commits = table.history() if table else []
        return [json.loads(commit[key]) for commit in commits if key in commit]

    def commits_with(self, stream: str, *keys: str) -> list[tuple[Any, ...]]:
        """The values of ``keys`` in all log commits that carry every one of them, newest first."""
        table = self._open(stream, "log")
        commits = table.history() if table else []
        return [
            tuple(json.loads(commit[key]) for key in keys)
            for commit in commits
            if all(key in commit for key in keys)
        ]

    def fold(self, stream: str, upto: int, connection: duckdb.DuckDBPyConnection) -> int:
        """Fold the log into ``current`` up to log version ``upto``.

        Returns:
            The number of new or changed records.
        """
        current = self._open(stream, "current")
        folded = self._folded(current)
        if folded >= upto:
            return 0
        newest = self._newest(stream, folded, upto, connection)
        metadata = {"folded": upto}
        if current is None:
            self._commit(self._path(stream, "current"), newest, metadata)
            return int(DeltaTable(str(self._path(stream, "current"))).count())
        changed = newest.read_all()
        if changed.num_rows:
            self._merge(current, changed, metadata)
        return int(changed.num_rows)

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
        folded = self.is_folded(stream)
        for part in ("log", "current"):
            lacking = self.lacking(stream, part)
            if not lacking:
                continue
            schema = self._schema(stream, part)
            more = "".join(f', {new[name]} AS "{name}"' for name in lacking if name in new)
            names = [name for name in lacking if name in new]
            old = f"* EXCLUDE ({', '.join(names)})" if names else "*"
            columns = ", ".join(f'"{name}"' for name in schema.names)
            query = f"""
                SELECT {columns} FROM (
                    SELECT * REPLACE ({digest} AS digest)
                    FROM (SELECT {old}{more} FROM {self.scan(stream, part)})
                )
            """  # noqa: S608 - stream and column names are ours
            rows = _reader(connection, query, schema)
            metadata = {"folded": self.version(stream)} if folded and part == "current" else {}
            self._commit(self._path(stream, part), rows, metadata, evolve=True)

    def is_folded(self, stream: str) -> bool:
        """Whether ``current`` includes the whole log."""
        return self._folded(self._open(stream, "current")) == self.version(stream)

    def version(self, stream: str, part: str = "log") -> int:
        """The Delta version of the log (or of ``current``); -1 if it was never written."""
        table = self._open(stream, part)
        return table.version() if table else -1

    def versions(self) -> dict[str, str]:
        """The latest commit of every table that the model reads: all except the append logs."""
        commits = self.root.glob("*/*/_delta_log/*.json")
        newest: dict[str, str] = {}
        for commit in commits:
            table = commit.parent.parent.relative_to(self.root)
            if table.name != "log":
                newest[str(table)] = max(newest.get(str(table), ""), commit.name)
        return newest

    def scan(self, stream: str, part: str = "current") -> str:
        """A DuckDB FROM-clause over a stream; an empty relation if it was never written."""
        if self.cutoff and self.version(stream, "current") >= 0:
            if part == "current":
                return self._past(stream, self.cutoff)
            if self.cutoff.exact:
                return self._log_until(stream, self.cutoff.at)
        return self._files(stream, part)

    def _files(self, stream: str, part: str) -> str:
        table = self._open(stream, part)
        files = table.file_uris() if table else []
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
        folded = self._folded(self._open(stream, "current"))
        return f"(SELECT * FROM {self.scan(stream, 'log')} WHERE landed > {folded})"  # noqa: S608 - our names

    def _log_until(self, stream: str, at: dt.datetime) -> str:
        """The log as it was at an instant, without half a pull."""
        whole = self._folded(self._open(stream, "current"))
        seen = f"seen_at <= TIMESTAMPTZ '{at.isoformat()}'"
        files = self._files(stream, "log")
        return f"(SELECT * FROM {files} WHERE landed <= {whole} AND {seen})"  # noqa: S608 - our names

    def _past(self, stream: str, cutoff: AsOf) -> str:
        """``current`` as of an instant: each record's latest version seen by then."""
        whole = self._folded(self._open(stream, "current"))
        ends = ", ".join(
            f"TIMESTAMPTZ '{end.isoformat()}'" for end in cutoff.complete.get(stream, ())
        )
        first = f"(SELECT min(e) FROM unnest([{ends}]::TIMESTAMPTZ[]) t(e) WHERE e >= began)"  # noqa: S608 - instants are instants
        columns = ", ".join(f'l."{name}"' for name in self.log_schema(stream).names)
        if cutoff.exact:
            return f"""(
                SELECT {columns}, min(l.seen_at) OVER (PARTITION BY l.id) AS first_seen_at
                FROM {self._log_until(stream, cutoff.at)} l
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
            SELECT {columns}, n.first_seen_at
            FROM log l JOIN newest n ON l.id = n.id AND l.landed = n.landed
        )"""  # noqa: S608 - stream and column names are ours, instants are instants

    def _newest(
        self, stream: str, folded: int, upto: int, connection: duckdb.DuckDBPyConnection
    ) -> pa.RecordBatchReader:
        """The latest unfolded version of each record, where it differs from the current one."""
        schema = self.current_schema(stream)
        columns = ", ".join(f'n."{name}"' for name in self.log_schema(stream).names)
        query = f"""
            WITH unfolded AS (
                SELECT * FROM {self.scan(stream, "log")}
                WHERE landed > {folded} AND landed <= {upto}
            ), newest AS (
                -- No commit contains an id twice, so this finds one row per id. Only ids and
                -- versions are grouped; the wide rows stream through.
                SELECT u.* FROM unfolded u
                SEMI JOIN (SELECT id, max(landed) AS landed FROM unfolded GROUP BY id) last
                ON u.id = last.id AND u.landed = last.landed
            )
            SELECT {columns}, coalesce(c.first_seen_at, n.seen_at) AS first_seen_at
            FROM newest n
            LEFT JOIN {self.scan(stream)} c USING (id)
            WHERE c.id IS NULL OR c.digest IS DISTINCT FROM n.digest OR c.deleted <> n.deleted
        """  # noqa: S608 - stream and column names are ours
        return _reader(connection, query, schema)

    def _about_to_commit(self) -> None:
        """Called before every commit; tests end the process here."""

    def _merge(self, current: DeltaTable, changed: pa.Table, metadata: Mapping[str, Any]) -> None:
        self._about_to_commit()
        (
            current.merge(
                changed,
                predicate="now.id = new.id",
                source_alias="new",
                target_alias="now",
                commit_properties=_properties(metadata),
            )
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .execute()
        )

    def _commit(
        self,
        path: Path,
        rows: pa.Table | pa.RecordBatchReader,
        metadata: Mapping[str, Any],
        *,
        evolve: bool = False,
    ) -> None:
        self._about_to_commit()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_deltalake(
            str(path),
            rows,
            mode="overwrite" if evolve else "append",
            schema_mode="overwrite" if evolve else None,
            commit_properties=_properties(metadata),
        )

    def _folded(self, current: DeltaTable | None) -> int:
        if current is None:
            return -1
        for commit in current.history():
            if "folded" in commit:
                return int(json.loads(commit["folded"]))
        return -1

    def _open(self, stream: str, part: str) -> DeltaTable | None:
        """The latest state of the table; updating an open one costs a tenth of opening it."""
        table = self._opened.get((stream, part))
        if table is not None:
            table.update_incremental()
            return table
        path = str(self._path(stream, part))
        if not DeltaTable.is_deltatable(path):
            return None
        return self._opened.setdefault((stream, part), DeltaTable(path))

    def _path(self, stream: str, part: str) -> Path:
        return self.root / stream / part


def _reader(
    connection: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema
) -> pa.RecordBatchReader:
    reader: pa.RecordBatchReader = connection.sql(query).to_arrow_reader(50_000)
    return pa.RecordBatchReader.from_batches(
        schema, (pa.Table.from_batches([b]).cast(schema).to_batches()[0] for b in reader)
    )


def _properties(metadata: Mapping[str, Any]) -> CommitProperties:
    return CommitProperties(custom_metadata={key: json.dumps(v) for key, v in metadata.items()})
