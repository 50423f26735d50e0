"""The building blocks of table declarations, and the columns that many tables share.

What belongs here: ``Column``, ``Table``, units and shared columns. What does not: any one table
(``tables``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

STALE_COLUMNS = ["source", "since", "reason"]
"""Columns of the frame of sources that could not be read; ``reason`` is a sentence."""

ColumnType = Literal["text", "integer", "number", "date", "timestamp", "boolean", "text[]"]


Unit = Literal[
    "unit of the Key Result",
    "unit of the Key Result per week",
    "unit of the KPI",
    "fraction",
    "count",
    "position",
    "days",
    "seconds",
    "bytes",
    "weight",
    "factor",
    "score",
    "calendar day",
    "UTC",
]
UNITS: Mapping[Unit, str] = {
    "unit of the Key Result": "what its row in key_results says as `unit`; of %, 64.5 means 64.5 %",
    "unit of the Key Result per week": "the same, as a change within a week",
    "unit of the KPI": "as its source writes it; of percent, 64.5 means 64.5 %",
    "fraction": "1 means 100 %; a difference of two fractions, too",
    "count": "",
    "position": "1 is the first",
    "days": "",
    "seconds": "",
    "bytes": "",
    "weight": "counts in proportion to the weights beside it",
    "factor": "what something else is multiplied by; 1 leaves it as it is",
    "score": "a figure without a unit, to be compared within its column only",
    "calendar day": "a day of the organization, in its time zone",
    "UTC": "",
}
"""What each unit means, unless its name says so. Every number, date and timestamp has a unit."""
_UNIT_OF_TYPE: Mapping[ColumnType, Unit] = {"date": "calendar day", "timestamp": "UTC"}
Stability = Literal["stable", "experimental"]
STABILITIES: tuple[Stability, ...] = get_args(Stability)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """That a column is to be removed.

    Attributes:
        since: The version of the contract that said so first.
        instead: The column of the same table to use, or ``table.column``; None: there is none.
    """

    since: str
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Its name.
        type: Its type.
        meaning: What it says, without its unit.
        unit: What its figures are in; of dates and timestamps it follows from the type.
        required: Whether it is never null.
        one_of: The only values that it has, if they are fixed.
        refers: ``table.column`` in which each of its values stands.
        stability: What the contract promises of it; see docs/stability.md.
        deprecated: Whether it is to be removed.
        person: Whether it names persons, or may: nothing is counted, grouped or ordered by it.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: Unit | None = None
    required: bool = False
    one_of: tuple[str, ...] = ()
    refers: str | None = None
    stability: Stability = "stable"
    deprecated: Deprecation | None = None
    person: bool = False

    def __post_init__(self) -> None:
        if self.unit is None:
            object.__setattr__(self, "unit", _UNIT_OF_TYPE.get(self.type))

    @property
    def described(self) -> str:
        """The meaning with the unit and, of a column that is to be removed, what to use."""
        if self.unit is None:
            return f"{self.meaning}{self.notice}"
        means = UNITS[self.unit]
        return f"{self.meaning} [{self.unit}{': ' if means else ''}{means}]{self.notice}"

    @property
    def notice(self) -> str:
        """What a reader has to know before relying on it; empty if it is stable and stays."""
        found = ". Experimental" if self.stability == "experimental" else ""
        if self.deprecated:
            instead = self.deprecated.instead
            found += f". Deprecated since {self.deprecated.since}"
            found += f": use {instead}" if instead else ""
        return found


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
    Column("run_id", "text", "The run that wrote the row", required=True, refers="runs.run_id"),
)
RECORD = (
    Column("source", "text", "Where it was read: jira, notion, sheets or files", required=True),
    Column("record_id", "text", "The source's immutable id of the record", required=True),
    Column("url", "text", "Opens the source record"),
)
INITIATIVE_ID = Column(
    "initiative_id",
    "text",
    "The initiative",
    required=True,
    refers="initiatives.initiative_id",
)
