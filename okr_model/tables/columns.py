"""The building blocks of table declarations, and the columns that many tables share.

What belongs here: ``Column``, ``Table`` and shared columns. What does not: any one table
(``tables``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STALE_COLUMNS = ["source", "since", "reason"]
"""Columns of the frame of sources that could not be read; ``reason`` is a sentence."""

ColumnType = Literal["text", "integer", "number", "date", "timestamp", "boolean", "text[]"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, type, meaning and unit; ``required`` ones are never null."""

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    required: bool = False
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, the columns that identify it, and all its columns."""

    name: str
    row_is: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> list[str]:
        """The names of all columns, in order."""
        return [column.name for column in self.columns]


LEVELS = ("high", "medium", "low")
PACES = ("ahead", "on", "behind")

RUN = (
    Column("as_of", "date", "The day the row is about, in the organization's zone", required=True),
    Column("run_id", "text", "The run that wrote the row; see runs", required=True),
)
RECORD = (
    Column("source", "text", "Where it was read: jira, notion, sheets or files", required=True),
    Column("record_id", "text", "The source's immutable id of the record", required=True),
    Column("url", "text", "Opens the source record"),
)
