"""Settings of check-ins from comments, and of which values are teams."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.settings import SettingsError, load_settings

HEAD = """\
organization: {name: Acme, timezone: Europe/Berlin}
cycles: [{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}]
sources:
  jira: {url: https://acme.example, token: "${JIRA_TOKEN}", jql: project = OKR}
  notion: {token: "${NOTION_TOKEN}"}
datasets:
  - {holds: key_results, from: notion, place: abc, fields: {id: Key, target: Target, team: Tags}}
"""


def load(folder: Path, *lines: str):  # type: ignore[no-untyped-def]
    path = folder / "okr.yaml"
    path.write_text(HEAD + "".join(f"  - {line}\n" for line in lines), encoding="utf-8")
    return load_settings(path, {"JIRA_TOKEN": "x", "NOTION_TOKEN": "y"}).datasets[-1]


def test_comments_have_defaults_and_one_word_is_a_list_of_one(tmp_path: Path) -> None:
    dataset = load(
        tmp_path,
        "{holds: check_ins, from: jira, where: {issue_type: Key Result}, comments: {}}",
    )
    assert dataset.comments.model_dump() == {
        "begins": ("Check-in",), "value": ("value",), "confidence": ("confidence",), "locale": None,
    }  # fmt: skip
    dataset = load(
        tmp_path,
        "{holds: check_ins, from: notion, place: abc,"
        " comments: {begins: Stand, value: [Wert, Ist], locale: de_DE}}",
    )
    assert dataset.comments.begins == ("Stand",)
    assert dataset.comments.value == ("Wert", "Ist")


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("{holds: check_ins, from: jira, comments: {}}", "where: {issue_type: Key Result}"),
        ("{holds: measurements, from: notion, place: abc, comments: {}}", "only check_ins"),
        (
            "{holds: check_ins, from: notion, place: abc, fields: {value: V}, comments: {}}",
            "not from both",
        ),
        (
            "{holds: check_ins, from: notion, place: abc, comments: {locale: klingon}}",
            "write one such as de_DE",
        ),
        (
            "{holds: check_ins, from: notion, place: abc, comments: {begins: []}}",
            "begins",
        ),
        ("{holds: check_ins, from: notion, place: abc}", "needs fields"),
        (
            "{holds: key_results, from: jira, fields: {id: key, target: T}, teams: team-*}",
            "map that field",
        ),
        (
            "{holds: key_results, from: jira, fields: {id: key, target: T, team: labels},"
            " teams: 'a*b*'}",
            "at most one *",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_its_remedy(
    tmp_path: Path, line: str, remedy: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, line)
    assert remedy in str(caught.value), str(caught.value)
    assert "okr.yaml:8" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("team-*", {"team-*": "*"}),
        ("[growth, team-*]", {"growth": "growth", "team-*": "*"}),
        ("{cx: Customer experience, team-*: '*'}", {"cx": "Customer experience", "team-*": "*"}),
    ],
)
def test_teams_are_a_pattern_a_list_or_names(
    tmp_path: Path, written: str, names: dict[str, str]
) -> None:
    dataset = load(
        tmp_path,
        "{holds: key_results, from: jira, fields: {id: key, target: T, team: labels},"
        f" teams: {written}}}",
    )
    assert dataset.teams == names


def test_comments_are_those_on_key_results_only(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="name the place of a dataset of key_results"):
        load(tmp_path, "{holds: check_ins, from: notion, place: xyz, comments: {}}")
