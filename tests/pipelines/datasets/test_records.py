"""A dataset's records do not depend on the order in which its settings name the fields."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from connectors.cells import Cell, encode_cells
from pipelines.datasets.records import tabled_rows, wanted_fields
from pipelines.settings import Dataset

ROWS = [["Art", "Nr.", "Ziel"], ["senken", "KR-1", None], [None, "KR-2", "5"], ["Summe", None, "5"]]


def dataset(holds: str, **fields: str) -> Dataset:
    place = {"spreadsheet": "1", "tab": "OKRs"}
    given = {"holds": holds, "from": "sheets", "place": place, "fields": fields}
    return Dataset.model_validate(given)


def served() -> list[dict[str, object]]:
    return [
        {
            "id": f"1:0:{number}",
            "url": None,
            "seen_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
            "spreadsheet_title": "Ziele",
            "tab": "OKRs",
            "row": number,
            "cells": encode_cells(
                {
                    letter: Cell("text", text)
                    for letter, text in zip("ABC", texts, strict=True)
                    if text is not None
                }
            ),
        }
        for number, texts in enumerate(ROWS, 1)
    ]


@pytest.mark.parametrize("order", [*itertools.permutations(("kind", "id", "target"))])
def test_a_row_is_a_record_if_it_has_an_id_wherever_that_is_mapped(order: tuple[str, ...]) -> None:
    columns = {"kind": "Art", "id": "Nr.", "target": "Ziel"}
    of_order = dataset("key_results", **{name: columns[name] for name in order})
    records, problems = tabled_rows(of_order, served())
    assert [record.cells["id"].text for record in records] == ["KR-1", "KR-2"]
    assert problems == []


@pytest.mark.parametrize(
    ("holds", "fields", "first"),
    [
        ("check_ins", ("confidence", "date", "key_result"), "key_result"),
        ("measurements", ("value", "date", "key_result"), "key_result"),
        ("kpis", ("value", "name", "date", "id"), "id"),
        ("links", ("weight", "key_result", "initiative"), "initiative"),
        ("initiatives", ("owner", "title", "id"), "id"),
        ("initiatives", ("owner", "key_result", "title"), "title"),
        ("initiatives", ("owner", "status"), "owner"),
    ],
)
def test_what_a_record_is_known_by_goes_first(
    holds: str, fields: tuple[str, ...], first: str
) -> None:
    wanted = wanted_fields(dataset(holds, **{name: name.title() for name in fields}))
    assert (next(iter(wanted)), sorted(wanted)) == (first, sorted(fields))
