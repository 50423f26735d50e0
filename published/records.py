"""Rows as plain dicts, in which unknown is None.

What belongs here: that conversion. What does not: which rows.
"""

from __future__ import annotations

from typing import Any

import pandas as pd


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, each a dict by column; every kind of null becomes None."""
    plain = rows.astype("object")
    found: list[dict[str, Any]] = plain.where(rows.notna(), None).to_dict("records")
    return found
