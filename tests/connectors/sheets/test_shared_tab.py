"""A tab that people and a program write together, against the stand-in: nothing lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AccessError, MissingError, SourceError
from connectors.sheets.shared_tab import SharedTab
from connectors.sheets.source import SheetsSettings
from connectors.sheets.tab_requests import LOCK, Rewrite, TabState, Written
from connectors.transport.retry import RetryPolicy
from sandbox.server.google.sheets.store import Cell, Sheet, Tab
from tests.connectors.support.loopback import Asked, Reply, serving
from tests.connectors.support.sheets_stand_in import METRICS, Google

TITLE, NUMBER = "Together", 4711


@pytest.fixture
def google() -> Iterator[Google]:
    made = Google()
    with serving(made.answer) as made.server:
        yield made


@pytest.fixture
def shared(google: Google, tmp_path: Path) -> Iterator[SharedTab]:
    key_file = tmp_path / "service-account.json"
    google.account.write(key_file, f"{google.server.url}/token")
    retry = RetryPolicy(attempts=4, base_seconds=0.001)
    settings = SheetsSettings(key_file, (METRICS,), google.server.url, retry=retry)
    tab = SharedTab(settings, TITLE, NUMBER)
    yield tab
    tab.close()


def rows(*lines: str) -> list[list[Written]]:
    return [[Written(word) for word in line.split()] for line in lines]


def written(*lines: str) -> Rewrite:
    return Rewrite(appended=rows(*lines))


def lines(google: Google) -> list[str]:
    tab = sheet(google)
    height = max((row for row, _ in tab.cells), default=-1) + 1
    width = max((column for _, column in tab.cells), default=-1) + 1
    return [
        " ".join(str(tab.cells.get((row, column), Cell()).value or "") for column in range(width))
        for row in range(height)
    ]


def sheet(google: Google) -> Sheet:
    return next(one for one in google.drive.files[METRICS].sheets if one.sheet_id == NUMBER)


def writes(google: Google) -> list[Asked]:
    return [asked for asked in google.server.asked if asked.method == "POST" and "v4" in asked.path]


def add(*wanted: str) -> Any:
    """Adds the rows that are not there yet, as whoever writes by identity does."""

    def decide(tab: TabState | None) -> Rewrite:
        there = {str(row[0]) for row in tab.rows} if tab else set()
        return written(*(line for line in wanted if line.split()[0] not in there))

    return decide


def test_the_tab_is_made_once_and_nothing_is_written_where_nothing_changes(
    google: Google, shared: SharedTab
) -> None:
    assert shared.read() is None
    assert shared.rewrite(add("a 1", "b 2"))
    assert lines(google) == ["a 1", "b 2"]
    before = google.drive.files[METRICS].version
    asked = len(google.server.asked)
    assert not shared.rewrite(add("a 1", "b 2"))
    assert google.drive.files[METRICS].version == before
    assert len(google.server.asked) == asked + 1
    google.drive.rename_tab(METRICS, TITLE, "Called otherwise")
    assert shared.rewrite(add("c 3"))
    assert lines(google) == ["a 1", "b 2", "c 3"]


def test_text_is_never_taken_for_a_formula_and_only_web_addresses_are_linked(
    google: Google, shared: SharedTab
) -> None:
    evil = '=HYPERLINK("https://evil.example","x")'
    cells = [Written(evil, "https://good.example/1"), Written("x", "javascript:alert(1)")]
    shared.rewrite(lambda _: Rewrite(appended=[[*cells, Written(0.5), Written(None)]]))
    there = sheet(google).cells
    assert (there[0, 0].value, there[0, 0].formula, there[0, 0].link) == (
        evil,
        None,
        "https://good.example/1",
    )
    assert there[0, 1].link is None
    tab = shared.read()
    assert tab is not None
    assert tab.rows == ((evil, "x", 0.5),)
    assert tab.address(0, 2) == "'Together'!C1"


def test_nobody_can_edit_or_sort_between_the_last_look_and_the_write(
    google: Google, shared: SharedTab
) -> None:
    shared.rewrite(add("a 1", "b 2"))
    refused: list[str] = []

    def decide(tab: TabState | None) -> Rewrite:
        if tab and sheet(google).protections:
            with pytest.raises(PermissionError):
                google.drive.set_cell(METRICS, f"{TITLE}!B1", "typed")
            with pytest.raises(PermissionError):
                google.drive.sort_rows(METRICS, TITLE, 1, header_rows=0)
            refused.append("both")
        elif tab:  # the first look: whatever happens now is seen by the second
            google.drive.set_cell(METRICS, f"{TITLE}!A1", "c")
            google.drive.reorder_rows(METRICS, TITLE, [1, 0])
        assert tab is not None
        at = next(place for place, row in enumerate(tab.rows) if row[0] == "b")
        return Rewrite(cells={(at, 1): Written("new")})

    assert shared.rewrite(decide)
    assert lines(google) == ["b new", "c 1"]
    assert refused == ["both"]
    google.drive.set_cell(METRICS, f"{TITLE}!B1", "typed")  # the protection is lifted again


@pytest.mark.parametrize("lost", [1, 2])
def test_a_write_whose_answer_is_lost_doubles_nothing(
    google: Google, shared: SharedTab, lost: int
) -> None:
    """The request is carried out; only its answer never comes."""
    seen = 0

    def tamper(asked: Asked) -> Reply | None:
        nonlocal seen
        if asked.method == "POST" and "v4" in asked.path:
            seen += 1
            if seen == lost:
                google._app(asked)
                return Reply(fault="drop")
        return None

    google.tamper = tamper
    shared.rewrite(add("a 1", "b 2"))
    assert lines(google) == ["a 1", "b 2"]
    assert sheet(google).protections == {}


def test_a_write_that_comes_late_finds_its_protection_gone(
    google: Google, shared: SharedTab
) -> None:
    shared.rewrite(add("a 1", "b 2"))
    late: list[Asked] = []

    def tamper(asked: Asked) -> Reply | None:
        if asked.method == "POST" and b"deleteDimension" in asked.body and not late:
            late.append(asked)
            return Reply(fault="drop")
        return None

    google.tamper = tamper

    def without_the_first(tab: TabState | None) -> Rewrite:
        there = [str(row[0]) for row in tab.rows] if tab else []
        return Rewrite(removed=frozenset([there.index("a")] if "a" in there else []))

    shared.rewrite(without_the_first)
    assert lines(google) == ["b 2"]
    assert google._app(late[0]).status == 400
    assert lines(google) == ["b 2"]


def test_the_protection_of_a_killed_rewrite_is_lifted_by_the_next(
    google: Google, shared: SharedTab
) -> None:
    shared.rewrite(add("a 1"))

    class Killed(BaseException):
        pass

    def killed(tab: TabState | None) -> Rewrite:
        if sheet(google).protections:
            google.tamper = lambda _: Reply(503)  # nothing gets through any more
            raise Killed
        return written("b 2")

    with pytest.raises(Killed):
        shared.rewrite(killed)
    (left,) = sheet(google).protections.values()
    assert left["description"] == LOCK
    google.tamper = lambda _: None
    assert not shared.rewrite(add("a 1"))
    assert sheet(google).protections == {}


def test_rows_are_taken_out_from_below_and_the_grid_keeps_room(
    google: Google, shared: SharedTab
) -> None:
    names = [f"r{number} x" for number in range(230)]  # more than a new tab has rows
    shared.rewrite(add(*names))
    odd = frozenset(range(1, 230, 2))
    shared.rewrite(lambda _: Rewrite(removed=odd, choices={1: ["x", "y"]}, hidden=frozenset({2})))
    assert lines(google) == names[::2]
    tab = sheet(google)
    assert tab.row_count > 115
    (place, rule), *_ = tab.validations
    assert (place.first_row, place.first_column) == (1, 1)
    assert [one["userEnteredValue"] for one in rule["condition"]["values"]] == ["x", "y"]  # type: ignore[index]
    assert tab.hidden_columns == {2}


def test_who_may_not_write_is_told_what_to_share_with_whom(
    google: Google, shared: SharedTab
) -> None:
    assert shared.file().can_edit
    google.drive.share(METRICS, google.account.email, viewer=True)
    assert not shared.file().can_edit
    with pytest.raises(AccessError, match=f"{METRICS}.*{google.account.email} as an editor"):
        shared.rewrite(add("a 1"))
    google.drive.revoke(METRICS)
    with pytest.raises(MissingError, match=google.account.email):
        shared.file()


def test_a_spreadsheet_in_the_trash_is_not_written(google: Google, shared: SharedTab) -> None:
    google.drive.trash(METRICS)
    with pytest.raises(MissingError, match="trash"):
        shared.file()


def test_a_read_only_credential_is_told_which_scope_it_lacks(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.sheets import credentials

    monkeypatch.setattr(credentials, "WRITE_SCOPES", credentials.SCOPES)
    key_file = tmp_path / "key.json"
    google.account.write(key_file, f"{google.server.url}/token")
    settings = SheetsSettings(key_file, (METRICS,), google.server.url)
    shared = SharedTab(settings, TITLE, NUMBER)
    with pytest.raises(AccessError, match=r"lacks a scope.*auth/spreadsheets,"):
        shared.rewrite(add("a 1"))
    shared.close()


def test_a_tab_of_another_shape_is_an_error_with_a_name(google: Google, shared: SharedTab) -> None:
    google.tamper = lambda asked: (
        Reply(200, b'{"sheets": [{"data": 1}]}') if "v4" in asked.path else None
    )
    with pytest.raises(SourceError, match="unexpected shape"):
        shared.read()


def test_a_tab_of_that_name_made_by_hand_is_taken(google: Google, shared: SharedTab) -> None:
    google.drive.add_tab(METRICS, Tab(TITLE, [["a", "mine"]]))
    assert shared.rewrite(add("a 1", "b 2"))
    tab = shared.read()
    assert tab is not None
    assert tab.rows == (("a", "mine"), ("b", "2"))
    assert len(writes(google)) == 2
