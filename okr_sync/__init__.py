"""The published tables in one line of Python.

What belongs here: what programs of others may import; it is as stable as commands are. What does
not: anything that okr-sync itself needs.

>>> import okr_sync  # doctest: +SKIP
>>> okr_sync.table("key_results", day="2026-11-20")  # doctest: +SKIP
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Literal

from published.errors import UserError as UserError

__all__ = ["UserError", "table"]


def table(
    name: str,
    day: str | dt.date | None = None,
    *,
    frame: Literal["pandas", "polars", "arrow"] = "pandas",
    config: str | Path | None = None,
) -> Any:
    """A published table, with the columns and types of the contract.

    Args:
        name: The table, such as ``key_results``; all are in docs/dictionary.md.
        day: A past day, such as ``2026-11-20``: the rows are those that its night published. None
            means the newest rows. Key Results can be asked for any published day, other tables as
            far back as versions are kept.
        frame: ``pandas``: a data frame with nullable integers and booleans, instants in UTC, dates
            and lists of Arrow. ``polars``: a data frame. ``arrow``: a table.
        config: The settings file; None means ``$OKR_CONFIG``, else ``okr.yaml`` in this folder.

    Returns:
        The rows, in no particular order. A missing value is null, never 0.

    Raises:
        UserError: Nothing is published, there is no such table or day, or the rows of that day are
            not kept; the message says what there is.
    """
    from okr_sync.frames import framed
    from okr_sync.reading import read, read_day

    return framed(read(name, read_day(day), Path(config) if config else None), frame)
