"""The value of each Key Result on any day.

What belongs here: combining readings of all origins into one series per Key Result, and taking the
latest value as of a day. A *reading* is a dated value, from a measurement or a check-in. What does
not: what the value means for the target (``progress``, ``forecast``).

A reading belongs to the day it is true for, whenever it was typed or read, so a late entry restates
the days from then on and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from okr_model.progress.expected_path import first_days
from okr_model.quantities.cells import EMPTIED
from okr_model.quantities.cycles import assign_cycles
from okr_model.quantities.days import midnight, to_days

KEY = ["key_result_id", "cycle_id"]
CHECK_IN = "check-in"
"""The ``measure`` of values stated in check-ins."""

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
    "settles_on",
]
_NO_WORDS = ("date", "value", "seen_at", "precedence", "settles_on")
_READ, _STATED = 1000.0, 2000.0
"""Ranks of source rows and of check-ins; declared measures have lower ranks, which go first."""


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
            aggregates (any other ``measure``, such as ``jira median``). ``cycle_id`` is
            reassigned; missing columns of :data:`SERIES_COLUMNS` are null.
        check_ins: From :func:`okr_model.entities.read_check_ins`, the later of a day last. Of each
            day the last readable value counts.
        check_in_precedence: By Key Result, where check-ins are a declared measure.

    Returns:
        :data:`SERIES_COLUMNS`, rows of known Key Results only.
    """
    stated = check_ins.rename(columns={"value_text": "text"}).assign(measure=CHECK_IN)
    declared = stated["key_result_id"].map(dict(check_in_precedence or {}))
    stated = stated.assign(precedence=declared.astype("float64").fillna(_STATED))
    stated = stated[stated["value"].notna() | stated.get("problem", pd.Series(dtype=str)).notna()]
    stated = _latest_of_each_day(stated)
    parts = [part for part in (measurements, stated) if not part.empty]
    if not parts:
        return measurements.reindex(columns=SERIES_COLUMNS).iloc[:0].pipe(_typed)
    typed = [_typed(part.reindex(columns=SERIES_COLUMNS)) for part in parts]
    rows = pd.concat(typed, ignore_index=True) if len(typed) > 1 else typed[0]
    rows = rows.assign(cycle_id=assign_cycles(rows, key_results))
    known = rows["cycle_id"].notna()
    return (rows if known.all() else rows[known]).reset_index(drop=True)


def _latest_of_each_day(stated: pd.DataFrame) -> pd.DataFrame:
    """The last readable value of each Key Result and day, else the last unreadable one."""
    ranked = pd.concat([stated[stated["value"].isna()], stated[stated["value"].notna()]])
    return ranked.drop_duplicates(["key_result_id", "date"], keep="last")


def cycle_series(
    key_results: pd.DataFrame, measurements: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """The value of each Key Result on each day of its cycle that has one, up to ``as_of``.

    Days before the cycle, and after ``as_of`` or the end of the cycle, whichever is earlier, are
    left out, and so are values that are not settled by ``as_of``. If there are several readings
    for one day, declared measures take precedence in the order of their declaration, then rows of
    sheets and pages, then check-ins. What people state is often remembered, so values of check-ins
    that are not declared as a measure are used only after the last other reading, settled or not:
    where readings still come, those alone are the series. Within one precedence the first by
    source, measure and record is used. Unreadable readings are kept only for Key Results that have
    no readable one; a day on which a field was emptied is kept unless there is a value for it, and
    the value is unknown from then on.

    Args:
        key_results: ``key_result_id, cycle_id, cycle_start, cycle_end``.
        measurements: From :func:`all_measurements`.
        as_of: The last day that counts.

    Returns:
        :data:`SERIES_COLUMNS`, one row per Key Result and day, in that order; ``value`` is null
        only in the rows of a Key Result that has only unreadable readings, and where it was
        emptied.
    """
    of = _positions(key_results, measurements)
    inside = _inside(key_results, measurements, of, as_of)
    measured = _last_measured(measurements, of, inside)
    inside &= ~(measurements["settles_on"] > midnight(as_of)).to_numpy("bool")
    rows, of = (measurements, of) if inside.all() else (measurements[inside], of[inside])
    if rows.empty:
        return rows.reset_index(drop=True)
    counts, rank = _counting(rows, of, measured)
    if not counts.all():
        rows, of, rank = rows[counts], of[counts], rank[counts]
    return rows.iloc[_first_of_each_day(rows, of, rank, key_results)].reset_index(drop=True)


def _inside(
    key_results: pd.DataFrame, rows: pd.DataFrame, of: npt.NDArray[np.int64], as_of: date
) -> npt.NDArray[np.bool_]:
    """Whether each row is of a Key Result and true for a day that counts."""
    start, end = (key_results[name].to_numpy() for name in ("cycle_start", "cycle_end"))
    if not len(start):
        return np.zeros(len(rows), "bool")
    date, last = rows["date"].to_numpy(), np.minimum(end, midnight(as_of).to_datetime64())
    inside: npt.NDArray[np.bool_] = of >= 0
    inside &= date >= start[of]
    inside &= date <= last[of]
    return inside


def _last_measured(
    rows: pd.DataFrame, of: npt.NDArray[np.int64], inside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """By Key Result the day of its last reading that is no mere check-in; the least where none."""
    known = rows["value"].notna() | (rows["problem"] == EMPTIED)
    other = inside & known.to_numpy("bool") & (ranks(rows) < _STATED)
    last = np.full(of.max(initial=-1) + 1, np.iinfo("int64").min)
    np.maximum.at(last, of[other], rows["date"].to_numpy().view("int64")[other])
    return last


def _counting(
    rows: pd.DataFrame, of: npt.NDArray[np.int64], measured: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Whether each row counts, and its rank among those of its day."""
    rank, readable = ranks(rows), rows["value"].notna().to_numpy()
    any_readable = np.bincount(of, readable)[of] > 0
    emptied = (rows["problem"] == EMPTIED).to_numpy("bool")
    counts = readable | ~any_readable | emptied
    counts &= (rank < _STATED) | (rows["date"].to_numpy().view("int64") > measured[of])
    return counts, np.where(emptied, np.inf, rank)


def provisional(key_results: pd.DataFrame, measurements: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The readings of each Key Result's cycle that are known, but not yet settled, by day."""
    of = _positions(key_results, measurements)
    rows, of = measurements[of >= 0], of[of >= 0]
    day, end = midnight(as_of), key_results["cycle_end"].to_numpy()[of]
    open_ = (rows["settles_on"] > day) & (rows["date"] <= day) & (rows["date"] <= end)
    return rows[open_ & rows["value"].notna()].sort_values([*KEY, "date"], kind="stable")


def settle_days(
    key_results: pd.DataFrame, measurements: pd.DataFrame, series: pd.DataFrame
) -> pd.Series:
    """After how many days the latest value of each Key Result settles; null: at once.

    Where nothing is settled yet, it is that of the readings that wait.

    Returns:
        Whole numbers, with the index of ``key_results``.
    """
    latest = series.drop_duplicates(KEY, keep="last")
    waiting = measurements[measurements["settles_on"].notna()].drop_duplicates(KEY, keep="last")
    rows = pd.concat([latest, waiting]).drop_duplicates(KEY)
    days = (rows["settles_on"] - rows["date"]).dt.days.astype("Int64")
    known = rows[KEY].assign(settle_days=days)
    found = (
        key_results[KEY]
        .astype("str")
        .merge(known.astype(dict.fromkeys(KEY, "str")), on=KEY, how="left")
    )
    return found["settle_days"].set_axis(key_results.index)


def _first_of_each_day(
    rows: pd.DataFrame,
    of: npt.NDArray[np.int64],
    rank: npt.NDArray[np.float64],
    key_results: pd.DataFrame,
) -> npt.NDArray[np.int64]:
    """Positions of the readings that take precedence on their days, by Key Result and day.

    Positions are sorted and chosen first, so that the columns are moved only once.
    """
    names = key_results[KEY].astype("str")
    order = names.reset_index(drop=True).sort_values(KEY, kind="stable").index
    place = np.empty(len(names), "int64")
    place[order] = np.arange(len(names))
    of, day = place[of], rows["date"].to_numpy().view("int64")
    at = np.lexsort((day, of))
    same = (np.diff(of[at]) == 0) & (np.diff(day[at]) == 0)
    several = np.append(same, False) | np.insert(same, 0, False)
    if several.any():
        tied_at = at[several]
        ties = ["_of", "date", "_rank", "source", "measure", "record_id"]
        tied = rows[["date", "source", "measure", "record_id"]].iloc[tied_at]
        tied = tied.assign(_of=of[tied_at], _rank=rank[tied_at], _at=tied_at)
        tied = tied.sort_values([*ties, "_at"]).drop_duplicates(["_of", "date"])
        chosen = np.ones(len(rows), "bool")
        chosen[tied_at] = False
        chosen[tied["_at"].to_numpy()] = True
        at = at[chosen[at]]
    return at


def _positions(key_results: pd.DataFrame, rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The position in ``key_results`` of each row's Key Result; -1 if there is none."""
    ids = key_results["key_result_id"].astype("str")
    if ids.is_unique and (known := pd.Index(ids)).size:
        of = known.get_indexer(rows["key_result_id"])
        cycles = key_results["cycle_id"].astype("str").to_numpy()[of]
        return np.where((of >= 0) & (cycles == rows["cycle_id"].to_numpy()), of, -1)
    both = pd.MultiIndex.from_frame(key_results[KEY].astype("str"))
    return np.asarray(both.get_indexer(pd.MultiIndex.from_frame(rows[KEY].astype("str"))), "int64")


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
        value_state`` (``measured``, ``unreadable`` if there are readings but none is readable, or
        ``no value``), and ``first_value, first_value_at``: the first one of the cycle, or from the
        Key Result's own start day on.
    """
    rows = all_measurements(key_results, measurements, check_ins)
    return latest_values(key_results, cycle_series(key_results, rows, as_of))


def latest_values(key_results: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """As :func:`current_values`, from an existing series."""
    last = series.drop_duplicates(KEY, keep="last")
    slim = series.loc[series["value"].notna(), [*KEY, "value", "date"]]
    first = _from_their_first_days(key_results, slim).drop_duplicates(KEY, keep="first")
    found = key_results[KEY].merge(last, on=KEY, how="left").set_axis(key_results.index)
    began = key_results[KEY].merge(first, on=KEY, how="left").set_axis(key_results.index)
    measured = found["value"].notna()
    unreadable = found["measure"].notna() & (found["problem"] != EMPTIED)
    state = np.select([measured, unreadable], ["measured", "unreadable"], "no value")
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


def _from_their_first_days(key_results: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The readings that may serve as a baseline."""
    if "starts_on" not in key_results or key_results["starts_on"].isna().all():
        return series
    own = key_results[key_results["starts_on"].notna()]
    of = _positions(own, series)
    early = series["date"].to_numpy() < first_days(own).to_numpy()[of]
    return series[~(early & (of >= 0))]


def ranks(rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The rank of each reading, where the lowest takes precedence.

    Args:
        rows: ``measure, source, precedence`` (null for readings that no measure declares).
    """
    stated, read = rows["measure"] == CHECK_IN, rows["measure"] == rows["source"]
    ranks = np.select([stated, read], [_STATED, _READ], 0.0)
    declared = rows["precedence"].to_numpy("float64")
    return np.where(np.isnan(declared), ranks, declared)


def rank_in_words(rank: float) -> str:
    """The meaning of a rank of :func:`ranks`."""
    if rank >= _STATED:
        return "a check-in"
    return "a source row" if rank >= _READ else f"declared measure {rank + 1:.0f}"


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    words = [name for name in SERIES_COLUMNS if name not in _NO_WORDS]
    return rows.assign(
        **{name: _words(rows[name]) for name in words if rows[name].dtype != "str"},
        date=to_days(rows["date"]),
        value=rows["value"].astype("float64"),
        precedence=rows["precedence"].astype("float64"),
        settles_on=to_days(rows["settles_on"]),
        seen_at=pd.to_datetime(rows["seen_at"], utc=True).astype("datetime64[us, UTC]"),
    )


def _words(values: pd.Series) -> pd.Series:
    """Text columns; an all-null one is created anew, which is much faster than converting it."""
    if values.isna().all():
        return pd.Series(np.nan, index=values.index, dtype="str")
    return values.astype("str")
