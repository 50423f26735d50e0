"""Tables are found by the names of their columns, wherever these stand."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cells import Cell, encode_cells
from connectors.errors import MissingError
from connectors.sheets.decode.rows import cell_address, column_letters, column_number
from connectors.sheets.decode.tables import normal_name, read_table

WANTED = ("KR", "Week", "Value")


def landed(grid: Sequence[Sequence[str | Cell | None]], tab: str = "OKRs") -> list[dict[str, Any]]:
    """Rows as they land: blank cells and blank rows are not there at all."""
    rows = []
    for number, values in enumerate(grid, 1):
        cells = {
            column_letters(column): value if isinstance(value, Cell) else Cell("text", value)
            for column, value in enumerate(values, 1)
            if value is not None
        }
        if cells:
            rows.append(
                {
                    "id": f"s:0:{number}",
                    "row": number,
                    "url": f"https://example.com/{number}",
                    "tab": tab,
                    "hidden": False,
                    "cells": encode_cells(cells),
                }
            )
    return rows


def texts(table: Any) -> list[list[str]]:
    return [[cell.text for cell in record.cells.values()] for record in table.records]


GRID: list[list[str | None]] = [
    ["Go-to-market OKRs"],
    ["updated every Friday"],
    [],
    ["KR", "Week", "Owner", "Value"],
    ["KR-18", "2026-11-20", "Mia", "9000"],
    [],
    ["KR-19", "2026-11-20", None, None],
    [None, None, None, "9000"],
    ["", "Total", None, "9000"],
]


def test_title_and_notes_above_blank_lines_between_and_subtotals_below_are_no_records() -> None:
    table = read_table(landed(GRID), WANTED)
    assert table.header_row == 4
    assert [record.row for record in table.records] == [5, 7]
    assert texts(table) == [["KR-18", "2026-11-20", "9000"], ["KR-19", "2026-11-20", ""]]
    assert table.problems == []


def test_a_record_says_where_it_and_its_cells_stand() -> None:
    rows = landed(GRID, tab="Q4")
    rows[3]["hidden"] = True
    record = read_table(rows, WANTED).records[0]
    assert (record.id, record.url, record.hidden) == ("s:0:5", "https://example.com/5", True)
    missing = read_table(rows, WANTED).records[1].cells["Value"]
    assert (missing.kind, missing.name, missing.address) == ("empty", "Value", "'Q4'!D7")


def test_a_row_without_key_between_records_is_named() -> None:
    grid = [["KR", "Week", "Value"], ["KR-1", "w", "1"], [None, "w", "2"], ["KR-2", "w", "3"]]
    table = read_table(landed(grid), WANTED)
    assert [record.row for record in table.records] == [2, 4]
    assert [(problem.rule, problem.subject) for problem in table.problems] == [
        ("row without key", "s:0:3")
    ]


def test_a_header_repeated_further_down_is_no_record() -> None:
    grid = [
        ["KR", "Week", "Value"],
        ["KR-1", "w", "1"],
        ["kr", "WEEK", " value"],
        ["KR-2", "w", "3"],
    ]
    assert [record.row for record in read_table(landed(grid), WANTED).records] == [2, 4]


@pytest.mark.parametrize(
    "header", [" KR", "kr ", "K\u200bR", "\ufeffKR", "KR\u00a0", "ＫＲ", "K\u00adR", "KR\n"]
)
def test_case_and_what_nobody_can_see_do_not_hide_a_header(header: str) -> None:
    grid = [[header, "Key\u00a0 Result"], ["KR-1", "a"]]
    table = read_table(landed(grid), ("KR", "key result"))
    assert texts(table) == [["KR-1", "a"]]
    assert table.records[0].cells["KR"].name == header


def test_a_renamed_header_is_named_with_those_found_and_the_closest() -> None:
    grid = [["notes"], ["KR", "Week ending", "Value"], ["KR-1", "w", "1"]]
    with pytest.raises(MissingError) as caught:
        read_table(landed(grid), WANTED)
    assert str(caught.value) == (
        "sheets: Tab 'OKRs' has no header 'Week'. Row 2 has 'KR', 'Week ending', 'Value'. "
        "Closest to 'Week' is 'Week ending'. "
        "Rename the header back, or name the new one in the settings."
    )


def test_when_nothing_matches_the_row_of_words_is_shown() -> None:
    grid = [["OKRs"], ["Kennzahl", "Woche", "Wert"], [Cell("number", "1", 1.0), "w", "1"]]
    with pytest.raises(MissingError, match=r"no headers 'KR', 'Week', 'Value'. Row 2 has 'Kennz"):
        read_table(landed(grid), WANTED)


def test_a_look_alike_letter_is_pointed_out() -> None:
    with pytest.raises(MissingError, match=r"'КR' only looks like 'KR'.*another alphabet"):
        read_table(landed([["КR", "Week", "Value"]]), WANTED)  # its К is Cyrillic


def test_a_duplicated_header_is_refused_with_its_columns() -> None:
    with pytest.raises(MissingError, match=r"header 'Value' 2 times in row 1: columns C, E\."):
        read_table(landed([["KR", "Week", "Value", None, "VALUE "]]), WANTED)


def test_other_columns_may_be_duplicated_or_have_no_header() -> None:
    grid = [["KR", "x", "Week", "x", "Value", None], ["KR-1", "a", "w", "b", "1", "stray"]]
    assert texts(read_table(landed(grid), WANTED)) == [["KR-1", "w", "1"]]


def test_a_blank_header_is_missing() -> None:
    with pytest.raises(MissingError, match="no header 'Week'"):
        read_table(landed([["KR", " ", "Value"], ["KR-1", "w", "1"]]), WANTED)


def test_an_emptied_tab_is_said_to_be_empty() -> None:
    with pytest.raises(MissingError, match="The tab is empty"):
        read_table([], WANTED)


def test_a_stated_header_row_is_taken_at_its_word() -> None:
    grid = [["KR", "Week", "Value"], ["old", "w", "0"], ["KR", "Week", "Value"], ["KR-1", "w", "1"]]
    assert texts(read_table(landed(grid), WANTED, header_row=3)) == [["KR-1", "w", "1"]]
    with pytest.raises(MissingError, match="Row 9 of tab 'OKRs' should be the header"):
        read_table(landed(grid), WANTED, header_row=9)
    with pytest.raises(MissingError, match="Row 2 has 'old'"):
        read_table(landed(grid), WANTED, header_row=2)


def test_a_broken_key_cell_is_kept_so_that_someone_sees_it() -> None:
    grid = [["KR", "Week", "Value"], [Cell("error", "#REF!"), "w", "1"]]
    assert read_table(landed(grid), WANTED).records[0].cells["KR"].kind == "error"


def test_wanting_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        read_table(landed(GRID), ())


@given(order=st.permutations(range(5)), shuffled=st.randoms(use_true_random=False))
def test_neither_the_order_of_columns_nor_of_rows_matters(order: list[int], shuffled: Any) -> None:
    grid = [
        ["KR", "Week", "Value", "Note", "Owner"],
        ["KR-1", "w1", "10", "n", "Mia"],
        ["KR-2", "w1", None, None, "Ben"],
        [None, None, "10", "sum", None],
    ]
    moved = landed([[row[column] for column in order] for row in grid])
    shuffled.shuffle(moved)
    assert texts(read_table(moved, WANTED)) == texts(read_table(landed(grid), WANTED))


WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1).filter(normal_name)


@given(names=st.lists(WORDS, min_size=1, max_size=6, unique_by=normal_name), data=st.data())
def test_every_wanted_column_is_read_or_named_as_missing(names: list[str], data: Any) -> None:
    wanted = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    grid = [[f" {name}\u200b" for name in names], [f"v{place}" for place in range(len(names))]]
    table = read_table(landed(grid), wanted, header_row=1)
    assert texts(table) == [[f"v{names.index(name)}" for name in wanted]]
    lost = wanted[0]
    rest = [[name for name in names if name != lost], ["x" for name in names if name != lost]]
    if len(names) > 1:
        with pytest.raises(MissingError) as caught:
            read_table(landed(rest), wanted, header_row=1)
        assert repr(lost) in str(caught.value)


@given(st.integers(min_value=1, max_value=18_278))
def test_column_letters_and_numbers_are_each_others_inverse(column: int) -> None:
    assert column_number(column_letters(column)) == column


def test_tabs_named_like_cells_or_oddly_are_quoted() -> None:
    assert cell_address("Metrics", "C", 14) == "Metrics!C14"
    assert cell_address("A1", "C", 14) == "'A1'!C14"
    assert cell_address("R1C1", "C", 14) == "'R1C1'!C14"
    assert cell_address("Mia's plan", "C", 14) == "'Mia''s plan'!C14"
