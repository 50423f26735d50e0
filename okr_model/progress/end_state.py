"""What became of a Key Result that is due, or whose cycle has ended.

What belongs here: the one word for it, and what a value after the due day changes. What does not:
its score and its settled probability, which are columns of the row.

Whether a target was met is settled on the due day. Progress, and with it the score, goes on with
the values of the cycle; so both may differ where the due day is earlier than the cycle's end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def has_ended(row: Mapping[str, Any]) -> bool:
    """Whether the row's cycle ended before the day it is about."""
    return bool(pd.Timestamp(row["cycle_end"]) < pd.Timestamp(row["as_of"]))


def is_settled(row: Mapping[str, Any]) -> bool:
    """Whether the row is due, and a value tells whether it was met by then."""
    due = pd.Timestamp(row["due_on"])
    return bool(due <= pd.Timestamp(row["as_of"])) and pd.notna(row["attainment_probability"])


def since_due(row: Mapping[str, Any]) -> str:
    """What a value after the due day changed about the target; "" if nothing.

    ``but the value of 2026-11-15 meets it`` or ``but the value of 2026-11-15 no longer meets it``.

    Args:
        row: A row of ``key_results``.
    """
    chance, raw, at = (
        row[name] for name in ("attainment_probability", "progress_raw", "current_value_at")
    )
    if pd.isna(chance) or pd.isna(raw) or pd.isna(at):
        return ""
    was_met, is_met = chance >= 0.5, raw >= 1
    if pd.Timestamp(at) <= pd.Timestamp(row["due_on"]) or was_met == is_met:
        return ""
    return f"but the value of {at:%Y-%m-%d} {'meets it' if is_met else 'no longer meets it'}"


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
