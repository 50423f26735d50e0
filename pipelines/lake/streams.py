"""When a source was last read to its end, as its streams' commits say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from connectors.registry import SOURCE_FACTS
from pipelines.lake.tables import Lake


def last_complete(lake: Lake, source: str) -> str | None:
    """When ``source`` was last read to the end, as an ISO instant; None if it never was."""
    instant: str | None = lake.last_metadata(SOURCE_FACTS[source].primary_stream, "complete_at")
    return instant


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
