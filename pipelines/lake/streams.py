"""When a source was last read to its end, as its streams' commits say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from connectors.records import ProblemRule
from connectors.registry import SOURCE_FACTS
from pipelines.lake.tables import Lake

UNREAD_RULES = (
    ProblemRule.UNREACHABLE_PLACE,
    ProblemRule.EMPTIED_PLACE,
    ProblemRule.PROJECT_NOT_VISIBLE,
)
"""The rules of places whose records stand as last read."""


def last_complete(lake: Lake, source: str) -> str | None:
    """When ``source`` was last read to the end, as an ISO instant; None if it never was."""
    instant: str | None = lake.last_metadata(SOURCE_FACTS[source].primary_stream, "complete_at")
    return instant


def last_reached(lake: Lake, source: str) -> dict[str, dt.datetime | None]:
    """The places that the newest complete pull could not reach, with the last one that could.

    Returns:
        By place, when that pull began; None if no pull ever reached it.
    """
    stream = SOURCE_FACTS[source].primary_stream
    if not _unreached(lake.last_metadata(stream, "problems")) and lake.cutoff is None:
        return {}
    pulls = [
        (dt.datetime.fromisoformat(at), _unreached(problems))
        for at, problems in lake.commits_with(stream, "complete_at", "problems")
    ]
    if lake.cutoff:
        pulls = [pull for pull in pulls if pull[0] <= lake.cutoff.at]
    return {
        place: next((at for at, unreached in pulls if place not in unreached), None)
        for place in (pulls[0][1] if pulls else ())
    }


def _unreached(problems: list[dict[str, Any]] | None) -> set[str]:
    return {
        one["subject"] for one in problems or [] if one["rule"] == ProblemRule.UNREACHABLE_PLACE
    }


def complete_pulls(lake: Lake, sources: Iterable[str]) -> dict[str, list[dt.datetime]]:
    """For each stream of ``sources``, when each pull that read its source to the end began."""
    return {
        stream: [
            dt.datetime.fromisoformat(instant)
            for instant in lake.every_metadata(SOURCE_FACTS[source].primary_stream, "complete_at")
        ]
        for source in sources
        for stream in SOURCE_FACTS[source].streams
    }
