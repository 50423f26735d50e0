"""What ties teams to each other beside their Objectives: dependencies and shared Key Results.

What belongs here: what the last check-in of each Key Result needs of another team, and which Key
Results several teams answer for. What does not: the tree of Objectives (``alignment``), and reading
check-ins (``okr_model.entities.content``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from published.formatting import absent
from published.key_results.lines import Line
from published.records import records
from published.snapshot import Snapshot

_LAST = (
    "cycle_id = ? AND date <= ? QUALIFY row_number() OVER"
    " (PARTITION BY key_result_id ORDER BY date DESC, number DESC) = 1"
)
_ASK_FIRST = {False: 0, None: 1, True: 2}


@dataclass(frozen=True, slots=True)
class Needed:
    """That a Key Result needs another team.

    Attributes:
        key_result_id: The Key Result.
        teams: The teams that answer for it.
        on: The team it needs, as written.
        confirmed: Whether that team has agreed; None where nobody said.
        said_on: The day of the check-in that says so.
    """

    key_result_id: str
    teams: tuple[str, ...]
    on: str
    confirmed: bool | None
    said_on: dt.date


@dataclass(frozen=True, slots=True)
class Shared:
    """A Key Result that several teams answer for: it counts once in each, and once in the whole."""

    key_result_id: str
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BetweenTeams:
    """What ties the teams of a cycle to each other.

    Attributes:
        needed: Not agreed first, then those of which nobody said, then agreed.
        shared: By the length of the id and the id.
    """

    needed: list[Needed]
    shared: list[Shared]


def between_teams(
    tables: Snapshot, lines: Sequence[Line], cycle: str, day: dt.date
) -> BetweenTeams:
    """What ties teams to each other; a dependency stands until a later check-in names none.

    Args:
        tables: The published tables.
        lines: The Key Results of the cycle.
        cycle: Its id.
        day: Later check-ins are not looked at.
    """
    teams = {str(line.row["key_result_id"]): line.teams for line in lines}
    needed = [
        Needed(key, teams[key], str(on), _answer(row.get("dependency_confirmed")), row["date"])
        for row in records(tables.table("check_ins", _LAST, [cycle, day]))
        if (key := str(row["key_result_id"])) in teams and not absent(on := row.get("depends_on"))
    ]
    shared = [Shared(key, own) for key, own in teams.items() if len(own) > 1]
    return BetweenTeams(
        sorted(needed, key=lambda one: (_ASK_FIRST[one.confirmed], *_by_id(one.key_result_id))),
        sorted(shared, key=lambda one: _by_id(one.key_result_id)),
    )


def _answer(said: object) -> bool | None:
    return None if absent(said) else bool(said)


def _by_id(key: str) -> tuple[int, str]:
    return len(key), key
