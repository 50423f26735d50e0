"""Fifty paths get the chances that a sensible person would give, but for those named here."""

from __future__ import annotations

from pathlib import Path

from benchmarks.forecast.sample_paths import SAMPLES, sample_chances, table_lines

OUTSIDE = {
    ("tenfold error in the last", "counter"),
    ("a step past it after flat weeks", "level"),
    ("a step after flat weeks", "counter"),
    ("slowing towards it", "counter"),
    ("fast start, then flat", "counter"),
    ("met just now, usually below", "level"),
    ("the same, weekly", "counter"),
    ("a week left, a little short", "counter"),
}
"""What is not sensible yet. None is further than 0.2 outside its range."""


def test_the_chances_are_sensible() -> None:
    assert len(SAMPLES) >= 40
    off = {}
    for one, stated in zip(SAMPLES, sample_chances(), strict=True):
        if not one.low <= stated <= one.high:
            off[one.name, one.path] = max(one.low - stated, stated - one.high)
    assert set(off) == OUTSIDE
    assert max(off.values()) < 0.2


def test_the_table_of_the_document_is_the_one_that_is_printed() -> None:
    text = (Path(__file__).parents[3] / "docs/confidence.md").read_text("utf-8")
    assert "\n".join(table_lines()) in text
