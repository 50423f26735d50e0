"""What a retrospective says of Objectives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from published.rituals.retrospective import retrospective
from published.tables import PublishedTables
from tests.support.page.small_tables import key_result, publish_rows


def told(path: Path, *objectives: dict[str, Any], team: str | None = None) -> str:
    publish_rows(
        path,
        key_results=[key_result("KR-1", team="Sales", teams=["Sales"])],
        scores=[{"key_result_id": "KR-1", "objective_id": "O-1", "closed_as": "done"}],
        objectives=list(objectives),
        adoption=[{"team": "Sales", "key_results": 1}],
    )
    return retrospective(PublishedTables(path), "Acme", "2026-Q4", team)


def test_lessons_and_open_decisions_of_objectives_are_told_each_to_its_team(tmp_path: Path) -> None:
    open_still = {"objective_id": "O-1", "title": "Sell more"}
    done = {"objective_id": "O-2", "title": "Hire", "closed_as": "done", "lesson": "Ask first."}
    text = told(tmp_path / "a.duckdb", open_still, done)
    assert "- Objective O-2: “Ask first.”" in text
    assert "- Objective O-1 (Sell more): continue, abandon or done?" in text
    assert "O-2 (Hire)" not in text
    text = told(tmp_path / "b.duckdb", {**open_still, "closed_as": "done"}, done, team="Sales")
    assert "O-2" not in text
    assert text.endswith("Every Key Result and Objective is closed.\n")
