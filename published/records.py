"""Rows as plain dicts, in which unknown is None.

What belongs here: that conversion. What does not: which rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, each a dict by column; every kind of null becomes None, every array a list."""
    plain = rows.astype("object")
    for name in plain.columns:
        values = plain[name]
        if len(values) and values.map(lambda value: isinstance(value, np.ndarray)).any():
            plain[name] = values.map(lambda value: value.tolist(), na_action="ignore")
    found: list[dict[str, Any]] = plain.where(rows.notna(), None).to_dict("records")
    return found
