"""A target in a Google Sheet, against the stand-in over HTTP."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from connectors.sheets import shared_book
from connectors.sheets.source import SheetsSettings
from connectors.transport.retry import RetryPolicy
from pipelines.datasets.former_ids import known_aliases
from pipelines.project import Project
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.sheet.cells import COLUMNS
from pipelines.publish.targets.sheet.target import SheetTarget
from pipelines.publish.targets.write import write_targets
from pipelines.setup.service_checks import check_publish_target
from sandbox.server.google.sheets.batch import batch_update
from sandbox.server.google.sheets.store import Cell, Sheet
from tests.connectors.support.loopback import Asked, Reply, serving
from tests.connectors.support.sheets_stand_in import METRICS, Google
from tests.sandbox.support.google_box import SHEETS, conforms
from tests.support.commands import call_okr
from tests.support.published.running_key_results import kr, publish
from tests.support.published.runs import day, publish_run, run_id
from tests.support.small_company import SETTINGS

_FIRST = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)


class Desk:
    """A target, and what people see and do in its spreadsheet."""

    def __init__(self, google: Google, settings: SheetsSettings) -> None:
        self.google, self.settings = google, settings
        self.target = self.made()

    def made(self, *, keeps_keys: bool = True) -> SheetTarget:
        return SheetTarget("meeting", self.settings, keeps_keys=keeps_keys)

    def tab(self, title: str = "Key Results") -> Sheet:
        return self.google.drive.files[METRICS].sheet(title)

    def rows(self, title: str = "Key Results") -> dict[str, dict[str, Cell]]:
        """The cells by key and header, wherever they are."""
        cells = self.tab(title).cells
        header = next(row for (row, _), cell in cells.items() if cell.value == "key_result_id")
        names = {at: cell.value for (row, at), cell in cells.items() if row == header}
        key = next(at for at, name in names.items() if name == "key_result_id")
        found: dict[str, dict[str, Cell]] = {}
        for (row, at), cell in sorted(cells.items()):
            if row > header:
                name = str(cells.get((row, key), Cell()).value)
                found.setdefault(name, {})[str(names.get(at))] = cell
        return found

    def change(self, *requests: Any) -> None:
        """Do something as the owner of the spreadsheet."""
        batch_update(self.google.drive, self.google.drive.files[METRICS], {"requests": requests})

    def insert_column(self, at: int, header: str, title: str = "Key Results") -> None:
        span = {"sheetId": self.tab(title).sheet_id, "dimension": "COLUMNS"}
        self.change({"insertDimension": {"range": {**span, "startIndex": at, "endIndex": at + 1}}})
        self.tab(title).put(1, at, Cell(header))

    def note(self, key: str, header: str, text: str) -> None:
        cells = self.tab().cells
        row = next(r for (r, _), cell in cells.items() if cell.value == key)
        column = next(c for (r, c), cell in cells.items() if r == 1 and cell.value == header)
        self.google.drive.set_cell(METRICS, f"'Key Results'!{chr(65 + column)}{row + 1}", text)

    def asked(self) -> list[Asked]:
        return [one for one in self.google.server.asked if "v4" in one.path]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    google = Google()
    with serving(google.answer) as google.server:
        key_file = tmp_path / "service-account.json"
        google.account.write(key_file, f"{google.server.url}/token")
        retry = RetryPolicy(attempts=4, base_seconds=0.001)
        yield Desk(
            google, SheetsSettings(key_file, (METRICS,), google.server.url, 6_000, retry=retry)
        )


def test_what_is_read_back_is_what_is_published(desk: Desk) -> None:
    seen = dt.datetime(2026, 11, 1, 10, 30, 15, tzinfo=dt.UTC)
    rows = [
        kr(1, statement="=1+1", owner="+49 30", progress=0.64, current_value_seen_at=seen),
        kr(2, unit="USD", current_value=None, due_on=dt.date(2026, 12, 1), activity_28d=2**53 + 2),
        kr(
            3, teams=["Sales", "Ops"], signals=["a", "b"], unit=None, measure="", statement="a\r\nb"
        ),
        kr(4, cycle_id="Q3", cycle_end=dt.date(2026, 10, 31)),
    ]
    run = publish(1, *rows)
    manifest = desk.target.write(run)
    assert (manifest.rows, manifest.is_of(run)) == ({"key_results": 3}, True)
    assert desk.target.manifest() == manifest
    assert desk.target.missing(manifest) is None
    found = desk.rows()
    assert list(found) == ["KR-1", "KR-2", "KR-3"]
    published = {
        row["key_result_id"]: row
        for batch in run.batches(run.tables[0])
        for row in batch.to_pylist()
    }
    for key, cells in found.items():
        for column in COLUMNS:
            value = published[key][column.name]
            cell = cells.get(column.name, Cell())
            assert cell.formula is None
            if isinstance(value, dt.datetime):
                value = (value - _FIRST) / dt.timedelta(days=1)
            elif isinstance(value, dt.date):
                value = (value - _FIRST.date()).days
            elif isinstance(value, list):
                value = " | ".join(value)
            elif isinstance(value, int) and value > 2**53:
                value = str(value)
            elif isinstance(value, str):
                value = value.replace("\r\n", "\n") or None
            assert cell.value == value, (key, column.name)
            if isinstance(cell.value, str):
                assert cell.pattern == "@", (key, column.name)
    assert found["KR-1"]["progress"].pattern == "0.0%"
    assert found["KR-1"]["current_value"].pattern == '#,##0.0###"%"'
    assert found["KR-2"]["due_on"].pattern == "yyyy-mm-dd"
    assert found["KR-1"]["current_value_seen_at"].pattern == "yyyy-mm-dd hh:mm:ss"
    assert list(desk.rows("Sales")) == list(found)
    assert list(desk.rows("Ops")) == ["KR-3"]
    tab = desk.tab()
    assert (tab.frozen_rows, tab.cells[1, 0].bold, tab.protections) == (2, True, {})
    said = str(tab.cells[0, 0].value)
    assert said.startswith(f"okr-sync: 3 Key Results of the running cycles as of {day(1)}, run run")


def test_what_people_made_stays_where_it_was(desk: Desk) -> None:
    desk.target.write(publish(1, kr(1), kr(2), kr(3)))
    before = {one.title: dict(one.cells) for one in desk.google.drive.files[METRICS].sheets[:2]}
    desk.insert_column(1, "Our note")
    for key in ("KR-1", "KR-3"):
        desk.note(key, "Our note", f"for {key}")
    tab = desk.tab()
    tab.put(5, 1, Cell("=COUNTA(B3:B5)", formula="=COUNTA(B3:B5)"))  # a row of their own
    tab.put(5, 2, Cell("Total"))  # where the cycle stands
    desk.google.drive.rename_tab(METRICS, "Key Results", "Monday")
    desk.google.drive.rename_tab(METRICS, "Monday", "Key Results")
    desk.google.drive.sort_rows(METRICS, "Key Results", 1, header_rows=2)
    run = publish(2, kr(3, current_value=70.0), kr(4), kr(1))
    desk.target.write(run)
    found = desk.rows()
    assert set(found) == {"KR-1", "KR-3", "KR-4", "None"}
    notes = {key: cells["Our note"].value for key, cells in found.items() if "Our note" in cells}
    assert {key: notes[key] for key in ("KR-1", "KR-3")} == {"KR-1": "for KR-1", "KR-3": "for KR-3"}
    assert found["None"]["Our note"].formula == "=COUNTA(B3:B5)"
    assert found["None"]["cycle_id"].value == "Total"
    assert found["KR-3"]["current_value"].value == 70
    after = {one.title: dict(one.cells) for one in desk.google.drive.files[METRICS].sheets[:2]}
    assert after == before


@pytest.mark.parametrize("keeps_keys", [True, False])
def test_a_note_stays_when_its_key_result_goes(desk: Desk, keeps_keys: bool) -> None:
    target = desk.made(keeps_keys=keeps_keys)
    target.write(publish(1, kr(1), kr(2)))
    desk.insert_column(1, "Our note")
    desk.note("KR-1", "Our note", "kept")
    target.write(publish(2))
    (key,) = desk.rows()
    assert key == ("KR-1" if keeps_keys else "None")
    kept = {"key_result_id", "cycle_id"} if keeps_keys else set()
    assert set(desk.rows()[key]) == {"Our note", *kept}
    target.write(publish(3, kr(1)))
    assert len(desk.rows()) == (1 if keeps_keys else 2)
    assert desk.rows()["KR-1"]["unit"].value == "%"


def test_a_night_costs_five_requests_and_writes_only_what_differs(desk: Desk) -> None:
    run = publish(1, *(kr(number) for number in range(40)))
    desk.target.write(run)
    count, version = len(desk.asked()), desk.google.drive.files[METRICS].version
    desk.target.write(run)
    assert desk.google.drive.files[METRICS].version == version
    assert len(desk.asked()) == count + 3
    desk.made().manifest()
    desk.target.write(publish(2, *(kr(n, current_value=n / 3) for n in range(40))))
    assert len(desk.asked()) == count + 3 + 1 + 5
    last = desk.asked()[-1]
    blocks = [one["updateCells"] for one in last.json["requests"] if "updateCells" in one]
    sizes = sorted((len(one["rows"]), len(one["rows"][0]["values"])) for one in blocks)
    assert sizes == [(1, 1), (1, 1), (40, 1), (40, 1)]  # two stamps, and a column in each tab


def test_it_is_said_which_column_was_renamed_and_a_new_one_is_added(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = tuple(one for one in COLUMNS if one.name != "rationale")
    with monkeypatch.context() as older:
        older.setattr("pipelines.publish.targets.sheet.target.COLUMNS", fewer)
        desk.target.write(publish(1, kr(1)))
    assert "rationale" not in desk.rows()["KR-1"]
    desk.insert_column(desk.tab().column_count, "Our note")
    desk.target.write(publish(2, kr(1, rationale="why")))
    assert desk.rows()["KR-1"]["rationale"].value == "why"
    (at,) = (
        at for (row, at), cell in desk.tab().cells.items() if row == 1 and cell.value == "unit"
    )
    desk.tab().put(1, at, Cell("Einheit"))
    cells = dict(desk.tab().cells)
    for ask in (desk.target.rehearse, desk.target.write):
        with pytest.raises(TargetError, match="no column, or several, with the header “unit”"):
            ask(publish(3, kr(1)))
    assert (desk.tab().cells, desk.tab().protections) == (cells, {})


def test_a_protected_range_is_named_and_nothing_is_written(desk: Desk) -> None:
    desk.target.write(publish(1, kr(1), kr(2)))
    area = {"sheetId": desk.tab().sheet_id, "startRowIndex": 2, "endRowIndex": 3}
    area |= {"startColumnIndex": 0, "endColumnIndex": 200}
    closed = {"range": area, "description": "agreed", "editors": {"users": ["boss@example.com"]}}
    desk.change({"addProtectedRange": {"protectedRange": {"protectedRangeId": 7, **closed}}})
    cells = dict(desk.tab().cells)
    run = publish(2, kr(1, current_value=1.0), kr(2, current_value=1.0))
    for ask in (desk.target.rehearse, desk.target.write):
        with pytest.raises(
            TargetError, match=r"'Key Results'!A3:.* \(agreed\) is protected and ok"
        ):
            ask(run)
    assert desk.tab().cells == cells
    assert list(desk.tab().protections) == [7]
    # What is not written may be protected, and what only warns keeps nobody out.
    desk.change({"deleteProtectedRange": {"protectedRangeId": 7}})
    beside = {**area, "startColumnIndex": 150, "endRowIndex": 5}
    desk.tab().column_count = 200
    desk.change({"addProtectedRange": {"protectedRange": closed | {"range": beside}}})
    warns = {"range": area, "warningOnly": True}
    desk.change({"addProtectedRange": {"protectedRange": warns}})
    desk.target.write(run)
    assert desk.rows()["KR-1"]["current_value"].value == 1


def test_a_tab_of_somebody_else_with_its_title_is_refused(desk: Desk) -> None:
    desk.change({"addSheet": {"properties": {"title": "sales"}}})
    for ask in (desk.target.rehearse, desk.target.write):
        with pytest.raises(TargetError, match="has a tab “sales” that okr-sync did not make"):
            ask(publish(1, kr(1)))
    assert [one.title for one in desk.google.drive.files[METRICS].sheets][-1] == "sales"


def test_a_tab_that_was_deleted_is_missing_and_made_anew(desk: Desk) -> None:
    run = publish(1, kr(1))
    manifest = desk.target.write(run)
    desk.change({"deleteSheet": {"sheetId": desk.tab("Sales").sheet_id}})
    assert "a tab that okr-sync made" in str(desk.target.missing(manifest))
    desk.target.write(run)
    assert list(desk.rows("Sales")) == ["KR-1"]
    desk.target.write(publish(2, kr(1, teams=["Ops"])))
    assert desk.rows("Sales") == {}  # the tab stays, without rows


@pytest.mark.parametrize("chunked", [False, True])
def test_after_a_kill_anywhere_the_next_run_repairs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    """Readers see one whole version at any time, or are told that it is not whole."""
    dice = random.Random(17)  # noqa: S311 - which request fails
    desk.target.write(publish(1, *(kr(n) for n in range(6))))
    desk.insert_column(2, "Our note")
    for number in range(6):
        desk.note(f"KR-{number}", "Our note", f"for KR-{number}")
    if chunked:
        monkeypatch.setattr(shared_book, "MOST_BYTES", 1_200)
    unfinished = 0
    for number in range(2, 7):
        rows = [kr(n, current_value=float(number)) for n in range(6)]
        run = publish(number, *rows)
        left = [dice.randrange(1, 10 if chunked else 5)]
        applied = dice.random() < 0.5

        def kill(asked: Asked, left: list[int] = left, applied: bool = applied) -> Reply | None:
            left[0] -= "v4" in asked.path
            if left[0] > 0:
                return None
            if left[0] == 0 and applied:  # the request is carried out, its answer lost
                desk.google._app(asked)
            return Reply(fault="drop")

        desk.google.tamper = kill
        with suppress(TargetError):  # else it went wrong after all that counts
            desk.made().write(run)
        desk.google.tamper = lambda _: None
        said = str(desk.tab().cells[0, 0].value)
        values = {row["current_value"].value for row in desk.rows().values()}
        if "not whole" in said:
            unfinished += 1
            assert desk.made().manifest() is None
        else:
            assert len(values) == 1
        desk.made().write(run)
        found = desk.rows()
        assert {row["current_value"].value for row in found.values()} == {number}
        assert {key: row["Our note"].value for key, row in found.items()} == {
            f"KR-{n}": f"for KR-{n}" for n in range(6)
        }
        assert desk.tab().protections == {}
        last = desk.made().manifest()
        assert last is not None
        assert last.run_id == run_id(number)
    assert bool(unfinished) == chunked


def test_nothing_is_written_once_somebody_has_taken_the_lock_away(desk: Desk) -> None:
    desk.target.write(publish(1, kr(1)))
    cells, posts = dict(desk.tab().cells), [0]

    def unlock(asked: Asked) -> None:
        posts[0] += asked.method == "POST" and "v4" in asked.path
        if posts[0] == 2:  # the write, after the lock
            desk.tab().protections.clear()

    desk.google.tamper = unlock
    with pytest.raises(TargetError, match="No protected range with id"):
        desk.target.write(publish(2, kr(1, current_value=1.0)))
    assert desk.tab().cells == cells
    assert desk.tab("Sales").protections == {}


def test_who_may_only_read_is_told_so(desk: Desk) -> None:
    assert "can be edited by okr-sync" in desk.target.look()
    desk.target.rehearse(publish(1, kr(1)))
    assert not [one for one in desk.asked() if one.method == "POST"]
    desk.google.drive.share(METRICS, desk.google.account.email, viewer=True)
    with pytest.raises(TargetError, match=r"may only be read\. Share it with okr-sync"):
        desk.target.rehearse(publish(1, kr(1)))


def test_a_quota_is_waited_for(desk: Desk) -> None:
    answers = [Reply(429, b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}')] * 2
    desk.google.tamper = lambda asked: answers.pop() if answers and "v4" in asked.path else None
    desk.target.write(publish(1, kr(1)))
    assert (list(desk.rows()), answers) == (["KR-1"], [])


def test_every_request_is_one_of_googles(desk: Desk) -> None:
    desk.target.write(publish(1, kr(1), kr(2)))
    desk.target.write(publish(2, kr(1, unit="USD")))
    for asked in desk.asked():
        if asked.method == "POST":
            conforms(asked.json, SHEETS, "BatchUpdateSpreadsheetRequest")


def test_the_commands_know_it(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SETTINGS.replace(
        "sources: {",
        f"sources: {{sheets: {{credentials: key.json, url: '{desk.google.server.url}'}}, ",
    )
    target = f"{{name: meeting, kind: sheet, spreadsheet: {METRICS}}}"
    config = tmp_path / "okr.yaml"
    config.write_text(f"{settings}\npublish: {{targets: [{target}]}}", encoding="utf-8")
    desk.google.account.write(tmp_path / "key.json", f"{desk.google.server.url}/token")
    publish_run(tmp_path / "data" / "published.duckdb", 1, rows=2)
    monkeypatch.setenv("OKR_CONFIG", str(config))

    def okr(*words: str) -> str:
        answer = call_okr(tmp_path, dict(os.environ), *words)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    assert "meeting (sheet): written: 0 rows of 1 tables" in okr("publish", "--to", "meeting")
    assert f"meeting (sheet, {METRICS}): run run-1 as of {day(1)}, up to date\n" in okr("targets")
    project = Project(config)
    (line,) = check_publish_target(project, project.settings.publish.targets[0])
    assert (line.state, line.sentence.split(" by ")[0]) == (
        "ok",
        f"The spreadsheet {METRICS} can be edited",
    )
    assert write_targets(project, known_aliases)[0].state == "up to date"
