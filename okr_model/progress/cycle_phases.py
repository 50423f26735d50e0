"""Where each OKR cycle stands on a day.

What belongs here: phases and days of cycles. What does not: Key Results in them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pandas as pd

from okr_model.tables.rollups import CYCLES


def build_cycles(cycles: Iterable[tuple[str, dt.date, dt.date]], as_of: dt.date) -> pd.DataFrame:
    """The cycles as of a day, with the columns of the table ``cycles`` but those of the run.

    Args:
        cycles: Id, first and last day of each.
        as_of: The day.
    """
    rows = []
    for cycle_id, start, end in cycles:
        days = (end - start).days + 1
        begun = min(max((as_of - start).days + 1, 0), days)
        phase = "coming" if as_of < start else "ended" if as_of > end else "running"
        rows.append((cycle_id, start, end, phase, days, begun))
    return pd.DataFrame(rows, columns=CYCLES.column_names[:6])
