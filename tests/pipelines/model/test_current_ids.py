"""What was published of a Key Result follows it to the id that it has now."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from connectors.cells import Cell
from pipelines.model.content.id_holders import under_current_ids
from pipelines.nightly_run import run_nightly
from pipelines.project import Project
from published.tables import PublishedTables
from tests.support.company import dagster_in_memory
from tests.support.scripted_jira import Issue, ScriptedJira, number
from tests.support.small_company import KEY_RESULTS, SmallCompany

KNOWN = pd.DataFrame({"key_result_id": ["Kr-2", "KR-4"]})


def test_rows_follow_their_key_result_and_those_of_the_id_itself_come_first() -> None:
    rows = pd.DataFrame({"key_result_id": ["KR-1", "Kr-2", "KR-3", "KR-9"], "n": range(4)})
    found = under_current_ids(rows, KNOWN, {"kr-1": "KR-2", "KR-3": "KR-4", "KR-9": "KR-8"})
    assert found["n"].tolist() == [1, 3, 0, 2]
    assert found["key_result_id"].tolist() == ["Kr-2", "KR-9", "Kr-2", "KR-4"]
    assert under_current_ids(rows, KNOWN, {}) is rows


@pytest.mark.night
def test_a_key_result_that_was_moved_is_not_gone(tmp_path: Path) -> None:
    jira = ScriptedJira(tmp_path, more="links: {key_pattern: '[A-Z]+-[0-9]+'}")
    cells = {
        "customfield_1": number(20),
        "customfield_7": Cell("number", "100", 100.0, name="To", address="customfield_7"),
    }

    def night(key: str, at: str, *log: tuple[str, str, str, str]) -> PublishedTables:
        jira.night(Issue(key, cells, log), at=at)
        with dagster_in_memory():
            done = run_nightly(Project(jira.settings, with_secrets=False), read=False)
        assert done.published, done
        return PublishedTables(jira.project.paths.duckdb)

    night("ABC-1", "2026-11-20T20:00")
    moved = night("XYZ-1", "2026-11-27T20:00", ("2026-11-25T09:00", "Key", "ABC-1", "XYZ-1"))
    assert moved.frame("key_results")["key_result_id"].tolist() == ["XYZ-1"]
    assert "Key Result gone" not in set(moved.frame("findings")["rule"])


RETURNS = [dt.date(2026, 11, number) for number in (6, 7, 8, 9)]


@pytest.mark.night
def test_a_key_result_that_returns_is_compared_with_when_it_was_there(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.night(RETURNS[0])
    lines = KEY_RESULTS.splitlines(keepends=True)
    company.write("key-results.csv", "".join(line for line in lines if "KR-3" not in line))
    company.night(RETURNS[1])
    assert "KR-3" not in set(company.table("key_results")["key_result_id"])
    easier = KEY_RESULTS.replace("10 %,20 %", "10 %,15 %")
    company.write("key-results.csv", f"{easier}KR-7,O-1,,1,2,,,,\n")
    for day in RETURNS[2:]:  # it is told once
        company.night(day)
        changes = company.table("changes")
        assert changes[["key_result_id", "field", "old_value", "new_value"]].values.tolist() == [
            ["KR-3", "target", 20.0, 15.0]
        ]
