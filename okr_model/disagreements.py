"""Measures of one Key Result that disagree.

What belongs here: comparing what several places say of one day, and saying by how much they differ.
What does not: which of them goes first (``values``).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from okr_model.findings import Finding, findings_frame
from okr_model.signals import DISAGREE
from okr_model.units import in_words
from okr_model.values import KEY, cycle_series

TOLERANCE = 0.01
"""How far two measures may lie apart, as a share of the larger one."""


def disagreements(
    key_results: pd.DataFrame,
    measurements: pd.DataFrame,
    as_of: date,
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """Where a measure that was not taken says something else than the one that was.

    The latest day that both speak of is compared. A Key Result's own ``tolerance`` goes before
    ``tolerance``.

    Args:
        key_results: ``key_result_id, cycle_id, cycle_start, cycle_end, unit, tolerance``.
        measurements: From :func:`okr_model.values.all_measurements`.
        as_of: The last day that counts.
        tolerance: See :data:`TOLERANCE`.

    Returns:
        ``key_result_id, cycle_id, date, measure, value, other_measure, other_value, apart`` (the
        difference as a share of the larger value), ``unit, url``.
    """
    taken = cycle_series(key_results, measurements, as_of)
    pairs = taken[[*KEY, "date", "measure", "value", "url"]].merge(
        measurements[[*KEY, "date", "measure", "value"]].rename(
            columns={"measure": "other_measure", "value": "other_value"}
        ),
        on=[*KEY, "date"],
    )
    pairs = pairs[(pairs["measure"] != pairs["other_measure"]) & pairs["other_value"].notna()]
    pairs = pairs.sort_values("date", kind="stable").drop_duplicates(
        [*KEY, "other_measure"], keep="last"
    )
    larger = np.maximum(pairs["value"].abs(), pairs["other_value"].abs())
    apart = (pairs["value"] - pairs["other_value"]).abs() / larger.where(larger > 0, 1.0)
    known = key_results[[*KEY, "unit"]].assign(
        tolerance=key_results.get("tolerance", pd.Series(np.nan, index=key_results.index))
    )
    pairs = pairs.assign(apart=apart).merge(known, on=KEY)
    allowed = pairs["tolerance"].astype("float64").fillna(tolerance)
    return pairs[pairs["apart"] > allowed + 1e-12].reset_index(drop=True)


def disagreement_findings(found: pd.DataFrame) -> pd.DataFrame:
    """One finding for each row of :func:`disagreements`."""
    return findings_frame(
        Finding(
            DISAGREE,
            "warning",
            "key result",
            row["key_result_id"],
            f"{row['key_result_id']} on {row['date']:%Y-%m-%d} is"
            f" {in_words(row['value'], row['unit'])} by {row['measure']}, but"
            f" {in_words(row['other_value'], row['unit'])} by {row['other_measure']}:"
            f" {row['apart'] * 100:.3g} % apart. {row['measure']} goes first. Correct one of them.",
            f"{in_words(row['value'], row['unit'])} / {in_words(row['other_value'], row['unit'])}",
            row["url"] if isinstance(row["url"], str) else None,
        )
        for _, row in found.iterrows()
    )
