"""Values that are read, used, and asked about: they jump out of their Key Result's own series.

What belongs here: which values are a slip of the keyboard more likely than a fact. What does not:
values that cannot be read at all, and which of several values counts (``progress``).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log10

import numpy as np
import pandas as pd

from okr_model.entities.fields import or_none
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.quantities.units import YES_NO, in_words
from okr_model.wording import measured

JUMP = 1.5
"""Orders of magnitude: from here on, a value is nearer to a hundred times another than to ten."""
_DAY_JUMP = 0.5
"""The same for a whole number that a spreadsheet also shows for a day about that time."""
_DAY_ZERO, _ABOUT = pd.Timestamp("1899-12-30"), pd.Timedelta(days=366)

_SERIES = ["key_result_id", "cycle_id"]
_COLUMNS = [*_SERIES, "date", "value", "unit", "field", "url"]


def implausible_values(
    key_results: pd.DataFrame, measurements: pd.DataFrame, check_ins: pd.DataFrame
) -> pd.DataFrame:
    """One finding for each value two orders of magnitude away from the one before it.

    A day typed into a cell that is formatted as a number becomes the number of days since 1899,
    such as 46327; a value that is one of about its own day is asked about from half an order on.
    The first value of a series is compared with the baseline. Where that is 0 or missing, it is
    compared with the target if an ordinary start does not explain it: beyond the target from a
    baseline of 0, or where a share or a day may have been typed. Where the next value confirms a
    jump, that is the new level and nothing more is asked; zero is never a jump.

    Args:
        key_results: From :func:`okr_model.entities.read_key_results`.
        measurements: From :func:`okr_model.entities.read_measurements`.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
    """
    stated = pd.concat([measurements[_COLUMNS], check_ins[_COLUMNS]], ignore_index=True)
    stated = stated[stated["value"].notna() & (stated["value"] != 0) & (stated["unit"] != YES_NO)]
    stated = stated.sort_values([*_SERIES, "date"], kind="stable", ignore_index=True)
    ends = key_results.drop_duplicates(_SERIES).set_index(_SERIES)
    for name in ("baseline", "target"):
        stated[name] = ends[name].reindex(pd.MultiIndex.from_frame(stated[_SERIES])).to_numpy()
    stated["typed_day"] = _typed_days(stated)
    stated["first"] = _first(stated)
    orders = np.log10(stated["value"].abs())
    first = np.log10(stated["first"].abs().where(stated["first"] != 0))
    keys = [stated[name] for name in _SERIES]
    low, high = (orders.groupby(keys).transform(name) for name in ("min", "max"))
    spread = np.fmax(high, first) - np.fmin(low, first)
    days = stated["typed_day"].notna().groupby(keys).transform("any")
    wide = (spread >= JUMP) | (days & (spread >= _DAY_JUMP))
    return findings_frame(
        finding
        for _, series in stated[wide].groupby(_SERIES, sort=True)
        for finding in _jumps(series)
    )


def _jumps(series: pd.DataFrame) -> Iterator[Finding]:
    before, is_end = float(series["first"].iloc[0]), True
    doubted: float | None = None
    for row in series.to_dict("records"):
        value = float(row["value"])
        least = JUMP if pd.isna(row["typed_day"]) else _DAY_JUMP
        if not before or np.isnan(before) or abs(_orders(value, before)) < least:
            before, is_end, doubted = value, False, None
        elif doubted is not None and abs(_orders(value, doubted)) < JUMP:
            before, is_end, doubted = value, False, None  # confirmed
        else:
            doubted = value
            yield _finding(row, value, before, is_end)


def _first(stated: pd.DataFrame) -> pd.Series:
    """What each value is compared with if it is the first: baseline, target or nothing."""
    value, baseline, target = (stated[name] for name in ("value", "baseline", "target"))
    beyond = (baseline == 0) & (value.abs() > target.abs())
    share = baseline.isna() & (stated["unit"] == "%") & (value.abs() <= 1)
    instead = target.where(beyond | share | stated["typed_day"].notna())
    return baseline.where(baseline.fillna(0) != 0, instead)


def _typed_days(stated: pd.DataFrame) -> pd.Series:
    """The day that a value may be the number of; null where it is none of about its own date."""
    value = stated["value"]
    whole = value.where((value % 1 == 0) & value.between(1, 100_000))
    day = _DAY_ZERO + pd.to_timedelta(whole, unit="D")
    return day.where((day - stated["date"]).abs() <= _ABOUT)


def _orders(value: float, other: float) -> float:
    return log10(abs(value) / abs(other))


def _finding(row: dict[str, object], value: float, before: float, is_end: bool) -> Finding:
    unit = or_none(row["unit"])
    end = "baseline" if before == row["baseline"] else "target"
    told = f"while its {end} is {in_words(before, unit)}"
    told = told if is_end else f"and at {measured(before, unit)} before"
    meant = in_words(
        value * 100
        if unit == "%" and abs(value) <= 1
        else value / 10 ** round(_orders(value, before)),
        unit,
    )
    if not pd.isna(row["typed_day"]):
        meant = f"the day {pd.Timestamp(row['typed_day']):%Y-%m-%d}"
    day = pd.Timestamp(row["date"])
    where = or_none(row["field"])
    place = f" in {where}" if where else ""
    return Finding(
        rule=Rule.IMPLAUSIBLE_VALUE,
        severity="warning",
        subject_type="key result",
        subject_id=str(row["key_result_id"]),
        sentence=f"{row['key_result_id']} stands at {measured(value, unit)} on {day:%Y-%m-%d}"
        f"{place}, {told}. The value is used; was"
        f" {meant} meant? Correct it there if it was.",
        evidence=measured(value, unit),
        url=or_none(row["url"]),
        day=day.date(),
    )
