"""Reading the published tables from the DuckDB file, without locking it.

What belongs here: opening the file and returning rows. What does not: selecting what a view shows
(``selection``), and formatting it (``formatting``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from okr_model.progress.definition_changes import dated
from okr_model.tables import CHANGES, NEW_WORK, RUNS
from okr_model.tables.key_results import KEY_RESULTS_DAILY
from published.errors import UserError

SCHEMA = "okr"
"""The schema of the published file that holds the tables."""


NOTHING_PUBLISHED = (
    "nothing is published yet. Run: okr sync (or, where another machine does so and store: is set"
    " in okr.yaml: okr store fetch)"
)


class NotPublishedError(UserError):
    """Nothing has been published yet."""


class UnknownKeyResultError(UserError):
    """No published Key Result has this id."""


class UnreadablePublishedError(UserError):
    """The published file is there, but cannot be read."""


class PublishedTables:
    """The latest published tables.

    Args:
        path: The published DuckDB file.

    Raises:
        NotPublishedError: There is no such file.
        UnreadablePublishedError: Of every method: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise NotPublishedError(f"{path}: {NOTHING_PUBLISHED}")
        self._path = path

    @property
    def path(self) -> Path:
        """The published DuckDB file."""
        return self._path

    def has(self, table: str) -> bool:
        """Whether the file contains ``table``; one published by an earlier version may not."""
        with self._opened() as connection:
            query = "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?"
            return bool(connection.execute(query, [SCHEMA, table]).fetchall())

    def row_counts(self) -> dict[str, int]:
        """How many rows each table of the file has."""
        with self._opened():
            return row_counts(self._path)

    def days(self, table: str) -> list[dt.date]:
        """The days for which ``table`` has rows, oldest first."""
        with self._opened() as connection:
            query = f"SELECT DISTINCT as_of FROM {SCHEMA}.{table} ORDER BY as_of"  # noqa: S608 - our own names
            return [day for (day,) in connection.execute(query).fetchall()]

    def differing(
        self, tables: Mapping[str, tuple[Sequence[str], Path]]
    ) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """For each table, the rows that a Parquet file lacks, and the file's rows that it lacks.

        Compared inside DuckDB, because most rows are equal on most nights.

        Args:
            tables: By table name: the columns to compare, and the Parquet file. A column that the
                published table does not have yet is null in both.
        """
        found = {}
        with self._opened() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name, (wanted, staged) in tables.items():
                there = connection.execute(f"DESCRIBE {SCHEMA}.{name}").fetchall()
                known = {column for column, *_ in there}
                columns = ", ".join(column for column in wanted if column in known)
                ours = f"SELECT {columns} FROM {SCHEMA}.{name}"  # noqa: S608 - our own names
                theirs = f"SELECT {columns} FROM read_parquet(?)"  # noqa: S608 - our own names
                queries = (f"{ours} EXCEPT {theirs}", f"{theirs} EXCEPT {ours}")
                one, other = (_arrow(connection, query, [str(staged)]) for query in queries)
                one, other = (rows.to_pandas(date_as_object=True) for rows in (one, other))
                found[name] = one.reindex(columns=wanted), other.reindex(columns=wanted)
        return found

    def frame(self, table: str, where: str = "true", given: Sequence[object] = ()) -> pd.DataFrame:
        """The rows of ``table`` that meet ``where``, a trusted SQL condition with parameters."""
        with self._opened() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            query = f"SELECT * FROM {SCHEMA}.{table} WHERE {where}"  # noqa: S608 - values are given
            rows = _arrow(connection, query, given)
        return rows.to_pandas(date_as_object=True)

    def rows(self, table: str) -> pa.Table:
        """All rows of ``table``, with the types of the file."""
        with self._opened() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return _arrow(connection, f"SELECT * FROM {SCHEMA}.{table}", [])  # noqa: S608 - our own names

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with duckdb.connect(str(self._path), read_only=True) as connection:
                yield connection
        except duckdb.Error as error:
            raise UnreadablePublishedError(
                f"{self._path} cannot be read ({str(error).splitlines()[0]})."
                " The next okr sync sets it aside and makes it anew."
            ) from None


@contextmanager
def held_open(duckdb_file: Path) -> Iterator[None]:
    """Keep the published file open, so that whoever opens it meanwhile need not read it again.

    Opening is most of what a small query costs. Nobody sees a file that replaces this one until it
    is let go: hold it under the run lock or where the file of one's own run is meant, and not while
    publishing.
    """
    with ExitStack() as held:
        with suppress(duckdb.Error):  # whoever reads it tells what is wrong
            if duckdb_file.is_file():
                held.enter_context(duckdb.connect(str(duckdb_file), read_only=True))
        yield


def published_before(duckdb: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The published Key Results and changes; empty before the first run."""
    nothing = pd.DataFrame(columns=CHANGES.column_names)
    try:
        published = PublishedTables(duckdb)
    except NotPublishedError:
        return pd.DataFrame(), nothing
    changes = published.frame(CHANGES.name) if published.has(CHANGES.name) else nothing
    return published.frame("key_results"), dated(changes)


def last_published(duckdb: Path, key_result_ids: Sequence[str]) -> pd.DataFrame:
    """The row of the last day on which each was published, in each of its cycles."""
    published, daily = PublishedTables(duckdb), KEY_RESULTS_DAILY.name
    if not published.has(daily):
        return pd.DataFrame()
    rows = published.frame(daily, "list_contains(?, key_result_id)", [list(key_result_ids)])
    last = rows.sort_values("as_of", kind="stable")
    return last.drop_duplicates(["key_result_id", "cycle_id"], keep="last")


def new_work_before(duckdb: Path) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The published initiatives, None before the first run, and those that were new."""
    nothing = pd.DataFrame(columns=NEW_WORK.column_names)
    try:
        published = PublishedTables(duckdb)
    except NotPublishedError:
        return None, nothing
    new = published.frame(NEW_WORK.name) if published.has(NEW_WORK.name) else nothing
    return published.frame("initiatives"), new


def last_started(duckdb: Path, run_id: str) -> pd.Timestamp:
    """When a published run began; long ago, if that is not known."""
    runs = PublishedTables(duckdb).frame(RUNS.name, "run_id = ?", [run_id])
    started = pd.to_datetime(runs["started_at"], utc=True)
    return started.max() if len(runs) else pd.Timestamp(0, tz="UTC")


def row_counts(path: Path) -> dict[str, int]:
    """How many rows each table of a DuckDB file has.

    Raises:
        duckdb.Error: The file cannot be read.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        query = "SELECT table_name FROM duckdb_tables() WHERE schema_name = ?"
        names = [name for (name,) in connection.execute(query, [SCHEMA]).fetchall()]
        counts = (f"SELECT '{n}', count(*) FROM {SCHEMA}.\"{n}\"" for n in names)  # noqa: S608 - our own names
        return dict(connection.execute(" UNION ALL ".join(counts)).fetchall()) if names else {}


def _arrow(connection: duckdb.DuckDBPyConnection, query: str, given: Sequence[object]) -> pa.Table:
    return connection.sql(query, params=list(given)).to_arrow_table()
