"""What the page is given: where the published file is, and what it may do beside reading it.

What belongs here: the values and functions that a command hands in. What does not: making them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.access.gate import Access
from published.organization import Organization
from published.snapshot import Snapshots


@dataclass(frozen=True, slots=True)
class Site:
    """One organization's page.

    Attributes:
        tables: Its published tables.
        organization: Its name and words.
        user: Who reads and decides on this machine.
        clock: The present instant.
        value_sources: For a row of ``key_results``: the records behind its value, which are in the
            lake; keys ``measures``, ``issues`` and ``rows``.
        access: Who may read it; None: ``user`` alone, on this machine.
    """

    tables: Snapshots
    organization: Organization
    user: str
    clock: Callable[[], dt.datetime]
    value_sources: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(
        default=lambda row: {"measures": [], "issues": [], "rows": []}
    )
    access: Access | None = None
