"""Measures of pages that carry no day, out of the log: properties, and lists of milestones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from connectors.cells import Cell, encode_cells, plain_cell
from connectors.notion.streams import NOTION_PAGES
from connectors.records import Cursor, Figures, Message, Present, Rows
from pipelines.ingest.landing import Landing
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.key_results import Measured, measured_on
from pipelines.project import Project

SETTINGS = """
organization: {name: Acme, timezone: Asia/Kuala_Lumpur}
cycles: [{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}]
as_of: 2026-11-28
sources: {notion: {token: "${TOKEN}"}}
datasets:
  - {holds: key_results, from: notion, place: okrs, fields: {id: Key, target: To}}
  - {holds: table, name: plan, from: notion, place: plan}
"""
FIRST = dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC)
Pages = Mapping[str, Mapping[str, Any]]
PLAN: Pages = {
    "a": {"Name": "Design", "Done": True, "Weight": 1, "Stage": "Live"},
    "b": {"Name": "Build", "Done": False, "Weight": 2, "Stage": "Open"},
    "c": {"Name": "Launch", "Done": False, "Weight": 5, "Stage": "Open"},
}


class Script:
    """A Notion that holds some pages in each of its data sources."""

    name = "notion"

    def __init__(self, places: Mapping[str, Pages]) -> None:
        self.places = places
        self.figures = Figures()

    def pull(self, _: Cursor) -> Iterator[Message]:
        rows = [
            {
                "id": key,
                "place": place,
                "url": f"https://notion.example/{key}",
                "cells": encode_cells({f"id {name}": cell(name, v) for name, v in page.items()}),
                "raw": "{}",
            }
            for place, pages in self.places.items()
            for key, page in pages.items()
        ]
        yield Rows("notion_pages", pa.Table.from_pylist(rows, schema=NOTION_PAGES), None)
        for place, pages in self.places.items():
            yield Present("notion_pages", place, pa.array(pages, pa.string()), certain=True)
        yield Rows("notion_pages", NOTION_PAGES.empty_table(), {"complete": True})

    def close(self) -> None:
        """Nothing to let go of."""


def cell(name: str, value: Any) -> Cell:
    return value if isinstance(value, Cell) else plain_cell(value, name, f"id {name}")


class Desk:
    """Nights on which Notion holds what they are told."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "okr.yaml"
        self.settings.write_text(SETTINGS, encoding="utf-8")
        self.places: dict[str, dict[str, dict[str, Any]]] = {"okrs": {}, "plan": {}}

    def night(self, day: int = 2, month: int = 11, **places: Pages) -> None:
        seen_at = FIRST.replace(day=day, month=month)
        project = Project(self.settings, with_secrets=False)
        script = Script({"okrs": {}, "plan": PLAN} | places)
        Landing(project.lake, r"KR-\d+", seen_at).land(script)

    def measured(self, *texts: str, unit: str = "%") -> Measured:
        rows = [
            {"key_result_id": f"KR-{n}", "unit": unit, "measure": text, "record_id": f"page{n}"}
            for n, text in enumerate(texts, 1)
        ]
        frame = pd.DataFrame(rows, dtype="str").assign(
            source="notion", cycle_start=pd.Timestamp("2026-10-01")
        )
        return measured_on(Project(self.settings, with_secrets=False), connect(), frame, {}, [])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def series(found: Measured, key_result_id: str = "KR-1") -> dict[str, float]:
    rows = found.values[found.values["key_result_id"] == key_result_id]
    return dict(zip(rows["date"].dt.strftime("%m-%d"), rows["value"], strict=True))


def changed(**pages: Mapping[str, Any]) -> Pages:
    return {key: {**page, **pages.get(key, {})} for key, page in PLAN.items()}


@pytest.mark.thorough
def test_how_much_of_a_list_of_milestones_is_done_by_number_and_by_weight(desk: Desk) -> None:
    desk.night(2)
    desk.night(3, plan=changed(b={"Done": True}))
    desk.night(4, plan=changed(b={"Done": True}, c={"Name": "Launch day"}))
    desk.night(5, plan={key: page for key, page in PLAN.items() if key != "c"})
    found = desk.measured(
        "share of (Done = Yes) of rows from plan",
        "share of (Done = Yes) of Weight from plan",
        "share of (Done = Yes) of Weight from plan where Stage = Open",
    )
    third = pytest.approx(100 / 3)
    assert series(found, "KR-1") == {"11-02": third, "11-03": pytest.approx(200 / 3), "11-05": 50}
    assert series(found, "KR-2") == {"11-02": 12.5, "11-03": 37.5, "11-05": third}
    assert series(found, "KR-3") == {
        "11-02": 0,
        "11-03": pytest.approx(200 / 7),
        "11-05": 0,
    }
    assert found.findings.empty
    last = found.values[found.values["key_result_id"] == "KR-2"].iloc[-1]
    assert last["field"] == "share with Done = Yes of Weight of 2 rows of plan"
    assert last["seen_at"] == pd.Timestamp(FIRST.replace(day=5))


def test_a_property_of_the_key_results_own_page_is_a_value(desk: Desk) -> None:
    percent = Cell("percent", "25%", 0.25, name="Current", address="id Current")
    desk.night(2, okrs={"page1": {"Current": percent}, "page2": {"Current": None}})
    half = Cell("percent", "50%", 0.5, name="Current", address="id Current")
    desk.night(4, okrs={"page1": {"Current": half}, "page2": {"Current": 7}})
    desk.night(6, okrs={"page1": {"Current": half, "Note": "seen"}, "page2": {"Current": 7}})
    found = desk.measured("property Current", "property Current")
    assert series(found, "KR-1") == {"11-02": 25, "11-04": 50}
    assert series(found, "KR-2") == {"11-04": 7}
    row = found.values.iloc[0]
    assert (row["field"], row["record_id"]) == ("Current (id Current)", "page1")
    assert row["url"] == "https://notion.example/page1"
    assert row["conversion"] == "fraction 0.25 = 25 %"
    assert row["measure"] == "property Current"
    assert found.sources.empty  # that is the Key Result's own source anyway


def test_what_was_read_before_the_cycle_stands_on_its_first_day(desk: Desk) -> None:
    desk.night(20, 9)
    assert series(desk.measured("count of rows from plan where Stage = Open", unit="count")) == {
        "09-20": 2,
        "10-01": 2,
    }


@pytest.mark.parametrize(
    ("text", "severity", "why"),
    [
        ("property Currnt", "warning", "has no 'Currnt'; there are Current"),
        (
            "last of Weight from plan where Name = Lunch",
            "warning",
            "no row of plan has or had the Name",
        ),
        ("sum of Wait from plan", "warning", "has no 'Wait'; there are Done, Name"),
    ],
)
def test_what_is_not_there_is_told(desk: Desk, text: str, severity: str, why: str) -> None:
    desk.night(2, okrs={"page1": {"Current": 3}})
    found = desk.measured(text)
    assert found.values.empty
    (said,) = found.findings.to_dict("records")
    assert (said["severity"], said["subject_id"]) == (severity, "KR-1")
    assert why in said["sentence"]


def test_a_value_that_is_gone_is_an_error_and_its_past_stands(desk: Desk) -> None:
    desk.night(2, okrs={"page1": {"Current": 3}})
    desk.night(4, okrs={"page1": {"Current": None}})
    found = desk.measured("property Current")
    assert series(found) == {"11-02": 3}
    (said,) = found.findings.to_dict("records")
    assert said["severity"] == "error"
    assert "no selected row of the record holds a value" in said["sentence"]


def test_a_page_that_was_read_for_one_measure_is_not_read_for_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.night(2, okrs={f"page{n}": {"Current": n} for n in range(1, 9)})
    from pipelines.model.measures import rows

    read, real = [], rows.table_history
    monkeypatch.setattr(rows, "table_history", lambda *asked: read.append(asked) or real(*asked))
    found = desk.measured(*["property Current"] * 8)
    assert found.values["value"].tolist() == list(range(1, 9))
    assert len(read) == 1
