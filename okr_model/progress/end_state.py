"""What became of a Key Result whose cycle has ended.

What belongs here: the one word for it. What does not: its score and its settled probability, which
are columns of the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def has_ended(row: Mapping[str, Any]) -> bool:
    """Whether the row's cycle ended before the day it is about."""
    return bool(pd.Timestamp(row["cycle_end"]) < pd.Timestamp(row["as_of"]))


def end_state(row: Mapping[str, Any]) -> str | None:
    """``met``, ``missed``, or why neither can be said, such as ``no value``; None while it runs.

    The settled probability says whether the target was met on the due day; where there is none,
    for example because no value was in time, progress says whether it is met now.

    Args:
        row: A row of ``key_results``.
    """
    if not has_ended(row):
        return None
    if row["value_state"] != "measured":
        return str(row["value_state"])
    if pd.notna(row["attainment_probability"]):
        return "met" if row["attainment_probability"] >= 0.5 else "missed"
    if pd.isna(row["progress_raw"]):
        return str(row["progress_state"])
    return "met" if row["progress_raw"] >= 1 else "missed"
