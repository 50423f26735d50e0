"""What the stand-ins serve: one company.

What belongs here: what a company has to bring along. What does not: any company
(``sandbox.company`` has the sample).
"""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

from sandbox.server.clock import Clock
from sandbox.server.google.sheets.store import GoogleDrive
from sandbox.server.jira.store import JiraSite
from sandbox.server.notion.store import NotionWorkspace


class Contents(Protocol):
    """A company's content in the three services, and its settings of okr-sync.

    Attributes:
        clock: The time that the three services share.
        jira: Its Jira site.
        notion: Its Notion workspace; without a page if it has none.
        sheets: Its Google Drive.
    """

    @property
    def title(self) -> str:
        """The company's name."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone, in which its days are counted."""
        ...

    @property
    def settings(self) -> str:
        """Its ``okr.yaml``, with a line ``as_of:`` that takes the day of the clock."""
        ...

    @property
    def clock(self) -> Clock: ...  # noqa: D102 - an attribute

    @property
    def jira(self) -> JiraSite: ...  # noqa: D102 - an attribute

    @property
    def notion(self) -> NotionWorkspace: ...  # noqa: D102 - an attribute

    @property
    def sheets(self) -> GoogleDrive: ...  # noqa: D102 - an attribute
