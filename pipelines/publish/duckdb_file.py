"""The published DuckDB file, replaced atomically.

What belongs here: writing a new file beside the published one and renaming it. What does not: the
Delta history (``history``) and reading (``reader``).

Readers may open the file at any moment and see the tables of one run, never a mixture. DuckDB
allows one writing process or several reading ones; nobody ever writes to the published file itself,
so readers are never locked out.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from okr_model.tables import BY_NAME, TABLES, Column, Table
from pipelines.publish.history import about_to_commit

SCHEMA = "okr"


_DUCKDB = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "boolean": "BOOLEAN",
    "text[]": "VARCHAR[]",
}


def write_duckdb(tables: Mapping[str, pa.Table], path: Path) -> None:
    """Write the tables to a new DuckDB file and replace ``path`` with it.

    Raises:
        duckdb.ConstraintException: Two rows share a key, or a required value is missing; the
            published file is left unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as beside, duckdb.connect(str(beside)) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; BEGIN; CREATE SCHEMA {SCHEMA}")
        for table in TABLES:
            _fill(connection, table, tables[table.name])
        connection.execute("COMMIT")


def update_duckdb(tables: Mapping[str, pa.Table], path: Path) -> None:
    """Replace some tables of the published DuckDB file, atomically for its readers."""
    with _replacing(path) as beside:
        shutil.copyfile(path, beside)
        with duckdb.connect(str(beside)) as connection:
            connection.execute("SET TimeZone = 'UTC'; BEGIN")
            for name, rows in tables.items():
                connection.execute(f"DROP TABLE {SCHEMA}.{name}")
                _fill(connection, BY_NAME[name], rows)
            connection.execute("COMMIT")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``; renamed to it unless an error is raised."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    beside.unlink(missing_ok=True)
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        about_to_commit()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _fill(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> None:
    """Create ``table`` with its rows and comments.

    Call it within a transaction: otherwise each of some hundred statements is flushed to disk by
    itself.
    """
    connection.execute(_create(table))
    connection.register("incoming", rows)
    connection.execute(
        f"INSERT INTO {SCHEMA}.{table.name} BY NAME SELECT * FROM incoming"  # noqa: S608 - our own names
    )
    connection.unregister("incoming")
    connection.execute(";\n".join(_comments(table)))


def _create(table: Table) -> str:
    columns = ", ".join(_column(column) for column in table.columns)
    return f"CREATE TABLE {SCHEMA}.{table.name} ({columns}, PRIMARY KEY ({', '.join(table.key)}))"


def _column(column: Column) -> str:
    required = " NOT NULL" if column.required else ""
    return f'"{column.name}" {_DUCKDB[column.type]}{required}'


def _comments(table: Table) -> list[str]:
    """The data dictionary as comments, which SQL clients show."""
    statements = [
        f"COMMENT ON TABLE {SCHEMA}.{table.name} IS {_quoted('One row per ' + table.row_is)}"
    ]
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        statements.append(
            f'COMMENT ON COLUMN {SCHEMA}.{table.name}."{column.name}" '
            f"IS {_quoted(column.meaning + unit)}"
        )
    return statements


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
