"""The decision log: an append-only Delta table of what people decided about links.

What belongs here: appending and reading back. What does not: what a decision does
(:mod:`okr_model.links.decisions`) and who may make one.

It is part of the lake, so a rebuild from the lake keeps it. Several people may decide at the same
time, also during a run: Delta serializes their commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from okr_model.links.decisions import LOG_COLUMNS, empty_log
from pipelines.errors import ensure_writable
from pipelines.lake.delta import LAKE_DAYS, retention
from published.errors import UserError

_SCHEMA = pa.schema(
    [
        pa.field(name, pa.string() if dtype == "str" else pa.timestamp("us", tz="UTC"))
        for name, dtype in LOG_COLUMNS.items()
    ]
)


class UnreadableDecisionsError(UserError):
    """The decision log is there, but cannot be read."""


class DecisionLog:
    """The decision log in one folder.

    Args:
        path: The folder; created with the first decision.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Append decisions in one commit; columns of the log that a decision lacks become null."""
        rows = pa.Table.from_pylist(list(decisions), schema=_SCHEMA)
        ensure_writable(self._path.parent, "data: in okr.yaml")
        table = self._opened()
        older = table is not None and set(LOG_COLUMNS) - {one.name for one in table.schema().fields}
        write_deltalake(
            str(self._path),
            rows,
            mode="append",
            schema_mode="merge" if older else None,
            configuration=retention(LAKE_DAYS),
        )

    def count(self) -> int:
        """How many decisions there are, which no maintenance of the table changes."""
        table = self._opened()
        return int(table.count()) if table else 0

    def version(self) -> int | None:
        """A number that every new decision changes; None before the first."""
        table = self._opened()
        return None if table is None else int(table.version())

    def frame(self, before: dt.datetime | None = None) -> pd.DataFrame:
        """All decisions, or those made before an instant, with the columns of the log.

        Columns that the log of an older version lacks are null.
        """
        table = self._opened()
        if table is None:
            return empty_log()
        try:
            rows = _completed(table.to_pyarrow_table()).cast(_SCHEMA)
        except (DeltaError, OSError, pa.ArrowException) as error:
            raise self._unreadable() from error
        frame: pd.DataFrame = rows.to_pandas().astype(LOG_COLUMNS)
        return frame if before is None else frame[frame["decided_at"] < before]

    def _opened(self) -> DeltaTable | None:
        try:
            path = str(self._path)
            return DeltaTable(path) if DeltaTable.is_deltatable(path) else None
        except (DeltaError, OSError) as error:
            raise self._unreadable() from error

    def _unreadable(self) -> UnreadableDecisionsError:
        return UnreadableDecisionsError(
            f"{self._path} cannot be read: it holds what people decided about links."
            " okr sync says what to restore."
        )


def _completed(rows: pa.Table) -> pa.Table:
    """The columns of the log in their order; those that are not there are null."""
    nulls = pa.nulls(rows.num_rows)
    there = set(rows.column_names)
    return pa.table({name: rows[name] if name in there else nulls for name in _SCHEMA.names})
