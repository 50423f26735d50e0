"""What every engine can do.

What belongs here: the interface, and what implementations share. What does not: how an engine does
it (the module of its name), and choosing one (``opening``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pandas as pd
import pyarrow as pa

from okr_model.activity.issue_tree import Frame
from pipelines.lake.tables import Lake

TEXT, NUMBER = pa.string(), pa.float64()


class Engine(Protocol):
    """Makes lazy frames, all of which may be joined with each other."""

    def scan(self, lake: Lake, stream: str, columns: Sequence[str], part: str = "current") -> Frame:
        """Some columns of a stream, as of the instant that the lake is read as of.

        Args:
            lake: Where the stream is.
            stream: Such as ``jira_issues``; one that was never written has no rows.
            columns: Of :meth:`Lake.current_schema`, or :meth:`Lake.log_schema`.
            part: ``current`` or ``log``.
        """

    def given(self, rows: pd.DataFrame, columns: Mapping[str, pa.DataType]) -> Frame:
        """Some columns of rows from outside, with the stated types, also where there is no row."""

    def keep(self, name: str, rows: Frame) -> Frame:
        """Compute rows once, for several queries to read.

        What was kept under the same name before is let go: frames made of it must not be used any
        more.
        """

    def release(self) -> None:
        """Let go of all that was given and kept; no frame may be used any more."""


def arrow_of(rows: pd.DataFrame, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Some columns of a data frame with the stated types.

    A frame without rows may have any types: pandas knows none where there is no value.
    """
    schema = pa.schema(dict(columns))
    if rows.empty:
        return schema.empty_table()
    return pa.Table.from_pandas(rows[[*columns]], schema=schema, preserve_index=False)
