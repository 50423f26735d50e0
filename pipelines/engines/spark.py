"""The engine of many machines: Spark, of this process, of a cluster, or behind Spark Connect.

What belongs here: frames of a Spark session. What does not: starting one (``spark_session``).

Executors read the lake's files themselves, so every machine must see them under the same path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable

from okr_model.activity.issue_tree import Frame
from pipelines.engines.engine import arrow_of
from pipelines.engines.past_view import rows_as_of
from pipelines.lake.delta import files_of
from pipelines.lake.tables import Lake

_INSTANT = pa.timestamp("us", tz="UTC")
_TYPES = {
    pa.string(): "STRING",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    _INSTANT: "TIMESTAMP",
}


class SparkEngine:
    """Frames of one session; see :class:`pipelines.engines.engine.Engine`.

    Args:
        session: A ``pyspark.sql.SparkSession`` whose time zone is UTC.
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def scan(self, lake: Lake, stream: str, columns: Sequence[str], part: str = "current") -> Frame:
        """The stream's files as executors read them; of a past instant, joins over its log."""
        cutoff, folded = lake.cutoff, lake.folded(stream)
        if cutoff is None or folded < 0 or (part == "log" and not cutoff.exact):
            return self._files(lake, stream, part).select(*columns)
        log = self._files(lake, stream, "log").filter(nw.col("landed") <= folded)
        if part == "log":
            return log.filter(nw.col("seen_at") <= cutoff.at).select(*columns)
        ends = pd.DataFrame({"end": [*cutoff.complete.get(stream, ())]})
        pulls = self.given(ends, {"end": _INSTANT})
        current = self._files(lake, stream, "current")
        return rows_as_of(log, current, pulls, cutoff).select(*columns)

    def given(self, rows: pd.DataFrame, columns: Mapping[str, pa.DataType]) -> Frame:
        """Rows as Spark holds them; Connect refuses none at all without a schema."""
        table = arrow_of(rows, columns)
        return self._frame(self._session.createDataFrame(table, _schema(table.schema)))

    def keep(self, name: str, rows: Frame) -> Frame:
        """Rows on the executors, apart from the plan that they come from.

        Planning what a plan of many joins is joined to would otherwise take longer than the work.
        """
        return self._frame(rows.to_native().localCheckpoint())

    def release(self) -> None:
        """Nothing to do: Spark lets go of what no frame refers to."""

    def _files(self, lake: Lake, stream: str, part: str) -> Frame:
        current = part == "current"
        schema = _schema(lake.current_schema(stream) if current else lake.log_schema(stream))
        files = _files_of(lake.path(stream, part))
        if not files:
            return self._frame(self._session.createDataFrame([], schema))
        # With a schema no job begins, and a column that an older file lacks is null.
        reader = self._session.read.schema(schema)
        return self._frame(reader.parquet(*map(_address, files)))

    def _frame(self, native: Any) -> Frame:
        frame: Frame = nw.from_native(native)
        return frame


def _files_of(path: Path) -> list[str]:
    """The Parquet files that hold the rows of a Delta table now; none if it was never written."""
    if not DeltaTable.is_deltatable(str(path)):
        return []
    return files_of(DeltaTable(str(path)))


def _address(file: str) -> str:
    """A file's path as Hadoop reads it, whatever file system is its default."""
    return f"file://{file}" if file.startswith("/") else file


def _schema(schema: pa.Schema) -> str:
    return ", ".join(f"`{one.name}` {_type(one.type)}" for one in schema)


def _type(arrow: pa.DataType) -> str:
    """Spark's name for an Arrow type."""
    if pa.types.is_list(arrow):
        return f"ARRAY<{_type(arrow.value_type)}>"
    if pa.types.is_struct(arrow):
        return f"STRUCT<{', '.join(f'`{one.name}`: {_type(one.type)}' for one in arrow)}>"
    return _TYPES[arrow]
