"""Every line of the manual's tables of typed values is what the reader does."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.quantity_parser import Quantity, parse_quantity
from okr_model.quantities.ranges import Range, parse_range
from okr_model.quantities.typed_days import parse_day, parse_due
from okr_model.quantities.units import figure
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "typed-values.md").read_text("utf-8")
ZONE = ZoneInfo("Asia/Kuala_Lumpur")


def lines(heading: str, column: str) -> list[tuple[str, ...]]:
    """The rows of the table below ``heading`` whose last column is called so."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    table = section.split(f"| {column} |\n")[1].split("\n\n")[0]
    rows = [re.split(r" ?\| ?", line)[1:-1] for line in table.splitlines()[1:]]
    return [tuple(cell.strip("`").strip() for cell in row) for row in rows]


def asked(read: object, answer: str) -> None:
    assert isinstance(read, Unreadable)
    for reading in re.findall(r"\d[\d,.-]*\d|\d", answer.removeprefix("asked: ")):
        assert reading in read.reason


@pytest.mark.parametrize(
    ("typed", "locale", "answer"),
    [*lines("Numbers and amounts", "read as"), *lines("Durations", "read as")],
)
def test_quantities(typed: str, locale: str, answer: str) -> None:
    read = parse_quantity(typed, locale or None)
    if answer.startswith("asked"):
        return asked(read, answer)
    assert isinstance(read, Quantity)
    assert f"{figure(read.value)} {read.unit or ''}".strip() == answer
    return None


@pytest.mark.parametrize(("typed", "locale", "answer"), lines("Days", "read as"))
def test_days(typed: str, locale: str, answer: str) -> None:
    read = parse_day(typed, locale or None, ZONE)
    if answer.startswith("asked"):
        return asked(read, answer)
    assert read == date.fromisoformat(answer[:10])
    return None


@pytest.mark.parametrize(("typed", "locale", "answer"), lines("Days", "due"))
def test_due_days(typed: str, locale: str, answer: str) -> None:
    assert parse_due(typed, locale or None, ZONE) == date.fromisoformat(answer)


@pytest.mark.parametrize(("typed", "answer"), lines("Bands, stages, kinds", "read as"))
def test_bands(typed: str, answer: str) -> None:
    read = parse_range(typed)
    if answer.startswith("asked"):
        return asked(read, answer)
    assert isinstance(read, Range)
    assert read.is_plain == ("else asked" in answer)
    if not read.is_plain:
        low, high = figure(read.low.value), figure(read.high.value)
        assert f"a band from {low} to {high} {read.high.unit or ''}".strip() == answer
    return None
