"""Rows by column, in which unknown is None: as dicts, or as slim rows that are kept for long.

What belongs here: that conversion. What does not: which rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

_SHARED = (str, dt.date)
"""Kinds of which equal values are the same: 0.0 and -0.0 are not, nor are two lists."""


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, each a dict by column; every kind of null becomes None, every array a list."""
    names = list(rows.columns)
    columns = [_plain(column) for _, column in rows.items()]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


class SlimRow(Mapping[str, Any]):
    """A row that is kept: a dict of a hundred columns takes five times the memory.

    Args:
        places: Where in ``values`` each column is; the same object for all rows of a table.
        values: The values.
    """

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: tuple[Any, ...]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, column: str) -> Any:
        """The value of a column."""
        return self._values[self._places[column]]

    def __iter__(self) -> Iterator[str]:
        """The names of the columns."""
        return iter(self._places)

    def __len__(self) -> int:
        """How many columns there are."""
        return len(self._places)


def slim_records(rows: pd.DataFrame) -> list[SlimRow]:
    """The same as :func:`records`, to be kept: what is equal in a column is there once."""
    places = {str(name): place for place, name in enumerate(rows.columns)}
    columns = [_shared(_plain(column)) for _, column in rows.items()]
    return [SlimRow(places, values) for values in zip(*columns, strict=True)]


def _plain(column: pd.Series) -> list[Any]:
    """The values as Python's own, unknown as None."""
    values = zip(column.astype("object").tolist(), column.notna().tolist(), strict=True)
    return [_own(value) if known else None for value, known in values]


def _own(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _shared(values: list[Any]) -> list[Any]:
    """The values, in which equal texts, days and instants are one object."""
    first: dict[Any, Any] = {}
    return [
        first.setdefault(value, value) if isinstance(value, _SHARED) else value for value in values
    ]
