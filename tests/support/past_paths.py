"""Paths of ended cycles, and what they teach."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from okr_model.forecast.past_paths import Lessons, learn
from tests.support.okr_cells import Q4

AFTER = Q4.end + timedelta(days=1)
WEEKS = np.arange(14)


def learnt_from(
    paths: np.ndarray, path: str = "level", as_of: date = AFTER, kind: str = "at least"
) -> Lessons:
    """What paths of weekly readings teach, one a row."""
    names = [f"KR-{n}" for n in range(len(paths))]
    rows = pd.DataFrame({"key_result_id": names, "cycle_id": Q4.id, "kind": kind, "path": path})
    rows = rows.assign(cycle_end=pd.Timestamp(Q4.end), due_on=pd.Timestamp(Q4.end))
    days = pd.Timestamp(Q4.start) + pd.to_timedelta(7 * WEEKS, unit="D")
    series = pd.DataFrame(
        {
            "key_result_id": np.repeat(names, paths.shape[1]),
            "cycle_id": Q4.id,
            "date": np.tile(days[: paths.shape[1]], len(paths)),
            "value": paths.ravel(),
        }
    )
    return learn(rows, series, as_of)


def walks(count: int, pace: float, stops_after: int = 99) -> np.ndarray:
    """Noisy paths of one pace, which may stop."""
    noise = np.random.default_rng(7).normal(0, 2.0, size=(count, len(WEEKS)))
    return pace * np.minimum(WEEKS, stops_after) + noise
