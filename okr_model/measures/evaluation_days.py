"""Aggregates over issues as measurements of Key Results: on which days, and in which unit.

What belongs here: choosing the days to evaluate, and converting values into the unit of each Key
Result. What does not: the aggregates themselves (``issue_measures``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from okr_model.entities.measurements import of_key_result
from okr_model.quantities.cell_quantities import convert_quantities
from okr_model.quantities.cycles import Cycle, assign_cycles
from okr_model.quantities.days import midnight
from okr_model.quantities.units import in_words

_WEEK = timedelta(days=7)


def measuring_days(cycles: Iterable[Cycle], as_of: date) -> list[date]:
    """The days to evaluate up to ``as_of``: each cycle week's last day, cycle ends, ``as_of``.

    An aggregate over several weeks changes little from day to day; one value per week is what
    people would have recorded, and what a forecast may treat as separate evidence.
    """
    days = {as_of}
    for cycle in cycles:
        day = cycle.start + _WEEK - timedelta(days=1)
        while day < cycle.end:
            days.add(day)
            day += _WEEK
        days.add(cycle.end)
    return sorted(day for day in days if day <= as_of)


def cycles_of(key_results: pd.DataFrame, key_result_id: str) -> tuple[tuple[date, date], ...]:
    """The first and last days of the cycles that a Key Result is in."""
    names = ["key_result_id", "cycle_start", "cycle_end"]
    mine = key_results.reindex(columns=names)[key_results["key_result_id"] == key_result_id]
    days = mine[names[1:]].apply(pd.to_datetime).dropna()
    pairs = zip(days["cycle_start"].dt.date, days["cycle_end"].dt.date, strict=True)
    return tuple(sorted(set(pairs)))


def start_of_cycle(cycles: Iterable[tuple[date, date]], day: date) -> date | None:
    """The first day of the cycle that ``day`` is in, of several the one that began last."""
    return max((start for start, end in cycles if start <= day <= end), default=None)


def as_evaluated(measurements: pd.DataFrame, cycles: Iterable[Cycle], as_of: date) -> pd.DataFrame:
    """``measurements`` without the windows that a run of ``as_of`` would not evaluate.

    These are recognized by their null ``seen_at``; values that were read, and results of SQL
    queries, are kept whatever their day.
    """
    days = [midnight(day) for day in measuring_days(cycles, as_of)]
    read = measurements["seen_at"].notna() | (measurements["source"] == "sql")
    if "settles_on" in measurements:
        read |= measurements["settles_on"] == midnight(as_of)
    return measurements[read | measurements["date"].isin(days)]


def in_key_result_units(measured: pd.DataFrame, key_results: pd.DataFrame) -> pd.DataFrame:
    """Aggregates converted into the unit of their Key Result.

    Args:
        measured: From :func:`okr_model.measures.issue_measures.evaluate`.
        key_results: Definitions, with ``unit``, ``cycle_id`` and ``cycle_start``.

    Returns:
        ``measured`` with ``value`` and ``unit`` converted, ``text`` (the value as aggregated),
        ``conversion`` and ``problem`` (why it could not be converted). Rows of unknown Key Results
        are left out.
    """
    known = measured[measured["key_result_id"].isin(key_results["key_result_id"])]
    known = known.reset_index(drop=True)
    unit = of_key_result(
        known.assign(cycle_id=assign_cycles(known, key_results)), key_results, "unit"
    )
    text = [
        in_words(value, unit_) for value, unit_ in zip(known["value"], known["unit"], strict=True)
    ]
    stated = known["unit"].astype("object").where(known["unit"].notna(), None)
    read = known[["value"]].assign(unit=stated, problem=None, kind="number", text=text)
    converted = convert_quantities(read, unit)
    return known.assign(
        value=converted["value"],
        unit=unit,
        text=pd.Series(text, index=known.index, dtype="str"),
        conversion=converted["conversion"].astype("str"),
        problem=converted["problem"].astype("str"),
    )
