"""Keys that a Key Result's issue had before it was moved still name it, as in Jira."""

from __future__ import annotations

from pathlib import Path

from okr_model.links.claims import current_key
from pipelines.datasets.former_ids import known_aliases, with_moves
from tests.support.scripted_jira import Issue, ScriptedJira

OKRS = "links: {key_pattern: 'OKR-[0-9]+', aliases: {%s}}"


def moved(*keys: str) -> Issue:
    """An issue that had one key after the other."""
    days = [f"2026-10-{number:02}T09:00" for number in range(6, 6 + len(keys))]
    pairs = zip(days, keys, keys[1:], strict=False)
    return Issue(keys[-1], changes=[(day, "Key", old, new) for day, old, new in pairs])


def test_every_former_key_leads_to_the_present_one(tmp_path: Path) -> None:
    jira = ScriptedJira(tmp_path, more=OKRS % "")
    jira.night(
        *(moved("STR-4", "ABC-1", "OKR-3"), moved("OKR-5", "STR-9", "OKR-5"), Issue("OKR-6")),
        moved("OKR-8", "WEB-7"),  # is no Key Result, or none any more
    )
    found = known_aliases(jira.project)
    assert found == {"STR-4": "OKR-3", "ABC-1": "OKR-3", "STR-9": "OKR-5"}


def test_the_settings_go_first_and_no_key_in_use_is_a_former_one(tmp_path: Path) -> None:
    jira = ScriptedJira(tmp_path, more=OKRS % "str-4: OKR-8, OKR-7: OKR-3")
    jira.night(moved("STR-4", "OKR-3"), moved("OKR-6", "OKR-7"), Issue("OKR-6"))
    assert known_aliases(jira.project) == {"str-4": "OKR-8", "OKR-7": "OKR-3"}


def test_only_ids_that_are_keys_follow(tmp_path: Path) -> None:
    jira = ScriptedJira(tmp_path, more=OKRS % "")
    text = jira.settings.read_text("utf-8").replace("id: key", "id: Number")
    jira.settings.write_text(text, "utf-8")
    jira.night(moved("STR-4", "OKR-3"))
    assert known_aliases(jira.project) == {}
    assert known_aliases(ScriptedJira(tmp_path, more=OKRS % "").project) == {"STR-4": "OKR-3"}


def test_no_move_leads_back_to_where_the_settings_began(tmp_path: Path) -> None:
    jira = ScriptedJira(tmp_path, more=OKRS % "OKR-5: OKR-9")
    jira.night(moved("OKR-5", "OKR-9", "OKR-5"))  # moved back after the settings were written
    assert known_aliases(jira.project) == {"OKR-5": "OKR-9"}
    told, moves = {"A-1": "A-2", "A-3": "A-4"}, {"A-2": "A-3", "A-4": "A-1", "a-5": "A-1"}
    found = with_moves(told, moves)
    assert found == told | {"A-2": "A-3", "a-5": "A-1"}
    assert current_key("A-5", found) == "A-4"
