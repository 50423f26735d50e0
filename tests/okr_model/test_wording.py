"""Figures in words: rounded, but never to something that is not true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.wording import measured, probability, progress_name, rounded, share

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).filter(
    lambda value: value == 0 or abs(value) > 1e-6
)


@given(st.floats(-3, 3))
def test_a_share_reads_as_the_whole_only_if_it_is(value: float) -> None:
    percent = float(share(value).removesuffix(" %"))
    assert (percent >= 100) == (value >= 1)
    assert percent == pytest.approx(100 * value, abs=0.1)
    assert not share(value).startswith("-0 ")


@given(st.floats(0, 1), st.integers(1, 99))
def test_a_probability_never_reads_as_a_threshold_that_it_does_not_reach(
    value: float, threshold: int
) -> None:
    words = probability(value)
    percent = float(words.strip("<> %"))
    if value < threshold / 100 - 1e-9 and not words.startswith("<"):
        assert percent < threshold
    if value >= threshold / 100 and not words.startswith("<"):
        assert percent >= threshold
    assert words not in ("0 %", "100 %")


@given(NUMBERS, NUMBERS)
def test_a_quantity_is_on_the_side_of_its_target_on_which_it_is(
    value: float, target: float
) -> None:
    near = rounded(value, target)
    assert (near < target, near > target) == (value < target, value > target)
    half = 0.005 + 1e-12  # of the last digit, but for how floats are subtracted
    assert near == pytest.approx(value, rel=half, abs=half)


@given(st.decimals(-1000, 1000, places=3), st.integers(-6, -3))
def test_nearly_the_target_is_not_the_target(target: object, order: int) -> None:
    edge = float(str(target))
    below, above = edge - 10.0**order, edge + 10.0**order
    said = measured(edge, "%", edge)
    assert said not in (measured(below, "%", edge), measured(above, "%", edge))


@pytest.mark.parametrize(
    ("value", "unit", "edges", "shown"),
    [
        (69.996, "%", (), "70 %"),
        (69.996, "%", (70.0,), "69.996 %"),
        (70.004, "%", (70.0,), "70.004 %"),
        (62.857142857, "%", (70.0, None, float("nan")), "62.86 %"),
        (12400.0, None, (), "12400"),
        (1234567.891, "EUR", (), "1234567.89 EUR"),
        (0.000123456, "x", (), "0.000123x"),
        (-0.05678, "count", (), "-0.0568"),
        (1.0, "hours", (), "1 hour"),
        (1.0, "yes/no", (1.0,), "yes"),
        (0.0, "%", (0.0,), "0 %"),
    ],
)
def test_measured_quantities(
    value: float, unit: str | None, edges: tuple[float | None, ...], shown: str
) -> None:
    assert measured(value, unit, *edges) == shown


def test_progress_outside_its_bounds_has_another_name() -> None:
    assert [progress_name(raw) for raw in (-0.1, 0, 0.5, 1, 1.2)] == [
        "raw progress", "progress", "progress", "progress", "raw progress",
    ]  # fmt: skip
