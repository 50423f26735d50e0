"""Which rows answer a Key Result that is low."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from okr_model.rituals.low_times import LowTime
from published.rituals.low_times import low_times_of, low_words
from published.rituals.retrospective import retrospective_of
from published.rituals.retrospective_text import retrospective_markdown
from published.snapshot import Snapshot
from published.tables import PublishedTables
from tests.support.company import Company
from tests.support.page.published_file import DAY, publish

OCTOBER = dt.date(2026, 10, 1)
SINCE, ANSWERED = dt.date(2026, 11, 7), dt.date(2026, 11, 12)
KEY = {"key_result_id": "KR-1", "cycle_id": "2026-Q4"}
LINK = {**KEY, "initiative_id": "jira:1", "state": "active"}


def daily(day: dt.date, level: str, **more: Any) -> dict[str, Any]:
    span = {"cycle_start": OCTOBER, "cycle_end": dt.date(2026, 12, 31)}
    return {**KEY, **span, "as_of": day, "computed_confidence": level, **more}


DAYS = [daily(OCTOBER, "high"), daily(SINCE, "low"), daily(DAY, "low")]


def words(tmp_path: Path, **rows: Any) -> list[str]:
    tables = Snapshot(publish(tmp_path / "p.duckdb", {"key_results_daily": DAYS} | rows))
    found = low_times_of(tables, ZoneInfo("Asia/Kuala_Lumpur"), "2026-Q4", DAY)
    return list(map(low_words, found))


@pytest.mark.parametrize(
    ("table", "row", "answer"),
    [
        ("check_ins", {**KEY, "date": ANSWERED, "note": "a rota"}, "check-in"),
        ("check_ins", {**KEY, "date": ANSWERED, "next_action": "a rota"}, "check-in"),
        ("check_ins", {**KEY, "date": ANSWERED, "confidence": "low"}, None),
        ("check_ins", {**KEY, "date": OCTOBER, "note": "a rota"}, None),
        ("changes", {**KEY, "field": "target", "changed_on": ANSWERED}, "definition changed"),
        ("link_history", {**LINK, "valid_from": ANSWERED}, "new work"),
        ("link_history", {**LINK, "valid_from": ANSWERED, "state": "rejected"}, None),
        ("decisions", {"action": "accept", "key_result_id": "kr-1"}, "decision"),
        ("decisions", {"action": "correct", "wrong_key_result_id": "KR-1"}, "decision"),
        (
            "decisions",
            {"action": "dismiss", "finding_subject_type": "key result", "finding_subject": "KR-1"},
            "decision",
        ),
        ("decisions", {"action": "dismiss", "finding_subject": "KR-1"}, None),
    ],
)
def test_what_a_person_does_about_it_answers(
    tmp_path: Path, table: str, row: dict[str, Any], answer: str | None
) -> None:
    # 17 hours in UTC are the next day in Kuala Lumpur.
    at = dt.datetime(2026, 11, 11, 17, tzinfo=dt.UTC)
    given = {**row, "decided_at": at} if table == "decisions" else row
    others = [{**LINK, "initiative_id": "jira:9", "key_result_id": "KR-9", "valid_from": OCTOBER}]
    rows = {table: [given, *(others if table == "link_history" else [])]}
    said = f"answered after 5 days: {answer}" if answer else "no answer for 21 days"
    assert words(tmp_path, **rows) == [f"low since 7 Nov 2026 (evidence), {said}"]


def test_links_that_go_on_and_those_of_the_first_night_are_no_new_work(tmp_path: Path) -> None:
    spans = [
        {**LINK, "valid_from": SINCE, "valid_to": ANSWERED},
        {**LINK, "valid_from": ANSWERED, "rule": "field"},
    ]
    assert words(tmp_path, link_history=spans) == [
        "low since 7 Nov 2026 (evidence), no answer for 21 days"
    ]


def test_an_end_without_an_answer_and_an_answer_of_the_day_are_told(tmp_path: Path) -> None:
    days = [*DAYS[:2], daily(ANSWERED, "medium"), daily(DAY, "low", stated_confidence="low")]
    said = {**KEY, "date": DAY, "note": "a rota"}
    assert words(tmp_path, key_results_daily=days, check_ins=[said]) == [
        "low since 7 Nov 2026 (evidence), over on 12 Nov 2026 without an answer",
        "low since 28 Nov 2026 (team and evidence), answered on the same day: check-in",
    ]


def test_days_after_the_cycle_count_no_more(tmp_path: Path) -> None:
    ended = [{**one, "cycle_end": SINCE + dt.timedelta(days=1)} for one in DAYS]
    assert words(tmp_path, key_results_daily=ended) == [
        "low since 7 Nov 2026 (evidence), no answer for 0 days"
    ]


@pytest.mark.night
def test_the_retrospective_tells_it(published: Company) -> None:
    shown = published.okr_here("retro", "--cycle", "2026-Q3").stdout
    assert "## How we answered when it was low\n\nNo Key Result was low.\n" in shown  # one night
    low = LowTime("KR-1", SINCE, ("team",), None, DAY, ANSWERED, ("new work",))
    tables = PublishedTables(published.folder / "data" / "published.duckdb")
    other = replace(low, key_result_id="KR-17")  # of another cycle
    pack = retrospective_of(tables, "2026-Q3", None, [low, other])
    told = retrospective_markdown(pack, "Acme")
    assert "- KR-1: low since 7 Nov 2026 (team), answered after 5 days: new work.\n" in told
    assert "KR-17" not in told
