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

from okr_model.links.decisions import LOG_COLUMNS, empty_log
from pipelines.errors import ensure_writable

_SCHEMA = pa.schema(
    [
        pa.field(name, pa.string() if dtype == "str" else pa.timestamp("us", tz="UTC"))
        for name, dtype in LOG_COLUMNS.items()
    ]
)


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
        write_deltalake(str(self._path), rows, mode="append")

    def version(self) -> int:
        """The Delta version, which grows with every append; -1 before the first."""
        path = str(self._path)
        return DeltaTable(path).version() if DeltaTable.is_deltatable(path) else -1

    def frame(self, before: dt.datetime | None = None) -> pd.DataFrame:
        """All decisions, or those made before an instant, with the columns of the log."""
        if not DeltaTable.is_deltatable(str(self._path)):
            return empty_log()
        rows = DeltaTable(str(self._path)).to_pyarrow_table().cast(_SCHEMA)
        frame: pd.DataFrame = rows.to_pandas().astype(LOG_COLUMNS)
        return frame if before is None else frame[frame["decided_at"] < before]
