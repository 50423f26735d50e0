"""Google Sheets from sign-in to table, against the stand-in: the cases that trip readers up."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.errors import AccessError, CredentialError, MissingError
from connectors.records import Message, Present, Problem, Rows
from connectors.sheets.decode.tables import Table, read_table
from connectors.sheets.source import SheetsSettings, SheetsSource
from connectors.transport.retry import RetryPolicy
from sandbox.server.google.service_account import ServiceAccount
from sandbox.server.google.sheets.store import Cell, Tab
from tests.connectors.support.loopback import Asked, Reply, serving
from tests.connectors.support.sheets_stand_in import METRICS, ROWS, Google


@pytest.fixture
def google() -> Iterator[Google]:
    made = Google()
    with serving(made.answer) as made.server:
        yield made


Pull = Callable[..., list[Message]]


@pytest.fixture
def pull(google: Google, tmp_path: Path) -> Pull:
    key_file = tmp_path / "service-account.json"
    google.account.write(key_file, f"{google.server.url}/token")

    def pulled(cursor: Any = None, *spreadsheets: str) -> list[Message]:
        retry = RetryPolicy(attempts=2, base_seconds=0.001)
        wanted = spreadsheets or (METRICS,)
        source = SheetsSource(SheetsSettings(key_file, wanted, google.server.url, retry=retry))
        try:
            return list(source.pull(cursor or {}))
        finally:
            source.close()

    return pulled


def tables(messages: list[Message]) -> list[dict[str, Any]]:
    found = [message.table for message in messages if isinstance(message, Rows)]
    return pa.concat_tables(found).to_pylist()


def table(messages: list[Message], tab: str = "Wochenwerte", *wanted: str) -> Table:
    rows = [row for row in tables(messages) if row["tab"] == tab]
    return read_table(rows, wanted or ("KR", "Woche", "Wert"))


def cursor_of(messages: list[Message]) -> Any:
    last = messages[-1]
    assert isinstance(last, Rows)
    return last.cursor


def test_every_kind_of_cell_is_read_for_what_it_is(pull: Pull) -> None:
    found = table(pull())
    assert found.header_row == 4
    read = [
        (cells["KR"].text, cells["Woche"].kind, cells["Wert"].kind, cells["Wert"].number)
        for cells in (record.cells for record in found.records)
    ]
    assert read == [
        ("KR-19", "date", "number", 12400.0),
        ("KR-19", "date", "text", None),
        ("KR-20", "date", "percent", 0.125),
        ("KR-20", "text", "text", None),
        ("KR-21", "date", "duration", 185.0),
        ("KR-25", "date", "number", 2.4),
        ("KR-24", "date", "error", None),
        ("KR-22", "datetime", "text", None),
        ("007", "date", "money", 9.5),
        ("5,1", "date", "bool", 1.0),
    ]
    cells = [record.cells for record in found.records]
    assert (cells[0]["Woche"].date, cells[1]["Woche"].date) == ("2026-11-20", "2026-11-27")
    assert (cells[1]["Wert"].text, cells[1]["Wert"].locale) == ("12.400", "de_DE")
    assert (cells[3]["Woche"].text, cells[3]["Wert"].text) == ("27.11.2026", "12,5%")
    assert (cells[4]["Wert"].text, cells[5]["Wert"].unit) == ("3:05", "x")
    assert cells[6]["Wert"].text == "#REF!"
    assert cells[7]["Woche"].date == "2026-11-27T09:00:00+01:00"
    assert (cells[8]["Wert"].unit, cells[9]["KR"].kind) == ("EUR", "number")
    assert cells[0]["Wert"].address == "Wochenwerte!C5"
    assert [record.row for record in found.records if record.hidden] == [6]


def test_a_night_without_change_is_one_listing(google: Google, pull: Pull) -> None:
    cursor = cursor_of(pull())
    google.server.asked.clear()
    assert tables(pull(cursor)) == []
    assert len(google.server.asked) == 2  # sign-in and listing


def test_an_edit_is_seen_the_next_night(google: Google, pull: Pull) -> None:
    cursor = cursor_of(pull())
    google.clock.advance(86400)
    google.drive.set_cell(METRICS, "Wochenwerte!C5", 13000)
    messages = pull(cursor)
    assert table(messages).records[0].cells["Wert"].number == 13000.0
    assert tables(messages)[0]["updated_at"] == google.clock.now


def test_a_recalculated_formula_is_seen_within_three_days(google: Google, pull: Pull) -> None:
    google.drive.set_cell(METRICS, "Wochenwerte!C5", Cell(1, formula="=IMPORTRANGE()"))
    cursor = cursor_of(pull())
    google.drive.recalculate(METRICS, "Wochenwerte!C5", 2)
    assert tables(pull(cursor)) == []
    google.clock.advance(3 * 86400 + 60)
    assert table(pull(cursor)).records[0].cells["Wert"].number == 2.0


def test_a_moved_column_changes_nothing(google: Google, pull: Pull) -> None:
    before = [record.cells["Wert"].text for record in table(pull()).records]
    google.drive.move_column(METRICS, "Wochenwerte", 2, 0)
    assert [record.cells["Wert"].text for record in table(pull()).records] == before


def test_a_renamed_header_is_named(google: Google, pull: Pull) -> None:
    google.drive.set_cell(METRICS, "Wochenwerte!C4", "Wert (neu)")
    with pytest.raises(MissingError, match=r"no header 'Wert'.*Closest .* is 'Wert \(neu\)'"):
        table(pull())


def test_a_tab_named_like_a_cell_and_one_renamed(google: Google, pull: Pull) -> None:
    (record,) = table(pull(), "A1", "KR").records
    assert record.cells["KR"].address == "'A1'!A2"
    places = {row["tab"]: row["place"] for row in tables(pull())}
    google.drive.rename_tab(METRICS, "Wochenwerte", "Werte")
    assert {row["tab"]: row["place"] for row in tables(pull())} == {
        "Werte": places["Wochenwerte"],
        "A1": places["A1"],
    }


def test_an_emptied_sheet_has_no_rows_left(google: Google, pull: Pull) -> None:
    cursor = cursor_of(pull())
    google.drive.clear_tab(METRICS, "Wochenwerte")
    google.drive.delete_tab(METRICS, "A1")
    messages = pull(cursor)
    present = [message.ids.to_pylist() for message in messages if isinstance(message, Present)]
    assert present == [[], []]


def test_revoked_access_and_trash_leave_the_rows_as_they_were(google: Google, pull: Pull) -> None:
    google.drive.add_spreadsheet("other", "Other", tabs=(Tab("T", [["x"]]),))
    cursor = cursor_of(pull(None, METRICS, "other"))
    google.drive.revoke(METRICS)
    messages = pull(cursor, METRICS, "other")
    (problem,) = [message for message in messages if isinstance(message, Problem)]
    assert (problem.subject, problem.severity) == (METRICS, "error")
    assert google.account.email in problem.sentence
    google.drive.share(METRICS, google.account.email)
    google.drive.trash(METRICS)
    messages = pull(cursor, METRICS, "other")
    (problem,) = [message for message in messages if isinstance(message, Problem)]
    assert "trash" in problem.sentence
    assert not any(isinstance(message, Present) for message in messages)
    google.drive.restore(METRICS)
    assert len(tables(pull(cursor, METRICS, "other"))) > 0


def test_nothing_shared_fails_with_the_address_to_share_with(google: Google, pull: Pull) -> None:
    google.drive.revoke(METRICS)
    with pytest.raises((AccessError, MissingError), match=google.account.email):
        pull()


def test_a_key_of_another_account_is_refused(google: Google, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    ServiceAccount().write(path, f"{google.server.url}/token")
    once = RetryPolicy(attempts=1)
    source = SheetsSource(SheetsSettings(path, (METRICS,), google.server.url, retry=once))
    with pytest.raises(CredentialError, match="invalid_grant"):
        list(source.pull({}))
    source.close()


def test_a_spreadsheet_too_large_for_one_answer_is_read_in_parts(
    google: Google, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pull()
    google.server.asked.clear()
    monkeypatch.setattr("connectors.sheets.requests.CELLS_AT_ONCE", 26 * 7)
    for sheet, rows in zip(google.drive.files[METRICS].sheets, (len(ROWS), 2), strict=True):
        sheet.row_count = rows

    def tamper(asked: Asked) -> Reply | None:
        ranges = "ranges=" in asked.path
        is_grid = "rowData" in asked.path
        return Reply(413, b"{}") if is_grid and not ranges else None

    google.tamper = tamper
    parts = pull()
    assert tables(parts) == tables(whole)
    assert sum("ranges=" in asked.path for asked in google.server.asked) == 3
    known = cursor_of(parts) | {
        "spreadsheets": {METRICS: cursor_of(parts)["spreadsheets"][METRICS]}
    }
    known["spreadsheets"][METRICS] |= {"version": None, "cells": 10**6}
    google.server.asked.clear()
    assert tables(pull(known)) == tables(whole)
    outlines = [asked for asked in google.server.asked if "gridProperties" in asked.path]
    assert len(outlines) == 1


def test_a_scope_that_is_missing_is_not_called_a_missing_permission(
    pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets_only = ("https://www.googleapis.com/auth/spreadsheets.readonly",)
    monkeypatch.setattr("connectors.sheets.credentials.SCOPES", sheets_only)
    with pytest.raises(AccessError, match=r"is good, but lacks a scope.*drive\.metadata\.readonly"):
        pull()


def test_a_deleted_account_is_not_called_a_missing_permission(google: Google, pull: Pull) -> None:
    del google.accounts[google.account.email]
    with pytest.raises(CredentialError, match="account was deleted or disabled"):
        pull()
