"""Key Results that measure the same thing: once too often, or against each other.

What belongs here: telling which of them share a metric, and whether they pull it the same way. What
does not: what a measure is (``measure_text``).

Two Key Results share a metric if a measure of one is, word for word, a measure of the other (letter
case and spaces aside) and their cycles overlap.
"""

from __future__ import annotations

import pandas as pd

from okr_model.findings import Finding, findings_frame
from okr_model.progress.kinds import falls, rises


def shared_metrics(declared: pd.DataFrame, key_results: pd.DataFrame) -> pd.DataFrame:
    """One finding for each pair of Key Results that share a metric.

    Args:
        declared: ``key_result_id, text``: every declared measure.
        key_results: ``key_result_id, cycle_start, cycle_end, kind, url``.

    Returns:
        Findings of rule ``competing key results`` where one raises what the other lowers, else
        ``duplicate key result``; each on the later id, naming the other.
    """
    rows = declared.assign(metric=declared["text"].str.casefold().str.split().str.join(" "))
    # These say the same words, each about a record of its own.
    own = (rows["metric"] == "check-ins") | rows["metric"].str.startswith("property ")
    rows = rows[~own].merge(key_results, on="key_result_id")
    pairs = rows.merge(rows, on="metric", suffixes=("", "_other"))
    pairs = pairs[
        (pairs["key_result_id"] > pairs["key_result_id_other"])
        & (pairs["cycle_start"] <= pairs["cycle_end_other"])
        & (pairs["cycle_start_other"] <= pairs["cycle_end"])
    ]
    pairs = pairs.drop_duplicates(["key_result_id", "key_result_id_other"])
    return findings_frame(_finding(row) for _, row in pairs.iterrows())


def _finding(row: pd.Series) -> Finding:
    one, other = row["key_result_id"], row["key_result_id_other"]
    kinds = (row["kind"], row["kind_other"])
    apart = any(rises(a) and falls(b) for a, b in (kinds, kinds[::-1]))
    if apart:
        rule = "competing key results"
        sentence = (
            f"{one} ({row['kind']}) and {other} ({row['kind_other']}) pull one metric in opposite"
            " directions: whatever moves it, one of them loses. Agree on one direction."
        )
    else:
        rule = "duplicate key result"
        sentence = (
            f"{one} and {other} measure the same thing, so it counts twice. Keep one, or share it."
        )
    return Finding(
        rule,
        "warning",
        "key result",
        one,
        sentence,
        row["text"],
        row["url"] if isinstance(row["url"], str) else None,
    )
