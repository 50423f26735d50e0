"""Notion: every page of the configured databases, as records.

What belongs here: reading Notion's databases and data sources through its official API, versions
2025-09-03 and 2026-03-11. What does not: what a property means, and any service but Notion. The
public face is ``FACTS``, which builds the connector; importing it does not import Notion's client
library.
"""

from connectors.notion.facts import FACTS, NotionSection

__all__ = ["FACTS", "NotionSection"]
