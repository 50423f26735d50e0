"""Working time: the hours of working days, without public holidays.

What belongs here: how many working hours lie between two instants. What does not: which issues they
are of (``measures``), and reading the settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

_EPOCH = np.datetime64("1970-01-01")


@dataclass(frozen=True)
class WorkingTime:
    """When people work, in the organization's zone.

    Attributes:
        days: Whether each day of the week is a working day, from Monday.
        opens: The hour at which a working day begins.
        closes: The hour at which it ends.
        holidays: Days on which nobody works.
    """

    days: tuple[bool, ...] = (True, True, True, True, True, False, False)
    opens: float = 9.0
    closes: float = 17.0
    holidays: tuple[date, ...] = ()

    def hours(self, began: pd.Series, ended: pd.Series, timezone: str) -> pd.Series:
        """The working hours between two instants (UTC without a zone)."""
        return pd.Series(
            self._worked(ended, timezone) - self._worked(began, timezone), index=began.index
        )

    def _worked(self, instants: pd.Series, timezone: str) -> npt.NDArray[np.float64]:
        """The working hours from 1970 to each instant."""
        calendar = np.busdaycalendar(weekmask=[*self.days], holidays=_days(self.holidays))
        local = instants.dt.tz_localize("UTC").dt.tz_convert(timezone).dt.tz_localize(None)
        days = local.to_numpy().astype("datetime64[D]")
        gone = (local - local.dt.normalize()) / pd.Timedelta(hours=1)
        a_day = self.closes - self.opens
        today = np.clip(gone.to_numpy("float64") - self.opens, 0, a_day)
        whole = np.busday_count(_EPOCH, days, busdaycal=calendar) * a_day
        working = np.is_busday(days, busdaycal=calendar)
        return np.asarray(whole + np.where(working, today, 0), "float64")


def _days(days: Iterable[date]) -> npt.NDArray[np.datetime64]:
    return np.array([*days], dtype="datetime64[D]")


NINE_TO_FIVE = WorkingTime()
"""Monday to Friday from 9 to 17 o'clock, without holidays."""
