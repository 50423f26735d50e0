"""The progress of one Key Result, with its numbers put into the formula.

What belongs here: the formulas of progress and of the expected path, in words and by name. What
does not: computing them (``progress.progress``, ``progress.expected_path``).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from okr_model.explain.wording import Facts, for_json, short, worth
from okr_model.progress.end_state import end_state, has_ended, since_due
from okr_model.progress.expected_path import phases_of
from okr_model.progress.kinds import BAND, DIRECTED, MILESTONES, ends, is_held, is_past
from okr_model.quantities.units import YES_NO, figure
from okr_model.wording import share

_WAY = "(current - baseline) / (target - baseline)"
_FORMULAS = {
    "yes/no": "1 for yes, 0 for no",
    MILESTONES: "the stated share",
    BAND: "1 - distance of current from target ... target_high / (target_high - target)",
}
_HELD = (
    "there is no path to compare with, so pace is on while raw progress is 1, the target being met,"
    " and behind while it is less"
)
_PAST = "1 while current meets the target, else 0: the baseline already meets it"


def progress_lines(facts: Facts) -> list[str]:
    """The state, the formula with its numbers, the expected progress, and the pace."""
    lines = [f"State: {facts['progress_state']}"]
    if facts["progress_raw"] is not None:
        lines.append(f"{_progress_formula(facts)}, in percent {share(facts['progress_raw'])}")
        lines.append(
            f"Progress is raw progress kept within 0 and 1: {short(facts['progress'])}, in percent"
            f" {share(facts['progress'])}; an Objective's and a team's progress are made of that"
        )
    if facts["expected_progress"] is not None and facts["due_on"] is not None:
        lines.append(expected_line(facts))
    if facts["pace"] is not None:
        raw, expected = facts["progress_raw"], facts["expected_progress"]
        told = (
            _HELD
            if is_held(facts)
            else f"raw progress − expected = {short(raw)} − {short(expected)} ="
            f" {short(raw - expected)}"
        )
        lines.append(f"{_pace_or_end(facts)}; {told}")
    elif has_ended(facts):
        lines.append(_pace_or_end(facts))
    return lines


def _pace_or_end(facts: Facts) -> str:
    """The pace, or what became of it once its cycle has ended."""
    ended = end_state(facts)
    if ended is None:
        return f"Pace: {facts['pace']}"
    since = since_due(facts)
    return f"The cycle has ended: {ended}{f' on its due day, {since}' if since else ''}"


def _progress_formula(facts: Facts) -> str:
    kind, raw = facts["kind"], short(facts["progress_raw"])
    if kind == YES_NO:
        return f"Raw progress: 1 for yes, 0 for no = {raw}"
    if kind == MILESTONES:
        return f"Raw progress: the stated share, {worth(facts, 'current_value')} = {raw}"
    current, target = figure(facts["current_value"]), figure(facts["target"])
    if kind == BAND:
        high = figure(facts["target_high"])
        return (
            f"Raw progress: 1 − distance of {current} from {target} … {high} / ({high} − {target})"
            f" = {raw}"
        )
    baseline = facts["baseline"]
    if is_past(facts):
        return (
            f"Raw progress: the baseline {figure(baseline)} already meets the target {target}, so 1"
            f" while it is met and 0 while not: {current} gives {raw}"
        )
    start = figure(baseline)
    over, under = facts["current_value"] - baseline, facts["target"] - baseline
    return (
        f"Raw progress: ({current} − {start}) / ({target} − {start}) ="
        f" {figure(over)} / {figure(under)} = {raw}"
    )


def judged_day(facts: Facts) -> date:
    """The day of which the row is judged: ``as_of``, or earlier if its values settle late."""
    day: date = facts["as_of"]
    return day - timedelta(days=facts.get("settle_days") or 0)


def way_lines(facts: Facts) -> list[str]:
    """Where the expected path is today, and the distance to the target."""
    states = ("computed", "from first measurement")
    if facts["progress_state"] not in states or facts["kind"] not in DIRECTED:
        return []
    if facts["expected_progress"] is None or is_past(facts) or has_ended(facts):
        return []
    start, end = facts["baseline"], facts["target"]
    path = start + facts["expected_progress"] * (end - start)
    days = (facts["due_on"] - facts["as_of"]).days
    return [
        f"{'Its phased' if facts.get('phases') else 'A straight'} path would be at"
        f" {figure(start)} + {short(facts['expected_progress'])} × ({figure(end)} −"
        f" {figure(start)}) = {short(path)}.",
        f"The target is {_distance(facts)}, with {max(days, 0)} days left.",
    ]


def _distance(facts: Facts) -> str:
    """How far the value is before the target or beyond it, in whichever direction it lies."""
    left = facts["target"] - facts["current_value"]
    before = left if facts["target"] >= facts["baseline"] else -left
    return f"{short(before)} away" if before >= 0 else f"passed by {short(-before)}"


def progress_details(facts: Facts, tolerance: float) -> dict[str, Any]:
    """The same by name: the formula, its inputs, the result, and the pace."""
    formula = _FORMULAS.get(facts["kind"], _WAY)
    computed = facts["progress_raw"] is not None
    if computed and formula is _WAY and is_past(facts):
        formula = _PAST
    inputs = ("current_value", "baseline", "baseline_source", "target", "target_high", "unit")
    days = ("as_of", "cycle_start", "cycle_end", "starts_on", "due_on", "phases")
    return {
        "state": facts["progress_state"],
        "kind": facts["kind"],
        "formula": formula if computed else None,
        "inputs": {name: facts[name] for name in inputs},
        "raw": facts["progress_raw"],
        "clamped": facts["progress"],
        "expected": facts["expected_progress"],
        "path": {name: for_json(facts.get(name)) for name in days},
        "pace": facts["pace"],
        "pace_tolerance": tolerance,
    }


def expected_line(facts: Facts) -> str:
    """How expected progress was computed, so it can be checked by hand.

    Args:
        facts: A row of ``key_results`` by column, nulls as None, with ``expected_progress``.
    """
    begin, due = facts.get("starts_on") or facts["cycle_start"], facts["due_on"]
    as_of, came = judged_day(facts), short(facts["expected_progress"])
    reached = ends(facts)
    phases = phases_of(facts.get("phases")) if reached else []
    if not reached or not phases or not begin < as_of < due:
        gone, whole = (as_of - begin).days, (due - begin).days
        days = (
            f"{gone} / {whole} days = {came}, within 0 and 1: {share(facts['expected_progress'])}"
        )
        return f"Expected: ({as_of} − {begin}) / ({due} − {begin}) = {days}"
    start, end = (figure(value) for value in reached)
    points = [(begin, reached[0]), *phases, (due, reached[1])]
    left = [point for point in points if point[0] <= as_of][-1]
    right = next(point for point in points if point[0] > as_of)
    gone, whole = (as_of - left[0]).days, (right[0] - left[0]).days
    path = ", ".join(f"{figure(value)} on {day}" for day, value in points)
    stands = f"{figure(left[1])} + ({figure(right[1])} − {figure(left[1])}) × {gone} / {whole}"
    return (
        f"Expected: its phases are {path}; on {as_of} that is {stands}, and"
        f" ({stands} − {start}) / ({end} − {start}) = {came}, within 0 and 1:"
        f" {share(facts['expected_progress'])}"
    )
