"""The published tables of one run, held open while they are read.

What belongs here: seeing one run's tables through a whole request, and noticing that a newer run
has published. What does not: what a view shows of them.

A run renames its new file over the published one. Whoever has opened the old one goes on reading
it, so the tables of two runs are never mixed.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd
import pyarrow as pa

from okr_model.languages.folding import same_id
from okr_model.progress.progress import PACE_TOLERANCE
from published.errors import UserError
from published.restricted.figures import rolled_up
from published.restricted.mentions import Mentions
from published.restricted.rights import Hidden
from published.restricted.subjects import subjects_of
from published.restricted.views import view
from published.tables import (
    NOTHING_PUBLISHED,
    SCHEMA,
    NotPublishedError,
    UnreadablePublishedError,
)

_T = TypeVar("_T")
_TOGETHER = "published"
_BATCH = 10_000  # rows
_FEW_AT_ONCE = 1_000  # rows that are dicts
_KEPT = 200  # results of a kind
_FRUGAL: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "64MB",
    "threads": "2",
    "python_enable_replacements": False,  # a table's name means no variable of ours
}
_WHOLE = f"{_TOGETHER}.{SCHEMA}"
_FEW = 5_000  # rows
_NUMBERS = itertools.count(1)  # of schemas


class TooMuchError(UserError):
    """An answer needs more memory than reading may take."""


class Snapshot:
    """The tables of one run.

    Args:
        path: The published DuckDB file.

    Raises:
        UnreadablePublishedError: Of every method: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()  # what is made may ask for something else made
        self._made: dict[object, OrderedDict[object, Any]] = {}
        self._seen_lock = threading.Lock()  # of its own: it takes seconds, and others go on
        self._seen: dict[Hidden, Snapshot] = {}
        try:
            # A database opened by its path would be the one that this process has opened before,
            # although another file stands there now; an attached one is read anew.
            self._connection = duckdb.connect(":memory:", config=_FRUGAL)
            quoted = str(path).replace("'", "''")
            self._connection.execute(f"ATTACH '{quoted}' AS {_TOGETHER} (READ_ONLY)")
            # Whatever a query says: no other file is read or written.
            self._connection.execute("SET enable_external_access = false")
        except duckdb.Error as error:
            raise _unreadable(path, error) from None
        self._path = path
        self._schema = _WHOLE

    def seen_by(self, hidden: Hidden, tolerance: float = PACE_TOLERANCE) -> Snapshot:
        """The same tables without what is hidden, for whatever asks them.

        Args:
            hidden: What their reader may not see.
            tolerance: How far from its path a Key Result is still on it, by the settings; roll-ups
                are computed again.
        """
        if not hidden:
            return self
        with self._seen_lock:
            if hidden not in self._seen:
                self._seen[hidden] = _Seen(self, hidden, tolerance)
            return self._seen[hidden]

    @property
    def is_whole(self) -> bool:
        """Whether nothing of them is hidden."""
        return self._schema == _WHOLE

    def sees(self, key_result_id: str) -> bool:
        """Whether nothing hides a Key Result of this id, be there one or not."""
        return True

    def sees_initiative(self, initiative_id: str) -> bool:
        """The same of an initiative."""
        return True

    def sees_objective(self, objective_id: str) -> bool:
        """The same of an Objective."""
        return True

    def harmless(self, texts: Sequence[str | None]) -> list[str | None]:
        """Texts from elsewhere, without what they tell of something hidden."""
        return list(texts)

    def frame(self, query: str, given: Sequence[object] = ()) -> pd.DataFrame:
        """The rows of a trusted query, which names tables without their schema."""
        return self._fetched(query, given).to_pandas(date_as_object=True)

    def rows(self, query: str, given: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The same as dicts, in which unknown is None: quicker, for a few rows."""
        found: list[dict[str, Any]] = self._fetched(query, given).to_pylist()
        return found

    def each(self, query: str, given: Sequence[object] = ()) -> Iterator[dict[str, Any]]:
        """The same one by one: needs little memory for many rows."""
        for batch in self.batches(query, given):
            for first in range(0, batch.num_rows, _FEW_AT_ONCE):
                yield from batch.slice(first, _FEW_AT_ONCE).to_pylist()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor to which the tables' names mean these tables."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"USE {self._schema}; SET TimeZone = 'UTC'")
            yield cursor

    def _fetched(self, query: str, given: Sequence[object]) -> pa.Table:
        try:
            with self.cursor() as cursor:
                return cursor.sql(query, params=list(given)).to_arrow_table()
        except duckdb.IOException as error:
            raise _unreadable(self._path, error) from None
        except duckdb.OutOfMemoryException:
            raise TooMuchError("This asks for too many rows at once.") from None

    def batches(self, query: str, given: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
        """The rows of a trusted query as they come, which needs little memory if it sorts none."""
        with self.cursor() as cursor:
            yield from cursor.sql(query, params=list(given)).to_arrow_reader(_BATCH)

    def table(self, name: str, where: str = "true", given: Sequence[object] = ()) -> pd.DataFrame:
        """The rows of one table that meet ``where``, a trusted condition with parameters."""
        return self.frame(f'SELECT * FROM "{name}" WHERE {where}', given)  # noqa: S608 - our own names

    def once(self, key: object, make: Callable[[], _T], most: int = _KEPT) -> _T:
        """What ``make`` returns, made once per ``key`` as long as these tables are the newest.

        Args:
            key: What is made; of a tuple, the first names its kind.
            make: Makes it.
            most: Of its kind, so many are kept: what has not been asked for longest is forgotten.
        """
        with self._lock:
            kept = self._made.setdefault(key[0] if isinstance(key, tuple) else key, OrderedDict())
            if key not in kept:
                kept[key] = make()
            kept.move_to_end(key)
            made: _T = kept[key]
            while len(kept) > most:
                kept.popitem(last=False)
            return made

    @property
    def key_results(self) -> pd.DataFrame:
        """The table ``key_results``."""
        return self.table("key_results")

    @cached_property
    def last_run(self) -> dict[str, Any]:
        """The row of ``runs`` that published these tables."""
        query = "SELECT * FROM runs WHERE run_id IN (SELECT run_id FROM sources)"
        rows = self.rows(query)
        return rows[0] if rows else {}


class _Seen(Snapshot):
    """The tables of one run as somebody sees them from whom something is hidden.

    They are views in a schema of their own, in which queries find the tables' names.
    """

    def __init__(self, whole: Snapshot, hidden: Hidden, tolerance: float) -> None:
        self._lock = threading.RLock()
        self._made = {}
        self._connection = whole._connection
        self._path = whole._path
        self._schema = f"memory.seen_{next(_NUMBERS)}"
        columns = _columns(whole)
        counts = {name: _count(whole, name) for name in columns}
        subjects = subjects_of(hidden, whole.frame, set(columns))
        self._initiatives = set(subjects.initiatives)
        self._objectives = {same_id(key) for key in subjects.objectives}
        self._harmless = Mentions(subjects).replaced("t")
        self._ids = {same_id(key) for key in (*subjects.key_results, *subjects.ids)}
        with self._connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {self._schema}; SET TimeZone = 'UTC'")
            for table, names in columns.items():
                query = view(table, names, _WHOLE, subjects, whole.frame)
                # A few rows are looked at once; of many, those that are asked for.
                kind = "TABLE" if counts[table] <= _FEW else "VIEW"
                cursor.execute(f'CREATE {kind} {self._schema}."{table}" AS {query}')
            for table, rows in rolled_up(self.frame, whole.frame, tolerance).items():
                cursor.register("_rows", rows)
                kind = "TABLE" if counts[table] <= _FEW else "VIEW"
                cursor.execute(f'DROP {kind} {self._schema}."{table}"')
                cursor.execute(f'CREATE TABLE {self._schema}."{table}" AS FROM _rows')
                cursor.unregister("_rows")

    def seen_by(self, hidden: Hidden, tolerance: float = PACE_TOLERANCE) -> Snapshot:
        """Nobody is handed what somebody else sees."""
        raise NotImplementedError

    def sees(self, key_result_id: str) -> bool:
        """Whether nothing hides a Key Result of this id, be there one or not."""
        return same_id(key_result_id) not in self._ids

    def sees_initiative(self, initiative_id: str) -> bool:
        """The same of an initiative."""
        return initiative_id not in self._initiatives

    def sees_objective(self, objective_id: str) -> bool:
        """The same of an Objective."""
        return same_id(objective_id) not in self._objectives

    def harmless(self, texts: Sequence[str | None]) -> list[str | None]:
        """Texts from elsewhere, without what they tell of something hidden."""
        query = f"SELECT list_transform(?::VARCHAR[], lambda t: {self._harmless}) AS texts"
        found: list[str | None] = self.rows(query, [list(texts)])[0]["texts"]
        return found


def _count(whole: Snapshot, table: str) -> int:
    found = whole.rows(f'SELECT count(*) AS n FROM "{table}"')  # noqa: S608 - our own names
    return int(found[0]["n"])


def _columns(whole: Snapshot) -> dict[str, dict[str, str]]:
    """Table -> column -> type of what is published."""
    query = (
        "SELECT table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE database_name = ? AND schema_name = ?"
        " AND table_oid IN (SELECT table_oid FROM duckdb_tables() WHERE database_name = ?)"
        " ORDER BY table_name, column_index"
    )
    rows = whole.frame(query, [_TOGETHER, SCHEMA, _TOGETHER])
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows.itertuples(index=False):
        found.setdefault(table, {})[column] = kind
    return found


class Snapshots:
    """The newest published tables, opened anew once a run has replaced them.

    Args:
        path: The published DuckDB file, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._newest: tuple[object, Snapshot] | None = None

    def current(self) -> Snapshot:
        """The newest tables.

        Raises:
            NotPublishedError: Nothing is published yet.
            UnreadablePublishedError: The file is damaged.
        """
        with self._lock:
            try:
                there = self.path.stat()
            except OSError:
                raise NotPublishedError(f"{self.path}: {NOTHING_PUBLISHED}") from None
            which = there.st_ino, there.st_mtime_ns, there.st_size
            if self._newest is None or self._newest[0] != which:
                self._newest = which, Snapshot(self.path)
            return self._newest[1]


def _unreadable(path: Path, error: duckdb.Error) -> UnreadablePublishedError:
    return UnreadablePublishedError(
        f"{path} cannot be read ({str(error).splitlines()[0]})."
        " The next okr sync sets it aside and makes it anew."
    )
