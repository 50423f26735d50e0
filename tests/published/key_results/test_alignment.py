"""The tree of Objectives: every Objective once, whatever its parent says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from published.key_results.alignment import Alignment, Branch, alignment
from published.key_results.lines import lines_of
from published.moment import Moment
from published.snapshot import Snapshot
from tests.support.page.page_of import site
from tests.support.page.published_file import DAY, publish


def aligned(
    path: Path, parents: dict[str, str | None], key_results: dict[str, str | None]
) -> Alignment:
    objectives = [
        {"objective_id": key, "cycle_id": "2026-Q4", "title": f"Title {key}", "parent_id": parent}
        for key, parent in parents.items()
    ]
    rows = [
        {
            "key_result_id": key,
            "cycle_id": "2026-Q4",
            "objective_id": objective,
            "value_state": "no value",
            "progress_state": "no value",
            "cycle_start": DAY,
            "cycle_end": DAY,
            "due_on": DAY,
            "starts_on": DAY,
            "evidence_state": "not enough evidence",
        }
        for key, objective in key_results.items()
    ]
    rollups = [
        {
            "level": "company",
            "subject": "Acme",
            "cycle_id": "2026-Q4",
            "method": "mean",
            "key_results": len(rows),
        },
        {"level": "team", "subject": "B", "cycle_id": "2026-Q4", "method": "mean"},
        {"level": "team", "subject": "A", "cycle_id": "2026-Q4", "method": "mean"},
        {"level": "team", "subject": "A", "cycle_id": "2026-Q3", "method": "mean"},
    ]
    file = publish(
        path / "published.duckdb",
        {"objectives": objectives, "key_results": rows, "rollups": rollups},
    )
    tables = Snapshot(file)
    lines = lines_of(tables, site(file).organization, Moment(), "2026-Q4")
    return alignment(tables, lines, "2026-Q4", latest=True)


def shape(branches: Iterable[Branch]) -> list[object]:
    return [
        (
            one.objective["objective_id"],
            sorted(line.row["key_result_id"] for line in one.lines),
            shape(one.below),
        )
        for one in branches
    ]


def test_children_hang_from_their_parents_with_their_key_results(tmp_path: Path) -> None:
    found = aligned(
        tmp_path,
        {"O-10": "O-2", "O-2": None, "O-3": "O-2"},
        {"KR-1": "O-10", "KR-2": "O-2", "KR-3": None},
    )
    assert shape(found.roots) == [("O-2", ["KR-2"], [("O-3", [], []), ("O-10", ["KR-1"], [])])]
    assert [line.row["key_result_id"] for line in found.without] == ["KR-3"]
    assert [row["subject"] for row in found.teams] == ["A", "B"]
    assert found.company is not None
    assert found.company["key_results"] == 3


def test_a_parent_of_another_cycle_is_named(tmp_path: Path) -> None:
    found = aligned(tmp_path, {"O-1": "O-99"}, {})
    assert [(one.objective["objective_id"], one.parent) for one in found.roots] == [("O-1", "O-99")]


@pytest.mark.parametrize(
    "parents",
    [
        {"O-1": "O-1"},
        {"O-1": "O-2", "O-2": "O-1"},
        {"O-1": "O-2", "O-2": "O-3", "O-3": "O-2", "O-4": None},
    ],
)
def test_a_circle_shows_every_objective_once(
    tmp_path: Path, parents: dict[str, str | None]
) -> None:
    def ids(branches: Iterable[Branch]) -> list[str]:
        return [key for one in branches for key in (one.objective["objective_id"], *ids(one.below))]

    assert sorted(ids(aligned(tmp_path, parents, {}).roots)) == sorted(parents)


def test_an_objective_that_only_its_key_results_name_is_shown(tmp_path: Path) -> None:
    found = aligned(tmp_path, {}, {"KR-1": "O-7"})
    assert shape(found.roots) == [("O-7", ["KR-1"], [])]
