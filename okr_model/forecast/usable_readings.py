"""Which readings of a path are used, as arrays sorted by path and day.

What belongs here: thinning and setting aside, vectorized over many Key Results. What does not: what
the readings say (``series_statistics``).

- Of more than 20 readings one for each thirteenth of the time is used, counted back from the last,
  and the first. Daily readings of a quarter are then as good as weekly ones, not seven times the
  evidence.
- A reading that leaves its neighbours and comes back, by more than eight times what lies between
  them and eight times the median step of the path, is set aside as a likely error. So is a first
  reading that is so far from the second. It needs at least five readings. On a path that hardly
  ever moves, where the median step is 0, it must also be five times its neighbour, or a fifth.
- A last reading that is more than eight times the largest step before it away from the one before
  is **doubted**: it may be an error or a new level. It needs five readings and a path that moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okr_model.progress.value_series import KEY

MANY = 20
PARTS = 13
FAR = 8.0
MAGNITUDE = 5.0
FEWEST_TO_JUDGE = 5
DAY_ZERO = pd.Timestamp(2000, 1, 1)
Numbers = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of many paths, sorted by path and day.

    Attributes:
        position: The number of the row that each belongs to.
        day: Days since :data:`DAY_ZERO`.
        value: In the unit.
    """

    position: Places
    day: Numbers
    value: Numbers

    def only(self, chosen: NDArray[np.bool_]) -> Readings:
        """The chosen ones."""
        return Readings(self.position[chosen], self.day[chosen], self.value[chosen])


def readings_of(rows: pd.DataFrame, series: pd.DataFrame) -> Readings:
    """Every readable reading of ``rows`` up to its due day."""
    due = rows[[*KEY, "due_on"]].assign(position=np.arange(len(rows)))
    points = series.loc[series["value"].notna(), [*KEY, "date", "value"]]
    points = points.merge(due, on=KEY, how="inner")
    points = points[points["date"] <= points["due_on"]]
    position = points["position"].to_numpy("intp")
    day = (points["date"] - DAY_ZERO).dt.days.to_numpy("float64")
    order = np.lexsort((day, position))
    return Readings(position[order], day[order], points["value"].to_numpy("float64")[order])


def days_due(rows: pd.DataFrame) -> Numbers:
    """The due day of each row, counted as :attr:`Readings.day` is."""
    return np.asarray((rows["due_on"] - DAY_ZERO).dt.days.to_numpy("float64"))


def thinned(readings: Readings) -> Readings:
    """At most fourteen readings of a path that has more than twenty."""
    if not len(readings.day):
        return readings
    _, starts, sizes = np.unique(readings.position, return_index=True, return_counts=True)
    if sizes.max() <= MANY:
        return readings
    last = np.repeat(readings.day[starts + sizes - 1], sizes)
    first = np.repeat(readings.day[starts], sizes)
    apart = np.maximum(np.ceil((last - first) / PARTS), 1.0)
    part = (last - readings.day) // apart
    latest = np.append(part[1:] != part[:-1], True)
    latest[starts + sizes - 1] = True
    latest[starts] = True
    return readings.only(latest | np.repeat(sizes <= MANY, sizes))


def likely_errors(readings: Readings) -> NDArray[np.bool_]:
    """Whether each reading leaves its neighbours and comes back."""
    value, position = readings.value, readings.position
    if not len(value):
        return np.zeros(0, dtype="bool")
    _, starts, sizes = np.unique(position, return_index=True, return_counts=True)
    ends = starts + sizes - 1
    enough = np.repeat(sizes >= FEWEST_TO_JUDGE, sizes)
    back, ahead = _to_neighbours(value, starts, ends)
    usual = np.repeat(_median_steps(np.abs(ahead), position, starts, sizes), sizes)
    nearest = np.minimum(np.abs(back), np.abs(ahead))
    leaves = (np.sign(back) == -np.sign(ahead)) & (nearest > 0)
    found = leaves & (nearest > FAR * np.maximum(np.abs(back + ahead), usual))
    found &= (usual > 0) | _other_magnitude(value, value - back)
    first = np.zeros(len(value), dtype="bool")
    first[starts] = True
    after = np.abs(np.append(ahead[1:], 0.0))  # the step that follows the next reading
    far = first & (np.abs(ahead) > FAR * np.maximum(after, usual)) & (np.abs(ahead) > 0)
    found |= far & ((usual > 0) | _other_magnitude(value, value + ahead))
    last = np.zeros(len(value), dtype="bool")
    last[ends] = True
    judged: NDArray[np.bool_] = found & enough & ~last
    return judged


def doubted(readings: Readings) -> Places:
    """The numbers of the rows whose last reading may be an error."""
    value = readings.value
    if not len(value):
        return np.zeros(0, dtype="intp")
    places, starts, sizes = np.unique(readings.position, return_index=True, return_counts=True)
    step = np.abs(np.diff(value, append=value[-1]))
    last = starts + np.maximum(sizes - 2, 0)
    jump = step[last]
    step[last] = 0.0
    step[starts + sizes - 1] = 0.0
    largest = np.maximum.reduceat(step, starts)
    found: Places = places[(sizes >= FEWEST_TO_JUDGE) & (largest > 0) & (jump > FAR * largest)]
    return found


def without_last(readings: Readings) -> Readings:
    """``readings`` without the last one of each path."""
    following = np.append(readings.position[1:] == readings.position[:-1], False)
    return readings.only(following)


def _other_magnitude(value: Numbers, neighbour: Numbers) -> NDArray[np.bool_]:
    """Whether one is at least :data:`MAGNITUDE` times the other; neither is 0."""
    low, high = np.minimum(np.abs(value), np.abs(neighbour)), np.abs(value)
    return (low > 0) & (np.maximum(high, np.abs(neighbour)) >= MAGNITUDE * low)


def _to_neighbours(value: Numbers, starts: Places, ends: Places) -> tuple[Numbers, Numbers]:
    """Each reading less the one before (``back``), and the one after less it (``ahead``)."""
    ahead = np.diff(value, append=0.0)
    ahead[ends] = 0.0
    back = np.diff(value, prepend=0.0)
    back[starts] = 0.0
    return back, ahead


def _median_steps(step: Numbers, position: Places, starts: Places, sizes: Places) -> Numbers:
    """The median absolute step of each path; the lower of the two in the middle."""
    step = step.copy()
    step[starts + sizes - 1] = np.inf  # no step leads on from the last reading
    ordered = step[np.lexsort((step, position))]
    middle = ordered[starts + np.maximum(sizes - 2, 0) // 2]
    return np.where(np.isfinite(middle), middle, 0.0)
