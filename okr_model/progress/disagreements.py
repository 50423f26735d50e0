"""Measures of one Key Result that disagree.

What belongs here: comparing the values of several measures for one day, and by how much they
differ. What does not: which of them takes precedence (``value_series``).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.progress.value_series import KEY, cycle_series, rank_in_words, ranks
from okr_model.wording import measured, share

TOLERANCE = 0.01
"""The largest accepted difference of two measures, as a share of the larger one."""

OTHER_VALUE = {
    "other_value": "float64",
    "other_value_at": "datetime64[us]",
    "other_value_source": "str",
    "other_value_url": "str",
    "other_value_difference": "float64",
    "other_value_apart": "float64",
    "precedence": "str",
}
"""The columns of :func:`other_values`, and their types."""


def disagreements(
    key_results: pd.DataFrame,
    measurements: pd.DataFrame,
    as_of: date,
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """Where a measure that was not used differs from the one that was.

    The latest day for which both have a value is compared. A Key Result's own ``tolerance``
    overrides ``tolerance``.

    Args:
        key_results: ``key_result_id, cycle_id, cycle_start, cycle_end, unit, tolerance``.
        measurements: From :func:`okr_model.progress.value_series.all_measurements`.
        as_of: The last day that counts.
        tolerance: See :data:`TOLERANCE`.

    Returns:
        ``key_result_id, cycle_id, date, measure, value, rank, url`` of the value that was used,
        ``other_measure, other_value, other_rank, other_url`` of the one that was not, ``apart``
        (the difference as a share of the larger value) and ``unit``.
    """
    taken = cycle_series(key_results, measurements, as_of)
    names = [*KEY, "date", "measure", "value", "rank", "url"]
    others = {name: f"other_{name}" for name in names[3:]}
    pairs = taken.assign(rank=ranks(taken))[names].merge(
        measurements.assign(rank=ranks(measurements))[names].rename(columns=others),
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


def other_values(found: pd.DataFrame) -> pd.DataFrame:
    """The columns of ``key_results`` about the value not used that differs most on the latest day.

    Args:
        found: From :func:`disagreements`.

    Returns:
        One row for each Key Result and cycle that has any: ``key_result_id, cycle_id,
        other_value, other_value_at, other_value_source, other_value_url, other_value_difference``
        (from the value used), ``other_value_apart`` and ``precedence``.
    """
    order = ["date", "apart", "other_measure"]
    widest = found.sort_values(order, ascending=[False, False, True]).drop_duplicates(KEY)
    return widest.assign(
        other_value_at=widest["date"],
        other_value_source=widest["other_measure"],
        other_value_url=widest["other_url"],
        other_value_difference=widest["other_value"] - widest["value"],
        other_value_apart=widest["apart"],
        precedence=pd.Series([_precedence(row) for _, row in widest.iterrows()], dtype="str").array,
    )[[*KEY, *OTHER_VALUE]]


def disagreement_findings(found: pd.DataFrame) -> pd.DataFrame:
    """One finding for each row of :func:`disagreements`."""
    return findings_frame(
        Finding(
            rule=Rule.SOURCES_DISAGREE,
            severity="warning",
            subject_type="key result",
            subject_id=row["key_result_id"],
            sentence=(
                f"{row['key_result_id']} on {row['date']:%Y-%m-%d} is"
                f" {measured(row['value'], row['unit'])} by {row['measure']}, but"
                f" {measured(row['other_value'], row['unit'])} by {row['other_measure']}:"
                f" {share(row['apart'])} apart. {_precedence(row)}. Correct one of them."
            ),
            evidence=(
                f"{measured(row['value'], row['unit'])} /"
                f" {measured(row['other_value'], row['unit'])}"
            ),
            url=row["url"] if isinstance(row["url"], str) else None,
        )
        for _, row in found.iterrows()
    )


def _precedence(row: pd.Series) -> str:
    """Which of the two takes precedence, and why."""
    return (
        f"{row['measure']}, {rank_in_words(row['rank'])}, takes precedence over"
        f" {row['other_measure']}, {rank_in_words(row['other_rank'])}"
    )
