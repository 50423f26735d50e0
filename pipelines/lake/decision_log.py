"""The log of what people decided about links: one Delta table to which rows are only ever added.

What belongs here: adding to it and reading it back. What does not: what a decision does
(:mod:`okr_model.links.decisions`), and who may make one.

It lies in the lake beside what was pulled, so that a rebuild from the lake keeps it. Several may
decide at once, and while a night runs: Delta orders their commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from okr_model.links.decisions import LOG_COLUMNS, empty_log

_SCHEMA = pa.schema(
    [
        pa.field(name, pa.string() if dtype == "str" else pa.timestamp("us", tz="UTC"))
        for name, dtype in LOG_COLUMNS.items()
    ]
)


class DecisionLog:
    """The decisions under one folder.

    Args:
        path: The folder; made when the first decision is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Add decisions in one commit; each has the columns of the log, null where absent."""
        rows = pa.Table.from_pylist(list(decisions), schema=_SCHEMA)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_deltalake(str(self._path), rows, mode="append")

    def version(self) -> int:
        """How often something was decided; -1 before the first time."""
        path = str(self._path)
        return DeltaTable(path).version() if DeltaTable.is_deltatable(path) else -1

    def frame(self, before: dt.datetime | None = None) -> pd.DataFrame:
        """Every decision ever made, or made before an instant, with the columns of the log."""
        if not DeltaTable.is_deltatable(str(self._path)):
            return empty_log()
        rows = DeltaTable(str(self._path)).to_pyarrow_table().cast(_SCHEMA)
        frame: pd.DataFrame = rows.to_pandas().astype(LOG_COLUMNS)
        return frame if before is None else frame[frame["decided_at"] < before]
