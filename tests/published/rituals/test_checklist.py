"""Each item of the checklist: done, open and unknown, and by what that is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from okr_model.governance.checklist import ITEMS
from okr_model.links.decisions import LOG_COLUMNS
from okr_model.tables import BY_NAME
from published.organization import Organization
from published.rituals.checklist import NoChecklistError, checklist_of, pending_attestations
from published.snapshot import Snapshots
from tests.published.rituals.test_preparation import CYCLES
from tests.support.page.small_tables import key_result, publish_rows

# As of 2026-11-28, in the mid-cycle review; the cycle began on 1 October.
OURS = Organization("Acme", ZoneInfo("Europe/Berlin"), ("A", "B", "C"), CYCLES)  # type: ignore[arg-type]
LAST = {"cycle_id": "2026-Q3"}
LAST_DAYS = {"cycle_start": dt.date(2026, 7, 1), "cycle_end": dt.date(2026, 9, 30)}
SALES = {"team": "Sales", "teams": ["Sales"], "objective_id": "O-1"}
GOOD = {
    **SALES, "owner": "Mei", "progress_state": "computed", "value_state": "measured",
    "measure": "CRM", "quality": [], "initiatives": 1, "signals": [],
}  # fmt: skip
BAD = {
    **SALES, "progress_state": "no baseline", "value_state": "no value", "quality": ["outcome"],
    "signals": ["stale value"],
}  # fmt: skip
AT = dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC)  # in Berlin it is the 21st


def objective(name: str, **more: Any) -> dict[str, Any]:
    return {"objective_id": name, "team": "Sales", "level": "team", "key_results": 2, **more}


def week(**counts: int) -> dict[str, Any]:
    return {"team": "Sales", "week_starts_on": dt.date(2026, 10, 5), "key_results": 2, **counts}


def check_in(key: str, number: int, lacks: list[str] | None) -> dict[str, Any]:
    return {
        "key_result_id": key,
        "date": dt.date(2026, 10, 7),
        "number": number,
        "lacks": lacks,
        "source": "notion",
        "record_id": f"{key} {number}",
    }


def told(path: Path, cycle: str = "2026-Q4", **tables: Any) -> dict[str, tuple[str, str]]:
    publish_rows(path, **tables)
    found = checklist_of(Snapshots(path).current(), OURS, cycle)
    assert [one.item for one in found] == [one.name for one in ITEMS]
    return {one.item: (one.state, one.because) for one in found}


def test_there_are_26_each_told_by_columns_there_are_or_by_a_person() -> None:
    assert len(ITEMS) == len({one.name for one in ITEMS}) == 26
    assert sum(one.is_attested for one in ITEMS) == 5
    for one in ITEMS:
        table = None
        for name in filter(None, one.told_by.split(", ")):
            *tables, column = name.split(".")
            table = tables[0] if tables else table
            assert column in BY_NAME[table or ""].column_names, one.name


def test_with_nothing_published_nothing_is_done_but_what_nobody_did_wrong(tmp_path: Path) -> None:
    found = told(tmp_path / "a.duckdb")
    done = {name for name, (state, _) in found.items() if state == "done"}
    assert done == {"no competition", "linked work", "reasons"}
    opened = {name for name, (state, _) in found.items() if state == "open"}
    assert opened == {one.name for one in ITEMS if one.is_attested}


def test_what_is_well_is_done(tmp_path: Path) -> None:
    found = told(
        tmp_path / "a.duckdb",
        key_results=[
            key_result("KR-1", **GOOD),
            key_result("KR-2", **GOOD),
            key_result("KR-0", **LAST, **LAST_DAYS, **SALES),
        ],
        objectives=[
            objective("O-1", parent_id="O-0", indicators="mixed"),
            objective("O-0", level="company", team=None, key_results=0),
        ],
        scores=[{"key_result_id": "KR-0", **LAST, "score": 1, "closed_as": "done", "lesson": "L"}],
        adoption=[week(on_time=8, missed=2, called_low=2, called_low_early=1)],
        check_ins=[check_in("KR-1", n, []) for n in range(4)] + [check_in("KR-2", 1, ["cause"])],
        changes=[
            {"key_result_id": "KR-1", "number": 1, "field": "target", "old": "1", "rationale": "R"}
        ],
    )
    not_yet = found.pop("freeze")
    assert not_yet == ("unknown", "the final push begins after 2026-12-09")
    computed = {one.name for one in ITEMS if not one.is_attested} - {"freeze"}
    assert {name: found[name] for name in computed if found[name][0] != "done"} == {}
    assert found["on time"] == ("done", "80 % of 10 check-ins that were due")
    assert found["kick-off"] == ("done", "1 of 1 teams within 21 days")


def test_what_is_missing_is_open_and_named(tmp_path: Path) -> None:
    rows = [key_result("KR-1", **BAD), key_result("KR-2", **GOOD)]
    before = [key_result("KR-0", **LAST, **LAST_DAYS, **SALES)]
    rules = (
        ("duplicate key result", "key result", "KR-1"),
        ("initiative without Key Result", "initiative", "jira:1"),
    )
    found = told(
        tmp_path / "a.duckdb",
        key_results=rows + before,
        objectives=[
            *(objective(f"O-{n}", indicators="lagging") for n in range(1, 5)),
            objective("O-5", key_results=6, parent_id="O-1", team="People", indicators="unknown"),
        ],
        scores=[{"key_result_id": "KR-0", **LAST}],
        adoption=[week(on_time=7, missed=3, called_low=2)],
        check_ins=[check_in("KR-1", n, ["cause"]) for n in range(5)],
        changes=[{"key_result_id": "KR-1", "number": 1, "field": "target", "old": "1"}],
        findings=[
            {"finding_id": rule, "rule": rule, "subject_type": kind, "subject_id": subject}
            for rule, kind, subject in rules
        ],
    )
    computed = {one.name for one in ITEMS if not one.is_attested} - {"freeze", "kick-off"}
    assert {name: found[name] for name in computed if found[name][0] != "open"} == {}
    assert found["owner"] == ("open", "1 of 2 have one; not KR-1")
    assert found["few objectives"] == ("open", "1 of 2 teams have up to 3 each; not Sales")
    assert found["few key results"] == (
        "open",
        "4 of 5 do (one to which others contribute may have none); not O-5",
    )
    assert found["linked work"] == ("open", "1 open finding: jira:1")
    assert found["kick-off"][0] == "done"


def test_a_person_attests_for_one_cycle_with_the_day_of_the_organization(tmp_path: Path) -> None:
    said = {"action": "attest", "decided_at": AT, "decided_by": "Ada", "why": "Two days each"}
    rows = [
        {"decision_id": "D-1", "item": "training", "in_force": True, **said},
        {"decision_id": "D-2", "item": "meeting", "in_force": False, **said},
        {"decision_id": "D-3", "item": "own words", "in_force": True, **said, **LAST},
    ]
    path = tmp_path / "a.duckdb"
    publish_rows(path, decisions=rows)
    found = {one.item: one for one in checklist_of(Snapshots(path).current(), OURS, "2026-q4")}
    training = found["training"]
    assert (training.kind, training.state, training.because) == (
        "attested",
        "done",
        "Two days each",
    )
    assert (training.attested_by, training.attested_on) == ("Ada", dt.date(2026, 11, 21))
    assert training.decision_id == "D-1"
    assert {found[name].state for name in ("meeting", "own words")} == {"open"}
    usual = dict.fromkeys(LOG_COLUMNS)
    newer = {"decision_id": "D-4", "item": "meeting", "decided_at": AT, "action": "attest"}
    undone = {"decision_id": "D-5", "action": "undo", "undoes": "D-1", "decided_at": AT}
    log = pd.DataFrame([usual | row | {"cycle_id": "2026-Q4"} for row in (rows[0], newer, undone)])
    pending = pending_attestations(found.values(), log, "2026-Q4")
    assert {name: row and row["decision_id"] for name, row in pending.items()} == {
        "training": None,  # taken back
        "meeting": "D-4",
    }
    with pytest.raises(NoChecklistError, match="There are: 2026-Q3, 2026-Q4"):
        checklist_of(Snapshots(path).current(), OURS, "2031-Q1")


@pytest.mark.parametrize(
    ("hidden", "state"), [({"acknowledgement": "dismissed"}, "done"), ({}, "open")]
)
def test_a_finding_that_somebody_dismissed_is_no_longer_open(
    tmp_path: Path, hidden: dict[str, str], state: str
) -> None:
    row = {"finding_id": "f", "rule": "initiative without Key Result", "subject_id": "jira:1"}
    found = told(tmp_path / "a.duckdb", findings=[{**row, "subject_type": "initiative", **hidden}])
    assert found["linked work"][0] == state
