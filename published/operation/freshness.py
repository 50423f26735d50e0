"""How fresh each place is that Key Results of a cycle are fed from.

What belongs here: places, what they feed, their newest day. What does not: when a value counts as
old (``okr_model.confidence``).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from okr_model.confidence.thresholds import SignalThresholds
from published.formatting import absent
from published.snapshot import Snapshot

_CELL = re.compile(r"\((?:'(?P<quoted>(?:[^']|'')+)'|(?P<tab>[^()'!]+))!\)$")
_MEASURED = (
    # Cells of one tab are one place; a record names a place only where no field does.
    "SELECT source, measure, regexp_replace(field, '![A-Z]+[0-9]+\\)$', '!)') AS field,"
    " CASE WHEN field IS NULL OR record_id LIKE 'Jira issues%' THEN record_id END AS record_id,"
    " key_result_id AS feeds, max(date) AS newest"
    " FROM measurements WHERE cycle_id = ? AND date <= ? GROUP BY ALL"
)
_STATED = (
    "SELECT source, key_result_id AS feeds, max(date) AS newest FROM check_ins"
    " WHERE cycle_id = ? AND date <= ? GROUP BY ALL"
)
_WATCHED = (
    "SELECT source, kpi_id AS feeds, max(date) AS newest FROM kpis WHERE date <= ? GROUP BY ALL"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a source.

    Attributes:
        source: Its source.
        name: Which place.
        kind: ``values``, ``check-ins`` or ``KPIs``.
        feeds: The Key Results or KPIs with a value from there.
        newest: The newest day for which it has one.
        age: How many days before the day looked at.
    """

    source: str
    name: str
    kind: str
    feeds: tuple[str, ...]
    newest: dt.date
    age: int

    @property
    def is_old(self) -> bool:
        """Whether these are KPIs as old as a stale value; of a Key Result, a finding says so."""
        return self.kind == "KPIs" and self.age > SignalThresholds().stale_after_days


def places(tables: Snapshot, cycle: str, day: dt.date) -> list[Place]:
    """The places of a cycle's values, check-ins and of KPIs, the oldest first."""
    return tables.once(("places", cycle, day), lambda: _places(tables, cycle, day))


def _places(tables: Snapshot, cycle: str, day: dt.date) -> list[Place]:
    measured = tables.frame(_MEASURED, [cycle, day])
    measured["place"] = [
        _place(field, record)
        for field, record in zip(measured["field"], measured["record_id"], strict=True)
    ]
    # A value that a check-in states is told as its check-in.
    measured = measured[measured["measure"] != "check-in"].assign(kind="values")
    stated = tables.frame(_STATED, [cycle, day]).assign(place="Check-ins", kind="check-ins")
    watched = tables.frame(_WATCHED, [day]).assign(place="KPIs", kind="KPIs")
    rows = pd.concat([measured, stated, watched], ignore_index=True)
    found = []
    for (source, name, kind), group in rows.groupby(["source", "place", "kind"], sort=True):
        newest = max(group["newest"])
        feeds = sorted(set(group["feeds"]), key=lambda key: (len(key), key))
        found.append(Place(source, name, kind, tuple(feeds), newest, (day - newest).days))
    return sorted(found, key=lambda place: (-place.age, place.source, place.name))


def _place(field: Any, record: Any) -> str:
    """A sheet's tab, a query's selection, else the name of the field."""
    if absent(field):
        return str(record)
    if found := _CELL.search(str(field)):
        return found["tab"] or found["quoted"].replace("''", "'")
    if str(record).startswith("Jira issues"):
        return (
            str(record).removeprefix("Jira issues").removeprefix(" where ").strip() or "all issues"
        )
    return str(field).partition(" (")[0]
