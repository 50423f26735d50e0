"""Signals: what may be going wrong with a Key Result, each a named rule with a sentence.

What belongs here: when each rule fires, its sentence and advice. What does not: the numbers it
looks at (``evidence``, ``initiative_health``, ``progress.definition_changes``), the meaning of
thresholds (``thresholds``), the computed level (``levels``), and which signals become findings
(``signal_findings``).

Signals fire only for Key Results whose cycle is running and that are not due yet. Every number and
day in a sentence is a column of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from okr_model.confidence.thresholds import SignalThresholds
from okr_model.finding_rules import Rule
from okr_model.progress.expected_path import path_in_words
from okr_model.quantities.days import midnight
from okr_model.quantities.units import in_words
from okr_model.wording import measured, progress_name, share

NO_INITIATIVE = "no initiative"
"""The one signal without a finding of its name: ``Key Result without initiative`` says the same."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule.

    Attributes:
        name: The rule's stable name.
        weighs: Whether it prevents the computed level high while it fires.
        sentence: What it observed, from columns of the row.
        advice: What to do about it; empty if another module makes the finding.
        severity: Of the finding.
        url: The column with the URL of the finding.
        opens: The column with the day of the check-in that the finding links to instead.
        said_by: Signals that imply this one: while one of them fires, this makes no finding.
    """

    name: str
    weighs: bool
    sentence: Callable[[Any], str]
    advice: str = ""
    severity: Literal["error", "warning", "info"] = "warning"
    url: str = "url"
    opens: str | None = None
    said_by: tuple[str, ...] = ()


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}"


def _target_before(row: Any) -> str:
    """The target before it moved; one in a unit that does not convert is in ``changes``."""
    known = row.target_before == row.target_before  # NaN is not itself
    return in_words(row.target_before, row.unit) if known else "a figure in another unit"


def _moved_when(row: Any) -> str:
    """What stands before the day of a move: only a change log tells when it was made."""
    return " on" if getattr(row, "target_move_logged", 0) == 1 else ", seen on"


def _count(number: Any, what: str) -> str:
    return f"{number:.0f} {what}" if number == 1 else f"{number:.0f} {what}s"


def progress_in_words(row: Any) -> str:
    """Progress and where the path is: ``progress is 58 % where a straight path would be at …``."""
    return (
        f"{progress_name(row.progress_raw)} is {share(row.progress_raw)} where"
        f" {path_in_words(row)} would be at {share(row.expected_progress)}"
    )


def _all_initiatives(row: Any, are: str) -> str:
    number = row.open_initiatives
    return (
        f"Its one open initiative is {are}"
        if number == 1
        else f"All {number:.0f} open initiatives are {are}"
    )


SIGNALS: tuple[Signal, ...] = (
    Signal(
        Rule.PACE_GAP,
        True,
        lambda row: (
            f"On {_day(row.current_value_at)} {progress_name(row.progress_raw)} was"
            f" {share(row.progress_raw)}, {share(row.pace_gap)} of the way behind"
            f" {path_in_words(row)}; it fell behind on {_day(row.pace_gap_since)}."
        ),
        "Find what holds it back, or say that the target is out of reach.",
        said_by=(
            Rule.WATERMELON,
            Rule.TREADMILL,
            Rule.DECLINING_CONFIDENCE,
            Rule.EARLY_RED,
            Rule.STALE_VALUE,
        ),
    ),
    Signal(
        Rule.DECLINING_CONFIDENCE,
        False,
        lambda row: (
            f"The team's confidence has fallen from {row.declined_from} to"
            f" {row.stated_confidence} since {_day(row.declining_since)}."
        ),
        "Ask what changed, and agree on a way back.",
        opens="declining_since",
        said_by=(Rule.EARLY_RED,),
    ),
    Signal(
        Rule.EARLY_RED,
        False,
        lambda row: f"The team called it low on {_day(row.early_low_at)}, early in the cycle.",
        "That is what calls are for: help them while there is time.",
        severity="info",
        opens="early_low_at",
    ),
    Signal(
        Rule.STALE_VALUE,
        True,
        lambda row: f"The value of {_day(row.current_value_at)} is {row.value_age_days} days old.",
        "Update it at its source.",
        url="value_url",
    ),
    Signal(
        Rule.MISSED_CHECK_INS,
        True,
        lambda row: (
            f"{_count(row.missed_check_ins, 'check-in')} in a row"
            f" {'was' if row.missed_check_ins == 1 else 'were'} missed: "
            + (
                f"the last was on {_day(row.last_check_in_at)}."
                if pd.notna(row.last_check_in_at)
                else "there is none in this cycle."
            )
        ),
        "Check in, however short.",
    ),
    Signal(NO_INITIATIVE, True, lambda _: "No initiative serves it."),
    Signal(
        Rule.INITIATIVES_BLOCKED,
        True,
        lambda row: f"{_all_initiatives(row, 'blocked')}.",
        "Clear the way for one of them.",
    ),
    Signal(
        Rule.INITIATIVES_SILENT,
        True,
        lambda row: (
            f"{_all_initiatives(row, 'silent')}: nothing has happened since"
            f" {_day(row.last_activity_on)}."
        ),
        "Take the work up again, or link the work that does move it.",
    ),
    Signal(
        Rule.INITIATIVES_OVERDUE,
        True,
        lambda row: f"{_all_initiatives(row, 'overdue')}.",
        "Finish them, or agree on new dates.",
    ),
    Signal(
        Rule.SCOPE_GROWING,
        True,
        lambda row: (
            f"In 28 days {_count(row.added_28d, 'issue')} came in and"
            f" {row.finished_28d:.0f} got done; {row.open_issues:.0f} are open."
        ),
        "Cut what is not needed for the target.",
        severity="info",
    ),
    Signal(
        Rule.TARGET_MOVED,
        True,
        lambda row: (
            f"The target was moved from {_target_before(row)} to"
            f" {in_words(row.target, row.unit)}"
            f"{_moved_when(row)} {_day(row.target_moved_on)}."
        ),
    ),
    Signal(
        Rule.SOURCES_DISAGREE,
        True,
        lambda _: "Its sources state different values; see its findings.",
    ),
    Signal(
        Rule.VOLATILE_VALUE,
        True,
        lambda row: (
            f"The value deviates from its pace by {measured(row.weekly_noise, row.unit)}"
            " in a typical week."
        ),
        "Measure over a longer window, or trust no single week.",
        severity="info",
    ),
    Signal(
        Rule.TREADMILL,
        True,
        lambda row: (
            f"{_count(row.activity_28d, 'change')} in its work in 28 days moved progress by"
            f" {share(row.progress_28d)}."
        ),
        "Ask whether this work can move it at all, and stop what cannot.",
    ),
    Signal(
        Rule.WATERMELON,
        False,
        lambda row: (
            f"The team calls it high while the evidence says low: {progress_in_words(row)}."
        ),
        "Talk about the number before the next check-in.",
    ),
    Signal(
        Rule.RED_OVER_GREEN,
        False,
        lambda row: (
            f"The team calls it low while the evidence says high: {progress_in_words(row)}."
        ),
        "Ask what the team knows that the number does not show.",
        severity="info",
    ),
)
BY_NAME = {signal.name: signal for signal in SIGNALS}


def firing_signals(
    rows: pd.DataFrame, as_of: date, thresholds: SignalThresholds, disagreeing: Sequence[str] = ()
) -> pd.DataFrame:
    """The signals that fire, except the two that need the computed level.

    Args:
        rows: The columns that the sentences of :data:`SIGNALS` name, and ``cycle_start, cycle_end,
            due_on, baseline, target, pace, initiatives, last_fall_at``.
        as_of: The day the rows are about.
        thresholds: From the settings.
        disagreeing: The ids of Key Results that have a finding of rule ``sources disagree``.

    Returns:
        One boolean column per signal, with the index of ``rows``.
    """
    applies = running(rows, as_of)
    found = pd.DataFrame(False, index=rows.index, columns=[one.name for one in SIGNALS])
    parts = _of_values(rows, thresholds) | _of_calls(rows, as_of, thresholds)
    parts |= _of_work(rows, thresholds)
    parts[Rule.SOURCES_DISAGREE] = rows["key_result_id"].isin(disagreeing)
    parts[Rule.TARGET_MOVED] = rows["target_moved_on"].notna() & rows["target"].notna()
    for name, fires in parts.items():
        found[name] = fires.fillna(False).astype("bool") & applies
    return found


def running(rows: pd.DataFrame, as_of: date) -> pd.Series:
    """Whether each Key Result's cycle has begun, and neither its end nor the due day has passed."""
    now = midnight(as_of)
    return (rows["cycle_start"] <= now) & (rows["due_on"] > now) & (rows["cycle_end"] >= now)


def with_disagreements(rows: pd.DataFrame, found: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """``found`` with the two signals in which the team and the evidence disagree.

    Args:
        rows: ``stated_confidence, computed_confidence, progress_raw, cycle_start, cycle_end,
            due_on``.
        found: From :func:`firing_signals`.
        as_of: The day the rows are about.
    """
    stated, computed = rows["stated_confidence"], rows["computed_confidence"]
    known = rows["progress_raw"].notna() & running(rows, as_of)
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
    way = (rows["target"] - rows["baseline"]).abs()
    moved = rows["progress_28d"].abs()
    return {
        Rule.PACE_GAP: rows["pace_gap_since"].notna(),
        Rule.STALE_VALUE: _unsettled_age(rows) > thresholds.stale_after_days,
        Rule.VOLATILE_VALUE: rows["weekly_noise"] > thresholds.volatile_share * way.where(way > 0),
        Rule.TREADMILL: (rows["activity_28d"] >= thresholds.treadmill_activity)
        & (moved < thresholds.treadmill_progress)
        & (rows["pace"] == "behind"),
    }


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
    return {
        NO_INITIATIVE: rows["initiatives"] == 0,
        Rule.INITIATIVES_BLOCKED: blocked,
        Rule.INITIATIVES_SILENT: silent & ~blocked,
        Rule.INITIATIVES_OVERDUE: some & (rows["overdue_initiatives"] == open_now),
        Rule.SCOPE_GROWING: (rows["added_28d"] >= thresholds.scope_fewest)
        & (rows["added_28d"] >= thresholds.scope_ratio * rows["finished_28d"])
        & (net >= thresholds.scope_share * before),
    }
