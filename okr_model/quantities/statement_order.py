"""Which of several statements about one day is the later one.

What belongs here: the order of check-ins, measurements and rows of a table within a day. What does
not: which of them counts; each reader decides that.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from okr_model.quantities.cells import ordered_by_place

_TIMES = ["stated_at", "created_at", "edited_at"]
_PLACE = ["source", "place", "dataset"]
TOLD_BY = [*_TIMES, *_PLACE]
"""The columns that tell whether a statement is later than another; the rows of a place apart.

``stated_at`` is the instant that the statement itself names, null if it names only a day.
"""


def in_statement_order(statements: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """``statements`` sorted by ``key``, the later one of equal keys last; the index is kept.

    Statements with the same key are ordered by the time of day that they name, then by when their
    records were created, then by when they were edited. Each of these counts only if all statements
    with that key have it: a time cannot be compared with none. Then places are taken by name and
    the rows of a place from the top.

    Args:
        statements: ``key``, :data:`TOLD_BY`, ``row`` and ``record_id``.
        key: Such as Key Result and day.
    """
    ordered = ordered_by_place(statements)
    times = {f"_{name}": ordered[name] for name in _TIMES}
    several = ordered.duplicated(list(key), keep=False)
    if several.any():
        groups = [ordered[name] for name in key]
        for name, values in times.items():
            complete = values.notna().groupby(groups, dropna=False).transform("all")
            times[name] = values.where(complete)
    by = [*key, *times]
    return ordered.assign(**times).sort_values(by, kind="stable").drop(columns=list(times))


def same_moment(statements: pd.DataFrame, latest: pd.DataFrame) -> pd.Series:
    """Whether nothing says that ``latest`` is later than the statement in the same position.

    That is so if no time tells them apart, and they are not rows of one place.

    Args:
        statements: :data:`TOLD_BY`.
        latest: The same for the statement that was found to be the latest of each one's key.
    """
    elsewhere = pd.Series(False, index=statements.index)
    for name in _PLACE:
        elsewhere |= _differ(statements[name], latest[name])
    told = pd.Series(False, index=statements.index)
    for name in _TIMES:
        known = statements[name].notna() & latest[name].notna()
        told |= known & (statements[name] != latest[name])
    return elsewhere & ~told


def _differ(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one != other) & ~(one.isna() & other.isna())
