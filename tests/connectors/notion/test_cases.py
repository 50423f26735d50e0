"""Notion's cases, one test each; ``test_cases`` lists them all."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.cells import Cell
from connectors.notion.source import NotionSettings, NotionSource
from pipelines.ingest.landing import Landing
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import Lake
from sandbox.server.notion.records import NewDataSource, Property, Run, Span
from sandbox.server.notion.store import notion_id
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import Reply, serving
from tests.connectors.support.notion_workspace import (
    FAST,
    KRS,
    PLANS,
    TOKEN,
    Notion,
    cells,
    last_cursor,
    problems,
    pull,
    rows,
)

CASES = notion_id("source", "Cases")
SCHEMA = {
    "Name": Property("title"),
    "Plain id": Property("unique_id", prefix=None),
    "Formula": Property("formula"),
    "Stage": Property("select", options=("Open", "Done")),
    "Share": Property("number", number_format="percent"),
    "Period": Property("date"),
    "Plans": Property("relation", to=PLANS),
    "Plans' Key Results": Property("rollup", relation="Plans", target="Key Results"),
}


@pytest.fixture
def notion() -> Iterator[Notion]:
    made = Notion()
    made.workspace.add_database(
        notion_id("database", "Cases"), "Cases", [NewDataSource(CASES, "Cases", SCHEMA)]
    )
    with serving(made.answer) as made.server:
        yield made


def read(notion: Notion, name: str = "One") -> dict[str, Cell]:
    return cells(rows(pull(notion, None, CASES))[name])


def test_rollup_of_relations(notion: Notion) -> None:
    keys = [notion.add(KRS, f"KR {number}") for number in range(3)]
    plans = [
        notion.add(PLANS, "A", **{"Key Results": keys[:2]}),
        notion.add(PLANS, "B", **{"Key Results": keys[1:]}),
    ]
    notion.add(CASES, "One", Plans=plans)
    rolled_up = read(notion)["Plans' Key Results"]
    assert (rolled_up.kind, rolled_up.refs) == ("refs", tuple(keys))


@pytest.mark.parametrize("how", ["unsupported", "incomplete"])
def test_unsupported_or_incomplete_rollup(notion: Notion, how: Any) -> None:
    page = notion.add(PLANS, "Plan")
    notion.workspace.break_rollup(page, "Mean share", how)
    messages = pull(notion)
    cell = cells(rows(messages)["Plan"])["Mean share"]
    assert (cell.kind, cell.text) == ("error", how)
    assert problems(messages) == []


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "empty", ""),
        (date(2026, 11, 28), "date", "2026-11-28"),
        (True, "bool", "Yes"),
        (False, "bool", "No"),
    ],
)
def test_formula_giving_null_date_or_boolean(
    notion: Notion, value: Any, kind: str, text: str
) -> None:
    notion.add(CASES, "One", Formula=value)
    cell = read(notion)["Formula"]
    assert (cell.kind, cell.text) == (kind, text)


def test_title_split_over_runs_or_empty(notion: Notion) -> None:
    runs = [Run("KR-", bold=True), Run("12"), Run(" users")]
    notion.workspace.add_page(CASES, notion_id("split"), {"Name": runs})
    notion.workspace.add_page(CASES, notion_id("empty"), {})
    held = rows(pull(notion, None, CASES))
    assert set(held) == {"KR-12 users", ""}
    assert cells(held[""])["Name"].kind == "empty"
    assert [text["text"] for text in held["KR-12 users"]["texts"]] == ["KR-12 users"]


def test_property_renamed_or_deleted(notion: Notion) -> None:
    notion.add(CASES, "One", Share=0.5)
    first = pull(notion, None, CASES)
    notion.workspace.rename_property(CASES, "Share", "Portion")
    second = pull(notion, last_cursor(first), CASES)
    before, after = (cells(rows(messages)["One"]) for messages in (first, second))
    assert before["Share"].address == after["Portion"].address
    notion.workspace.delete_property(CASES, "Portion")
    third = cells(rows(pull(notion, last_cursor(second), CASES))["One"])
    assert before["Share"].address not in {cell.address for cell in third.values()}


def test_select_turned_into_status(notion: Notion) -> None:
    notion.add(CASES, "One", Stage="Open")
    first = pull(notion, None, CASES)
    notion.workspace.change_property(CASES, "Stage", Property("status", options=("Open", "Done")))
    second = pull(notion, last_cursor(first), CASES)
    before, after = (cells(rows(messages)["One"])["Stage"] for messages in (first, second))
    assert (before.kind, before.text) == (after.kind, after.text) == ("text", "Open")


def test_fraction_shown_as_percent(notion: Notion) -> None:
    notion.add(CASES, "One", Share=0.125)
    cell = read(notion)["Share"]
    assert (cell.kind, cell.text, cell.number) == ("percent", "12.5%", 0.125)


def test_date_ranges_with_and_without_zone(notion: Notion) -> None:
    days = Span(date(2026, 10, 1), date(2026, 12, 31))
    at = datetime(2026, 10, 1, 9, tzinfo=ZoneInfo("Asia/Kuala_Lumpur"))
    named = Span(datetime(2026, 10, 1, 9, tzinfo=UTC), time_zone="Asia/Kuala_Lumpur")
    for name, period in {"days": days, "zone": Span(at, at), "named": named}.items():
        notion.add(CASES, name, Period=period)
    held = {name: cells(row)["Period"] for name, row in rows(pull(notion, None, CASES)).items()}
    assert (held["days"].kind, held["days"].date, held["days"].end) == (
        "date",
        "2026-10-01",
        "2026-12-31",
    )
    assert held["zone"].date == held["zone"].end == "2026-10-01T09:00:00+08:00"
    assert (held["named"].kind, held["named"].end) == ("datetime", None)


def test_trashed_then_restored(notion: Notion, tmp_path: Path) -> None:
    kept, lost = notion.add(CASES, "Kept"), notion.add(CASES, "Lost")
    assert landed(notion, tmp_path) == {kept: False, lost: False}
    notion.workspace.trash_page(lost)
    assert landed(notion, tmp_path) == {kept: False, lost: True}
    notion.workspace.restore_page(lost)
    assert landed(notion, tmp_path) == {kept: False, lost: False}


def test_unique_id_with_null_prefix(notion: Notion) -> None:
    notion.add(CASES, "One")
    assert (read(notion)["Plain id"].kind, read(notion)["Plain id"].text) == ("text", "1")


def test_html_502(notion: Notion) -> None:
    notion.add(CASES, "One")
    page = Reply(502, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})
    faults = [page, page]
    notion.tamper = lambda _: faults.pop() if faults else None
    assert set(rows(pull(notion, None, CASES))) == {"One"}


def landed(notion: Notion, folder: Path) -> dict[str, bool]:
    """Page id -> whether it is a tombstone, after one more night."""
    lake = Lake(folder)
    source = NotionSource(
        NotionSettings(token=TOKEN, places=(CASES,), url=notion.server.url, retry=FAST)
    )
    try:
        Landing(lake, r"KR-\d+", NOW).land(source)
    finally:
        source.close()
    found = connect().execute(f"SELECT id, deleted FROM {lake.scan('notion_pages')}").fetchall()  # noqa: S608 - our own files
    return dict(found)
