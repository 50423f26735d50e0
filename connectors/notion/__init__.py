"""Notion: every page of the configured databases, as records.

What belongs here: reading Notion's databases and data sources through its official API, versions
2025-09-03 and 2026-03-11. What does not: what a property means, and any service but Notion.

>>> from connectors.notion import NotionSettings, NotionSource
>>> NotionSettings(token="secret_x", places=("1f217cc1225f45808e22cd7eb8db3c5e",))
NotionSettings(places=('1f217cc1225f45808e22cd7eb8db3c5e',), url='https://api.notion.com', ...)
"""

from connectors.notion.cursor import data_sources, last_read
from connectors.notion.source import NotionSettings, NotionSource

__all__ = ["NotionSettings", "NotionSource", "data_sources", "last_read"]
