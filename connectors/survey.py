"""What a service holds, as its account sees it, before anything of it is configured or pulled.

What belongs here: the form in which each connector tells of its account and tables. What does not:
asking (``<connector>/survey.py``), and what a table is taken for (``pipelines.setup``).

A survey sends few requests, only reads, and gives up soon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.cells import Cell
from connectors.transport.retry import RetryPolicy

BRIEFLY = RetryPolicy(attempts=2, base_seconds=0.5, cap_seconds=2.0, deadline_seconds=20.0)
"""Someone is waiting: one repetition, then the service counts as down."""
TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in.

    Attributes:
        name: How the service names it.
        kind: Such as ``service account``, with an article: ``a service account``.
        is_personal: Whether it is a person's; None where the service does not tell.
        credential: What signs in, and when it ends, as far as that is known; a sentence.
    """

    name: str
    kind: str
    is_personal: bool | None
    credential: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column, property or field; ``type`` is the service's own word."""

    id: str
    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Something that a dataset can name: a data source, a tab, an issue type, a file.

    Attributes:
        place: Its id, in the form of the setting ``place``; of an issue type its name.
        title: What people call it.
        within: The title of the spreadsheet that a tab is part of; else empty.
        tab: A tab's name; else None.
        columns: Its columns; those of a tab are the texts of what looks like its header.
        count: How many records it has; None where that would cost more requests.
    """

    place: str
    title: str
    columns: tuple[Column, ...]
    within: str = ""
    tab: str | None = None
    count: int | None = None


class Survey(Protocol):
    """A service that is asked what it holds.

    Every method raises a :class:`connectors.errors.SourceError` if the service refuses or is down.
    """

    @property
    def served_at(self) -> datetime | None:
        """Its clock at its latest response; None before one, and where it has none."""
        ...

    def account(self) -> Account:
        """Who is signed in."""
        ...

    def tables(self) -> list[Table]:
        """All that the account sees."""
        ...

    def look(self, place: str) -> list[Table]:
        """The tables of one configured place: of a database, a spreadsheet, a pattern of files."""
        ...

    def sample(self, table: Table, count: int) -> Sequence[Mapping[str, Cell]]:
        """The first records of a table, their cells by the id of their column."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...
