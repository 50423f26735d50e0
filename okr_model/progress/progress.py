"""How far each Key Result has come, and how far it should have come.

What belongs here: progress, expected progress and pace, for every kind. What does not: where it
will end (``forecast``).

- Increase, decrease, at least, at most: ``(current − baseline) / (target − baseline)``. Without a
  declared baseline, the first measurement of the cycle is used; if the Key Result has its own start
  day, the first one from that day on. If the baseline already meets the target (for at least and at
  most also if it equals it), there is no distance to measure: 1 while the target is met, else 0.
- Band: 1 inside its edges; outside, 1 minus the distance to the nearer edge in band widths.
- Yes/no: 1 for yes, 0 for no.
- Milestones: the value itself, if it is stated as a share (in %, or as a bare number from 0 to 1);
  otherwise not supported.

``progress_raw`` may be below 0 (a regression) or above 1 (an overshoot); ``progress`` is the same
clamped to 0 and 1.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.progress.expected_path import expected_on
from okr_model.progress.kinds import BAND, DIRECTED, MILESTONES, are_past, meets_target
from okr_model.quantities.days import midnight
from okr_model.quantities.units import YES_NO

PACE_TOLERANCE = 0.10
_ROUNDING = 1e-9  # so that 0.6 against 0.5 is within a tolerance of 0.1


def compute_progress(
    rows: pd.DataFrame, as_of: date, tolerance: float = PACE_TOLERANCE
) -> pd.DataFrame:
    """Progress, expected progress and pace of each Key Result.

    ``expected_progress`` is that of :func:`okr_model.progress.expected_path.expected_on`; a first
    measurement that is used as the baseline is also where phases begin. ``pace`` compares
    ``progress_raw`` with it: ahead or behind by more than ``tolerance``, else on. Where progress
    does not grow step by step (band, yes/no, a baseline that already meets the target), pace is
    ``on`` while the target is met and ``behind`` while not; a yes/no that may still come true has
    none before its due day.

    Args:
        rows: ``kind, unit, baseline, target, target_high, cycle_start, due_on, current_value,
            first_value``, one row per Key Result, values in its unit, days as midnights.
        as_of: The day the rows are about. Rows whose values settle late (``settle_days``) are
            expected to be where the path was so many days before.
        tolerance: The largest deviation from the expected path that is still on pace, as a share.

    Returns:
        With the index of ``rows``: ``baseline, baseline_source, progress_raw, progress,
        progress_state, expected_progress, pace``.
    """
    declared = rows["baseline"].notna()
    way = rows["kind"].isin(DIRECTED) | rows["kind"].isna()
    from_first = ~declared & rows["first_value"].notna() & way
    baseline = rows["baseline"].where(~from_first, rows["first_value"])
    raw, state, stepwise = _raw(rows, baseline, from_first)
    path = expected_on(rows.assign(baseline=baseline), judged_days(rows, as_of))
    expected = pd.Series(path, index=rows.index)
    source = np.select([declared, from_first], ["declared", "first measurement of the cycle"], "")
    return pd.DataFrame(
        {
            "baseline": baseline,
            "baseline_source": pd.Series(source, index=rows.index).replace("", None).astype("str"),
            "progress_raw": raw,
            "progress": raw.clip(0.0, 1.0),
            "progress_state": state,
            "expected_progress": expected,
            "pace": _pace(rows, raw, expected, stepwise, tolerance, as_of),
        },
        index=rows.index,
    )


def progress_of(rows: pd.DataFrame) -> pd.Series:
    """Progress, clamped to 0 and 1, of rows whose baseline is the one that is used.

    Args:
        rows: ``kind, unit, baseline, target, target_high, current_value``.
    """
    raw, _, _ = _raw(rows, rows["baseline"], pd.Series(False, index=rows.index))
    return raw.clip(0.0, 1.0)


def raw_along_the_way(rows: pd.DataFrame) -> pd.Series:
    """Unclamped progress of rows whose baseline is the one that is used, where there is a way.

    Args:
        rows: As for :func:`progress_of`.

    Returns:
        With the index of ``rows``; null where progress does not grow step by step: a band, a
        yes/no, a baseline that already meets the target.
    """
    raw, _, stepwise = _raw(rows, rows["baseline"], pd.Series(False, index=rows.index))
    return raw.where(~stepwise)


def judged_days(rows: pd.DataFrame, as_of: date) -> pd.Series | pd.Timestamp:
    """The day of which each row can be judged: ``as_of``, or earlier if its values settle late."""
    if "settle_days" not in rows or rows["settle_days"].isna().all():
        return midnight(as_of)
    late = pd.to_timedelta(rows["settle_days"].fillna(0).astype("int64"), unit="D")
    return (midnight(as_of) - late).astype("datetime64[us]")


def _raw(
    rows: pd.DataFrame, baseline: pd.Series, from_first: pd.Series
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Unclamped progress, its state, and whether it does not grow step by step."""
    kind, value, target, high = (
        rows[name] for name in ("kind", "current_value", "target", "target_high")
    )
    met = meets_target(rows, value).fillna(False).astype("bool")
    way = target - baseline
    past = are_past(kind, way)
    share = value.where(rows["unit"] != "%", value / 100)
    is_share = (rows["unit"] == "%") | (rows["unit"].isna() & value.between(0, 1))
    milestones, yes_no, band = kind == MILESTONES, kind == YES_NO, kind == BAND
    conditions = [
        (target.isna() & ~milestones & ~yes_no) | (band & high.isna()),
        value.isna(),
        (milestones & ~is_share) | (yes_no & ~value.isin([0.0, 1.0])),
        band & (high <= target),
        milestones | yes_no | band | past,
        baseline.isna(),
        way == 0,
    ]
    names = ["no target", "no value", "not supported", "zero-width band", "computed"]
    names += ["no baseline", "baseline equals target"]
    computed = np.where(from_first, "from first measurement", "computed")
    chosen = np.select(conditions, names, computed)
    chosen = np.where((chosen == "computed") & from_first, computed, chosen)
    figures = [share, value, _band(value, target, high), met.astype("float64")]
    raw = np.select([milestones, yes_no, band, past], figures, _divide(value - baseline, way))
    state = pd.Series(chosen, index=rows.index, dtype="str")
    has_progress = state.isin(["computed", "from first measurement"])
    return pd.Series(raw, index=rows.index).where(has_progress), state, yes_no | band | past


def _band(value: pd.Series, low: pd.Series, high: pd.Series) -> npt.NDArray[np.float64]:
    outside = np.maximum(np.maximum(low - value, value - high), 0.0)
    return 1.0 - _divide(outside, high - low)


def _divide(over: pd.Series, under: pd.Series) -> npt.NDArray[np.float64]:
    """The quotient, never −0; null where the divisor is 0."""
    divisor = under.where(under != 0).to_numpy("float64")
    return np.asarray(over.to_numpy("float64") / divisor, "float64") + 0.0


def _pace(
    rows: pd.DataFrame,
    raw: pd.Series,
    expected: pd.Series,
    stepwise: pd.Series,
    tolerance: float,
    as_of: date,
) -> pd.Series:
    lead = raw - expected
    slack = tolerance + _ROUNDING
    waiting = (rows["kind"] == YES_NO) & (rows["due_on"] > midnight(as_of)) & (raw < 1)
    conditions = [
        raw.isna() | expected.isna() | waiting,
        stepwise & (raw >= 1),
        stepwise | (lead < -slack),
        lead > slack,
    ]
    pace = np.select(conditions, ["", "on", "behind", "ahead"], "on")
    return pd.Series(pace, index=rows.index).replace("", None).astype("str")
