"""Key Results measured by cells and named ranges of a spreadsheet, night after night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.ingest.pull import pull_sources
from pipelines.lake.duckdb_session import connect
from pipelines.model.measures.key_results import Measured, measured_on
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_steps
from pipelines.project import Project
from pipelines.publish.publish import publish
from published.tables import PublishedTables
from sandbox.server.clock import Clock
from sandbox.server.google.app import google_app
from sandbox.server.google.service_account import ServiceAccount
from sandbox.server.google.sheets.batch import batch_update
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Tab
from tests.sandbox.support.serving import serving

pytestmark = pytest.mark.night

BOOK = "1Numbers"
FIRST = dt.datetime(2026, 11, 2, 18, tzinfo=dt.UTC)
SETTINGS = """
organization: {{name: Acme, timezone: Asia/Kuala_Lumpur}}
cycles: [{{id: 2026-Q4, start: 2026-10-01, end: 2026-12-31}}]
sources: {{sheets: {{credentials: key.json, url: "{url}"}}}}
datasets:
  - holds: key_results
    from: sheets
    place: {{spreadsheet: 1Numbers, tab: OKRs}}
    fields: {{id: KR, unit: Unit, baseline: From, target: To, cycle: Cycle, measure: Measure}}
  - {{holds: table, name: board, from: sheets, place: {{spreadsheet: 1Numbers, tab: Board}}}}
"""
OKRS = [
    ["KR", "Unit", "From", "To", "Measure", "Cycle"],
    ["KR-1", "x", 1, 3, "named range Coverage from board", "2026-Q4"],
    ["KR-2", "count", 0, 200, "sum of named range leads from board", "2026-Q4"],
    ["KR-3", "%", 0, 100, "cell B8 from board", "2026-Q4"],
    ["KR-4", "count", 0, 200, "named range Leads from board", "2026-Q4"],
    ["KR-5", "count", 0, 200, "max of named range Leads from board", "2026-Q4"],
    ["KR-6", "count", 0, 200, "last of named range Leads from board", "2026-Q4"],
]
BOARD = [
    ["Region", "Leads"],
    ["North", 40],
    ["South", 35],
    ["West", Cell("n/a yet")],
    [],
    ["Coverage", Cell(2.4, '0.0"x"')],
    [],
    ["Done", Cell(0.25, "0%")],
]


@dataclass
class Desk:
    """A company that keeps everything in one spreadsheet, and its nights."""

    drive: GoogleDrive
    settings: Path
    now: dt.datetime = FIRST

    def read(self) -> Project:
        """Read the spreadsheet; the next time is a day later."""
        project = Project(self.settings, now=self.now)
        outcomes = list(pull_sources(project, ["sheets"]))
        assert [one.error for one in outcomes] == [None]
        self.now += dt.timedelta(days=1)
        self.drive.clock.advance(86400)
        return project

    def night(self, **measures: str) -> NightlyResult:
        """Read, and measure; ``KR_1`` is another measure of KR-1."""
        project = self.read()
        more = {key.replace("_", "-"): text for key, text in measures.items()}
        rows = pd.DataFrame(
            {
                "key_result_id": [row[0] for row in OKRS[1:]],
                "unit": [row[1] for row in OKRS[1:]],
                "measure": [more.get(row[0], row[4]) for row in OKRS[1:]],
            },
            dtype="str",
        ).assign(cycle_start=pd.Timestamp("2026-10-01"))
        return NightlyResult(measured_on(project, connect(), rows, {}, []))

    def change(self, **request: Any) -> None:
        batch_update(self.drive, self.drive.files[BOOK], {"requests": [request]})

    def rows(self, request: str, first: int, end: int) -> None:
        span = {"sheetId": 7, "dimension": "ROWS", "startIndex": first, "endIndex": end}
        self.change(**{request: {"range": span}})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    account = ServiceAccount()
    drive = GoogleDrive(Clock(FIRST), readers=[account.email])
    tabs = [Tab("OKRs", OKRS), Tab("Board", BOARD, sheet_id=7), Tab("Other", [[1.5]], sheet_id=8)]
    drive.add_spreadsheet(BOOK, "Numbers", tabs=tabs)
    drive.name_range(BOOK, "Coverage", "Board!B6")
    drive.name_range(BOOK, "Leads", "Board!B2:B4")
    with serving(google_app(drive, {account.email: account.public_key})) as url:
        account.write(tmp_path / "key.json", f"{url}/token")
        settings = tmp_path / "okr.yaml"
        settings.write_text(SETTINGS.format(url=url), encoding="utf-8")
        yield Desk(drive, settings)


@dataclass
class NightlyResult:
    """What the measures came to."""

    measured: Measured

    def values(self, key_result_id: str) -> dict[str, float]:
        rows = self.measured.values
        mine = rows[rows["key_result_id"] == key_result_id].sort_values("date")
        return dict(zip(mine["date"].dt.date.astype("str"), mine["value"], strict=True))

    def last(self, key_result_id: str) -> pd.Series:
        rows = self.measured.values
        return rows[rows["key_result_id"] == key_result_id].sort_values("date").iloc[-1]

    def said(self, key_result_id: str) -> str:
        found = self.measured.findings
        about = found["subject_id"] == key_result_id
        return " ".join(found.loc[about, "severity"] + ": " + found.loc[about, "sentence"])


def test_a_named_range_is_the_value_from_the_day_it_was_first_read(desk: Desk) -> None:
    night = desk.night()
    assert night.values("KR-1") == {"2026-11-03": 2.4}  # 02:00 in Kuala Lumpur
    one = night.last("KR-1")
    assert (one["seen_at"], one["n"]) == (pd.Timestamp(FIRST), 1)
    assert one["field"] == "Board!B6, named Coverage"
    assert one["url"].endswith("#gid=7&range=B6")
    assert night.values("KR-3") == {"2026-11-03": 25}


def test_each_figure_of_several_cells_counts_those_that_hold_a_number(desk: Desk) -> None:
    text = "{} of named range leads from board"
    asked = ("sum", "count", "mean", "median", "p100", "last")
    night = desk.night(**{f"KR_{n}": text.format(name) for n, name in enumerate(asked, 1)})
    found = [night.last(f"KR-{n}")["value"] for n in range(1, 7)]
    assert found == [75, 2, 37.5, 37.5, 40, 35]
    assert night.last("KR-1")["field"] == "sum of 2 cells, Board!B2:B4, named leads"
    odd = night.measured.findings
    assert odd["sentence"].str.contains("Board!B4").tolist() == [True] * len(asked)
    assert set(odd["evidence"]) == {"n/a yet"}


def test_several_cells_need_a_figure_and_only_figures_that_exist(desk: Desk) -> None:
    night = desk.night()
    assert "is several cells, Board!B2:B4; write which figure" in night.said("KR-4")
    assert "sum of named range Leads from board" in night.said("KR-4")
    assert "at 1: expected count, sum, mean, median" in night.said("KR-5")
    assert night.measured.values["key_result_id"].tolist() == ["KR-1", "KR-2", "KR-3", "KR-6"]


def test_rows_put_in_above_move_the_range_and_not_the_value_nor_its_day(desk: Desk) -> None:
    desk.read()
    desk.rows("insertDimension", 1, 2)
    night = desk.night()
    assert night.values("KR-1") == {"2026-11-03": 2.4}
    assert night.values("KR-2") == {"2026-11-03": 75}
    assert night.said("KR-1") == ""
    # A cell's address is fixed: it holds something else now.
    assert "there is nothing in B8 of Board any more; it last changed on 2026-11-03, to “25%”" in (
        night.said("KR-3")
    )
    desk.drive.set_cell(BOOK, "Board!B7", 3.0)
    night = desk.night()
    assert night.values("KR-1") == {"2026-11-03": 2.4, "2026-11-05": 3.0}
    assert night.last("KR-1")["field"] == "Board!B7, named Coverage"
    assert night.last("KR-1")["url"].endswith("range=B7")


def test_a_range_may_lie_on_another_tab_than_the_table_and_be_open(desk: Desk) -> None:
    desk.read()
    desk.drive.name_range(BOOK, "Coverage", "Other!A1")
    desk.drive.name_range(BOOK, "Leads", "Board!B2:B")
    night = desk.night(KR_3="count of named range Leads from board")
    assert night.values("KR-1") == {"2026-11-03": 2.4, "2026-11-04": 1.5}
    assert "several cells, Board!B2:B; write" in night.said("KR-4")
    assert night.last("KR-3")["value"] == 3  # 40, 35 and 25 %; 2.4x is no percentage


def rename(desk: Desk) -> None:
    (one,) = [one for one in desk.drive.files[BOOK].named_ranges if one.name == "Coverage"]
    sent = {"namedRangeId": one.id, "name": "Pipeline_coverage"}
    desk.change(updateNamedRange={"namedRange": sent, "fields": "name"})


def delete(desk: Desk) -> None:
    (one,) = [one for one in desk.drive.files[BOOK].named_ranges if one.name == "Coverage"]
    desk.change(deleteNamedRange={"namedRangeId": one.id})


def delete_row(desk: Desk) -> None:
    desk.rows("deleteDimension", 5, 6)


def delete_tab(desk: Desk) -> None:
    desk.drive.name_range(BOOK, "Coverage", "Other!A1")
    desk.read()
    desk.change(deleteSheet={"sheetId": 8})


@pytest.mark.parametrize(
    ("lose", "became", "where", "value"),
    [
        (rename, "was renamed to 'Pipeline_coverage'", "Board!B6 since 2026-11-03", 2.4),
        (delete, "was deleted", "Board!B6 since 2026-11-03", 2.4),
        (delete_row, "has lost its cells (#REF!)", "Board!B6 since 2026-11-03", 2.4),
        (delete_tab, "has lost its cells (#REF!)", "Other!A1 since 2026-11-04", 1.5),
    ],
)
def test_a_lost_range_is_an_error_that_says_where_it_lay_and_what_there_is(
    desk: Desk, lose: Callable[[Desk], None], became: str, where: str, value: float
) -> None:
    desk.read()
    lose(desk)
    night = desk.night()
    said = night.said("KR-1")
    assert said.startswith("error: A measure of KR-1 cannot be used: the named range 'Coverage' ")
    assert f"{became}. It lay at {where}; there are " in said or "there are Leads" in said
    assert "Leads" in said
    assert night.last("KR-1")["value"] == value  # what was read stands, as of its day


def test_a_renamed_range_keeps_its_values_under_the_new_name(desk: Desk) -> None:
    desk.read()
    rename(desk)
    night = desk.night(KR_1="named range pipeline_coverage from board")
    assert night.said("KR-1") == ""
    assert night.values("KR-1") == {"2026-11-04": 2.4}


def test_a_name_that_never_was_is_told_with_those_that_are(desk: Desk) -> None:
    night = desk.night(KR_1="named range Covrage from board")
    assert night.values("KR-1") == {}
    assert "warning: A measure of KR-1 cannot be used" in night.said("KR-1")
    assert "no named range 'Covrage'; there are Coverage, Leads. Closest is 'Coverage'" in (
        night.said("KR-1")
    )


def test_another_cell_of_the_row_does_not_make_a_value_newer(desk: Desk) -> None:
    desk.read()
    for address in ("Board!D6", "Board!D8"):
        desk.drive.set_cell(BOOK, address, "checked by hand")
    night = desk.night()
    assert night.values("KR-1") == {"2026-11-03": 2.4}
    assert night.values("KR-3") == {"2026-11-03": 25}


def test_what_stood_when_a_cycle_began_is_true_for_its_first_day(desk: Desk) -> None:
    desk.now = dt.datetime(2026, 9, 20, 18, tzinfo=dt.UTC)
    desk.read()
    desk.now = dt.datetime(2026, 10, 4, 18, tzinfo=dt.UTC)
    night = desk.night()
    assert night.values("KR-1") == {"2026-09-21": 2.4, "2026-10-01": 2.4}
    assert night.last("KR-1")["seen_at"] == pd.Timestamp("2026-09-20T18:00Z")
    assert night.values("KR-3") == {"2026-09-21": 25, "2026-10-01": 25}


def test_a_cell_follows_its_tab_by_title(desk: Desk) -> None:
    desk.read()
    desk.drive.rename_tab(BOOK, "Board", "Board 2025")
    desk.drive.rename_tab(BOOK, "Other", "Board")
    desk.drive.set_cell(BOOK, "Board!B8", Cell(0.5, "0%"))
    assert desk.night().values("KR-3") == {"2026-11-03": 25, "2026-11-04": 50}


def test_nights_publish_it_and_a_past_day_knows_what_was_read_by_then(desk: Desk) -> None:
    desk.read()
    desk.drive.set_cell(BOOK, "Board!B6", 3.0)
    last = desk.read()
    published_on(last)
    tables = PublishedTables(last.paths.duckdb)
    row = tables.frame("key_results").set_index("key_result_id").loc["KR-1"]
    assert (row["current_value"], row["progress"]) == (3.0, 1.0)
    assert row["current_value_at"] == dt.date(2026, 11, 4)
    assert row["value_source"].endswith("Board!B6, named Coverage")
    past = Project(desk.settings, dt.date(2026, 11, 3), now=desk.now)
    assert published_on(past, readers=False).loc["KR-1", "current_value"] == 2.4


def published_on(project: Project, *, readers: bool = True) -> pd.DataFrame:
    tables = run_steps(NIGHTLY, project, "run")["candidate_tables"]
    if readers:
        publish(project, "run")
    return tables["key_results"].set_index("key_result_id")
