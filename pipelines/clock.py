"""A run's clock: when it started and which day it computes.

What belongs here: the instant, the time zone and the dates that derive from them. What does not:
reading the system clock (``project``) and any other I/O.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from okr_model.quantities.day_bounds import start_of_day


@dataclass(frozen=True, slots=True)
class RunClock:
    """The instant of a run and the day it computes, in the organization's time zone.

    Args:
        started_at: The start of the run, UTC; the run's "now" throughout.
        timezone: The organization's time zone, as an IANA name.
        today: The current date in that zone, or the ``as_of`` pinned in the settings.
        as_of: The day that the run computes.
    """

    started_at: dt.datetime
    timezone: str
    today: dt.date
    as_of: dt.date

    @property
    def is_past(self) -> bool:
        """Whether ``as_of`` lies before today."""
        return self.as_of < self.today

    @property
    def cutoff(self) -> dt.datetime | None:
        """The end of a past ``as_of``; later input does not count. None if ``as_of`` is today."""
        if not self.is_past:
            return None
        return start_of_day(self.as_of + dt.timedelta(days=1), self.timezone)

    def on(self, day: dt.date) -> RunClock:
        """The clock of the same run with another ``as_of``."""
        return replace(self, as_of=day)
