"""Measures in words, as published beside their values.

What belongs here: phrases. What does not: computing the values (``issue_measures``,
``row_measures``).
"""

from __future__ import annotations

from datetime import date

from okr_model.measures.parser import (
    CREATED,
    MOVED_BACK,
    PERCENTILE,
    REOPENED,
    RESOLUTION_TIME,
    STANDING,
    TIME_BETWEEN,
    MeasureText,
    Where,
)


def in_words(what: MeasureText, first: date, day: date, n: int) -> str:
    """A measure over ``n`` issues in the window from ``first`` to ``day``, in words."""
    when = {
        STANDING: f"as they were on {day}",
        CREATED: f"created {first} to {day}",
        REOPENED: f"re-opened {first} to {day}",
        MOVED_BACK: f"moved back {first} to {day}",
        TIME_BETWEEN: f"arrived there {first} to {day}",
    }.get(what.of, f"resolved {first} to {day}")
    return f"{_figure(what, n)} {selection(what, n)}, {when}"


def _figure(what: MeasureText, n: int) -> str:
    of_number = f" of {what.number}" if what.number else ""
    if what.aggregate == "count":
        return f"number with {what.number} of" if what.number else "number of"
    if what.aggregate == "share":
        return f"share with {conditions(what.part)}{of_number} of {n}"
    if what.aggregate == "ratio":
        part, whole = conditions(what.part), conditions(what.whole)
        return f"ratio{of_number} of those with {part} to {n} with {whole}, of"
    percentile = PERCENTILE.fullmatch(what.aggregate)
    named = f"{percentile[1]}th percentile" if percentile else what.aggregate
    if what.number:
        return f"{named}{of_number} of {n}"
    time = f"time from {what.states[0]} to {what.states[1]}" if what.states else RESOLUTION_TIME
    return f"{named} {'working ' if what.business else ''}{time} of {n}"


def in_words_of_rows(what: MeasureText, n: int, last: object) -> str:
    """A measure over ``n`` rows in words; ``last`` is the cell that holds the last one's value."""
    rows = f"{n} row{'' if n == 1 else 's'} of {what.source}"
    of = f" of {what.of}" if what.of else ""
    if what.aggregate == "share":
        return f"share with {conditions(what.part)}{of} of {rows}"
    if what.aggregate == "ratio":
        part, whole = conditions(what.part), conditions(what.whole)
        return f"ratio of those with {part} to {n} with {whole}{of}, of rows of {what.source}"
    where = f", up to {last}" if isinstance(last, str) and what.by else ""
    return f"{what.aggregate}{of} of {rows}{where}"


def selection(what: MeasureText, n: int) -> str:
    """The selected issues in words, in singular or plural by ``n``."""
    noun = "Jira issue" if n == 1 and what.aggregate != "count" else "Jira issues"
    return f"{noun} where {conditions(what.where)}" if what.where else noun


def conditions(where: Where) -> str:
    """The tests of a measure in words."""
    return " and ".join(
        f"{column} = {values[0]}" if len(values) == 1 else f"{column} in ({', '.join(values)})"
        for column, values in where.items()
    )
