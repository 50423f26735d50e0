"""Which settings an error of a source may come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import (
    URL_OR_NETWORK,
    AccessError,
    CredentialError,
    LoginPageError,
    SourceError,
    TransientError,
    blaming,
    in_brief,
)
from pipelines.ingest.set_by import brief_of, remedy_of, set_by, told
from pipelines.project import Project

_SETTINGS = """sources:
  jira:
    url: "${JIRA_URL}"
    user: ops@acme.example
    token: "${JIRA_TOKEN}"
    jql: project = WEB
  sheets: {credentials: key.json}
organization: {name: Acme, timezone: UTC}
cycles: [{id: Q4, start: 2026-10-01, end: 2026-12-31}]
datasets:
  - {holds: key_results, from: jira, fields: {id: key, target: Goal}}
"""


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_URL", "https://other.example/")
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-jira")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            CredentialError("jira", "Refused."),
            "Set by sources.jira.user (okr.yaml:4), sources.jira.token = ${JIRA_TOKEN}"
            " (okr.yaml:5).",
        ),
        (CredentialError("sheets", "Refused."), "Set by sources.sheets.credentials (okr.yaml:7)."),
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
        (
            blaming(AccessError("jira", "Not allowed."), "user", "token"),
            "The account is ops@acme.example, of sources.jira.user (okr.yaml:4), sources.jira",
        ),
    ],
)
def test_they_are_named_with_variable_and_line(
    tmp_path: Path, error: SourceError, said: str
) -> None:
    path = tmp_path / "okr.yaml"
    path.write_text(_SETTINGS, "utf-8")
    places = set_by(Project(path), error)
    assert places.startswith(said) if said else places == ""


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


@pytest.mark.parametrize(
    ("then", "compared", "back"),
    [
        ("https://acme.example/jira", "was from https://acme.example/jira.", True),
        ("https://other.example", "was from the same address", False),
    ],
)
def test_an_address_that_changed_since_the_last_complete_reading_is_to_be_put_back(
    tmp_path: Path, then: str, compared: str, back: bool
) -> None:
    (tmp_path / "okr.yaml").write_text(_SETTINGS, "utf-8")
    project = Project(tmp_path / "okr.yaml")
    remedy = f"Look who answers: {URL_OR_NETWORK}."
    error = in_brief(blaming(TransientError("jira", "Down.", remedy), "url"), URL_OR_NETWORK)
    assert remedy_of(project, error) == remedy  # it was never read
    assert brief_of(project, error) == URL_OR_NETWORK
    kept = {"address": then, "at": "2026-11-29T16:16:00+00:00"}
    project.attempts.record("jira", {"state": "failed", "read_from": kept})
    assert compared in set_by(project, error)
    assert "of 2026-11-29 16:16 UTC" in set_by(project, error)
    put = (
        "If nobody changed it on purpose, put https://acme.example/jira back where sources.jira.url"
        " = ${JIRA_URL} (okr.yaml:3) is given; if somebody did, see with them whether it is right."
    )
    look = "Look who answers: have the network and the service looked at."
    assert remedy_of(project, error) == (put if back else look)
    assert (URL_OR_NETWORK in brief_of(project, error)) is back
    assert (URL_OR_NETWORK in told(project, error)) is back
    assert remedy_of(project, CredentialError("jira", "Refused.", "Renew it.")) == "Renew it."
