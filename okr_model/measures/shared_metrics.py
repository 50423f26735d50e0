"""Key Results that share a metric: duplicates, and opposite directions.

What belongs here: detecting which Key Results share a metric, and whether they move it the same
way. What does not: the measure language (``parser``).

Two Key Results share a metric if a measure of one equals a measure of the other (ignoring letter
case and spaces) and their cycles overlap.
"""

from __future__ import annotations

import pandas as pd

from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.languages.folding import same_ids
from okr_model.measures.parser import MeasureError, parse_measure
from okr_model.progress.kinds import falls, rises


def shared_metrics(declared: pd.DataFrame, key_results: pd.DataFrame) -> pd.DataFrame:
    """One finding per pair of Key Results that share a metric.

    Args:
        declared: ``key_result_id, text``: every declared measure.
        key_results: ``key_result_id, cycle_start, cycle_end, kind, url``.

    Returns:
        Findings of rule ``competing key results`` if one raises what the other lowers, else
        ``duplicate key result``; each is about the greater id and names the other.
    """
    rows = declared.assign(metric=same_ids(declared["text"]))
    own = rows["text"].map({text: _is_own(text) for text in rows["text"].unique()})
    rows = rows[~own.astype("bool")].merge(key_results, on="key_result_id")
    pairs = rows.merge(rows, on="metric", suffixes=("", "_other"))
    pairs = pairs[
        (pairs["key_result_id"] > pairs["key_result_id_other"])
        & (pairs["cycle_start"] <= pairs["cycle_end_other"])
        & (pairs["cycle_start_other"] <= pairs["cycle_end"])
    ]
    pairs = pairs.drop_duplicates(["key_result_id", "key_result_id_other"])
    return findings_frame(_finding(row) for _, row in pairs.iterrows())


def _is_own(text: str) -> bool:
    """Whether a measure is about each Key Result's own record, so that its words tell no metric."""
    try:
        return parse_measure(text).kind in ("property", "check-ins")
    except MeasureError:
        return False


def _finding(row: pd.Series) -> Finding:
    one, other = row["key_result_id"], row["key_result_id_other"]
    kinds = (row["kind"], row["kind_other"])
    opposite = any(rises(a) and falls(b) for a, b in (kinds, kinds[::-1]))
    if opposite:
        rule = Rule.COMPETING_KEY_RESULTS
        sentence = (
            f"{one} ({row['kind']}) and {other} ({row['kind_other']}) pull one metric in opposite"
            " directions: whatever moves it, one of them loses. Agree on one direction."
        )
    else:
        rule = Rule.DUPLICATE_KEY_RESULT
        sentence = (
            f"{one} and {other} measure the same thing, so it counts twice. Keep one, or share it."
        )
    return Finding(
        rule=rule,
        severity="warning",
        subject_type="key result",
        subject_id=one,
        sentence=sentence,
        evidence=row["text"],
        url=row["url"] if isinstance(row["url"], str) else None,
    )
