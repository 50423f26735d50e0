"""What Google Sheets is to the rest of the project: streams, settings, how it is built.

What belongs here: what the rest of the project needs without sending a request. What does not:
anything that imports a client library of the service.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import Field

from connectors.records import Cursor, Source
from connectors.sheets.streams import SHEET_RANGES, SHEET_ROWS
from connectors.source_facts import PlaceFacts, SourceFacts, SourceSection, Wanted
from connectors.survey import Survey


class SheetsSection(SourceSection):
    """Google Sheets, read by a service account or by who is signed in on this machine."""

    credentials: Path | None = Field(
        default=None,
        description="The service account's key file, from okr.yaml's folder; left out, the "
        "application-default credentials of this machine are used.",
    )
    url: str | None = Field(default=None, description="Only for a stand-in.")
    requests_per_minute: int = Field(
        default=60, ge=1, description="How many requests Google grants the account a minute."
    )

    @classmethod
    def facts(cls) -> SourceFacts:
        """See :class:`connectors.source_facts.SourceSection`."""
        return FACTS


def _build(section: SheetsSection, wanted: Wanted) -> Source:
    from connectors.sheets.source import SheetsSettings, SheetsSource

    return SheetsSource(
        SheetsSettings(
            credentials=section.credentials,
            spreadsheets=wanted.places,
            url=section.url,
            requests_per_minute=section.requests_per_minute,
        )
    )


def _last_read(cursor: Cursor, place: str) -> datetime | None:
    from connectors.sheets.source import last_read

    return last_read(cursor, place)


def _survey(section: SheetsSection) -> Survey:
    from connectors.sheets.survey import SheetsSurvey

    return SheetsSurvey(section)


FACTS = SourceFacts(
    name="sheets",
    about="Rows of the configured spreadsheets, as of the latest pull of Google Sheets.",
    streams={"sheet_rows": SHEET_ROWS, "sheet_ranges": SHEET_RANGES},
    place=PlaceFacts("tab", "place: {spreadsheet: <id>, tab: <name>}"),
    build=_build,
    survey=_survey,
    last_read=_last_read,
    # Drive tells which spreadsheets have changed; an unchanged one is read every three days.
    reads_since=lambda _section, _wanted, cursor, place: _last_read(cursor, place),
    unversioned={"sheet_rows": ("updated_at",)},  # of the whole file
)
