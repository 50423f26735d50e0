"""Which cycle a reader begins with."""

from __future__ import annotations

import datetime as dt

import pytest

from okr_model.quantities.cycles import Cycle
from published.errors import UserError
from published.selection import current_cycle, known_cycle

Q3 = Cycle("Q3", dt.date(2026, 7, 1), dt.date(2026, 9, 30))
Q4 = Cycle("Q4", dt.date(2026, 10, 1), dt.date(2026, 12, 31))
YEAR = Cycle("year", dt.date(2026, 7, 1), dt.date(2027, 6, 30))
WEEKS = Cycle("weeks", dt.date(2026, 10, 19), dt.date(2026, 11, 29))
OVERLAPPING = Cycle("new", dt.date(2026, 12, 21), dt.date(2027, 3, 31))


@pytest.mark.parametrize(
    ("cycles", "day", "expected"),
    [
        ((Q3, Q4), dt.date(2026, 10, 1), "Q4"),
        ((Q3, Q4), dt.date(2026, 6, 1), "Q3"),
        ((Q3, Q4), dt.date(2027, 6, 1), "Q4"),
        ((Q3, Q4, YEAR, WEEKS), dt.date(2026, 11, 28), "Q4"),  # not the one that began last
        ((Q3, YEAR, WEEKS), dt.date(2026, 11, 28), "weeks"),  # no quarter runs
        ((YEAR, Q3, Q4), dt.date(2026, 11, 28), "year"),  # the usual cycle here
        ((Q3, Q4, OVERLAPPING, YEAR), dt.date(2026, 12, 24), "new"),
    ],
)
def test_beside_the_usual_cycle_longer_and_shorter_ones_run(
    cycles: tuple[Cycle, ...], day: dt.date, expected: str
) -> None:
    assert current_cycle(cycles, day) == expected


def test_a_cycle_is_named_in_any_case_and_an_unknown_one_is_answered_with_those_there_are() -> None:
    assert known_cycle((Q3, Q4), "q4") == "Q4"
    assert known_cycle((Q3, Q4), None) is None
    with pytest.raises(UserError, match="There are: Q3, Q4"):
        known_cycle((Q3, Q4), "nope")
