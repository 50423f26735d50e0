"""Rows as pandas, polars or Arrow have them.

What belongs here: that conversion. What does not: which rows.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from okr_model.tables.contract import to_pandas
from published.errors import UserError

FRAMES = ("pandas", "polars", "arrow")


class NoPolarsError(UserError):
    """polars is not installed."""


def framed(rows: pa.Table, frame: str) -> Any:
    """``rows``, which have the types of the contract, as one of ``FRAMES``.

    Raises:
        UserError: There is no such kind of frame, or polars is not installed.
    """
    if frame not in FRAMES:
        raise UserError(f"no frame {frame!r}. There are: {', '.join(FRAMES)}.")
    if frame == "arrow":
        return rows
    if frame == "pandas":
        return to_pandas(rows)
    try:
        import polars
    except ImportError:
        raise NoPolarsError(
            'polars is not installed. Install it with: pip install "okr-sync[polars]"'
        ) from None
    return polars.from_arrow(rows)
