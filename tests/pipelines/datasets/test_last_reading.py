"""What stands in for a dataset that cannot be read, out of nothing but the lake."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from connectors.cells import Cell, encode_cells
from connectors.notion.streams import NOTION_PAGES
from connectors.records import Cursor, Figures, Message, Present, Problem, ProblemRule, Rows
from pipelines.datasets.last_reading import read_dataset
from pipelines.ingest.landing import Landing
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import AsOf, Lake
from pipelines.settings import Dataset

NIGHT = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)
THERE = ZoneInfo("Asia/Kuala_Lumpur")  # where that is 02:00 of the next day
Page = Mapping[str, Any]
CHECK_INS = Dataset.model_validate(
    {
        "holds": "check_ins",
        "from": "notion",
        "place": "check-ins",
        "fields": {"key_result": "KR", "date": "Date", "confidence": "Confidence"},
    }
)


class Places:
    """A Notion that shows these pages of these places."""

    name = "notion"

    def __init__(self, places: Mapping[str, Mapping[str, Page]], hidden: Sequence[str]) -> None:
        self.figures = Figures()
        self.places, self.hidden = places, hidden

    def pull(self, _: Cursor) -> Iterator[Message]:
        for place, pages in self.places.items():
            rows = [row(place, id_, page) for id_, page in pages.items()]
            ids = pa.array(list(pages), pa.string())
            yield Present("notion_pages", place, ids)
            yield Rows("notion_pages", pa.Table.from_pylist(rows, schema=NOTION_PAGES), {})
        for place in self.hidden:
            yield Problem(ProblemRule.UNREACHABLE_PLACE, place, "Not shared.", None, "error")
        empty = pa.Table.from_pylist([], schema=NOTION_PAGES)
        yield Rows("notion_pages", empty, {"complete": True})

    def close(self) -> None:
        """Nothing to let go of."""


def row(place: str, id_: str, page: Page) -> dict[str, Any]:
    cells, properties = {}, {}
    for name, value in page.items():
        if isinstance(value, list):
            cell = Cell("refs", refs=tuple(value)) if value else Cell("empty")
            served = {"id": name, "type": "relation", "relation": [{"id": one} for one in value]}
        elif isinstance(value, float | bool):
            kind = "bool" if isinstance(value, bool) else "number"
            cell, served = Cell(kind, str(value), float(value)), {"id": name, "type": kind}
        else:
            cell = Cell("text", value) if value else Cell("empty")
            kind = "rollup" if name == "Rollup" else "rich_text"
            served = {"id": name, "type": kind}
        cells[name] = Cell(**{**_attributes(cell), "name": name, "address": name})
        properties[name] = served
    raw = json.dumps({"properties": properties})
    return {"id": id_, "place": place, "cells": encode_cells(cells), "raw": raw}


def _attributes(cell: Cell) -> dict[str, Any]:
    return {name: getattr(cell, name) for name in cell.__struct_fields__}


def night(
    folder: Path, number: int, hidden: Sequence[str] = (), **places: Mapping[str, Page]
) -> Lake:
    named = {name.replace("_", "-"): pages for name, pages in places.items()}
    lake = Lake(folder)
    seen_at = NIGHT + dt.timedelta(days=number)
    Landing(lake, r"KR-\d+", seen_at).land(Places(named, hidden))
    return lake


def pages(count: int = 4, **changed: Any) -> dict[str, Page]:
    whole = {"KR": ["kr-1"], "Date": "2026-11-19", "Confidence": "High", "Rollup": "12"} | changed
    page = {name: value for name, value in whole.items() if value is not None}
    return {f"page-{number}": page for number in range(count)}


def confidences(lake: Lake) -> list[str]:
    reading = read_dataset(lake, connect(), CHECK_INS)
    return [record.cells["confidence"].text for record in reading.records]


def test_the_newest_state_that_can_be_read_stands_in_until_it_can_be_again(tmp_path: Path) -> None:
    night(tmp_path, 0, check_ins=pages(Confidence="Low"))
    night(tmp_path, 1, check_ins=pages())
    night(tmp_path, 2, check_ins=pages())  # nothing new: it could be read that night, too
    for number in (3, 4):
        lake = night(tmp_path, number, check_ins=pages(Confidence=None, Mood=f"{number}"))
        reading = read_dataset(lake, connect(), CHECK_INS)
        assert confidences(lake) == ["High"] * 4
        assert reading.unread is not None
        assert reading.unread.since == NIGHT + dt.timedelta(days=2)
        assert "has no 'Confidence'" in reading.unread.sentence(THERE)
        assert reading.unread.sentence(THERE).endswith("They stand as last read on 2026-11-23.")
        assert len(reading.unread.record_ids) == 4
    past = lake.as_of(AsOf(NIGHT + dt.timedelta(days=3, hours=1)))
    assert confidences(past) == ["High"] * 4  # the past day on which it could not be read
    early = lake.as_of(AsOf(NIGHT + dt.timedelta(hours=1)))
    assert confidences(early) == ["Low"] * 4  # and one before
    lake = night(tmp_path, 5, check_ins=pages(Confidence="Medium"))
    assert read_dataset(lake, connect(), CHECK_INS).unread is None
    assert confidences(lake) == ["Medium"] * 4


def test_nothing_stands_in_for_what_was_never_read(tmp_path: Path) -> None:
    lake = night(tmp_path, 0, check_ins=pages(Confidence=None))
    reading = read_dataset(lake, connect(), CHECK_INS)
    assert reading.was_never_read
    assert reading.records == []
    assert "never read" in str(reading.unread and reading.unread.sentence(THERE))


def test_a_decisive_column_that_is_emptied_is_not_believed(tmp_path: Path) -> None:
    night(tmp_path, 0, check_ins=pages())
    lake = night(tmp_path, 1, check_ins=pages(Confidence=""))
    assert confidences(lake) == ["High"] * 4
    one_left = pages(Confidence="") | {"page-0": pages()["page-0"]}
    lake = night(tmp_path, 2, check_ins=one_left)
    assert sorted(confidences(lake)) == ["", "", "", "High"]


def test_figures_that_became_checkboxes_are_not_believed(tmp_path: Path) -> None:
    with_value = CHECK_INS.model_copy(update={"fields": {**CHECK_INS.fields, "value": "Value"}})

    def values(lake: Lake) -> list[float | None]:
        reading = read_dataset(lake, connect(), with_value)
        return [record.cells["value"].number for record in reading.records]

    night(tmp_path / "were", 0, check_ins=pages(Value=12.0))
    assert values(night(tmp_path / "were", 1, check_ins=pages(Value=True))) == [12.0] * 4
    assert values(night(tmp_path / "always", 0, check_ins=pages(Value=True))) == [1.0] * 4


def test_what_was_always_empty_is_believed(tmp_path: Path) -> None:
    lake = night(tmp_path, 0, check_ins=pages(Confidence="", KR=[]))
    reading = read_dataset(lake, connect(), CHECK_INS)
    assert (len(reading.records), reading.unread) == (4, None)


def refs(lake: Lake) -> dict[str, tuple[str, ...]]:
    reading = read_dataset(lake, connect(), CHECK_INS)
    return {record.id: record.cells["key_result"].refs for record in reading.records}


def test_a_relation_into_a_place_out_of_reach_stands_and_others_do_not(tmp_path: Path) -> None:
    goals = {"kr-1": {"Name": "One"}, "kr-2": {"Name": "Two"}}
    held = pages(KR=["kr-1", "elsewhere"])
    night(tmp_path, 0, goals=goals, check_ins=held)
    emptied = pages(KR=["elsewhere"], Rollup="0") | {"page-9": pages(KR=["kr-9"])["page-0"]}
    emptied["page-1"] = {**emptied["page-1"], "KR": [], "Confidence": "Low"}
    for number in (1, 2):
        lake = night(tmp_path, number, hidden=["goals"], check_ins=emptied)
        assert refs(lake) == {
            "page-0": ("elsewhere", "kr-1"),
            "page-1": ("kr-1",),
            "page-2": ("elsewhere", "kr-1"),
            "page-3": ("elsewhere", "kr-1"),
            "page-9": ("kr-9",),
        }
        assert confidences(lake)[1] == "Low"  # all else of the page is as it is now
    lake = night(tmp_path, 3, goals=goals, check_ins=emptied)
    assert refs(lake)["page-0"] == ("elsewhere",)  # reached again, and so believed


def test_relations_to_what_vanished_in_masses_stand_and_those_to_the_rest_do_not(
    tmp_path: Path,
) -> None:
    goals = {f"kr-{number}": {"Name": f"{number}"} for number in range(8)}
    left = {id_: page for id_, page in goals.items() if id_ in ("kr-0", "kr-1", "kr-2")}
    night(tmp_path, 0, goals=goals, check_ins=pages(KR=["kr-1", "kr-7"]))
    emptied = pages(KR=[]) | {"page-9": pages(KR=["kr-2"])["page-0"]}
    lake = night(tmp_path, 1, goals=left, check_ins=emptied)
    assert refs(lake)["page-0"] == ("kr-7",)
    assert refs(lake)["page-9"] == ("kr-2",)


def test_a_relation_that_is_empty_on_every_page_at_once_is_not_believed(tmp_path: Path) -> None:
    night(tmp_path, 0, check_ins=pages())
    lake = night(tmp_path, 1, check_ins=pages(KR=[], Rollup="0"))
    reading = read_dataset(lake, connect(), CHECK_INS)
    assert set(refs(lake).values()) == {("kr-1",)}
    assert "'KR'" in str(reading.unread and reading.unread.why)
