"""The two kinds of path: counters, which never step back, and levels, which move both ways.

What belongs here: telling them apart. What does not: how each goes on (``forecast``).

A **counter** is a running total, such as leads, sign-ups or milestones done. A **level** is a rate,
a score, a median or any other figure that can fall as well as rise. The first rule that applies
decides:

1. what the record declares as ``path``;
2. the kind: milestones are a counter; a band is a level;
3. the readings before the last one: a step back of more than 2 % of all steps forward is a level;
4. the unit: percentages and durations are levels, unless seven or more steps never went back
   (a duration that is to fall is a level all the same);
5. the kind again: less is better is a level, unless seven or more steps never went back;
6. anything else that has not stepped back is a counter.

The last reading decides nothing, so a new reading changes the forecast, not the kind of path.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from okr_model.progress.kinds import BAND, COUNTER, FALLING, LEVEL, MILESTONES, PATHS
from okr_model.progress.value_series import KEY
from okr_model.quantities.units import SECONDS

STEPPED_BACK = 0.02
STEPS_OF_A_COUNTER = 7


def path_kinds(rows: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """``path`` and ``path_reason`` of each Key Result, with the index of ``rows``.

    Args:
        rows: ``key_result_id, cycle_id, kind, unit, due_on`` and, where any record declares one,
            ``declared_path``.
        series: From :func:`okr_model.progress.value_series.cycle_series`.
    """
    steps = _steps(rows, series)
    falling = rows["kind"].isin(FALLING)
    forward = steps["up"].where(~falling, steps["down"])
    back = steps["down"].where(~falling, steps["up"])
    last_back = steps["last"].where(falling, -steps["last"]) > 0
    seen = forward + back > 0
    back_and_forth = seen & (back > STEPPED_BACK * forward)
    proven = seen & ~back_and_forth & (steps["steps"] >= STEPS_OF_A_COUNTER)
    proven &= ~(falling & rows["unit"].isin(SECONDS))  # a duration that shrinks is no total
    rate = (rows["unit"] == "%") | rows["unit"].isin(SECONDS)
    declared = rows.get("declared_path", pd.Series(None, index=rows.index, dtype="object"))
    rules = (
        (declared.isin(PATHS), None, "its record declares it"),
        (rows["kind"] == MILESTONES, COUNTER, "milestones are counted"),
        (rows["kind"] == BAND, LEVEL, "a band is about a level"),
        (back_and_forth, LEVEL, "its readings stepped back"),
        (proven, COUNTER, _went_on(back, last_back, "its readings never stepped back")),
        (rate, LEVEL, "its unit is that of a rate or a duration"),
        (falling, LEVEL, "less of it is better"),
    )
    path: pd.Series = pd.Series(COUNTER, index=rows.index, dtype="object")
    reason = _went_on(back, last_back, "its readings have not stepped back")
    only_last = "it is to grow, and only its last reading stepped back"
    reason = reason.mask(~seen, "it is to grow, with no step back so far")
    reason = reason.mask(~seen & last_back, only_last)
    for applies, found, why in reversed(rules):
        path = path.mask(applies, declared if found is None else found)
        reason = reason.mask(applies, why)
    return pd.DataFrame({"path": path.astype("str"), "path_reason": reason.astype("str")})


def _went_on(back: pd.Series, last_back: pd.Series, never: str) -> pd.Series:
    """Why readings are taken for a counter's: ``never``, unless a step back was seen."""
    reason = pd.Series(never, index=back.index, dtype="object")
    reason = reason.mask(last_back, "only its last reading stepped back")
    return reason.mask(back > 0, "its steps back are at most 2 % of those forward")


def _steps(rows: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Sums of steps ``up`` and ``down``, how many ``steps``, and the ``last``, which is in none."""
    points = series.loc[series["value"].notna(), [*KEY, "date", "value"]]
    points = points.merge(rows[[*KEY, "due_on"]], on=KEY)
    points = points[points["date"] <= points["due_on"]].sort_values([*KEY, "date"], kind="stable")
    points = points.assign(step=points.groupby(KEY)["value"].diff())
    ends = ~points.duplicated(KEY, keep="last")
    last = points[ends].set_index(KEY)["step"].rename("last")
    step = points["step"] = points["step"].mask(ends)
    found = points.assign(up=step.clip(lower=0), down=-step.clip(upper=0), steps=step.notna())
    sums = found.groupby(KEY)[["up", "down", "steps"]].sum()
    return (
        sums.join(last)
        .reindex(pd.MultiIndex.from_frame(rows[KEY]))
        .fillna(0.0)
        .set_axis(rows.index)
        .astype(np.float64)
    )
