"""Keys that a Key Result's issue had before it was moved still name it, as in Jira."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from okr_model.links.claims import current_key
from pipelines.datasets.former_ids import known_aliases, unrecognized_ids, with_moves
from tests.support.scripted_jira import Issue, ScriptedJira

OKRS = "links: {key_pattern: 'OKR-[0-9]+', aliases: {%s}}"


def moved(*keys: str, **more: str) -> Issue:
    """An issue that had one key after the other."""
    days = [f"2026-10-{number:02}T09:00" for number in range(6, 6 + len(keys))]
    pairs = zip(days, keys, keys[1:], strict=False)
    changes = [(day, "Key", old, new) for day, old, new in pairs]
    more |= {"issue_type_id": more["issue_type"]} if more else {}
    return Issue(keys[-1], changes=changes, more=more)


def tasks(folder: Path) -> ScriptedJira:
    """A Jira whose tasks are Key Results."""
    jira = ScriptedJira(folder, more=OKRS % "")
    text = jira.settings.read_text("utf-8").replace(
        "jira, fields", "jira, where: {issue_type: Task}, fields"
    )
    jira.settings.write_text(text, "utf-8")
    return jira


def test_every_former_key_leads_to_the_present_one(tmp_path: Path) -> None:
    jira = tasks(tmp_path)
    jira.night(
        *(moved("STR-4", "ABC-1", "OKR-3"), moved("OKR-5", "STR-9", "OKR-5"), Issue("OKR-6")),
        moved("OKR-8", "WEB-7", issue_type="Story"),  # is no Key Result any more
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


def test_a_key_result_is_followed_to_a_key_that_the_pattern_does_not_fit(tmp_path: Path) -> None:
    jira = tasks(tmp_path)
    jira.night(
        *(moved("OKR-2", "STR-9", "CRM-53"), moved("OKR-5", "OKR-6")),
        moved("OKR-8", "WEB-7", issue_type="Story"),
    )
    found = known_aliases(jira.project)
    assert found == {"OKR-2": "CRM-53", "STR-9": "CRM-53", "OKR-5": "OKR-6"}
    rows = pd.DataFrame({"key_result_id": ["CRM-53", "OKR-6", "OTHER-1"], "url": [None, None, "x"]})
    (told,) = unrecognized_ids(rows, found, "OKR-[0-9]+")
    assert (told.rule, told.subject_id) == ("unrecognized id", "CRM-53")
    assert "OKR-2 is CRM-53 now" in told.sentence
    assert "'OKR-[0-9]+|CRM-53'" in told.sentence
    assert unrecognized_ids(rows, found, "OKR-[0-9]+|CRM-53") == []
