"""What Jira is to the rest of the project: streams, settings, how its connector is built.

What belongs here: what the rest of the project must know of it without speaking to it. What does
not: anything that takes a library of the service to import.
"""

from __future__ import annotations

import re
from typing import Literal

import pyarrow as pa
from pydantic import Field, SecretStr, field_validator

from connectors.records import COMMON, INSTANT, Source
from connectors.source_facts import PlaceFacts, Section, SourceFacts, Wanted

JIRA_ISSUES = pa.schema(
    [
        *COMMON,
        pa.field("key", pa.string()),
        pa.field("project", pa.string()),
        pa.field("issue_type", pa.string()),
        pa.field("summary", pa.string()),
        pa.field("status", pa.string()),
        pa.field("status_category", pa.string()),  # new | indeterminate | done
        pa.field("priority", pa.string()),
        pa.field("resolution", pa.string()),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("parent_id", pa.string()),
        pa.field("assignee_id", pa.string()),
        pa.field("assignee", pa.string()),
        pa.field("created_at", INSTANT),
        pa.field("resolved_at", INSTANT),
        pa.field("due_on", pa.date32()),
    ]
)

JIRA_CHANGES = pa.schema(  # one row per changed field of one history entry; id is history:index
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),  # project key
        pa.field("issue_id", pa.string(), nullable=False),
        pa.field("changed_at", INSTANT),
        pa.field("author_id", pa.string()),
        pa.field("field", pa.string()),
        pa.field("field_id", pa.string()),
        pa.field("from_id", pa.string()),
        pa.field("from_text", pa.string()),
        pa.field("to_id", pa.string()),
        pa.field("to_text", pa.string()),
    ]
)

JIRA_REMOTE_LINKS = pa.schema(
    [
        *COMMON,
        pa.field("issue_id", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("target_url", pa.string()),
        pa.field("relationship", pa.string()),
    ]
)


class JiraSection(Section):
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
        if re.search(r"(?i)\border\s+by\b", value):
            raise ValueError("jql must not hold ORDER BY; the pull chooses its own order.")
        return value.strip()


def _build(section: JiraSection, wanted: Wanted) -> Source:
    from connectors.jira.settings import JiraSettings
    from connectors.jira.source import JiraSource

    columns = FACTS.columns  # every issue brings those
    return JiraSource(
        JiraSettings(
            url=section.url,
            user=section.user,
            token=section.token.get_secret_value(),
            jql=section.jql,
            deployment=section.deployment,
            fields=tuple(name for name in wanted.fields if name not in columns),
            initiatives=wanted.types,
        )
    )


FACTS = SourceFacts(
    name="jira",
    about="Issues, change logs and remote links, as of the latest pull of Jira.",
    section=JiraSection,
    streams={
        "jira_issues": JIRA_ISSUES,
        "jira_changes": JIRA_CHANGES,
        "jira_remote_links": JIRA_REMOTE_LINKS,
    },
    place=PlaceFacts("none", "no place; use where: to choose issues"),
    build=_build,
    emptying=("jira_remote_links",),  # a place is one issue there: losing all is no alarm
    columns=("key", "summary", "status", "status_category", "project", "assignee",
             "issue_type", "priority", "due_on"),
)  # fmt: skip
