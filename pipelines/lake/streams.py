"""When a source was last read to its end, and what it did not show then.

What belongs here: questions about pulls that the pull log answers. What does not: reading records
(``tables``), and writing either (``pipelines.ingest``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.records import ProblemRule
from connectors.registry import SOURCE_FACTS, STREAMS
from pipelines.lake.tables import Lake
from published.errors import UserError

UNREAD_RULES = (
    ProblemRule.UNREACHABLE_PLACE,
    ProblemRule.EMPTIED_PLACE,
    ProblemRule.MASS_DISAPPEARANCE,
    ProblemRule.PROJECT_NOT_VISIBLE,
    ProblemRule.UNREADABLE_FILE,
)
"""The rules of places whose records, or some of them, stand as last read."""


@dataclass(frozen=True, slots=True)
class HiddenPlace:
    """A place of which the newest complete pull did not see all that is held.

    Attributes:
        place: Which one.
        reached: When the last pull that saw it began; None if none ever did.
        records: The ids that were not seen; empty where none was.
    """

    place: str
    reached: dt.datetime | None
    records: frozenset[str] = frozenset()


class EmptyLakeError(UserError):
    """Nothing was ever read, so there is nothing to compute from."""


def ensure_not_empty(lake: Lake) -> None:
    """Make sure that something has been read, ever.

    Raises:
        EmptyLakeError: Nothing has.
    """
    never_read = all(lake.pulls.state(source).at is None for source in SOURCE_FACTS)
    if never_read and all(lake.landed(stream) < 0 for stream in STREAMS):
        raise EmptyLakeError(f"{lake.root}: the lake is empty. Run: okr sync")


def last_complete(lake: Lake, source: str) -> str | None:
    """When ``source`` was last read to the end, as an ISO instant; None if it never was."""
    pulls = lake.pulls.complete(source)
    return pulls[0].at.isoformat() if pulls and pulls[0].at else None


def hidden_places(lake: Lake, source: str) -> list[HiddenPlace]:
    """The places that the newest complete pull could not reach, or found mostly emptied."""
    if not _hidden(lake.pulls.state(source).problems) and lake.cutoff is None:
        return []
    pulls = [(one.at, _hidden(one.problems)) for one in lake.pulls.complete(source) if one.at]
    if lake.cutoff:
        pulls = [pull for pull in pulls if pull[0] <= lake.cutoff.at]
    return [
        HiddenPlace(place, next((at for at, hidden in pulls if place not in hidden), None), records)
        for place, records in (pulls[0][1].items() if pulls else ())
    ]


def _hidden(problems: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    return {
        one["subject"]: frozenset(one.get("records", ()))
        for one in problems
        if one["rule"] in UNREAD_RULES
    }


def complete_pulls(lake: Lake, sources: Iterable[str]) -> dict[str, list[dt.datetime]]:
    """For each stream of ``sources``, when each pull that read its source to the end began."""
    return {
        stream: instants
        for source in sources
        for instants in [[one.at for one in lake.pulls.complete(source) if one.at]]
        for stream in SOURCE_FACTS[source].streams
    }
