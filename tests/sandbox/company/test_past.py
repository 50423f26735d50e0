"""The sample company as it stood: nothing of a later day, and everything else as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.company.generate import Company, build
from sandbox.company.ids import page_id, spreadsheet_id
from sandbox.company.truth import load
from sandbox.server.clock import to_ms
from sandbox.server.google.sheets.store import Sheet
from sandbox.server.jira.records import KEY_RESULT_FIELD

TRUTH = load()
UNTIL = TRUTH.clock - timedelta(weeks=1)


@pytest.fixture(scope="module")
def whole() -> Company:
    return build(900, 7)


@pytest.fixture(scope="module")
def past() -> Company:
    return build(900, 7, until=UNTIL)


def rows(sheet: Sheet) -> list[tuple[object, ...]]:
    last = max(row for row, _ in sheet.cells)
    width = max(column for _, column in sheet.cells) + 1
    cells = sheet.cells
    return [
        tuple(
            cells[row, column].value if (row, column) in cells else None for column in range(width)
        )
        for row in range(last + 1)
    ]


def test_issues_know_nothing_of_a_later_day(past: Company) -> None:
    found = past.jira.searchable.nonzero()[0]
    until = to_ms(UNTIL)
    assert (past.jira.columns.created[found] <= until).all()
    assert (past.jira.columns.updated[found] <= until).all()
    for index in map(int, found):
        issue, log = past.jira.issue(index), past.jira.histories(index)
        assert all(entry.at <= until for entry in (*log, *past.jira.comments(index)))
        assert issue.updated == past.jira.columns.updated[index]
        moves = [c for entry in log for c in entry.changes if c.field == "status"]
        assert issue.status.name == (moves[-1].to_text if moves else "To Do"), issue.key
        assert (issue.resolution is None) == (issue.resolved is None), issue.key
        assert (issue.status.category == "done") == (issue.resolution is not None), issue.key


def test_some_issues_were_not_there_and_some_stood_elsewhere(past: Company, whole: Company) -> None:
    there, then = whole.jira.searchable.nonzero()[0], past.jira.searchable.nonzero()[0]
    assert 0 < len(set(there) - set(then)) < len(there) / 2
    assert not set(then) - set(there)
    moved = [i for i in map(int, then) if past.jira.issue(i).status != whole.jira.issue(i).status]
    assert moved
    unborn = whole.jira.issue(int(max(set(there) - set(then))))
    assert past.jira.find(unborn.key) is None


def test_a_field_filled_later_is_empty(past: Company, whole: Company) -> None:
    late = [each for each in TRUTH.initiatives if "field_since" in each.claims]
    assert late
    for initiative in late:
        then, now = (each.jira.find(initiative.key or "") for each in (past, whole))
        assert then is not None
        assert now is not None
        assert KEY_RESULT_FIELD not in then.custom
        assert now.custom[KEY_RESULT_FIELD] == initiative.claims["field"]
        assert then.updated < to_ms(UNTIL) < now.updated


def test_pages_of_a_later_day_are_not_there(past: Company, whole: Company) -> None:
    assert all(page.edited_at <= UNTIL for page in past.notion.pages.values())
    missing = whole.notion.pages.keys() - past.notion.pages.keys()
    assert missing == {p.id for p in whole.notion.pages.values() if p.created_at > UNTIL}
    assert missing


def test_a_target_holds_what_it_held(past: Company, whole: Company) -> None:
    for before in TRUTH.earlier:
        then, now = (
            each.notion.pages[page_id("key_results", before.key_result)] for each in (past, whole)
        )
        key = past.notion.source_of(then).property_id("Target")
        assert then.values[key] == before.text
        assert now.values[key] == TRUTH.key_results[before.key_result].target_text
        assert then.edited_at < UNTIL < now.edited_at <= TRUTH.clock


@pytest.mark.parametrize("name", ["metrics", "german", "check_ins", "go_to_market"])
def test_rows_are_only_ever_added_below(past: Company, whole: Company, name: str) -> None:
    then, now = (each.sheets.files[spreadsheet_id(name)] for each in (past, whole))
    assert then.version < now.version
    assert then.modified_at <= UNTIL < now.modified_at
    for old, new in zip(then.sheets, now.sheets, strict=True):
        assert rows(new)[: len(rows(old))] == rows(old), old.title


def test_the_end_of_the_story_is_the_story() -> None:
    one, other = build(300, 7), build(300, 7, until=TRUTH.clock)
    assert one.notion.pages.keys() == other.notion.pages.keys()
    assert one.jira.searchable.sum() == other.jira.searchable.sum()
    assert build(300, 7, until=datetime(2026, 8, 1, tzinfo=UTC)).jira.searchable.sum() > 0
