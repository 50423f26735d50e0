"""Free queries: one SELECT over the published tables, within limits.

What belongs here: running one. What does not: what a query may be
(``pipelines.lake.confined_sql.statement``).
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import Any

import duckdb

from okr_model.tables import BY_NAME
from pipelines.cli.assistant.copies import Copies
from pipelines.cli.assistant.tools import MOST, UnanswerableError
from pipelines.lake.confined_sql.statement import (
    RefusedError,
    check_statement,
    check_text,
    printable,
    took_too_long,
)
from published.export import machine
from published.moment import last_day
from published.snapshot import Snapshot

SECONDS = 10.0
"""How long a query may take."""
_MOST_LETTERS = 200_000  # of an answer; whoever asked has to read it


def query(tables: Snapshot, sql: str) -> dict[str, Any]:
    """The rows that a query gives, as whoever asks may see them.

    Raises:
        UnanswerableError: It is not one SELECT over the published tables, fails, or takes too long
            or too much.
    """
    columns, rows = _run(tables, sql)
    run = tables.last_run
    answer = {
        "as_of": last_day(tables).isoformat(),
        "run_id": run.get("run_id"),
        "published_at": machine(run.get("published_at")),
        "columns": columns,
        "rows": [_told(columns, row) for row in rows[:MOST]],
        "more": len(rows) > MOST,
    }
    if len(str(answer["rows"])) > _MOST_LETTERS:
        raise UnanswerableError(
            f"The answer has more than {_MOST_LETTERS:,} letters. Ask for fewer columns or rows."
        )
    return answer


def _run(tables: Snapshot, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns of a query and its first rows."""
    timer: threading.Timer | None = None
    try:
        check_text(sql)
        with tables.cursor() as parser:
            check_statement(parser, sql, set(BY_NAME), "the published tables")
        with _where_nothing_is_hidden(tables, sql) as cursor:
            timer = threading.Timer(SECONDS, cursor.interrupt)
            timer.start()
            found = cursor.execute(sql)
            return [one[0] for one in found.description or ()], found.fetchmany(MOST + 1)
    except RefusedError as error:
        known = ", ".join(BY_NAME)
        raise UnanswerableError(f"The query is refused: {error}. Tables: {known}.") from None
    except duckdb.InterruptException:
        raise UnanswerableError(f"The query: {took_too_long(SECONDS)}.") from None
    except (MemoryError, duckdb.OutOfMemoryException):
        raise UnanswerableError("The query needs more memory than it may have.") from None
    except (duckdb.Error, RecursionError) as error:
        said = printable(str(error).strip().partition("\n")[0], 300)
        raise UnanswerableError(f"The query fails: {said}") from None
    finally:
        if timer is not None:
            timer.cancel()


def _where_nothing_is_hidden(
    tables: Snapshot, sql: str
) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    if tables.is_whole:
        return tables.cursor()
    return tables.once("copies for queries", lambda: Copies(tables)).cursor(sql)


def _told(columns: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    """A row, and the address of its record, if the query asked for it."""
    told = {name: _value(value) for name, value in zip(columns, row, strict=True)}
    return {**told, "source": told.get("url")}


def _value(value: Any) -> Any:
    known = machine(value)
    is_plain = known is None or isinstance(known, (str, int, float, bool, list))
    return known if is_plain else str(known)
