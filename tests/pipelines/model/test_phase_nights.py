"""What nights of the final push and after the cycle find, from records and decisions to tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from okr_model.review.requests import ClosingRequest, Signature
from pipelines.review.close import close
from published.tables import PublishedTables
from tests.support.small_company import KEY_RESULTS, SmallCompany

PUSH, NEXT, OVER = dt.date(2026, 12, 10), dt.date(2026, 12, 11), dt.date(2027, 1, 5)
BY = Signature("Ada", "command", "local user")


@pytest.mark.night
def test_a_new_key_result_in_the_push_and_what_becomes_of_objectives(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    company.night(PUSH)
    tables = PublishedTables(company.project(PUSH).paths.duckdb)

    def found(rule: str) -> list[str]:
        return sorted(tables.frame("findings", "rule = ?", [rule])["subject_id"])

    assert found("new in the final push") == []
    last = KEY_RESULTS.rstrip("\n").splitlines()[-1]
    old = last.split(",", 1)[0]
    company.write("key-results.csv", f"{KEY_RESULTS.rstrip()}\n{last.replace(old, 'KR-9', 1)}\n")
    company.night(NEXT)
    assert found("new in the final push") == ["KR-9"]
    objectives = sorted(tables.frame("objectives")["objective_id"])
    assert len(objectives) > 1

    request = ClosingRequest(objectives[0], "done", BY, "so", "Ask first.", kind="objective")
    made = close(company.project(NEXT), request)
    company.night(OVER)
    assert found("new in the final push") == []
    assert found("Objective not closed") == objectives[1:]
    rows = tables.frame("objectives").set_index("objective_id")
    named = rows.loc[objectives[0], ["closed_as", "lesson", "decision_id"]].tolist()
    assert named == ["done", "Ask first.", made["decision_id"]]
    [row] = tables.frame("decisions").to_dict("records")
    assert (row["in_force"], row["objective_id"]) == (True, objectives[0])
