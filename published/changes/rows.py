"""Which rows of a table differ between two states of it, matched by the table's key.

What belongs here: rows added and gone, and values that changed. What does not: where either state
comes from, and why a figure moved (``movements``).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from okr_model.tables import Table
from okr_model.tables.columns import RUN

_EXAMPLES = 5
_CALLED = {
    "findings": ("rule", "subject_id"),
    "decisions": (
        *("action", "initiative", "key_result_id", "objective_id", "finding_rule"),
        *("finding_subject", "item", "wave"),
    ),
}
"""Tables of which the key is for machines, and the columns by which people know a row."""
_RUN_COLUMNS = {column.name for column in RUN}


@dataclass(frozen=True, slots=True)
class Example:
    """One value that would change."""

    row: str
    column: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class TableChange:
    """What would change in a table: rows added and gone by their key, and values by column.

    ``labels`` says what people call rows whose key tells them nothing.
    """

    table: str
    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: dict[str, int]
    examples: tuple[Example, ...]
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        """Whether nothing would."""
        return not (self.added or self.gone or self.changed)


def compare(table: Table, before: pd.DataFrame, after: pd.DataFrame) -> TableChange:
    """The rows of a table that differ, matched by the table's key."""
    key = [name for name in table.key if name not in _RUN_COLUMNS]
    columns = [name for name in table.column_names if name not in _RUN_COLUMNS and name in before]
    old, new = (_by_key(frame, key, columns) for frame in (before, after))
    examples: list[Example] = []
    changed: Counter[str] = Counter()
    for row in (row for row in new if row in old):
        for name in columns:
            was, is_now = old[row][name], new[row][name]
            if not _same(was, is_now):
                changed[name] += 1
                examples.append(Example(row, name, was, is_now))
    added = tuple(row for row in new if row not in old)
    gone = tuple(row for row in old if row not in new)
    few = tuple(_varied(examples))
    rows = old | new
    named = (*added, *gone, *(one.row for one in few)) if table.name in _CALLED else ()
    labels = {row: _label(rows[row], _CALLED[table.name]) for row in named}
    return TableChange(table.name, added, gone, dict(changed.most_common()), few, labels)


def _label(row: dict[str, Any], columns: tuple[str, ...]) -> str:
    return " · ".join(str(row[name]) for name in columns if row.get(name) is not None)


def _by_key(frame: pd.DataFrame, key: list[str], columns: list[str]) -> dict[str, dict[str, Any]]:
    """Rows by their key; rows that share one are told apart by their number."""
    found: dict[str, dict[str, Any]] = {}
    seen: Counter[str] = Counter()
    for row in frame.reindex(columns=columns).to_dict("records"):
        name = " · ".join(str(row[one]) for one in key) or str(len(found) + 1)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = {
            str(column): _plain(value) for column, value in row.items()
        }
    return found


def _plain(value: Any) -> Any:
    """A value as JSON and comparisons take it: None for what is missing."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dt.datetime):
        return None if pd.isna(value) else pd.Timestamp(value).tz_convert("UTC").isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if value is None or value is pd.NaT or value != value else value


def _same(one: Any, other: Any) -> bool:
    """Equal, but for the last digits of a float."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return bool(one == other)


def _varied(examples: list[Example]) -> list[Example]:
    """A few examples, of as many columns as there are."""
    first: dict[str, Example] = {}
    for one in examples:
        first.setdefault(one.column, one)
    rest = [one for one in examples if first[one.column] is not one]
    return [*first.values(), *rest][:_EXAMPLES]
