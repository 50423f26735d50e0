"""Where a cycle stands on a day: its phases, scaled to its length.

What belongs here: the days of phases. What does not: what is asked in a phase (``phase_findings``),
and the phases of a Key Result, which are intermediate targets (``progress.expected_path``).

The weeks are those of a cycle of thirteen. A cycle of another length has each boundary at the same
share of its own weeks (its days divided by seven, rounded), rounded to a day: in 42 days, baseline
ends after 6, execution after 19, the mid-cycle review after 32. In a quarter of 90 to 92 days the
boundaries are those of its weeks. Preparing before it and closing after it take three weeks of
thirteen likewise, but never more than three weeks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import pandas as pd

from okr_model.tables.rollups import CYCLES

Phase = Literal[
    "coming",
    "preparation",
    "baseline",
    "execution",
    "mid-cycle review",
    "final push",
    "closing",
    "closed",
]
"""The phases in their order; :data:`okr_model.tables.rollups.PHASES` says the same of the table."""
WITHIN: tuple[Phase, ...] = ("baseline", "execution", "mid-cycle review", "final push")
"""The phases from the first to the last day of a cycle."""
ASKS: Mapping[Phase, str] = {
    "preparation": "draft Objectives and Key Results with their baselines",
    "baseline": "every Key Result gets an owner, a baseline and a data source",
    "execution": "every Key Result has an initiative and check-ins",
    "mid-cycle review": "say which Key Results can still be reached",
    "final push": "no target is changed any more",
    "closing": "score and decide every Key Result",
}
"""What is asked in each phase that asks something."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PhaseWeeks:
    """How long the phases of a cycle are, in weeks of a cycle that has as many as all together.

    Attributes:
        baseline: Weeks in which Key Results get their baseline, source and owner.
        execution: … in which work goes on and every Key Result has an initiative and check-ins.
        review: … in which teams say which Key Results can still be reached.
        final: … in which no target is changed.
        closing: Weeks after the cycle in which it is scored and closed, and the most that a cycle
            of any length has; as long before it the next is prepared.
    """

    baseline: int = 2
    execution: int = 4
    review: int = 4
    final: int = 3
    closing: int = 3

    @property
    def of_cycle(self) -> int:
        """All weeks from the first to the last day of the cycle."""
        return self.baseline + self.execution + self.review + self.final


@dataclass(frozen=True, slots=True)
class PhaseDays:
    """The phase of a day; both days belong to it. ``coming`` and ``closed`` are open at one end."""

    phase: Phase
    starts_on: dt.date | None
    ends_on: dt.date | None


def phases_of(start: dt.date, end: dt.date, weeks: PhaseWeeks) -> list[PhaseDays]:
    """All phases of a cycle in their order; one without a day is left out.

    Args:
        start: The first day of the cycle.
        end: Its last day.
        weeks: How long the phases are.
    """
    own = 7 * max(1, round(((end - start).days + 1) / 7))
    around = dt.timedelta(days=min(_share(own, weeks.closing, weeks), 7 * weeks.closing))
    found = [PhaseDays("coming", None, start - around - _DAY)]
    edges = [start - around, start]
    passed = 0
    for part in (weeks.baseline, weeks.execution, weeks.review):
        passed += part
        ends = start + dt.timedelta(days=_share(own, passed, weeks))
        edges.append(end + _DAY if passed == weeks.of_cycle else min(ends, end + _DAY))
    edges += [end + _DAY, end + _DAY + around]
    names: tuple[Phase, ...] = ("preparation", *WITHIN, "closing")
    for phase, (first, after) in zip(names, pairwise(edges), strict=True):
        if first < after:
            found.append(PhaseDays(phase, first, after - _DAY))
    return [*found, PhaseDays("closed", edges[-1], None)]


def _share(length: int, part: int, weeks: PhaseWeeks) -> int:
    """The days of ``part`` weeks in a cycle of ``length`` days, rounded up from half a day."""
    return (2 * length * part + weeks.of_cycle) // (2 * weeks.of_cycle)


def phase_on(start: dt.date, end: dt.date, day: dt.date, weeks: PhaseWeeks) -> PhaseDays:
    """The phase of a cycle on a day."""
    for one in phases_of(start, end, weeks):
        if one.ends_on is None or day <= one.ends_on:
            return one
    raise AssertionError("the last phase has no end")


def last_day_of(phase: Phase, start: dt.date, end: dt.date, weeks: PhaseWeeks) -> dt.date:
    """The last day up to which a phase, or one before it, lasts: of ``baseline``, when it ends.

    Args:
        phase: One of :data:`WITHIN`, ``preparation`` or ``closing``.
        start: The first day of the cycle.
        end: Its last day.
        weeks: How long the phases are.
    """
    order: tuple[Phase, ...] = ("preparation", *WITHIN, "closing")
    upto = order[: order.index(phase) + 1]
    days = [one.ends_on for one in phases_of(start, end, weeks) if one.phase in upto]
    return max((day for day in days if day is not None), default=start - _DAY)


def build_cycles(
    cycles: Iterable[tuple[str, dt.date, dt.date]], as_of: dt.date, weeks: PhaseWeeks
) -> pd.DataFrame:
    """The cycles as of a day, with the columns of the table ``cycles`` but those of the run.

    Args:
        cycles: Id, first and last day of each.
        as_of: The day.
        weeks: How long the phases are.
    """
    rows = []
    for cycle_id, start, end in cycles:
        days = (end - start).days + 1
        begun = min(max((as_of - start).days + 1, 0), days)
        state = "coming" if as_of < start else "ended" if as_of > end else "running"
        now = phase_on(start, end, as_of, weeks)
        by = last_day_of("closing", start, end, weeks)
        freeze = last_day_of("mid-cycle review", start, end, weeks) + _DAY
        frozen = freeze if freeze <= end else None
        stands = (state, now.phase, now.starts_on, now.ends_on, frozen, by, days, begun)
        rows.append((cycle_id, start, end, *stands))
    names = [name for name in CYCLES.column_names if name not in ("as_of", "run_id")]
    return pd.DataFrame(rows, columns=names)
