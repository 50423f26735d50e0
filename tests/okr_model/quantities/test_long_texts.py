"""Texts too long for a figure or a day are answered at once, however they are made.

Every pattern here takes time that grows with the square of the length, or its cube: none of these
tests would end if one were tried.
"""

from __future__ import annotations

import pytest

from okr_model.entities.statement_figures import read_statement
from okr_model.quantities.numbers import TOO_LONG, Unreadable
from okr_model.quantities.quantity_parser import Quantity, parse_quantity
from okr_model.quantities.ranges import parse_range
from okr_model.quantities.stages import parse_stages, reached_share
from okr_model.quantities.typed_days import parse_day, parse_due
from okr_model.quantities.units import canonical_unit

_PIECES = ("0", "1,", "a", "a ", "1 000 ", "KR-", "10:", "from 1 to ", "\N{EURO SIGN}1 ", "\u0661")


@pytest.mark.parametrize("piece", _PIECES)
@pytest.mark.parametrize("ending", ["", "!", "x"])
def test_a_long_text_is_no_figure_and_no_day(piece: str, ending: str) -> None:
    text = piece * (300_000 // len(piece)) + ending
    assert parse_quantity(text) == Unreadable(TOO_LONG)
    assert parse_day(text) == parse_due(text, None, None) == Unreadable(TOO_LONG)
    assert parse_range(text) is None
    assert parse_stages(text) is None
    assert reached_share(text, {"Design": 1.0}) is None
    assert read_statement(text) is None
    assert canonical_unit(text) == text.strip()


def test_white_space_does_not_count() -> None:
    gap = " " * 300_000
    assert parse_quantity(f"42{gap}%{gap}") == Quantity(42.0, "%")
    assert reached_share(f"Design{gap}(done){gap}", {"Design": 0.4, "Build": 0.6}) == 0.4
    assert parse_day(f"{gap}20 November{gap}2026") == parse_day("2026-11-20")
