"""Replacing the published tables in a schema of Postgres.

What belongs here: copying rows beside the tables, then changing the tables by what differs. What
does not: the tables' shape (``shape``) and the connection (``session``).

Rows are changed, not replaced: a row that is the same in both runs is not touched. Readers are
never locked out, a statement of theirs sees the rows of one run, and so does a transaction that is
REPEATABLE READ. Only a change of the contract locks a table, for a moment: new columns are added
before, in a transaction of their own.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

from pipelines.publish.history import about_to_commit
from pipelines.publish.targets.manifest import (
    ColumnState,
    Manifest,
    TableState,
    TargetError,
    manifest_of,
    state_of,
)
from pipelines.publish.targets.postgres.copy_text import copy_text
from pipelines.publish.targets.postgres.rights import (
    ensure_owned,
    ensure_right_to_change,
    ensure_right_to_make,
)
from pipelines.publish.targets.postgres.session import Session, place_of, session
from pipelines.publish.targets.postgres.shape import (
    MANIFEST,
    TYPES,
    Shape,
    There,
    identifier,
    listed,
)
from pipelines.publish.targets.postgres.views import drop_views, ensure_views, missing_views
from pipelines.publish.targets.published_run import PublishedRun, PublishedTable

_LOCK = zlib.crc32(b"okr-sync") - 2**31


class PostgresTarget:
    """A schema of a database.

    Args:
        name: What the settings call it.
        url: The address with user and password.
        schema: The schema's name.
        readers: Roles that may read its tables.
    """

    def __init__(self, name: str, url: str, schema: str, readers: tuple[str, ...]) -> None:
        self.name = name
        self._url = url
        self._schema = schema
        self._readers = readers

    @property
    def place(self) -> str:
        """Host, database and schema."""
        try:
            return f"{place_of(self._url)}.{self._schema}"
        except TargetError:
            return self._schema

    def manifest(self) -> Manifest | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with session(self._url, self.name) as opened:
            return _manifest(opened, Shape(opened, self._schema))

    def missing(self, manifest: Manifest) -> str | None:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with session(self._url, self.name) as opened:
            there = Shape(opened, self._schema).tables(list(manifest.tables))
        gone = [name for name in manifest.tables if name not in there]
        return f"the table {self._schema}.{gone[0]} is missing" if gone else None

    def rehearse(self, run: PublishedRun) -> None:
        """See :class:`pipelines.publish.targets.manifest.Target`.

        What a view of somebody else needs, only writing tells.
        """
        with session(self._url, self.name) as opened:
            ensure_unicode(opened)
            shape = Shape(opened, self._schema)
            shape.ensure_roles(self._readers)
            before = _manifest(opened, shape)
            known = before.tables if before else {}
            names = [table.name for table in run.tables]
            there = shape.tables([*names, *known, MANIFEST])
            views = missing_views(opened, self._schema, run.tables)
            if views or {*names, MANIFEST} - set(there):
                ensure_right_to_make(opened, self._schema)
            ensure_right_to_change(opened, shape, there)
            columns = {name: [one.name for one in state.columns] for name, state in known.items()}
            changing = [
                table.name
                for table in run.tables
                if table.name in there
                and shape.reshapes(table, there[table.name], columns.get(table.name, []))
            ]
            ensure_owned(opened, shape, [*changing, *(set(there) - {*names, MANIFEST})])

    def write(self, run: PublishedRun) -> Manifest:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with session(self._url, self.name) as opened:
            _lock(opened, self._schema)
            shape = Shape(opened, self._schema)
            older = shape.tables([table.name for table in run.tables])
            for table in run.tables:
                if table.name in older:
                    shape.add_columns(table, older[table.name])
        with session(self._url, self.name) as opened:
            _lock(opened, self._schema)
            ensure_unicode(opened)
            shape = Shape(opened, self._schema)
            shape.ensure_schema()
            shape.ensure_readers(self._readers)
            before = _manifest(opened, shape)
            names = [*(table.name for table in run.tables), *(before.tables if before else ())]
            there = shape.tables([*names, MANIFEST])
            for table in run.tables:
                _copy(opened, run, table)
            about_to_commit()
            self._swap(opened, shape, run, there, before)
            manifest = manifest_of(run, {table.name: state_of(table) for table in run.tables})
            _record(opened, shape, manifest)
            about_to_commit()
        return manifest

    def look(self) -> str:
        """See :class:`pipelines.publish.targets.manifest.Target`."""
        with session(self._url, self.name) as opened:
            ensure_unicode(opened)
            shape = Shape(opened, self._schema)
            shape.tables([MANIFEST])
            ensure_right_to_make(opened, self._schema)
            ((version,),) = opened.rows("SHOW server_version")
        return f"Postgres {version} at {self.place} can be written."

    def _swap(
        self,
        opened: Session,
        shape: Shape,
        run: PublishedRun,
        there: Mapping[str, There],
        before: Manifest | None,
    ) -> None:
        """Make the tables those of the run."""
        known = before.tables if before else {}
        columns_of = {name: [one.name for one in state.columns] for name, state in known.items()}
        gone = set(there) - {table.name for table in run.tables} - {MANIFEST}
        if gone or any(
            shape.takes_away(table, there.get(table.name), columns_of.get(table.name, []))
            for table in run.tables
        ):
            drop_views(opened, shape, self._schema)
        for name in sorted(gone):
            shape.drop(name)
        for table in run.tables:
            shape.prepare(table, there.get(table.name), columns_of.get(table.name, []))
            _merge(opened, shape, table)
        for table in run.tables:  # what locks a table comes last
            shape.finish(table, there.get(table.name), self._readers)
        ensure_views(opened, shape, self._schema, run.tables, self._readers)
        shape.make_manifest(there.get(MANIFEST))
        shape.let_read(MANIFEST, self._readers)


def ensure_unicode(opened: Session) -> None:
    """Make sure that the database holds every text.

    Raises:
        TargetError: It does not.
    """
    ((encoding,),) = opened.rows("SHOW server_encoding")
    if encoding != "UTF8":
        raise TargetError(
            f"The database has the encoding {encoding}, which lacks most characters. Name one whose"
            " encoding is UTF8."
        )


def _lock(opened: Session, schema: str) -> None:
    """Let nobody else write to the schema until the transaction ends."""
    query = "SELECT pg_try_advisory_xact_lock(%s, %s)"
    ((mine,),) = opened.rows(query, [_LOCK, zlib.crc32(schema.encode()) - 2**31])
    if not mine:
        raise TargetError(
            "Another okr-sync is writing there. Wait for it to end; two projects need two schemas."
        )


def _copy(opened: Session, run: PublishedRun, table: PublishedTable) -> None:
    """Copy a table's rows into a temporary one."""
    incoming = _incoming(table)
    columns = ", ".join(f"{identifier(one.name)} {TYPES[one.type]}" for one in table.columns)
    opened.run(f"CREATE TEMPORARY TABLE {incoming} ({columns}) ON COMMIT DROP")
    names = listed([one.name for one in table.columns])
    arrived = opened.copy(
        f"COPY {incoming} ({names}) FROM STDIN", map(copy_text, run.batches(table))
    )
    if arrived != table.rows:
        raise TargetError(
            f"Of {table.rows} rows of {table.name} only {arrived} arrived. Please report it."
        )
    opened.run(f"ANALYZE {incoming}")


def _merge(opened: Session, shape: Shape, table: PublishedTable) -> None:
    """Delete, change and add rows until the table holds what was copied."""
    name, incoming, key = shape.name_of(table.name), _incoming(table), table.declared.key
    columns = [one.name for one in table.columns]
    same_key = " AND ".join(f"old.{identifier(one)} = new.{identifier(one)}" for one in key)
    same = f"ROW({listed(columns, 'old.')}) IS NOT DISTINCT FROM ROW({listed(columns, 'new.')})"
    changed = ", ".join(
        f"{identifier(one)} = excluded.{identifier(one)}" for one in columns if one not in key
    )
    opened.run(
        f"DELETE FROM {name} AS old WHERE NOT EXISTS"  # noqa: S608 - our own names
        f" (SELECT FROM {incoming} AS new WHERE {same_key})"
    )
    opened.run(
        f"INSERT INTO {name} ({listed(columns)})"  # noqa: S608 - our own names
        f" SELECT {listed(columns, 'new.')} FROM {incoming} AS new WHERE NOT EXISTS"
        f" (SELECT FROM {name} AS old WHERE {same_key} AND {same})"
        f" ON CONFLICT ({listed(key)}) DO UPDATE SET {changed}"
    )


def _record(opened: Session, shape: Shape, manifest: Manifest) -> None:
    name = shape.name_of(MANIFEST)
    tables = {
        table: {"rows": state.rows, "columns": [column.name for column in state.columns]}
        for table, state in manifest.tables.items()
    }
    opened.run(f"DELETE FROM {name}")  # noqa: S608 - our own names
    opened.run(
        f"INSERT INTO {name} (run_id, as_of, published_at, runs, written_at, tables, version)"  # noqa: S608 - our own names
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            manifest.run_id,
            manifest.as_of,
            manifest.published_at,
            manifest.runs,
            manifest.written_at,
            json.dumps(tables),
            manifest.version,
        ],
    )


def _manifest(opened: Session, shape: Shape) -> Manifest | None:
    """What the schema says of itself."""
    if MANIFEST not in shape.tables([MANIFEST]):
        return None
    rows = opened.rows(
        "SELECT run_id, as_of, published_at, runs, written_at, tables"  # noqa: S608 - our own names
        f" FROM {shape.name_of(MANIFEST)}"
    )
    for run_id, as_of, published_at, runs, written_at, tables in rows:
        states = {
            table: TableState(
                state["rows"], columns=tuple(ColumnState(one, "") for one in state["columns"])
            )
            for table, state in tables.items()
        }
        return Manifest(run_id, as_of, published_at, runs, written_at, states)
    return None


def _incoming(table: PublishedTable) -> str:
    return f"pg_temp.{identifier(f'incoming_{table.name}')}"
