"""Rows selected by options that were renamed, and words that no row has or had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from okr_model.measures.parser import parse_measure
from okr_model.measures.row_selection import selected, unknown_values
from okr_model.quantities.cells import records_of
from tests.support.okr_cells import frame, record

KEY_RESULTS = pd.DataFrame({"key_result_id": ["KR-1"], "record_id": ["p1"], "unit": ["count"]})
BEGUN = datetime(2026, 11, 1, tzinfo=UTC)


def staged(*options: tuple[str, str]) -> pd.DataFrame:
    """Versions of rows, each read a day after the one before, with the option of ``Stage``."""
    cells = frame(
        *(record("table", f"r{n}", "notion", Stage=name) for n, (_, name) in enumerate(options))
    )
    number = cells["record_id"].str.slice(1).astype("int")
    refs = [[options[n][0]] if options[n][0] else [] for n in number]
    seen = [BEGUN + timedelta(days=int(n)) for n in number]
    return cells.assign(kind="text", refs=refs, seen_at=pd.to_datetime(seen, utc=True))


def rows_where(text: str, cells: pd.DataFrame) -> list[str]:
    what = parse_measure(f"count of rows from deals where Stage = {text}")
    records = records_of(cells, "table")
    return records.loc[selected(what.where, cells, records, KEY_RESULTS), "record_id"].tolist()


def said(text: str, cells: pd.DataFrame) -> list[str]:
    what = parse_measure(f"count of rows from deals where Stage = {text}")
    return [one.sentence for one in unknown_values(what, "KR-1", cells, KEY_RESULTS)]


@pytest.mark.parametrize("word", ["Won", "gewonnen", "GEWONNEN", "Opt-1"])
def test_an_option_is_known_by_every_name_it_had_and_by_its_id(word: str) -> None:
    cells = staged(("opt-1", "Won"), ("opt-2", "Lost"), ("opt-1", "Gewonnen"))
    assert rows_where(word, cells) == ["r0", "r2"]
    assert said(word, cells) == []


def test_a_name_goes_with_the_option_that_is_called_so_now() -> None:
    cells = staged(("opt-1", "Won"), ("opt-1", "Closed"), ("opt-2", "Won"))
    assert rows_where("Won", cells) == ["r2"]
    assert rows_where("Closed", cells) == ["r0", "r1"]


def test_texts_without_ids_are_compared_as_texts() -> None:
    assert rows_where("WON", staged(("", "Won"), ("", "Lost"))) == ["r0"]


def test_a_word_that_no_row_has_or_had_is_told_with_what_there_is() -> None:
    cells = staged(("opt-1", "Won"), ("", "Lost"))
    assert said("Wun", cells) == [
        "A measure of KR-1 can match nothing: no row of deals has or had the Stage “Wun”; there are"
        " Lost, Won. Correct it."
    ]
    assert said("Wun", cells.iloc[:0]) == []


@pytest.mark.parametrize(
    "text",
    [
        "count of rows from deals where Stage = Wun",
        "share of (Stage = Wun) of rows from deals",
        "ratio of (Stage = Wun) to (Stage = Lost) of rows from deals",
        "ratio of (Stage = Lost) to (Stage = Wun) of rows from deals",
    ],
)
def test_every_condition_of_a_measure_is_held_to_the_words_that_there_are(text: str) -> None:
    cells = staged(("opt-1", "Won"), ("", "Lost"))
    (found,) = unknown_values(parse_measure(text), "KR-1", cells, KEY_RESULTS)
    assert "has or had the Stage “Wun”; there are Lost, Won" in found.sentence


@pytest.mark.parametrize(("word", "unknown"), [("Yes", 0), ("No", 0), ("Maybe", 1)])
def test_a_box_that_nobody_ticked_yet_can_be_ticked(word: str, unknown: int) -> None:
    cells = frame(
        record("table", "r0", "notion", Done={"kind": "bool", "number": 0.0, "text": "No"})
    )
    what = parse_measure(f"share of (Done = {word}) of rows from plan")
    assert len(unknown_values(what, "KR-1", cells, KEY_RESULTS)) == unknown
