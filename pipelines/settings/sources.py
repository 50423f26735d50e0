"""The sources in ``okr.yaml``: where each service is, and whose credential it is asked with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from pipelines.settings.base import Part

SourceName = Literal["jira", "notion", "sheets", "files"]


class JiraSource(Part):
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


class NotionSource(Part):
    """Notion."""

    token: SecretStr = Field(description='Integration secret: "${NOTION_TOKEN}" or {file: path}.')
    url: str = Field(default="https://api.notion.com", description="Only for a stand-in.")
    version: Literal["2025-09-03", "2026-03-11"] = Field(
        default="2025-09-03", description="Which version of Notion's API to speak."
    )
    requests_per_minute: int = Field(
        default=180, ge=1, description="How many requests the workspace's plan grants a minute."
    )


class SheetsSource(Part):
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


class FilesSource(Part):
    """A folder of CSV and Parquet files."""

    folder: Path = Field(description="The folder, from okr.yaml's own.")
    locale: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] | None = Field(
        default=None, description="Such as de_DE: how numbers and days are written in CSV files."
    )


class Sources(Part):
    """The services to read; leave out what you do not use."""

    jira: JiraSource | None = None
    notion: NotionSource | None = None
    sheets: SheetsSource | None = None
    files: FilesSource | None = None
