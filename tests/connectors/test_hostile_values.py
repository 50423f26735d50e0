"""The values of ``python -m benchmarks inputs``, through every connector."""

import pytest

from benchmarks.hostile.inputs import table, trial
from benchmarks.hostile.values import VALUES


@pytest.mark.matrix
def test_no_hostile_value_gets_through_or_harms_another_record() -> None:
    became = trial()
    print(f"\n{table(became)}")
    assert {key: one.broken for key, one in became.items() if one.broken} == {}


@pytest.mark.parametrize("only", ["half a pair", "escape", "long digits", "1e400", "0001-01-01T"])
def test_one_of_each_kind(only: str) -> None:
    became = trial(only)
    assert became
    assert {key: one.broken for key, one in became.items() if one.broken} == {}


def test_there_are_two_hundred() -> None:
    assert len({(value.name, value.claims, value.served) for value in VALUES}) >= 200
