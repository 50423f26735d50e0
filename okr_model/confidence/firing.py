"""When each signal fires.

What belongs here: comparing columns of the row with thresholds. What does not: the numbers that are
compared (``evidence``, ``prior_path``, ``needed_pace``, ``initiative_health``,
``progress.definition_changes``), the meaning of thresholds (``thresholds``), and what a signal says
(``signals``).

Signals fire only for Key Results whose cycle is running and that are not due yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from okr_model.confidence.signals import NO_INITIATIVE, SIGNALS
from okr_model.confidence.thresholds import SignalThresholds
from okr_model.finding_rules import Rule
from okr_model.progress.expected_path import first_days
from okr_model.progress.kinds import are_past
from okr_model.quantities.days import midnight

LAST_PART = 3
"""A recovery is last-minute while at most this part of the path (a third) is left."""
_ROUNDING = 1e-9


def firing_signals(
    rows: pd.DataFrame, as_of: date, thresholds: SignalThresholds, disagreeing: Sequence[str] = ()
) -> pd.DataFrame:
    """The signals that fire, except the two that need the computed level.

    Args:
        rows: The columns that the sentences of :data:`SIGNALS` name, and ``cycle_start, cycle_end,
            due_on, starts_on, baseline, target, kind, pace, attainment_probability, current_value,
            current_value_at, initiatives, last_fall_at,
            doubted``.
        as_of: The day the rows are about.
        thresholds: From the settings.
        disagreeing: The ids of Key Results that have a finding of rule ``sources disagree``.

    Returns:
        One boolean column per signal, with the index of ``rows``.
    """
    applies = undecided(rows, as_of)
    found = pd.DataFrame(False, index=rows.index, columns=[one.name for one in SIGNALS])
    parts = _of_values(rows, thresholds) | _of_calls(rows, as_of, thresholds)
    parts |= _of_work(rows, thresholds) | _of_paths(rows, thresholds)
    parts[Rule.SOURCES_DISAGREE] = rows["key_result_id"].isin(disagreeing)
    parts[Rule.TARGET_MOVED] = rows["target_moved_on"].notna() & rows["target"].notna()
    for name, fires in parts.items():
        found[name] = fires.fillna(False).astype("bool") & applies
    return found


def running(rows: pd.DataFrame, as_of: date) -> pd.Series:
    """Whether each Key Result's cycle has begun, and neither its end nor the due day has passed.

    Both belong to it: on them, it still runs.
    """
    now = midnight(as_of)
    return (rows["cycle_start"] <= now) & (rows["due_on"] >= now) & (rows["cycle_end"] >= now)


def undecided(rows: pd.DataFrame, as_of: date) -> pd.Series:
    """Whether each Key Result runs and is not due yet; from then on its chance is 0 or 1."""
    return running(rows, as_of) & (rows["due_on"] > midnight(as_of))


def with_disagreements(rows: pd.DataFrame, found: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """``found`` with the two signals in which the team and the evidence disagree.

    Args:
        rows: ``stated_confidence, computed_confidence, progress_raw, cycle_start, cycle_end,
            due_on``.
        found: From :func:`firing_signals`.
        as_of: The day the rows are about.
    """
    stated, computed = rows["stated_confidence"], rows["computed_confidence"]
    known = rows["progress_raw"].notna() & undecided(rows, as_of)
    return found.assign(
        **{
            Rule.WATERMELON: (stated == "high") & (computed == "low") & known,
            Rule.RED_OVER_GREEN: (stated == "low") & (computed == "high") & known,
        }
    )


def signal_names(found: pd.DataFrame) -> pd.Series:
    """The names of the firing signals, as lists, in the order of :data:`SIGNALS`."""
    names = np.array(found.columns, dtype=object)
    lists = [list(names[row]) for row in found.to_numpy("bool")]
    return pd.Series(lists, index=found.index, dtype="object")


def _of_values(rows: pd.DataFrame, thresholds: SignalThresholds) -> dict[str, pd.Series]:
    way = rows["target"] - rows["baseline"]
    way = way.abs().where((way != 0) & ~are_past(rows["kind"], way))
    moved = rows["progress_28d"].abs()
    return {
        Rule.PACE_GAP: rows["pace_gap_since"].notna(),
        Rule.STALE_VALUE: _is_stale(rows, thresholds),
        Rule.VOLATILE_VALUE: rows["weekly_noise"] > thresholds.volatile_share * way,
        Rule.TREADMILL: (rows["activity_28d"] >= thresholds.treadmill_activity)
        & (moved < thresholds.treadmill_progress)
        & (rows["pace"] == "behind"),
    }


def _of_paths(rows: pd.DataFrame, thresholds: SignalThresholds) -> dict[str, pd.Series]:
    """The signals about the path before and the rest of the way; none by a stale value."""
    known = rows["current_value"].notna() & ~_is_stale(rows, thresholds)
    whole = (rows["due_on"] - first_days(rows)).dt.days
    left = (rows["due_on"] - rows["current_value_at"]).dt.days
    likely = rows["attainment_probability"]
    as_before = (rows["pace"] != "behind") & ~(likely < thresholds.likely)
    faster = rows["needed_pace"] > rows["best_pace"] + _ROUNDING * rows["needed_pace"]
    return {
        Rule.TOO_SAFE: known
        & as_before
        & (rows["prior_chance"] >= thresholds.too_safe)
        & (rows["prior_reach_on"] <= rows["due_on"]),
        Rule.LAST_MINUTE_RECOVERY: known
        & faster
        & (rows["pace"] == "behind")
        & (left * LAST_PART <= whole)
        & ~rows["doubted"],
    }


def _is_stale(rows: pd.DataFrame, thresholds: SignalThresholds) -> pd.Series:
    stale = _unsettled_age(rows) > thresholds.stale_after_days
    return stale.fillna(False).astype("bool")


def _unsettled_age(rows: pd.DataFrame) -> pd.Series:
    """The age of each value in days, without those that it took to settle."""
    if "settle_days" not in rows:
        return rows["value_age_days"]
    return rows["value_age_days"] - rows["settle_days"].fillna(0)


def _of_calls(
    rows: pd.DataFrame, as_of: date, thresholds: SignalThresholds
) -> dict[str, pd.Series]:
    since_fall = (midnight(as_of) - rows["last_fall_at"]).dt.days
    return {
        Rule.DECLINING_CONFIDENCE: since_fall <= thresholds.decline_stands_days,
        Rule.EARLY_RED: rows["early_low_at"].notna() & (rows["stated_confidence"] == "low"),
        Rule.MISSED_CHECK_INS: rows["missed_check_ins"] >= max(thresholds.missed_check_ins, 1),
    }


def _of_work(rows: pd.DataFrame, thresholds: SignalThresholds) -> dict[str, pd.Series]:
    open_now = rows["open_initiatives"]
    some = open_now > 0
    net = rows["added_28d"] - rows["finished_28d"]
    before = (rows["open_issues"] - net).clip(lower=1)
    blocked = some & (rows["blocked_initiatives"] == open_now)
    silent = some & (rows["silent_initiatives"] == open_now)
    others, then = rows["activity_elsewhere_28d"], rows["activity_elsewhere_before"]
    elsewhere = (others >= thresholds.elsewhere_fewest) & (then > 0)
    elsewhere &= others >= thresholds.elsewhere_ratio * then
    elsewhere &= (rows["silent_days"] > thresholds.silent_after_days).fillna(False)
    unmet = (rows["progress_raw"] < 1) & ~_is_stale(rows, thresholds)
    return {
        NO_INITIATIVE: rows["initiatives"] == 0,
        Rule.INITIATIVES_BLOCKED: blocked,
        Rule.INITIATIVES_SILENT: silent & ~blocked,
        Rule.WORK_MOVED_ELSEWHERE: silent & ~blocked & elsewhere & unmet,
        Rule.INITIATIVES_OVERDUE: some & (rows["overdue_initiatives"] == open_now),
        Rule.SCOPE_GROWING: (rows["added_28d"] >= thresholds.scope_fewest)
        & (rows["added_28d"] >= thresholds.scope_ratio * rows["finished_28d"])
        & (net >= thresholds.scope_share * before),
    }
