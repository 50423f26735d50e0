"""The published DuckDB file, replaced atomically.

What belongs here: writing a new file beside the published one and renaming it. What does not: the
Delta history (``history``) and reading (``reader``).

Readers may open the file at any moment and see the tables of one run, never a mixture. DuckDB
allows one writing process or several reading ones; nobody ever writes to the published file itself,
so readers are never locked out.

A commit may stand in DuckDB's write-ahead log alone, and a full disk may keep it from the file. So
the new file is checkpointed, closed, opened again, counted and flushed to the disk before it is
renamed: what is swapped in is whole, or nothing is.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from okr_model.tables import BY_NAME, TABLES, Column, Table
from pipelines.errors import DiskFullError, disk_trouble, ensure_space, flush_folder
from pipelines.publish.history import about_to_commit
from pipelines.publish.views import VIEWS, View, possible
from published.tables import SCHEMA, row_counts

_EARLIER = "earlier_publication"  # no name that a file gives its own database
_SMALLEST = 16_000_000  # bytes of a file with every table and comment, and hardly a row
DUCKDB_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "boolean": "BOOLEAN",
    "text[]": "VARCHAR[]",
}


class UnwrittenFileError(Exception):
    """The new file does not hold what was written to it; the published one is kept."""


def write_duckdb(tables: Mapping[str, pa.Table], path: Path) -> None:
    """Write the tables to a new DuckDB file and replace ``path`` with it.

    Raises:
        duckdb.ConstraintException: Two rows share a key, or a required value is missing; the
            published file is left unchanged.
        pipelines.errors.DiskFullError: There is no room for the new file; likewise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    ensure_space(path.parent, _SMALLEST + sum(rows.nbytes for rows in tables.values()))
    with _replacing(path, tables) as beside, duckdb.connect(str(beside)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        made = _made_as(path, tables, connection)
        connection.execute("BEGIN" if made else f"BEGIN; CREATE SCHEMA {SCHEMA}")
        for table in TABLES:
            if not made:
                _make(connection, table, tables[table.name])
            _fill(connection, table, tables[table.name])
        if not made:
            _make_views(connection)
        connection.execute("COMMIT; CHECKPOINT")


def update_duckdb(tables: Mapping[str, pa.Table], path: Path) -> None:
    """Replace some tables of the published DuckDB file, atomically for its readers."""
    ensure_space(path.parent, _SMALLEST + path.stat().st_size)
    with _replacing(path, tables) as beside:
        shutil.copyfile(path, beside)
        with duckdb.connect(str(beside)) as connection:
            connection.execute("SET TimeZone = 'UTC'; BEGIN")
            for name, rows in tables.items():
                connection.execute(f"DROP TABLE {SCHEMA}.{name}")
                _make(connection, BY_NAME[name], rows)
                _fill(connection, BY_NAME[name], rows)
            _make_views(connection)
            connection.execute("COMMIT; CHECKPOINT")


def remove_leftovers(path: Path) -> None:
    """Delete what runs that were killed left beside the published file; call it under the lock."""
    for left in path.parent.glob(f"{glob.escape(path.name)}.*.tmp*"):
        left.unlink(missing_ok=True)
    _log_of(path).unlink(missing_ok=True)  # nobody writes to the published file


@contextmanager
def _replacing(path: Path, tables: Mapping[str, pa.Table]) -> Iterator[Path]:
    """A temporary path beside ``path``; renamed to it if it holds ``tables`` and no error arose."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    beside.unlink(missing_ok=True)
    try:
        yield beside
        _ensure_holds(beside, tables)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        about_to_commit()
        _log_of(path).unlink(missing_ok=True)  # left by a kill, it would be replayed into this file
        beside.replace(path)
        flush_folder(path.parent)
    except (duckdb.Error, OSError) as error:
        if trouble := disk_trouble(error):
            raise DiskFullError(f"{path}: cannot be written. {trouble}") from None
        raise
    finally:
        beside.unlink(missing_ok=True)
        _log_of(beside).unlink(missing_ok=True)


def _ensure_holds(beside: Path, tables: Mapping[str, pa.Table]) -> None:
    """Make sure that the closed file has every row, and needs no write-ahead log for it."""
    log = _log_of(beside)
    found = {} if log.exists() else row_counts(beside)
    wanted = {name: rows.num_rows for name, rows in tables.items()}
    if {name: found.get(name) for name in wanted} != wanted:
        raise UnwrittenFileError(f"{beside.name} does not hold the tables that were written to it")


def _log_of(path: Path) -> Path:
    """DuckDB's write-ahead log of a file."""
    return path.with_name(f"{path.name}.wal")


def _made_as(
    published: Path, tables: Mapping[str, pa.Table], connection: duckdb.DuckDBPyConnection
) -> bool:
    """Make every table, empty, as the published file has it; False if that is not as declared.

    One statement then does what some hundred comments do, which take longer than all rows of a
    small organization.
    """
    if not published.is_file():
        return False
    try:
        connection.execute(f"ATTACH {literal(str(published))} AS {_EARLIER} (READ_ONLY)")
    except duckdb.Error:  # damaged; whoever reads it tells
        return False
    try:
        same = set(connection.execute(_THERE).fetchall()) == _declared(tables)
        if same:
            ((new,),) = connection.execute("SELECT current_database()").fetchall()
            connection.execute(f'COPY FROM DATABASE {_EARLIER} TO "{new}" (SCHEMA)')
    finally:
        connection.execute(f"DETACH {_EARLIER}")
    return same


_THERE = f"""
    SELECT table_name, column_name, column_index,
        replace(data_type, 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ'), NOT is_nullable, comment
    FROM duckdb_columns() WHERE database_name = '{_EARLIER}' AND NOT internal
        AND table_oid IN (SELECT table_oid FROM duckdb_tables() WHERE database_name = '{_EARLIER}')
    UNION ALL
    SELECT view_name, schema_name, 0, 'view', true, comment
    FROM duckdb_views() WHERE database_name = '{_EARLIER}' AND NOT internal
    UNION ALL
    SELECT table_name, array_to_string(constraint_column_names, ', '), 0, 'key', true, NULL
    FROM duckdb_constraints()
    WHERE database_name = '{_EARLIER}' AND constraint_type <> 'NOT NULL'
    UNION ALL
    SELECT table_name, schema_name, 0, 'table', true, comment
    FROM duckdb_tables() WHERE database_name = '{_EARLIER}'
    UNION ALL
    SELECT name, NULL, 0, 'other', true, NULL FROM (
        SELECT database_name, index_name AS name FROM duckdb_indexes()
        UNION ALL SELECT database_name, sequence_name FROM duckdb_sequences()
        UNION ALL SELECT database_name, function_name FROM duckdb_functions() WHERE NOT internal
        UNION ALL SELECT database_name, type_name FROM duckdb_types() WHERE NOT internal
        UNION ALL SELECT database_name, schema_name FROM duckdb_schemas()
        WHERE NOT internal AND schema_name <> '{SCHEMA}'
    ) WHERE database_name = '{_EARLIER}'
"""  # noqa: S608 - our own names
"""Everything in the published file but rows: columns, keys, tables and what should not be there."""


def _declared(tables: Mapping[str, pa.Table]) -> set[tuple[object, ...]]:
    """What ``_THERE`` finds in a file with ``tables`` as they are declared."""
    found: set[tuple[object, ...]] = set()
    for table in TABLES:
        columns = _columns(table, tables[table.name])
        keyed = {column.name for column in columns if column.required or column.name in table.key}
        found |= {
            (table.name, one.name, place, DUCKDB_TYPES[one.type], one.name in keyed, one.described)
            for place, one in enumerate(columns, 1)
        }
        found.add((table.name, ", ".join(table.key), 0, "key", True, None))
        found.add((table.name, SCHEMA, 0, "table", True, table_comment(table)))
    found |= {(view.name, SCHEMA, 0, "view", True, view_comment(view)) for view in VIEWS}
    return found


def _make(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> None:
    """Create ``table`` for ``rows``, with its comments.

    Call it within a transaction: otherwise each of some hundred statements is flushed to disk by
    itself.
    """
    columns = _columns(table, rows)
    connection.execute(";\n".join([_create(table, columns), *_comments(table, columns)]))


def _columns(table: Table, rows: pa.Table) -> list[Column]:
    """The columns that ``table`` gets.

    Rows that an older version published may lack columns that are required since. A rebuild keeps
    them as they are: the table lacks these columns, too, until the next night.
    """
    there = set(rows.column_names)
    return [one for one in table.columns if one.name in there or not one.required]


def _fill(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> None:
    """Insert the rows of ``table``."""
    connection.register("incoming", rows)
    connection.execute(
        f"INSERT INTO {SCHEMA}.{table.name} BY NAME SELECT * FROM incoming"  # noqa: S608 - our own names
    )
    connection.unregister("incoming")


def _make_views(connection: duckdb.DuckDBPyConnection) -> None:
    """The views over the tables that are there; call it within the transaction of the tables."""
    query = "SELECT table_name, list(column_name) FROM duckdb_columns()"
    query += " WHERE schema_name = ? GROUP BY 1"
    there = dict(connection.execute(query, [SCHEMA]).fetchall())
    for view in possible(VIEWS, there):
        name = f"{SCHEMA}.{view.name}"
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {view.select(SCHEMA)}")
        said = [f"COMMENT ON VIEW {name} IS {literal(view_comment(view))}"]
        said += [
            f"COMMENT ON COLUMN {name}.{column} IS {literal(meaning)}"
            for column, meaning in view.columns.items()
        ]
        connection.execute(";".join(said))


def _create(table: Table, columns: Sequence[Column]) -> str:
    declared = ", ".join(map(_column, columns))
    return f"CREATE TABLE {SCHEMA}.{table.name} ({declared}, PRIMARY KEY ({', '.join(table.key)}))"


def _column(column: Column) -> str:
    required = " NOT NULL" if column.required else ""
    return f'"{column.name}" {DUCKDB_TYPES[column.type]}{required}'


def table_comment(table: Table) -> str:
    """What a SQL client shows of a table."""
    return f"One row per {table.row_is}"


def view_comment(view: View) -> str:
    """What a SQL client shows of a view; one that is defined otherwise has another."""
    return f"One row per {view.row_is}. Definition {view.definition}"


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _comments(table: Table, columns: Sequence[Column]) -> list[str]:
    """The data dictionary as comments, which SQL clients show."""
    return [
        f"COMMENT ON TABLE {SCHEMA}.{table.name} IS {literal(table_comment(table))}",
        *(
            f'COMMENT ON COLUMN {SCHEMA}.{table.name}."{column.name}" '
            f"IS {literal(column.described)}"
            for column in columns
        ),
    ]
