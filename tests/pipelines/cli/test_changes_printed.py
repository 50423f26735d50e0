"""``okr changes`` prints every kind of change that a comparison may find."""

from __future__ import annotations

import datetime as dt

import pytest

from pipelines.cli.changes.printing import _level
from published.changes.movements import LEVELS, LevelChange

WORDS = {"high": "Grün", "medium": "Gelb", "low": "Rot"}


@pytest.mark.parametrize("name", LEVELS)
def test_every_level_is_printed(name: str) -> None:
    before, after = ("ahead", "on") if name == "pace" else ("high", "low")
    change = LevelChange(name, dt.date(2026, 11, 28), before, after, ("new value",))
    said = _level(change, ("Grün", "Gelb", "Rot"))
    assert f"{WORDS.get(before, before)} → {WORDS.get(after, after)} (28 Nov): new value" in said
