"""Signals: what may be going wrong with a Key Result, each a named rule with a sentence.

What belongs here: each rule's sentence and advice. What does not: when it fires (``firing``), the
computed level (``levels``), and which signals become findings (``signal_findings``).

Every number and day in a sentence is a column of the row. Levels are in the organization's words,
see :func:`in_words_of`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from okr_model.confidence.needed_pace import OWN
from okr_model.entities.confidence_words import ConfidenceWords
from okr_model.finding_rules import Rule
from okr_model.progress.expected_path import against_path, has_no_path, path_in_words
from okr_model.progress.kinds import falls
from okr_model.quantities.units import in_words
from okr_model.tables import LEVELS
from okr_model.wording import measured, movement, probability, progress_name, share

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


_NAMED_LEVELS = ("declined_from", "stated_confidence")


def in_words_of(rows: pd.DataFrame, words: ConfidenceWords) -> pd.DataFrame:
    """``rows`` with the levels that sentences name in the organization's ``words``."""
    of = dict(zip(LEVELS, words, strict=True))
    named = {name: rows[name].map(of) for name in _NAMED_LEVELS if name in rows}
    return rows.assign(**named, word_for_high=of["high"], word_for_low=of["low"])


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
    told = f"{progress_name(row.progress_raw)} is {share(row.progress_raw)}"
    return f"{told}{'; ' if has_no_path(row) else ' where '}{against_path(row)}"


def _a_week(pace: float, row: Any) -> str:
    """A pace towards the target."""
    return f"{movement(pace, row.unit)} a week"


def _reaches_anyway(row: Any) -> str:
    """Where the pace before the cycle would have led."""
    target, day = in_words(row.target, row.unit), _day(row.prior_reach_on)
    if row.prior_reach_on < row.cycle_start:
        return f"On {day}, before the cycle, it met its target of {target} already."
    moved = "fell" if falls(row.kind) else "rose"
    return (
        f"Before the cycle it already {moved} {_a_week(row.prior_pace, row)}; at that pace it would"
        f" reach {target} on {day}, due on {_day(row.due_on)}, with a probability of"
        f" {probability(row.prior_chance)}."
    )


def _beyond_its_best(row: Any) -> str:
    """The pace that is needed, and the best there was."""
    moves = "fall" if falls(row.kind) else "rise"
    made = _a_week(row.best_pace, row)
    best = (
        f"its best over so long a time was {made}"
        if row.best_pace_of == OWN
        else f"the best of {row.like_paths:.0f} past paths like it made {made}"
    )
    return (
        f"It must {moves} by {_a_week(row.needed_pace, row)} to meet its target on"
        f" {_day(row.due_on)}; {best}."
    )


def _all_initiatives(row: Any, are: str) -> str:
    number = row.open_initiatives
    return (
        f"Its one open initiative is {are}"
        if number == 1
        else f"All {number:.0f} open initiatives are {are}"
    )


_MORE_THAN_BEHIND = (
    Rule.WATERMELON,
    Rule.TREADMILL,
    Rule.DECLINING_CONFIDENCE,
    Rule.EARLY_RED,
    Rule.STALE_VALUE,
)
"""Signals that tell, beside being behind, what is wrong."""

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
            *_MORE_THAN_BEHIND,
            Rule.LAST_MINUTE_RECOVERY,
        ),
    ),
    Signal(
        Rule.LAST_MINUTE_RECOVERY,
        True,
        _beyond_its_best,
        "Say that the target is out of reach, or what will make it faster than ever.",
        said_by=_MORE_THAN_BEHIND,
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
        lambda row: (
            f"The team called it {row.word_for_low} on {_day(row.early_low_at)},"
            " early in the cycle."
        ),
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
        said_by=(Rule.WORK_MOVED_ELSEWHERE,),
    ),
    Signal(
        Rule.WORK_MOVED_ELSEWHERE,
        True,
        lambda row: (
            f"Nothing has happened in its work for {row.silent_days:.0f} days, while the team's"
            " work elsewhere grew from"
            f" {_count(row.activity_elsewhere_before, 'change')} in 28 days to"
            f" {row.activity_elsewhere_28d:.0f}."
        ),
        "Take the work up again, or say what goes first.",
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
        Rule.TOO_SAFE,
        False,
        _reaches_anyway,
        "Aim higher, or say what the effort is for.",
        severity="info",
    ),
    Signal(
        Rule.WATERMELON,
        False,
        lambda row: (
            f"The team calls it {row.word_for_high} while the evidence says"
            f" {row.word_for_low}: {progress_in_words(row)}."
        ),
        "Talk about the number before the next check-in.",
    ),
    Signal(
        Rule.RED_OVER_GREEN,
        False,
        lambda row: (
            f"The team calls it {row.word_for_low} while the evidence says"
            f" {row.word_for_high}: {progress_in_words(row)}."
        ),
        "Ask what the team knows that the number does not show.",
        severity="info",
    ),
)
BY_NAME = {signal.name: signal for signal in SIGNALS}
