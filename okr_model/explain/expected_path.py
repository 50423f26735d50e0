"""The line of an explanation that says how far a Key Result was expected to be.

What belongs here: the expected share with its numbers put in. What does not: computing it
(``path``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okr_model.progress.expected_path import phases_of
from okr_model.quantities.units import figure


def expected_line(facts: Mapping[str, Any]) -> str:
    """How much of its way a Key Result should have behind it, to be worked out by hand.

    Args:
        facts: A row of ``key_results`` by column, nulls as None, with ``expected_progress``.
    """
    begin, due = facts.get("starts_on") or facts["cycle_start"], facts["due_on"]
    as_of, came = facts["as_of"], f"{facts['expected_progress']:.6g}"
    ends = _ends(facts)
    phases = phases_of(facts.get("phases")) if ends else []
    if not ends or not phases or not begin < as_of < due:
        gone, whole = (as_of - begin).days, (due - begin).days
        days = f"{gone} / {whole} days = {came}, within 0 and 1"
        return f"Expected: ({as_of} − {begin}) / ({due} − {begin}) = {days}"
    start, end = (figure(value) for value in ends)
    points = [(begin, ends[0]), *phases, (due, ends[1])]
    left = [point for point in points if point[0] <= as_of][-1]
    right = next(point for point in points if point[0] > as_of)
    gone, whole = (as_of - left[0]).days, (right[0] - left[0]).days
    path = ", ".join(f"{figure(value)} on {day}" for day, value in points)
    stands = f"{figure(left[1])} + ({figure(right[1])} − {figure(left[1])}) × {gone} / {whole}"
    return (
        f"Expected: its phases are {path}; on {as_of} that is {stands}, and"
        f" ({stands} − {start}) / ({end} − {start}) = {came}, within 0 and 1"
    )


def _ends(facts: Mapping[str, Any]) -> tuple[float, float] | None:
    """The values at 0 and at 1 of the way; None where phases say nothing (see ``path``)."""
    if facts["kind"] == "milestones":
        return 0.0, 100.0 if facts["unit"] == "%" else 1.0
    start, end = facts["baseline"], facts["target"]
    if start is None or end is None or start == end:
        return None
    falls = facts["kind"] in ("decrease", "at most")
    return (start, end) if (end < start) == falls else None
