"""Which settings an error of a source may come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import (
    AccessError,
    CredentialError,
    LoginPageError,
    SourceError,
    TransientError,
    blaming,
)
from pipelines.ingest.set_by import set_by
from pipelines.project import Project

_SETTINGS = """sources:
  jira:
    url: "${JIRA_URL}"
    user: ops@acme.example
    token: "${JIRA_TOKEN}"
  sheets: {credentials: key.json}
"""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            CredentialError("jira", "Refused."),
            "Set by sources.jira.user (okr.yaml:4), sources.jira.token = ${JIRA_TOKEN}"
            " (okr.yaml:5).",
        ),
        (CredentialError("sheets", "Refused."), "Set by sources.sheets.credentials (okr.yaml:6)."),
        (
            blaming(TransientError("jira", "Down."), "url"),
            "Set by sources.jira.url = ${JIRA_URL} (okr.yaml:3).",
        ),
        (
            LoginPageError("jira", "A page.").given_up("A page, 6 times."),
            "Set by sources.jira.url = ${JIRA_URL} (okr.yaml:3).",
        ),
        (blaming(TransientError("jira", "Down."), "url").given_up("Down, 6 times."), "Set by sour"),
        (blaming(TransientError("sheets", "Down."), "url"), ""),  # left out: Google's own
        (AccessError("jira", "Not allowed."), ""),
    ],
)
def test_they_are_named_with_variable_and_line(
    tmp_path: Path, error: SourceError, said: str
) -> None:
    path = tmp_path / "okr.yaml"
    path.write_text(_SETTINGS, "utf-8")
    told = set_by(Project(path), error)
    assert told.startswith(said) if said else told == ""


@pytest.mark.parametrize(
    ("message", "remedy", "said"),
    [
        ("The caller lacks permission", "Share it.", "The caller lacks permission. Share it."),
        ("It said (no)", "Run: okr doctor", "It said (no). Run: okr doctor"),  # no stop to copy
        ("It is down.", "", "It is down."),
        ("Why?", "Ask.", "Why? Ask."),
    ],
)
def test_each_sentence_of_an_error_ends(message: str, remedy: str, said: str) -> None:
    assert AccessError("jira", message, remedy).sentence == said
    assert str(AccessError("jira", message, remedy)) == f"jira: {said}"
