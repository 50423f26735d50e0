"""Sheets' cases, one test each; ``test_cases`` lists them all."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from connectors.cells import Cell as Read
from connectors.errors import MissingError
from connectors.records import Message, Present, Problem, Rows
from connectors.sheets.decode.tables import Table, read_table
from connectors.sheets.source import SheetsSettings, SheetsSource
from connectors.transport.retry import RetryPolicy
from okr_model.entities import read_key_results, read_objectives
from okr_model.quantities.cell_quantities import read_quantities
from sandbox.server.clock import Clock
from sandbox.server.google.app import google_app
from sandbox.server.google.service_account import ServiceAccount
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Tab
from tests.connectors.support.asgi import answering
from tests.connectors.support.clock import NOW
from tests.connectors.support.loopback import serving
from tests.support.okr_cells import Q4, ZONE, frame, record

BOOK = "book"
WANTED = ("KR", "Value")


class Drive:
    """A Drive of one's own, and a pull of it."""

    def __init__(self, folder: Path, account: ServiceAccount, drive: GoogleDrive) -> None:
        self.drive = drive
        self.key_file = folder / "key.json"
        self.account = account
        self.url = ""
        self.cursor: Any = {}

    def put(self, *rows: list[Any], locale: str = "en_US", tab: str = "T", **more: Any) -> None:
        self.drive.add_spreadsheet(BOOK, "Book", locale, "Europe/Berlin", [Tab(tab, rows, **more)])

    def pull(self, *books: str) -> list[Message]:
        source = SheetsSource(
            SheetsSettings(
                self.key_file, books or (BOOK,), self.url, retry=RetryPolicy(2, base_seconds=0.001)
            )
        )
        try:
            messages = list(source.pull(self.cursor))
        finally:
            source.close()
        last = messages[-1]
        assert isinstance(last, Rows)
        self.cursor = last.cursor
        return messages

    def table(self, *wanted: str, tab: str = "T") -> Table:
        self.cursor = {}
        return read_table(rows(self.pull(), tab), wanted or WANTED)

    def values(self) -> list[Read]:
        return [one.cells["Value"] for one in self.table().records]


@pytest.fixture(scope="module")
def account() -> ServiceAccount:
    return ServiceAccount()


@pytest.fixture
def google(tmp_path: Path, account: ServiceAccount) -> Iterator[Drive]:
    made = Drive(tmp_path, account, GoogleDrive(Clock(NOW), readers=[account.email]))
    app = google_app(made.drive, {account.email: account.public_key})
    with serving(answering(app)) as server:
        made.url = server.url
        account.write(made.key_file, f"{server.url}/token")
        yield made


def rows(messages: list[Message], tab: str = "T") -> list[dict[str, Any]]:
    found = [message.table for message in messages if isinstance(message, Rows)]
    return [row for row in pa.concat_tables(found).to_pylist() if row["tab"] == tab]


def numbers(cells: list[Read]) -> list[float | None]:
    """What the model makes of the cells, in the unit they name; None is unreadable."""
    columns = [{"kind": c.kind, "text": c.text, "number": c.number} for c in cells]
    frame = pd.DataFrame(columns).assign(
        unit=[c.unit for c in cells], locale=[c.locale for c in cells], date=None
    )
    values = read_quantities(frame)["value"]
    return [None if pd.isna(value) else value for value in values]


def test_merged_cells(google: Drive) -> None:
    google.put(["Numbers"], ["KR", "Value"], ["KR-1", 5], [None, 6], merges=("A1:B1", "A3:A4"))
    table = google.table()
    assert table.header_row == 2
    read = [(r.cells["KR"].text, r.cells["Value"].number) for r in table.records]
    assert read == [("KR-1", 5), ("KR-1", 6)]
    assert [r.cells["KR"].merged for r in table.records] == [None, "down"]


def test_a_header_over_two_rows_and_a_team_merged_over_three(google: Drive) -> None:
    google.put(
        ["KR", "Team", "Metrics", None],
        [None, None, "Value", "Note"],
        ["KR-1", "Growth", 5, "a"],
        ["KR-2", None, 6, None],
        ["KR-3", None, 7, "merged"],
        ["KR-4", "Sales", 8, None],
        merges=("A1:A2", "B1:B2", "C1:D1", "B3:B5", "D5:E5"),
    )
    landed = rows(google.pull())
    for value, note in (("Value", "Note"), ("Metrics / Value", "metrics / note")):
        table = read_table(landed, ("KR", "Team", value, note))
        assert table.header_row == 2
        assert table.problems == []
        teams = [r.cells["Team"] for r in table.records]
        assert [cell.text for cell in teams] == ["Growth", "Growth", "Growth", "Sales"]
        assert [cell.address for cell in teams[:2]] == ["T!B3", "T!B3:B5, merged"]
        assert [r.cells[value].number for r in table.records] == [5, 6, 7, 8]


def test_a_two_row_header_without_merged_names_above_its_columns(google: Drive) -> None:
    google.put(
        ["KR", "Now", None, "Before", None],
        [None, "Value", "Note", "Value", "Note"],
        ["KR-1", 5, "a", 4, "b"],
        merges=("B1:C1", "D1:E1"),
    )
    landed = rows(google.pull())
    (record,) = read_table(landed, ("KR", "Before / Value")).records
    assert record.cells["Before / Value"].number == 4
    with pytest.raises(MissingError, match="'Value' 2 times in row 2: columns B, D"):
        read_table(landed, ("KR", "Value"))


def test_header_renamed_moved_duplicated_blank(google: Drive) -> None:
    google.put(["KR", None, "Value", "Value "], ["KR-1", "x", 5, 6])
    with pytest.raises(MissingError, match="'Value' 2 times in row 1: columns C, D"):
        google.table()
    google.drive.set_cell(BOOK, "T!D1", "Amount")
    assert google.values()[0].number == 5
    google.drive.move_column(BOOK, "T", 2, 0)
    assert google.values()[0].address == "T!A2"
    google.drive.set_cell(BOOK, "T!A1", "Valu")
    with pytest.raises(MissingError, match=r"no header 'Value'.*Closest to 'Value' is 'Valu'"):
        google.table()


def test_percent_as_text_beside_a_fraction(google: Drive) -> None:
    google.put(
        ["KR", "Value"],
        ["KR-1", "12,5%"],
        ["KR-1", Cell(0.125, pattern="0.0%")],
        ["KR-1", 0.125],
        locale="de_DE",
    )
    cells = google.values()
    assert [cell.kind for cell in cells] == ["text", "percent", "number"]
    assert numbers(cells) == [12.5, 12.5, 0.125]


def test_german_thousands_and_decimals(google: Drive) -> None:
    google.put(["KR", "Value"], ["KR-1", "1.234,56"], ["KR-1", 1234.56], locale="de_DE")
    assert numbers(google.values()) == [1234.56, 1234.56]


def test_date_serial_beside_text_date(google: Drive) -> None:
    google.put(
        ["KR", "Value"], ["KR-1", date(2026, 11, 27)], ["KR-1", "27.11.2026"], ["KR-1", 46353]
    )
    serial, text, number = google.values()
    assert (serial.kind, serial.date) == ("date", "2026-11-27")
    assert (text.kind, text.text) == ("text", "27.11.2026")
    assert (number.kind, number.number) == ("number", 46353)


def test_leading_zero_ids(google: Drive) -> None:
    google.put(["KR", "Value"], ["007", 1], [Cell(7, pattern="000"), 2], [7, 3])
    assert [one.cells["KR"].text for one in google.table().records] == ["007", "007", "7"]


def test_an_id_that_becomes_a_number(google: Drive) -> None:
    google.put(["KR", "Value"], ["5.10", 1], [5.1, 2], [Cell(5.1, pattern="0.00"), 3])
    ids = [one.cells["KR"] for one in google.table().records]
    # Where Sheets has made a number of it, what people see is taken, never the bare number.
    assert [(cell.kind, cell.text) for cell in ids] == [
        ("text", "5.10"),
        ("number", "5.1"),
        ("number", "5.10"),
    ]


def test_the_same_id_on_two_tabs(google: Drive) -> None:
    google.put(["KR", "Value"], ["KR-1", 5], tab="T")
    google.drive.add_tab(BOOK, Tab("U", [["KR", "Value"], ["KR-1", 7]]))
    held = [google.table(tab=tab).records[0] for tab in ("T", "U")]
    assert held[0].id != held[1].id
    cells = [
        record(
            "key_results", one.id, id=one.cells["KR"].text, target=5, cycle="2026-Q4", statement="S"
        )
        for one in held
    ]
    objectives, _ = read_objectives(frame(), (Q4,))
    kept, findings = read_key_results(frame(*cells), objectives, (Q4,), ZONE)
    assert kept.empty  # nothing tells which of them it belongs to
    told = findings.loc[findings["rule"] == "duplicate id", "sentence"]
    assert len(told) == 2
    assert told.str.contains("is the id of 2 records, and none of them held it before").all()


def test_notes_above_the_header_subtotals_below(google: Drive) -> None:
    google.put(
        ["Weekly numbers"],
        ["Ask Mei before you change anything"],
        [],
        ["KR", "Value"],
        ["KR-1", 5],
        [None, 5],
        ["KR-2", 7],
        [None, 12],
    )
    table = google.table()
    assert [one.cells["KR"].text for one in table.records] == ["KR-1", "KR-2"]
    assert [problem.rule for problem in table.problems] == ["row without key"]
    assert "Row 6" in table.problems[0].sentence


def test_hidden_rows(google: Drive) -> None:
    google.put(["KR", "Value"], ["KR-1", 5], ["KR-2", 6], hidden_rows=frozenset({3}))
    assert [one.hidden for one in google.table().records] == [False, True]


def test_invisible_characters_and_look_alikes(google: Drive) -> None:
    google.put(["KR\u00a0", "\u200bValue"], ["KR-1\u00a0", "5\u00a0000"], ["\u200b", "\u00a0"])
    (one,) = google.table().records
    assert one.cells["KR"].text.strip() == "KR-1"
    google.drive.set_cell(BOOK, "T!A1", "КR")  # its first letter is Cyrillic
    with pytest.raises(MissingError, match="only looks like 'KR'"):
        google.table()


def test_tab_renamed_or_named_like_a_cell(google: Drive) -> None:
    google.put(["KR", "Value"], ["KR-1", 5], tab="Q4")
    (before,) = google.table(tab="Q4").records
    assert before.cells["Value"].address == "'Q4'!B2"
    google.drive.rename_tab(BOOK, "Q4", "Quarter")
    (after,) = google.table(tab="Quarter").records
    assert after.id == before.id


def test_access_revoked(google: Drive) -> None:
    assert_unreachable_and_back(
        google,
        lambda: google.drive.revoke(BOOK),
        lambda: google.drive.share(BOOK, google.account.email),
        google.account.email,
    )


def test_file_trashed_yet_readable(google: Drive) -> None:
    assert_unreachable_and_back(
        google, lambda: google.drive.trash(BOOK), lambda: google.drive.restore(BOOK), "trash"
    )


def assert_unreachable_and_back(google: Drive, lose: Any, regain: Any, words: str) -> None:
    """Its rows stand as they were, it is said, and the next night after it is back says so."""
    google.put(["KR", "Value"], ["KR-1", 5])
    google.drive.add_spreadsheet("other", "Other", tabs=[Tab("O", [["x"]])])
    google.pull(BOOK, "other")
    lose()
    messages = google.pull(BOOK, "other")
    (problem,) = [message for message in messages if isinstance(message, Problem)]
    assert (problem.rule, problem.subject) == ("unreachable place", BOOK)
    assert words in problem.sentence
    assert not any(isinstance(message, Present) for message in messages)
    regain()
    messages = google.pull(BOOK, "other")
    assert not any(isinstance(message, Problem) for message in messages)
    assert len(rows(messages)) == 2
