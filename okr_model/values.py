"""Which value of a Key Result counts, on any day.

What belongs here: putting measurements of all origins into one series a Key Result, and taking the
latest value that is true by a day. What does not: what the value means for the target
(``progress``, ``forecast``).

A value is placed by the day it is true for, never by when it was typed or read, so late entries
restate later days and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from okr_model.cycle import assign_cycles
from okr_model.days import midnight, to_days

KEY = ["key_result_id", "cycle_id"]
CHECK_IN = "check-in"
"""The ``measure`` of a value that was only stated in a check-in."""

SERIES_COLUMNS = [
    *KEY,
    "date",
    "measure",
    "value",
    "unit",
    "text",
    "conversion",
    "field",
    "problem",
    "source",
    "record_id",
    "url",
    "seen_at",
    "precedence",
]
_NO_WORDS = ("date", "value", "seen_at", "precedence")
_READ, _STATED = 1000.0, 2000.0
"""Precedence of rows that no measure declares, and of check-ins; a declared measure has less."""


def all_measurements(
    key_results: pd.DataFrame,
    measurements: pd.DataFrame,
    check_ins: pd.DataFrame,
    check_in_precedence: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Measurements and the values stated in check-ins, in one frame.

    Args:
        key_results: ``key_result_id, cycle_id, cycle_start`` at least.
        measurements: Rows of sheets and pages (``measure`` is the source's name) and declared
            aggregates (any other ``measure``, such as ``jira median``). ``cycle_id`` is assigned
            anew; columns of :data:`SERIES_COLUMNS` that are absent are null.
        check_ins: From :func:`okr_model.entities.read_check_ins`.
        check_in_precedence: By Key Result, where check-ins are a declared measure.

    Returns:
        :data:`SERIES_COLUMNS`, rows of known Key Results only.
    """
    stated = check_ins.rename(columns={"value_text": "text"}).assign(measure=CHECK_IN)
    declared = stated["key_result_id"].map(dict(check_in_precedence or {}))
    stated = stated.assign(precedence=declared.astype("float64").fillna(_STATED))
    stated = stated[stated["value"].notna() | stated.get("problem", pd.Series(dtype=str)).notna()]
    parts = [
        part.reindex(columns=SERIES_COLUMNS) for part in (measurements, stated) if not part.empty
    ]
    if not parts:
        return measurements.reindex(columns=SERIES_COLUMNS).iloc[:0].pipe(_typed)
    rows = _typed(pd.concat([_typed(part) for part in parts], ignore_index=True))
    rows["cycle_id"] = assign_cycles(rows, key_results)
    return rows[rows["cycle_id"].notna()].reset_index(drop=True)


def cycle_series(
    key_results: pd.DataFrame, measurements: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """The value of each Key Result on each day of its cycle that has one, up to ``as_of``.

    Days before the cycle and after ``as_of`` or the end of the cycle, whichever is earlier, do not
    count. Where several readings exist for one day, the measure that is declared first goes before
    the others, declared ones before a row of a sheet or page, and those before a check-in; a Key
    Result with any other reading in the window takes none from check-ins that it does not declare
    as a measure. Within one precedence the first by source, measure and record is taken.
    Readings that could not be read count only where there is nothing readable at all.

    Args:
        key_results: ``key_result_id, cycle_id, cycle_start, cycle_end``.
        measurements: From :func:`all_measurements`.
        as_of: The last day that counts.

    Returns:
        :data:`SERIES_COLUMNS`, one row a Key Result and day, in that order; ``value`` is never
        null, except in the rows of a Key Result that has only unreadable ones.
    """
    edges = key_results[[*KEY, "cycle_start", "cycle_end"]]
    rows = measurements.merge(edges, on=KEY, how="inner")
    until = rows["cycle_end"].clip(upper=midnight(as_of))
    rows = rows[(rows["date"] >= rows["cycle_start"]) & (rows["date"] <= until)]
    rows = rows.drop(columns=["cycle_start", "cycle_end"])
    rows = rows.assign(_rank=_rank(rows))
    rows = rows[~(rows["value"].isna() & _any_readable(rows))]
    lowest = rows.groupby(KEY)["_rank"].transform("min")
    rows = rows[(rows["_rank"] < _STATED) | (lowest == _STATED)]
    order = [*KEY, "date", "_rank", "source", "measure", "record_id"]
    rows = rows.sort_values(order, kind="stable").drop_duplicates([*KEY, "date"])
    return rows.drop(columns="_rank").reset_index(drop=True)


def current_values(
    key_results: pd.DataFrame,
    measurements: pd.DataFrame,
    check_ins: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """The latest value of each Key Result that is true for a day up to ``as_of``.

    See :func:`all_measurements` and :func:`cycle_series` for what counts.

    Returns:
        One row for each row of ``key_results``, with its index: ``key_result_id, cycle_id,
        current_value, current_value_at, current_value_seen_at, value_source, value_url,
        value_state`` (``measured``, ``unreadable`` where readings exist and none is readable, or
        ``no value``), and ``first_value, first_value_at``: the first of the cycle.
    """
    rows = all_measurements(key_results, measurements, check_ins)
    return latest_values(key_results, cycle_series(key_results, rows, as_of))


def latest_values(key_results: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """As :func:`current_values`, from a series that is at hand already."""
    last = series.drop_duplicates(KEY, keep="last")
    first = series.drop_duplicates(KEY, keep="first")[[*KEY, "value", "date"]]
    found = key_results[KEY].merge(last, on=KEY, how="left").set_axis(key_results.index)
    began = key_results[KEY].merge(first, on=KEY, how="left").set_axis(key_results.index)
    measured = found["value"].notna()
    state = np.select([measured, found["measure"].notna()], ["measured", "unreadable"], "no value")
    origin = found["measure"] + (", " + found["field"]).fillna("")
    return key_results[KEY].assign(
        current_value=found["value"],
        current_value_at=found["date"].where(measured),
        current_value_seen_at=found["seen_at"].where(measured),
        value_source=origin,
        value_url=found["url"],
        value_state=pd.Series(state, index=key_results.index, dtype="str"),
        first_value=began["value"],
        first_value_at=began["date"].where(began["value"].notna()),
    )


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    words = [name for name in SERIES_COLUMNS if name not in _NO_WORDS]
    return rows.assign(
        **{name: rows[name].astype("str") for name in words},
        date=to_days(rows["date"]),
        value=rows["value"].astype("float64"),
        precedence=rows["precedence"].astype("float64"),
        seen_at=pd.to_datetime(rows["seen_at"], utc=True).astype("datetime64[us, UTC]"),
    )


def _rank(rows: pd.DataFrame) -> pd.Series:
    """The precedence; what no measure declares is told apart by where it was read."""
    ranks = np.select(
        [rows["measure"] == CHECK_IN, rows["measure"] == rows["source"]], [_STATED, _READ], 0
    )
    return rows["precedence"].fillna(pd.Series(ranks, index=rows.index))


def _any_readable(rows: pd.DataFrame) -> pd.Series:
    readable = rows.assign(_readable=rows["value"].notna())
    return readable.groupby(KEY)["_readable"].transform("any")
