"""Rows that changed, as people read them.

What belongs here: which tables are told, and what work, findings and instants are called. What does
not: which rows changed (``published.changes.rows``), and programs, which get all as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from okr_model.tables import BY_NAME
from published.changes.rows import Example, TableChange
from published.formatting import ENGLISH
from published.titles import cut

_FOR_MACHINES = ("suggestion_trials", "initiative_weeks", "new_work")
"""Tables that judge suggestions, are drawn as charts, or are told above the rows."""
_NO_WORDS = ("decision_id",)
_BETWEEN = " · "
_LONGEST = 60


def for_people(
    changes: Iterable[TableChange], works: Mapping[str, str], zone: dt.tzinfo
) -> Iterator[TableChange]:
    """The changes that people are told, each with names that they know.

    Args:
        changes: Of every table.
        works: What an initiative is called, by its id.
        zone: In which instants are told.
    """
    for change in changes:
        if change.table not in _FOR_MACHINES and not (told := _told(change, works, zone)).is_none:
            yield told


def _told(change: TableChange, works: Mapping[str, str], zone: dt.tzinfo) -> TableChange:
    def named(row: str) -> str:
        parts = change.labels.get(row, row).split(_BETWEEN)
        return _BETWEEN.join(cut(works.get(part, part), _LONGEST) for part in parts)

    instants = {c.name for c in BY_NAME[change.table].columns if c.type == "timestamp"}

    def value(one: Any, column: str) -> Any:
        if column in instants and one is not None:
            return ENGLISH.instant(dt.datetime.fromisoformat(one), zone)
        return works.get(one, one) if isinstance(one, str) else one

    return replace(
        change,
        added=tuple(map(named, change.added)),
        gone=tuple(map(named, change.gone)),
        changed={name: n for name, n in change.changed.items() if name not in _NO_WORDS},
        examples=tuple(
            Example(
                named(one.row),
                one.column,
                value(one.before, one.column),
                value(one.after, one.column),
            )
            for one in change.examples
            if one.column not in _NO_WORDS
        ),
    )
