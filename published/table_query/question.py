"""A question to one table, as the parameters of an address ask it.

What belongs here: reading parameters against the declaration of the table. What does not: SQL.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from okr_model.tables import Column, ColumnType, Table
from published.errors import UserError

OF_THE_PLACE = frozenset({"cycle", "known", "as_of"})
"""Parameters of every view, which a table without such a column passes over."""

_SORTED = {"runs": "-published_at", "changes": "-changed_on", "findings": "severity"}
_SHOWN = 12
_OF_A_KEY_RESULT = (
    "key_result_id",
    "cycle_id",
    "as_of",
    "statement",
    "team",
    "current_value",
    "unit",
    "target",
    "progress",
    "pace",
    "attainment_probability",
    "stated_confidence",
    "computed_confidence",
)
_USUAL = {
    "key_results": _OF_A_KEY_RESULT,
    "key_results_daily": _OF_A_KEY_RESULT,
    "key_results_restated": (*_OF_A_KEY_RESULT, "restated_by"),
    "findings": (
        *("severity", "rule", "subject_type", "subject_id", "sentence", "evidence", "url"),
        "acknowledgement",
    ),
}
_LONGEST = 1000
_MOST_WORDS = 10
_MOST_PAGES = 10**9
_ENDINGS: Mapping[str, Literal["least", "most", "null"]] = {
    "min": "least",
    "max": "most",
    "null": "null",
}


class UnaskableError(UserError):
    """A parameter names no column, or a value that the column cannot hold."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a column must be.

    Attributes:
        column: The column.
        how: ``is`` one of ``values``; ``least`` or ``most`` the one value; ``null`` or not.
        values: As the column types them.
        written: The parameters that ask for it.
    """

    column: Column
    how: Literal["is", "least", "most", "null"]
    values: tuple[Any, ...]
    written: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a table.

    Attributes:
        table: The table, with the columns that the published file has.
        words: Each must be in some text of the row that names no person, whatever its case and
            accents.
        filters: All must hold.
        sort: The column to sort by, a minus before it for the reverse; empty: the usual order.
        page: From 1.
        columns: Those wanted, in order; empty: the usual ones in a view, all in a download.
    """

    table: Table
    words: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    page: int = 1
    columns: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        """The column that sorts the rows, with its minus; empty if the key does."""
        return self.sort or _SORTED.get(self.table.name, "")

    @property
    def shown(self) -> list[str]:
        """The columns of a view."""
        if self.columns:
            return list(self.columns)
        names = self.table.column_names
        left_out = {"as_of"} - set(self.table.key)
        if self.table.name in _USUAL:
            return [name for name in _USUAL[self.table.name] if name in {*names} - left_out]
        usual = [name for name in names if name not in ("run_id", "as_of", "url", "record_id")]
        keys = [name for name in self.table.key if name in names]
        return list(dict.fromkeys([*keys, *usual]))[:_SHOWN]

    def parameters(self, **other: str | None) -> str:
        """This question as parameters, with some replaced; None leaves one out."""
        mine = [pair for one in self.filters for pair in one.written if pair[0] not in other]
        rest: dict[str, str | None] = {
            "q": " ".join(self.words) or None,
            "sort": self.sort or None,
            "columns": ",".join(self.columns) or None,
        }
        given = (rest | other).items()
        pairs = [*mine, *((name, value) for name, value in given if value is not None)]
        return urlencode(pairs)

    def without(self, column: str) -> Question:
        """The same without the filters on one column."""
        return replace(self, filters=tuple(f for f in self.filters if f.column.name != column))


def question(table: Table, parameters: Iterable[tuple[str, str]]) -> Question:
    """The question that the parameters of an address ask.

    ``column=value`` (again for several), ``column.min=``, ``column.max=``, ``column.null=yes``
    or ``no``, ``q=words``, ``sort=column`` or ``-column``, ``page=2``, ``columns=a,b``.

    Raises:
        UnaskableError: A parameter cannot be understood; the message says which and why.
    """
    asked: dict[str, list[str]] = {}
    for name, value in parameters:
        asked.setdefault(name, []).append(_short(name, value))
    words = tuple(" ".join(asked.pop("q", [])).split())
    if len(words) > _MOST_WORDS:
        raise UnaskableError(f"q: at most {_MOST_WORDS} words can be searched for at once.")
    sort = asked.pop("sort", [""])[-1]
    page = _page(asked.pop("page", ["1"])[-1])
    columns = tuple(
        _column(table, name.strip()).name
        for part in asked.pop("columns", [])
        for name in part.split(",")
        if name.strip()
    )
    if sort and _column(table, sort.removeprefix("-")).person:
        raise UnaskableError("sort: rows are not ordered by person.")
    filters = tuple(
        _filter(table, name, values)
        for name, values in asked.items()
        if name not in OF_THE_PLACE or name in table.column_names
    )
    return Question(table, words, filters, sort, page, tuple(dict.fromkeys(columns)))


def _short(name: str, value: str) -> str:
    if len(value) > _LONGEST:
        raise UnaskableError(f"{name[:40]}: at most {_LONGEST} characters can be asked for.")
    return value


def _page(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 0 < int(text) < _MOST_PAGES:
        raise UnaskableError("page: a whole number from 1.")
    return int(text)


def _column(table: Table, name: str) -> Column:
    found = next((column for column in table.columns if column.name == name), None)
    if found is None:
        known = ", ".join(table.column_names)
        raise UnaskableError(f"{table.name} has no column {name[:80]!r}. It has: {known}.")
    return found


def _filter(table: Table, name: str, values: list[str]) -> Filter:
    """A filter; by person only on whether anybody is named, as what is found is counted."""
    stem, _, ending = name.rpartition(".")
    written = tuple((name, value) for value in values)
    if stem and ending in _ENDINGS:
        column, how = _column(table, stem), _ENDINGS[ending]
        _ensure_no_person(column, how)
        if how == "null":
            return Filter(column, how, (_typed(column, "boolean", values[-1]),), written[-1:])
        return Filter(column, how, (_typed(column, column.type, values[-1]),), written[-1:])
    column = _column(table, name)
    _ensure_no_person(column, "is")
    typed = tuple(_typed(column, column.type, value) for value in values)
    return Filter(column, "is", typed, written)


def _ensure_no_person(column: Column, how: str) -> None:
    if column.person and how != "null":
        raise UnaskableError(
            f"{column.name}: rows are not chosen by person, as nothing is counted by person."
            f" {column.name}.null=yes has those that name nobody."
        )


def _typed(column: Column, kind: ColumnType, text: str) -> Any:
    try:
        return _READERS[kind](text.strip() if kind not in ("text", "text[]") else text)
    except (ValueError, KeyError, OverflowError):
        wanted = _WANTED[kind]
        raise UnaskableError(f"{column.name}: {text[:80]!r} is no {wanted}.") from None


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _instant(text: str) -> dt.datetime:
    value = dt.datetime.fromisoformat(text)
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


_READERS: Mapping[ColumnType, Callable[[str], Any]] = {
    "text": str,
    "text[]": str,
    "integer": _whole,
    "number": _number,
    "date": dt.date.fromisoformat,
    "timestamp": _instant,
    "boolean": {"yes": True, "true": True, "no": False, "false": False}.__getitem__,
}
_WANTED: Mapping[ColumnType, str] = {
    "text": "text",
    "text[]": "text",
    "integer": "whole number",
    "number": "number",
    "date": "day such as 2026-11-28",
    "timestamp": "instant such as 2026-11-28T02:00:00Z",
    "boolean": "yes or no",
}
