"""How long a Key Result was low before a person answered, and by what.

What belongs here: from when to when it was low, and its first answer. What does not: reading the
rows (``published.rituals``), and what was answered.

A Key Result is low while its team or the evidence says so. It is told by Key Result, and nobody who
answered is named or counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Literal

from okr_model.languages.folding import same_id

Answer = Literal["check-in", "decision", "definition changed", "new work"]
"""What answers: a check-in with words, a decision about a link or finding, other terms, work."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LowTime:
    """A time for which a Key Result was low.

    Attributes:
        key_result_id: Its id.
        since: The first day of it: that of the check-in, else the first published one.
        said_by: ``team``, ``evidence`` or both, on that day.
        until: The first published day on which it was no longer low; None: it still is.
        last_day: The last published day of which this is known.
        answered_on: The day of the first answer; None if there is none.
        answers: All kinds of that day.
    """

    key_result_id: str
    since: date
    said_by: tuple[str, ...]
    until: date | None
    last_day: date
    answered_on: date | None
    answers: tuple[Answer, ...]

    @property
    def days(self) -> int | None:
        """How many days it took to be answered."""
        return None if self.answered_on is None else (self.answered_on - self.since).days


def low_times(
    rows: Iterable[Row], answered: Mapping[str, Sequence[tuple[date, Answer]]]
) -> list[LowTime]:
    """Every time for which a Key Result of one cycle was low, by id and day.

    Args:
        rows: ``key_result_id, as_of, stated_confidence, stated_confidence_at,
            computed_confidence``, by id and day.
        answered: For each id, as ``same_id`` spells it, what answers, and on which day.
    """
    found = []
    for key, mine in groupby(rows, key=lambda row: str(row["key_result_id"])):
        days, events = list(mine), answered.get(same_id(key), ())
        last = days[-1]["as_of"]
        for since, said_by, until in _spans(days):
            within = [one for one in events if since <= one[0] <= (until or last)]
            first = min((on for on, _ in within), default=None)
            kinds = tuple(sorted({kind for on, kind in within if on == first}))
            found.append(LowTime(key, since, said_by, until, last, first, kinds))
    return found


def _spans(rows: Sequence[Row]) -> Iterator[tuple[date, tuple[str, ...], date | None]]:
    """From when, by whom and until when."""
    begun: tuple[date, tuple[str, ...]] | None = None
    before: date | None = None
    for row in rows:
        said_by = tuple(
            name
            for name, level in (("team", "stated"), ("evidence", "computed"))
            if row[f"{level}_confidence"] == "low"
        )
        if said_by and begun is None:
            begun = _begins(row, said_by, before), said_by
        elif not said_by and begun is not None:
            yield *begun, row["as_of"]
            begun = None
        before = row["as_of"]
    if begun is not None:
        yield *begun, None


def _begins(row: Row, said_by: Sequence[str], before: date | None) -> date:
    """The day of the team's call, if nothing was published between it and the row."""
    day: date = row["as_of"]
    called: date | None = row["stated_confidence_at"] if "team" in said_by else None
    if called is None or called > day or (before is not None and called <= before):
        return day
    return called
