"""Figures of a night: runs, what is left to look at, places."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from okr_model.finding_rules import Rule
from published.operation.attention import attention, stale_key_results
from published.operation.freshness import Place, places
from published.operation.nights import (
    nights,
    published_before,
    read_tonight,
    seconds_of,
    sources,
    sums_of,
)
from published.snapshot import Snapshot
from tests.support.page.published_file import AT, DAY, RUN, publish


def run(
    day: dt.date, name: str, *, outcome: str = "complete", kind: str | None = "night"
) -> dict[str, object]:
    at = dt.datetime.combine(day, dt.time(2), dt.UTC)
    return {
        "run_id": name,
        "as_of": day,
        "kind": kind,
        "started_at": at,
        "published_at": at + dt.timedelta(seconds=72),
        "outcome": outcome,
    }


def back(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def test_nights_are_complete_missing_sources_missing_or_before_the_first(tmp_path: Path) -> None:
    runs = [
        run(back(4), "a", kind=None),
        run(back(3), "b", outcome="sources missing"),
        run(back(2), "past", kind="rebuild"),
        run(back(1), "c", outcome="sources missing"),
        run(back(1), "d") | {"published_at": AT},
        run(DAY, RUN),
    ]
    tables = Snapshot(publish(tmp_path / "published.duckdb", {"runs": runs}))
    found = nights(tables, DAY, 6)
    assert [night.state for night in found] == [
        "before",
        "complete",
        "sources missing",
        "none",
        "complete",
        "complete",
    ]
    assert [night.day for night in found] == [back(days) for days in range(5, -1, -1)]
    assert seconds_of(tables.last_run) == 72


def test_a_reading_that_an_earlier_run_of_the_daemon_made_is_of_tonight(tmp_path: Path) -> None:
    nights_before = [run(back(1), "a"), run(DAY, RUN)]
    tables = Snapshot(publish(tmp_path / "published.duckdb", {"runs": nights_before}))
    before = published_before(tables)
    assert before is not None
    began = tables.last_run["started_at"]
    for attempt, tonight in (
        (before - dt.timedelta(seconds=1), False),
        (before + dt.timedelta(seconds=1), True),  # between the two: read by a run of its own
        (began, True),
    ):
        source = {"last_attempt_at": attempt}
        assert read_tonight(source, tables.last_run, before) is tonight
    assert read_tonight({"last_attempt_at": began}, tables.last_run, None)


def test_figures_of_sources_are_of_this_run_or_an_earlier_one(tmp_path: Path) -> None:
    rows = [
        {"source": "jira", "state": "complete", "last_attempt_at": AT, "requests": 5, "rows": 70},
        {
            "source": "notion",
            "state": "failed",
            "last_attempt_at": AT - dt.timedelta(days=1),
            "requests": 2,
        },
        {"source": "sheets", "state": "never read"},
    ]
    tables = Snapshot(publish(tmp_path / "published.duckdb", {"sources": rows}))
    found = sources(tables)
    before = AT - dt.timedelta(hours=3)
    assert [read_tonight(row, tables.last_run, before) for row in found] == [True, False, False]
    assert sums_of(found) == {
        "requests": 7,
        "retries": None,
        "rows": 70,
        "changed": None,
        "deleted": None,
    }


def test_what_an_operator_looks_at_the_most_serious_first(tmp_path: Path) -> None:
    rules = (
        Rule.STALE_VALUE,
        Rule.PACE_GAP,
        Rule.UNREADABLE_VALUE,
        Rule.SOURCE_FAILED,
        Rule.INITIATIVES_BLOCKED,
    )
    rows = [
        {
            "finding_id": f"f{place}",
            "rule": str(rule),
            "severity": "warning",
            "subject_id": f"KR-{place}",
        }
        for place, rule in enumerate(rules)
    ]
    tables = Snapshot(publish(tmp_path / "published.duckdb", {"findings": rows}))

    def stand(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """KR-2 was dismissed before the last run, KR-4 after it."""
        done = {"KR-2": "dismissed", "KR-4": "dismissed"}
        return [
            {
                **row,
                "acknowledgement": done.get(row["subject_id"]),
                "pending": row["subject_id"] == "KR-4",
            }
            for row in rows
        ]

    found = attention(tables, lambda rows: [{**row, "pending": False} for row in rows])
    assert [(state, row["subject_id"]) for state, row in found] == [
        ("Failed", "KR-3"),
        ("Unreadable", "KR-2"),
        ("Blocked", "KR-4"),
        ("Stale", "KR-0"),
    ]
    found = attention(tables, stand)
    assert [(row["subject_id"], row["pending"]) for _, row in found] == [
        ("KR-3", False),
        ("KR-4", True),
        ("KR-0", False),
    ]


def test_a_late_source_names_its_key_results(tmp_path: Path) -> None:
    rows = [
        {"key_result_id": key, "cycle_id": cycle, "stale_since": since, "stale_reason": reason}
        for key, cycle, since, reason in (
            ("KR-10", "2026-Q4", AT, "Jira is down."),
            ("KR-9", "2026-Q4", AT, "Jira is down."),
            ("KR-9", "2026-Q3", AT, "Jira is down."),
            ("KR-2", "2026-Q4", AT - dt.timedelta(days=1), None),
            ("KR-3", "2026-Q4", None, None),
        )
    ]
    tables = Snapshot(publish(tmp_path / "published.duckdb", {"key_results": rows}))
    assert [(one.reason, one.key_results) for one in stale_key_results(tables)] == [
        ("A source could not be read.", ["KR-2"]),
        ("Jira is down.", ["KR-9", "KR-10"]),
    ]


def test_places_are_tabs_selections_and_fields(tmp_path: Path) -> None:
    def reading(
        key: str, back_by: int, measure: str, field: str | None, record: str
    ) -> dict[str, object]:
        return {
            "key_result_id": key,
            "cycle_id": "2026-Q4",
            "date": back(back_by),
            "measure": measure,
            "field": field,
            "record_id": record,
            "source": measure.split()[0].replace("check-in", "sheets"),
        }

    measured = [
        reading("KR-1", 3, "sheets", "Value (Weekly!C7)", "s:0:7"),
        reading("KR-10", 1, "sheets", "Value ('Weekly'!C8)", "s:0:8"),
        reading("KR-2", 9, "sheets", "Value ('It''s (new) tab'!AB12)", "s:1:12"),
        reading(
            "KR-3", 0, "jira median", "median of 20 Jira issues", "Jira issues where project = SUP"
        ),
        reading("KR-4", 2, "notion", "Completed (Cf%3CE)", "93af"),
        reading("KR-5", 2, "notion", None, "93b0"),
        reading("KR-6", 2, "check-in", "Value (Checks!D8)", "s:2:8"),
        reading("KR-7", -1, "sheets", "Value (Future!D8)", "s:3:8"),
        reading("KR-8", 1, "sheets", "Value (Weekly!C9)", "s:0:9") | {"cycle_id": "2026-Q3"},
    ]
    said = {"key_result_id": "KR-6", "cycle_id": "2026-Q4", "date": back(2), "source": "sheets"}
    kpi = {"kpi_id": "KPI-1", "date": back(28), "value": 1.0, "source": "sheets"}
    tables = Snapshot(
        publish(
            tmp_path / "published.duckdb",
            {"measurements": measured, "check_ins": [said], "kpis": [kpi]},
        )
    )
    found = places(tables, "2026-Q4", DAY)
    assert [(one.source, one.name, one.age, one.feeds) for one in found] == [
        ("sheets", "KPIs", 28, ("KPI-1",)),
        ("sheets", "It's (new) tab", 9, ("KR-2",)),
        ("notion", "93b0", 2, ("KR-5",)),
        ("notion", "Completed", 2, ("KR-4",)),
        ("sheets", "Check-ins", 2, ("KR-6",)),
        ("sheets", "Weekly", 1, ("KR-1", "KR-10")),
        ("jira", "project = SUP", 0, ("KR-3",)),
    ]
    assert found[5] == Place("sheets", "Weekly", "values", ("KR-1", "KR-10"), back(1), 1)


def test_nothing_read_yet_is_no_place(tmp_path: Path) -> None:
    assert places(Snapshot(publish(tmp_path / "published.duckdb", {})), "2026-Q4", DAY) == []
