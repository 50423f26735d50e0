"""``okr alignment``: every figure is the published one, and each Key Result is counted once."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from published.formatting import share
from published.tables import PublishedTables
from tests.support.company import Company

CYCLE = "2026-Q4"


def branches(of: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for branch in of for one in (branch, *branches(branch["below"]))]


@pytest.fixture(scope="module")
def told(published: Company) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(published.okr_here("alignment", "--json").stdout)
    return found


@pytest.fixture(scope="module")
def tables(published: Company) -> PublishedTables:
    return PublishedTables(published.folder / "data" / "published.duckdb")


def test_each_objective_and_key_result_stands_once(
    told: dict[str, Any], tables: PublishedTables
) -> None:
    objectives = tables.frame("objectives", "cycle_id = ?", [CYCLE])
    key_results = tables.frame("key_results", "cycle_id = ?", [CYCLE])
    there = branches(told["objectives"])
    assert sorted(one["objective_id"] for one in there) == sorted(objectives["objective_id"])
    own = [key for one in there for key in one["own_key_results"]] + told["without_objective"]
    assert sorted(own) == sorted(key_results["key_result_id"])
    assert told["company"]["key_results"] == len(key_results)
    for one in there:
        below = {key for each in branches([one]) for key in each["own_key_results"]}
        assert (one["rollup"] or {"key_results": 0})["key_results"] == len(below)


def test_the_printed_tree_has_the_published_figures(
    published: Company, told: dict[str, Any], tables: PublishedTables
) -> None:
    printed = published.okr_here("alignment").stdout
    rolled = tables.frame("rollups", "cycle_id = ? AND level = 'objective'", [CYCLE])
    progress = rolled.set_index("subject")["progress"]
    for one in branches(told["objectives"]):
        key = one["objective_id"]
        [line] = [line for line in printed.splitlines() if line.split()[:1] == [key]]
        if not pd.isna(progress.get(key)):
            assert share(progress[key]) in line


def test_ties_are_those_of_the_view(
    published: Company, told: dict[str, Any], tables: PublishedTables
) -> None:
    view = tables.frame("dependencies", "cycle_id = ?", [CYCLE])
    wanted = dict(zip(view["key_result_id"], view["depends_on"], strict=True))
    assert {one["key_result_id"]: one["on"] for one in told["needed"]} == wanted
    assert wanted
    printed = published.okr_here("alignment").stdout
    assert all(on in printed for on in wanted.values())


def test_a_cycle_that_there_is_not_is_answered(published: Company) -> None:
    answer = published.okr_here("alignment", "--cycle", "1999-Q1")
    assert answer.returncode == 2
    assert "1999-Q1: no such cycle; there are " in answer.stderr
