"""What Notion is to the rest of the project: streams, settings, how its connector is built.

What belongs here: what the rest of the project needs without sending a request. What does not:
anything that imports a client library of the service.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, SecretStr

from connectors.notion.streams import NOTION_COMMENTS, NOTION_PAGES
from connectors.records import Cursor, Source
from connectors.source_facts import PlaceFacts, SourceFacts, SourceSection, Wanted
from connectors.survey import Survey


class NotionSection(SourceSection):
    """Notion."""

    token: SecretStr = Field(description='Integration secret: "${NOTION_TOKEN}" or {file: path}.')
    url: str = Field(default="https://api.notion.com", description="Only for a stand-in.")
    version: Literal["2025-09-03", "2026-03-11"] = Field(
        default="2025-09-03", description="Which version of Notion's API to speak."
    )
    requests_per_minute: int = Field(
        default=180, ge=1, description="How many requests the workspace's plan grants a minute."
    )

    @classmethod
    def facts(cls) -> SourceFacts:
        """See :class:`connectors.source_facts.SourceSection`."""
        return FACTS


def _build(section: NotionSection, wanted: Wanted) -> Source:
    from connectors.notion.source import NotionSettings, NotionSource

    return NotionSource(
        NotionSettings(
            token=section.token.get_secret_value(),
            places=wanted.places,
            url=section.url,
            version=section.version,
            fields=wanted.fields,
            comments=wanted.commented,
            requests_per_minute=section.requests_per_minute,
        )
    )


def _last_read(cursor: Cursor, place: str) -> datetime | None:
    from connectors.notion.cursor import last_read

    return last_read(cursor, place)


def _survey(section: NotionSection) -> Survey:
    from connectors.notion.survey import NotionSurvey

    return NotionSurvey(section)


FACTS = SourceFacts(
    name="notion",
    about="Pages of the configured data sources, and comments, as of the latest pull of Notion.",
    streams={"notion_pages": NOTION_PAGES, "notion_comments": NOTION_COMMENTS},
    emptying=("notion_comments",),  # a place is one page there
    raw_in_log_only=("notion_comments",),
    place=PlaceFacts("text", "place: the id of a database or data source"),
    build=_build,
    survey=_survey,
    last_read=_last_read,
)
