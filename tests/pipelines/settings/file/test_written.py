"""Where a setting is written, and what changed since the file was last published with."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.settings.file.written import Written

TEXT = """organization: {name: Acme}
cycles:
  - {id: 2026-Q3, start: 2026-07-01}
  - {id: 2026-Q4, start: 2026-10-01}
sources:
  jira:
    url: https://acme.atlassian.net
    user: "${JIRA_USER}"
    token: {file: jira-token}
  notion: {token: "${NOTION_TOKEN}"}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "okr.yaml"
    file.write_text(TEXT, "utf-8")
    return file


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("token", "sources.jira.token = {file: jira-token} (okr.yaml:9)"),
        ("user", "sources.jira.user = ${JIRA_USER} (okr.yaml:8)"),
        ("url", "sources.jira.url (okr.yaml:7)"),  # a value of the file is not repeated
        ("deployment", ""),
    ],
)
def test_an_origin_names_variable_or_file_and_the_line(path: Path, key: str, said: str) -> None:
    assert Written.read(path).origin("sources", "jira", key) == said


def test_a_variable_that_is_read_from_a_file_names_the_variable_of_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTION_TOKEN", raising=False)
    monkeypatch.setenv("NOTION_TOKEN_FILE", "/run/secrets/notion")
    said = Written.read(path).origin("sources", "notion", "token")
    assert "= ${NOTION_TOKEN}, from the file that NOTION_TOKEN_FILE names (okr.yaml:10)" in said
    assert "/run/secrets" not in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "id: 2026-Q4",
            "id: 2026-Q5",
            ["cycles[1].id was “2026-Q4” and is “2026-Q5” (okr.yaml:4)"],
        ),
        (
            "  - {id: 2026-Q3, start: 2026-07-01}\n",
            "",
            ['cycles was taken out; it was “{"id": "2026-Q3"'],
        ),
        ("name: Acme", "name: Acme, locale: de_DE", ["organization.locale was added: “de_DE”"]),
        ("organization:", "as_of: 2026-11-28\norganization:", []),
        ("", "", []),
    ],
)
def test_what_changed_is_told_with_both_values_and_its_line(
    path: Path, old: str, new: str, said: list[str]
) -> None:
    before = Written.read(path).document
    path.write_text(TEXT.replace(old, new, 1) if old else TEXT, "utf-8")
    told = Written.read(path).changes_since(before)
    assert len(told) == len(said)
    assert all(one.startswith(start) for one, start in zip(told, said, strict=True))
