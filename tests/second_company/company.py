"""Elsterwerk GmbH as the stand-ins serve it; it has no Notion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sandbox.server.clock import Clock
from sandbox.server.google.sheets.store import GoogleDrive
from sandbox.server.jira.store import JiraSite
from sandbox.server.notion.store import NotionWorkspace
from tests.second_company import spreadsheets
from tests.second_company.issues import all_issues
from tests.second_company.jira_site import READER, SCHEME, ZONE, SiteContent

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Elsterwerk:
    """See :class:`sandbox.server.contents.Contents`."""

    clock: Clock
    jira: JiraSite
    notion: NotionWorkspace
    sheets: GoogleDrive
    title: str = "Elsterwerk GmbH"
    zone: ZoneInfo = ZONE
    settings: str = (HERE / "okr.yaml").read_text("utf-8")


def elsterwerk(readers: tuple[str, ...]) -> Elsterwerk:
    """The company at two in the morning of 21 November 2026."""
    clock = Clock(datetime(2026, 11, 21, 1, tzinfo=UTC))
    site = JiraSite(SiteContent(all_issues()), clock, READER, SCHEME)
    drive = GoogleDrive(clock, readers)
    spreadsheets.fill(drive)
    return Elsterwerk(clock, site, NotionWorkspace(clock), drive)
