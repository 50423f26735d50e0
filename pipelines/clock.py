"""What a run calls now, and which day it computes.

What belongs here: the one place of ``pipelines`` that asks the system's clock for the model. What
does not: anything read or written.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from okr_model.quantities.day_bounds import start_of_day


@dataclass(frozen=True, slots=True)
class RunClock:
    """The instant of a run and the day it computes, in the organization's zone.

    Args:
        started_at: The instant that the run calls now, UTC.
        timezone: The organization's zone, by its IANA name.
        today: The day it is there, or the one that the settings pin.
        as_of: The day that the run computes.
    """

    started_at: dt.datetime
    timezone: str
    today: dt.date
    as_of: dt.date

    @property
    def is_past(self) -> bool:
        """Whether the day that is computed is over."""
        return self.as_of < self.today

    @property
    def cutoff(self) -> dt.datetime | None:
        """The end of a past day, after which nothing counts for it; None for today."""
        if not self.is_past:
            return None
        return start_of_day(self.as_of + dt.timedelta(days=1), self.timezone)

    def on(self, day: dt.date) -> RunClock:
        """The same run, computing another day."""
        return replace(self, as_of=day)
