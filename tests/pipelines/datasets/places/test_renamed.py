"""What a field that is gone is called now."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.cells import Cell, encode_cells
from pipelines.datasets.places.renamed import renamed_fields


def page(**names: str) -> dict[str, Any]:
    """A page or a row of a file: its fields' names by id."""
    return {
        "cells": encode_cells({key: Cell("text", "x", name=name) for key, name in names.items()})
    }


def row(number: int, **texts: str) -> dict[str, Any]:
    """A row of a tab: its texts by column letter."""
    cells = {key: Cell("text", text) for key, text in texts.items()}
    return {"row": number, "cells": encode_cells(cells)}


BEFORE = [page(a1="Confidence", b2="Date")]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (page(a1="Mood", b2="Date"), ["'Confidence' was renamed to 'Mood'."]),
        (page(a1="Mood", b2="Day"), ["'Confidence' was renamed to 'Mood'.", "'Date' was renamed"]),
        (page(c3="Mood", b2="Date"), ["Was 'Confidence' renamed to 'Mood'?"]),  # one lost, one new
        (page(c3="Mood", d4="Odds", b2="Date"), []),
        (page(b2="Date"), []),
        (page(a1="confidence", b2="Date"), []),  # found as it is
    ],
)
def test_a_property_keeps_its_id(now: dict[str, Any], said: list[str]) -> None:
    told = renamed_fields("notion", ["Confidence", "Date"], BEFORE, [now])
    assert [one[: len(start)] for one, start in zip(told, said, strict=True)] == said


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (row(3, A="KR", B="Week", C="Amount"), ["Was 'Value' renamed to 'Amount'?"]),
        (row(3, A="KR", B="Value", C="Week"), []),  # moved
        (row(3, A="KR", B="Week"), []),
        (row(4, A="KR", B="Week", C="Amount"), []),  # another row
    ],
)
def test_a_header_is_known_by_its_row_and_column(now: dict[str, Any], said: list[str]) -> None:
    before = [row(4, A="KR-1", B="1", C="Value"), row(3, A="KR", B="Week", C="Value")]
    assert renamed_fields("sheets", ["KR", "Week", "Value"], before, [now]) == said
