"""Days that a wrong clock gives, and how they are refused.

What belongs here: judging the day of a night that nobody named. What does not: the clock itself
(``clock``); a day named by ``--as-of`` is never refused.
"""

from __future__ import annotations

import datetime as dt

from pipelines.lake.manifest import Manifest
from pipelines.project import Project
from published.errors import UserError

_AFTERWARDS = dt.timedelta(days=31)
"""For so long after its end a cycle is still looked at: its outcomes settle and are scored."""
_FAR = dt.timedelta(days=92)
"""A quarter: no machine is off for so long unnoticed."""


class ImplausibleDayError(UserError):
    """The day that the clock gives cannot be meant."""


def ensure_plausible_day(project: Project, manifest: Manifest | None) -> None:
    """Make sure that the day to compute can be today.

    Raises:
        ImplausibleDayError: It lies before the last published day, far after it, or in no cycle nor
            in the month after one.
    """
    if project.day is not None:  # somebody named it
        return
    day = project.clock.as_of
    says = f"okr.yaml says as_of: {day}" if project.settings.as_of else f"The clock says {day}"
    purpose = f"If {day} is meant, run: okr sync --as-of {day}"
    last = dt.date.fromisoformat(manifest.last_day) if manifest and manifest.last_day else None
    if last and day < last:
        raise ImplausibleDayError(
            f"{says}, but {last} is published already. Set the clock right. {purpose}"
        )
    if last and day > last + _FAR:
        raise ImplausibleDayError(
            f"{says}, and the last day published is {last}: that is more than"
            f" {_FAR.days} days ago. Set the clock right. {purpose}"
        )
    cycles = project.settings.cycles
    if not any(cycle.start <= day <= cycle.end + _AFTERWARDS for cycle in cycles):
        first, until = min(one.start for one in cycles), max(one.end for one in cycles)
        raise ImplausibleDayError(
            f"{says}, and no cycle in okr.yaml has that day; they are between {first} and {until}."
            f" Add its cycle, or set the clock right. {purpose}"
        )


def last_day_of(project: Project) -> str:
    """The day that a run publishes, or the day it is, if it computes one to come."""
    return min(project.clock.as_of, project.clock.today).isoformat()
