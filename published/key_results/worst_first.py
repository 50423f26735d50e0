"""The order of Key Results, worst first, and in words why each stands where it does.

What belongs here: the rules of the order. What does not: the figures they look at (columns of
``key_results``) and drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from okr_model.confidence.signals import NO_INITIATIVE
from okr_model.finding_rules import Rule
from okr_model.progress.end_state import end_state, has_ended, since_due
from okr_model.progress.kinds import is_held
from published.formatting import ENGLISH, Formatter, absent, level
from published.organization import OwnWords, first_up

Row = Mapping[str, Any]
Levels = tuple[str, str, str]

_LAST = 99
_PACE = {"ahead": "Ahead of its path", "on": "On its path", "behind": "Behind its path"}
_HELD = {"on": "Meets its target", "behind": "Does not meet its target"}
_END = {"met": "Met", "missed": "Missed"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Why a Key Result stands where it does.

    Attributes:
        rank: 0 stands first.
        first: The rule that placed it, in words.
        then: What else is to be said; may be empty.
        signal: Whether ``first`` is a signal, not a plain state.
    """

    rank: int
    first: str
    then: str
    signal: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """In which words a standing is told.

    Attributes:
        levels: The confidence levels in the organization's words.
        figures: Writes numbers and days.
        own: What the organization calls initiatives.
    """

    levels: Levels
    figures: Formatter = ENGLISH
    own: OwnWords = field(default_factory=OwnWords)


def _has(name: str) -> Callable[[Row], bool]:
    return lambda row: name in _signals(row)


_RULES: tuple[tuple[Callable[[Row], bool], Callable[[Row, Wording], str]], ...] = (
    (
        lambda row: (
            not absent(row["progress_raw"]) and row["progress_raw"] < 0 and not is_held(row)
        ),
        lambda row, _: "Below its start" if _rises(row) else "Above its start",
    ),
    (
        lambda row: bool({Rule.WATERMELON, Rule.RED_OVER_GREEN} & _signals(row)),
        lambda row, told: (
            f"{first_up(told.own.team)} says {level(row['stated_confidence'], told.levels)},"
            f" evidence says {level(row['computed_confidence'], told.levels)}"
        ),
    ),
    (
        _has(Rule.TREADMILL),
        lambda row, told: (
            f"Much work, no movement: {told.figures.number(row['activity_28d'])} changes,"
            f" {told.figures.points(row['progress_28d'])} in {told.figures.number(28)} days"
        ),
    ),
    (
        _has(Rule.LAST_MINUTE_RECOVERY),
        lambda row, told: (
            f"Needs {_a_week(row, 'needed', told)} a week;"
            f" the best ever was {_a_week(row, 'best', told)}"
        ),
    ),
    (
        lambda row: Rule.PACE_GAP in _signals(row) and not absent(row["pace_gap_since"]),
        lambda row, told: f"Behind since {told.figures.short_day(row['pace_gap_since'])}",
    ),
    (_has(Rule.TARGET_MOVED), lambda row, told: _moved(row, told)),
    (
        _has(Rule.STALE_VALUE),
        lambda row, told: f"Value {told.figures.number(row['value_age_days'])} days old",
    ),
    (_has(Rule.MISSED_CHECK_INS), lambda row, told: _silence(row, told)),
    (_has(NO_INITIATIVE), lambda *_: "No work serves it"),
    (_has(Rule.INITIATIVES_BLOCKED), lambda row, told: _all_work(row, "blocked", told)),
    (
        _has(Rule.WORK_MOVED_ELSEWHERE),
        lambda _, told: f"Its work is silent; the {told.own.team} works elsewhere",
    ),
    (_has(Rule.INITIATIVES_SILENT), lambda row, told: _all_work(row, "silent", told)),
    (_has(Rule.INITIATIVES_OVERDUE), lambda row, told: _all_work(row, "overdue", told)),
    (_has(Rule.DECLINING_CONFIDENCE), lambda row, told: _declined(row, told)),
    (lambda row: row["value_state"] != "measured", lambda row, _: _no_value(row)),
    (_has(Rule.TOO_SAFE), lambda *_: "Its pace before the cycle would have met it"),
)


def standing(row: Row, told: Wording) -> Standing:
    """Where a row of ``key_results`` stands and why.

    Args:
        row: The row.
        told: In which words; they change nothing about where it stands.
    """
    if has_ended(row):
        ended = str(end_state(row))
        then = ""
        if since_due(row):
            is_met = "met" if row["progress_raw"] >= 1 else "not met"
            then = f"{is_met} by the value of {told.figures.short_day(row['current_value_at'])}"
        return Standing(_LAST, _END.get(ended, f"Ended: {ended}"), then, signal=False)
    hold = [(n, words) for n, (holds, words) in enumerate(_RULES) if holds(row)]
    calm = _calm(row, told)
    if not hold:
        return Standing(len(_RULES), calm, "", signal=False)
    rank, words = hold[0]
    if len(hold) > 1:
        then = hold[1][1](row, told)
        return Standing(rank, words(row, told), then[:1].lower() + then[1:], signal=True)
    # That it is behind is what the first rule says already.
    then = "" if row["pace"] == "behind" or absent(row["pace"]) else _pace(row).lower()
    return Standing(rank, words(row, told), then, signal=True)


def place(row: Row, found: Standing) -> tuple[int, float, str]:
    """A key to sort rows by: the rule, then the least likely, then the id."""
    likely = row["attainment_probability"]
    return found.rank, 1.0 if absent(likely) else float(likely), str(row["key_result_id"])


def _signals(row: Row) -> set[str]:
    signals = row["signals"]
    return set() if signals is None or isinstance(signals, float) else set(signals)


def _rises(row: Row) -> bool:
    return bool(row["target"] > row["baseline"])


def _silence(row: Row, told: Wording) -> str:
    last = row["last_check_in_at"]
    return (
        "No check-in this cycle"
        if absent(last)
        else f"No check-in since {told.figures.short_day(last)}"
    )


def _no_value(row: Row) -> str:
    return "Value unreadable" if row["value_state"] == "unreadable" else "No value yet"


def _a_week(row: Row, which: str, told: Wording) -> str:
    """A pace towards the target, whichever way that is."""
    return told.figures.movement(abs(row[f"{which}_pace"]), row["unit"]).removeprefix("+")


def _all_work(row: Row, what: str, told: Wording) -> str:
    number = row["open_initiatives"]
    if number == 1:
        return f"Its one {told.own.initiative} is {what}"
    return f"All {told.figures.number(number)} {told.own.initiatives} {what}"


def _moved(row: Row, told: Wording) -> str:
    before = told.figures.declared(row["target_before"], row["unit"])
    figures = f" from {before} to {told.figures.target_of(row)}"
    known = "" if absent(row["target_before"]) or absent(row["target"]) else figures
    on = row["target_moved_on"]
    return f"Target moved{known}" + ("" if absent(on) else f" on {told.figures.short_day(on)}")


def _declined(row: Row, told: Wording) -> str:
    before, now = (level(row[name], told.levels) for name in ("declined_from", "stated_confidence"))
    return f"Confidence fell from {before} to {now}"


def _pace(row: Row) -> str:
    """Where it is against its path or, where it has none, whether it meets its target."""
    return (_HELD if is_held(row) else _PACE)[row["pace"]]


def _calm(row: Row, told: Wording) -> str:
    likely = row["attainment_probability"]
    pace = "" if absent(row["pace"]) else _pace(row)
    if absent(likely):
        return f"{pace}, not enough evidence for a chance" if pace else "Nothing to compare yet"
    return f"{pace or 'No path'}, {told.figures.chance_of(row)} likely"
