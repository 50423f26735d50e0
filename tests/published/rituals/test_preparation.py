"""Which steps before a cycle each team has taken, by what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from okr_model.governance.phases import PhaseWeeks
from okr_model.teams.teams import Team, Teams
from published.organization import Organization
from published.rituals.preparation import (
    NothingToPrepareError,
    cycle_to_prepare,
    missing_cycle,
    preparation_of,
)
from published.snapshot import Snapshots
from tests.support.page.small_tables import key_result, publish_rows

DAY = dt.date(2026, 9, 20)  # the third step runs until the 22nd
READY = {
    "owner": "Mei",
    "measure": "CRM",
    "progress_state": "computed",
    "value_state": "no value",
    "objective_id": "O-1",
}


class Cycle:
    def __init__(self, name: str, *days: str) -> None:
        self.id = name
        self.start, self.end = map(dt.date.fromisoformat, days)


CYCLES = [
    Cycle("2026-Q3", "2026-07-01", "2026-09-30"),
    Cycle("2026-Q4", "2026-10-01", "2026-12-31"),
]
OURS = Organization(
    "Acme",
    ZoneInfo("UTC"),
    ("High", "Medium", "Low"),
    CYCLES,  # type: ignore[arg-type]
    teams=Teams((Team("People"), Team("Old", ends_on=DAY), Team("All", level="company"))),
)


def states(
    path: Path, team: str, rows: Sequence[dict[str, Any]] = (), **tables: Any
) -> dict[str, tuple[str, str]]:
    publish_rows(
        path, key_results=[{"team": team, "teams": [team], **one} for one in rows], **tables
    )
    found = preparation_of(Snapshots(path).current(), OURS, "2026-q4", DAY, team)
    return {one.step: (one.state, one.because) for one in found}


def test_with_nothing_done_what_is_over_is_late(tmp_path: Path) -> None:
    found = states(tmp_path / "a.duckdb", "People")
    assert found["look back"] == ("unknown", "it had no Key Result in the cycle before")
    assert found["direction"] == ("late", "0 Objectives of the company")
    assert found["draft"] == ("open", "0 Key Results")
    assert found["align"] == ("unknown", "no Objective says what it contributes to")
    assert found["commit"] == ("open", "0 of 0 are ready")


def test_each_step_is_done_by_what_is_published(tmp_path: Path) -> None:
    before = {"cycle_id": "2026-Q3"}
    rows = [
        key_result("KR-1", **READY),
        key_result("KR-2", **READY | {"owner": None}),
        key_result("KR-0", **before),
    ]
    objectives = [
        {"objective_id": "O-1", "level": "team", "parent_id": "O-0"},
        {"objective_id": "O-0", "level": "company"},
    ]
    scores = [{"key_result_id": "KR-0", "closed_as": "done", **before}]
    found = states(tmp_path / "a.duckdb", "Sales", rows, objectives=objectives, scores=scores)
    assert found == {
        "look back": ("done", "1 of 1 Key Results are closed"),
        "direction": ("done", "1 Objective of the company"),
        "draft": ("done", "2 Key Results"),
        "align": ("done", "1 of 1 Objectives say what they contribute to"),
        "commit": ("open", "1 of 2 are ready; not KR-2"),
    }


def test_what_nobody_writes_down_is_unknown_and_one_that_is_open_is_named(tmp_path: Path) -> None:
    before = {"cycle_id": "2026-Q3"}
    rows = [key_result(key, **before) for key in ("KR-1", "KR-2")]
    scores = [{"key_result_id": key, **before} for key in ("KR-1", "KR-2")]
    found = states(tmp_path / "a.duckdb", "Sales", rows, scores=scores)
    assert found["look back"] == ("unknown", "nobody says what becomes of Key Results")
    scores[0]["closed_as"] = "done"
    found = states(tmp_path / "b.duckdb", "Sales", rows, scores=scores)
    assert found["look back"] == ("late", "1 of 2 Key Results are closed; not KR-2")


def test_who_is_asked_and_about_which_cycle(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    publish_rows(path, key_results=[key_result("KR-1", team="Sales", teams=["Sales", "Old"])])
    tables = Snapshots(path).current()
    everyone = preparation_of(tables, OURS, "2026-Q4", DAY)
    assert list(dict.fromkeys(one.team for one in everyone)) == ["People", "Sales"]
    assert len(everyone) == 10
    for cycle, team, said in (
        ("2026-Q9", None, "There are: 2026-Q3, 2026-Q4"),
        ("2026-Q4", "Old", "no team 'Old' is open when 2026-Q4 begins"),
    ):
        with pytest.raises(NothingToPrepareError, match=said):
            preparation_of(tables, OURS, cycle, DAY, team)
    with pytest.raises(NothingToPrepareError, match="nothing is prepared"):
        preparation_of(tables, replace(OURS, phases=PhaseWeeks(closing=0)), "2026-Q4", DAY)
    assert cycle_to_prepare(OURS, DAY) == "2026-Q4"
    assert cycle_to_prepare(OURS, dt.date(2026, 10, 1)) == "2026-Q4"  # there is no later one


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-09-20", None),  # the next one stands there
        ("2026-09-30", None),
        ("2026-10-01", ("2026-Q4", dt.date(2026, 12, 11))),
        ("2027-02-01", ("2026-Q4", dt.date(2026, 12, 11))),
    ],
)
def test_a_cycle_that_the_settings_lack_is_told(day: str, told: tuple[str, dt.date] | None) -> None:
    assert missing_cycle(OURS, dt.date.fromisoformat(day)) == told
    unprepared = replace(OURS, phases=PhaseWeeks(closing=0))
    assert missing_cycle(unprepared, dt.date.fromisoformat(day)) is None
