"""What Jira is to the rest of the project: streams, settings, how its connector is built.

What belongs here: what the rest of the project needs without sending a request. What does not:
anything that imports a client library of the service.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr, field_validator

from connectors.jira.streams import (
    JIRA_CHANGES,
    JIRA_COMMENTS,
    JIRA_ISSUES,
    JIRA_ISSUES_BACKFILL,
    JIRA_REMOTE_LINKS,
)
from connectors.records import Cursor, Source
from connectors.source_facts import PlaceFacts, SourceFacts, SourceSection, Wanted
from connectors.survey import Survey

if TYPE_CHECKING:
    from connectors.jira.settings import JiraSettings

_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
"""A text within JQL; ``summary ~ "order by phone"`` orders nothing."""


class JiraSection(SourceSection):
    """Jira, Cloud or Data Center."""

    url: str = Field(description="Such as https://acme.atlassian.net.")
    user: str | None = Field(
        default=None,
        description="E-mail of the account that the token belongs to; left out for a bearer "
        "token, such as Data Center's personal access tokens.",
    )
    token: SecretStr = Field(description='API token: "${JIRA_TOKEN}" or {file: path}.')
    deployment: Literal["cloud", "data-center"] | None = Field(
        default=None, description="Which kind of Jira it is; found out if left out."
    )
    jql: str = Field(description="Which issues to read, such as: project in (SUP, WEB).")

    @field_validator("jql")
    @classmethod
    def _bounded(cls, value: str) -> str:
        if not value.strip() or re.match(r"(?i)^\s*order\s+by\b", value):
            raise ValueError("jql must name a restriction, such as: project in (SUP, WEB).")
        if re.search(r"(?i)\border\s+by\b", _QUOTED.sub("", value)):
            raise ValueError("jql must not hold ORDER BY; the pull chooses its own order.")
        return value.strip()

    @classmethod
    def facts(cls) -> SourceFacts:
        """See :class:`connectors.source_facts.SourceSection`."""
        return FACTS


def _build(section: JiraSection, wanted: Wanted) -> Source:
    from connectors.jira.source import JiraSource

    return JiraSource(_settings(section, wanted))


def _reads_since(
    section: JiraSection, wanted: Wanted, cursor: Cursor, _place: str
) -> datetime | None:
    from connectors.jira.cursor import begin

    since = begin(cursor, _settings(section, wanted).scope).since
    return None if since is None else datetime.fromtimestamp(since / 1000, UTC)


def _settings(section: JiraSection, wanted: Wanted) -> JiraSettings:
    from connectors.jira.settings import JiraSettings

    columns = FACTS.columns  # every issue brings those
    return JiraSettings(
        url=section.url,
        user=section.user,
        token=section.token.get_secret_value(),
        jql=section.jql,
        deployment=section.deployment,
        fields=tuple(name for name in wanted.fields if name not in columns),
        measured=tuple(name for name in wanted.measured if name not in (*columns, "labels")),
        measured_ids=wanted.measured_ids,
        initiatives=wanted.types,
        initiative_types=wanted.type_ids,
        comments=wanted.commented,
        comment_types=wanted.commented_ids,
    )


def _survey(section: JiraSection) -> Survey:
    from connectors.jira.survey import JiraSurvey

    return JiraSurvey(_settings(section, Wanted()), FACTS.columns)


FACTS = SourceFacts(
    name="jira",
    about="Issues, change logs, remote links and comments, as of the latest pull of Jira.",
    streams={
        "jira_issues": JIRA_ISSUES,
        "jira_changes": JIRA_CHANGES,
        "jira_remote_links": JIRA_REMOTE_LINKS,
        "jira_comments": JIRA_COMMENTS,
    },
    place=PlaceFacts("none", "no place; use where: to choose issues"),
    build=_build,
    survey=_survey,
    reads_since=_reads_since,
    backfill={"jira_issues": JIRA_ISSUES_BACKFILL},
    raw_in_log_only=("jira_issues", "jira_remote_links", "jira_comments"),
    # A place is one issue there: losing all is no alarm.
    emptying=("jira_remote_links", "jira_comments"),
    columns=("key", "summary", "status", "status_category", "project", "assignee",
             "issue_type", "priority", "due_on"),
)  # fmt: skip
