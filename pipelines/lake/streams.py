"""What a source is in the lake: its streams, the primary one, and when it was read to its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pipelines.lake.tables import Lake

PRIMARY_STREAM = {
    "jira": "jira_issues",
    "notion": "notion_pages",
    "sheets": "sheet_rows",
    "files": "file_rows",
}
"""The stream whose commits carry a source's cursor."""


STREAMS_OF = {
    "jira": ("jira_issues", "jira_changes", "jira_remote_links"),
    "notion": ("notion_pages",),
    "sheets": ("sheet_rows", "sheet_ranges"),
    "files": ("file_rows",),
}


def last_complete(lake: Lake, source: str) -> str | None:
    """When ``source`` was last read to the end, as an ISO instant; None if it never was."""
    instant: str | None = lake.last_metadata(PRIMARY_STREAM[source], "complete_at")
    return instant


def complete_pulls(lake: Lake, sources: Iterable[str]) -> dict[str, list[dt.datetime]]:
    """For each stream of ``sources``, when each pull that read its source to the end began."""
    return {
        stream: [
            dt.datetime.fromisoformat(instant)
            for instant in lake.every_metadata(PRIMARY_STREAM[source], "complete_at")
        ]
        for source in sources
        for stream in STREAMS_OF[source]
    }
