"""A place that lost most of its records at once: its problem, and the first of the records.

What belongs here: what is said of it. What does not: telling that too many are gone, and keeping
them (``landing``).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from connectors.records import Problem, ProblemRule
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake

_FEW = 5  # records that a service is asked for by id, to tell where they are
_HEADERS = 2  # so few remaining rows are a title and a header: all else is gone


def first_urls(
    lake: Lake, connection: duckdb.DuckDBPyConnection, stream: str, ids: Sequence[str]
) -> dict[str, str]:
    """The addresses of the first few of these records, by id."""
    query = f"SELECT id, url FROM {lake.scan(stream)} "  # noqa: S608 - the lake names its files
    query += f"WHERE list_contains($ids, id) AND url IS NOT NULL ORDER BY id LIMIT {_FEW}"
    rows = arrow(connection, query, {"ids": list(ids)}).to_pylist()
    return {row["id"]: row["url"] for row in rows}


def gone_at_once(place: str, missing: Sequence[str], total: int, remedy: str = "") -> Problem:
    """The problem of a place that lost most of its records at once, or all."""
    count, emptied = len(missing), total - len(missing) <= _HEADERS
    which = f"All {count}" if emptied else f"{count} of {total}"
    return Problem(
        rule=ProblemRule.EMPTIED_PLACE if emptied else ProblemRule.MASS_DISAPPEARANCE,
        subject=place,
        sentence=(
            f"{which} records of {place} are gone at once, or hidden. They stand as last read."
            " Bring them back, or give the account sight of them again; only if they were deleted"
            " on purpose, set thresholds: {lost_share: 1} until the place is read again."
        ),
        severity="error",
        remedy=remedy,
        records=tuple(sorted(missing)),  # a digest of the inputs includes problems
    )
