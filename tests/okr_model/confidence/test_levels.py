from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okr_model.confidence.level_table import LEVEL_TABLE, level_by_table
from okr_model.confidence.levels import computed_confidence, confidence_reasons, stated_confidence
from okr_model.confidence.signals import SIGNALS, Signal
from okr_model.entities.confidence_words import CONVENTIONS, parse_confidence
from okr_model.tables import LEVELS
from tests.support.key_result_frames import check_ins, day, definitions
from tests.support.paths import ROOT

TODAY = date(2026, 11, 28)
WORDS = ("High", "Challenge", "Critical")


@pytest.mark.parametrize(
    ("words", "text", "level"),
    [
        (WORDS, "High", "high"),
        (WORDS, " CHALLENGE ", "medium"),
        (WORDS, "critical", "low"),
        (WORDS, "Amber", "medium"),
        (WORDS, "low", "low"),
        (("Sunny", "Cloudy", "Stormy"), "cloudy", "medium"),
        (("Sunny", "Cloudy", "Stormy"), "Red", "low"),
        (("Low", "Medium", "High"), "High", "low"),  # their own words go first
        (WORDS, "so so", None),
        (WORDS, "", None),
    ],
)
def test_every_wording_leads_to_one_of_three_levels(
    words: tuple[str, ...], text: str, level: str | None
) -> None:
    assert parse_confidence(text, words) == level


@pytest.mark.parametrize("words", [("High", "Low"), ("High", "high", "Low"), ()])
def test_words_must_be_three_different_ones(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="three different words"):
        parse_confidence("High", words)


@pytest.mark.parametrize(
    ("calls", "level", "change"),
    [
        ([(6, "high"), (13, "medium")], "medium", "down"),
        ([(6, "low"), (13, "high")], "high", "up"),
        ([(13, "low"), (6, "low")], "low", "same"),
        ([(6, "high")], "high", None),
        ([(6, "high"), (13, None)], "high", None),
        ([(6, "high"), (80, "low")], "high", None),
        ([], None, None),
    ],
)
def test_the_stated_level_is_the_latest_up_to_the_day(
    calls: list[tuple[int, str | None]], level: str | None, change: str | None
) -> None:
    rows = check_ins("KR-1", [(offset, call, None) for offset, call in calls])
    row = stated_confidence(definitions({}), rows, TODAY).iloc[0]
    assert [
        None if pd.isna(cell) else cell for cell in row[["stated_confidence", "confidence_change"]]
    ] == [level, change]


@settings(max_examples=60)
@given(
    st.lists(
        st.text("abcdefghijäöüß -", min_size=1, max_size=12).map(str.strip).filter(bool),
        min_size=3,
        max_size=3,
        unique_by=lambda word: " ".join(word.casefold().split()),
    )
)
def test_every_convention_survives_the_round_trip(words: list[str]) -> None:
    for convention in (words, *CONVENTIONS):
        for word, level in zip(convention, LEVELS, strict=True):
            own = words if convention is words else WORDS
            assert parse_confidence(word.upper(), own) == level or "ß" in word
            assert parse_confidence(f"  {word} ", own) == level


def computed(*standing: str, **fields: Any) -> tuple[str | None, list[str]]:
    usual = {
        "current_value": 60.0,
        "current_value_at": day(57),
        "value_state": "measured",
        "value_age_days": 1,
        "progress_raw": 0.6,
        "progress_state": "computed",
        "expected_progress": 58 / 91,
        "pace": "on",
        "attainment_probability": 0.5,
        "readings": 8,
        "last_reading": 60.0,
    }
    own = {name: fields.pop(name) for name in list(fields) if name in usual}
    rows = definitions(fields)
    for name, value in {**usual, **own}.items():
        rows[name] = pd.Series([value])
    for name in ("current_value", "progress_raw", "attainment_probability", "last_reading"):
        rows[name] = rows[name].astype("float64")
    rows["current_value_at"] = rows["current_value_at"].astype("datetime64[us]")
    found = pd.DataFrame({signal.name: [signal.name in standing] for signal in SIGNALS})
    level = computed_confidence(rows, TODAY, found).iloc[0]
    reasons = confidence_reasons(rows.assign(signals=[[]]), TODAY).iloc[0]
    return (None if pd.isna(level) else level), reasons


@pytest.mark.parametrize(
    ("fields", "level", "reason"),
    [
        ({"attainment_probability": 0.7}, "high", "is 70 %"),
        ({"attainment_probability": 0.6999}, "medium", "is 69 %"),
        ({"attainment_probability": 0.9, "pace": "behind"}, "medium", "behind its pace"),
        ({"attainment_probability": 0.3, "pace": "behind"}, "medium", "is 30 %"),
        ({"attainment_probability": 0.2999, "pace": "behind"}, "low", "is 29 %"),
        ({"attainment_probability": 0.1, "pace": "on"}, "medium", "on its pace"),
        ({"attainment_probability": 0.1, "pace": None}, "low", "is 10 %"),
        (
            {"attainment_probability": None, "pace": "ahead", "readings": 3},
            "medium",
            "3 days with a reading, of at least 4",
        ),
        ({"attainment_probability": None, "pace": "behind"}, "low", "not enough evidence"),
        ({"current_value": None, "value_state": "no value"}, "low", "silence is never green"),
        ({"current_value": None, "value_state": "unreadable"}, "low", "could be read"),
        ({"progress_state": "no target", "kind": None, "progress_raw": None}, None, "no target"),
        (
            {"due_on": TODAY, "attainment_probability": 1.0, "target": 60},
            "high",
            "60, meets the target: ≥ 60",
        ),
        (
            {"due_on": TODAY, "attainment_probability": 0.0, "pace": "ahead"},
            "low",
            "60, does not meet the target: ≥ 100",
        ),
        ({"cycle_start": date(2027, 1, 1)}, None, "begins on 2027-01-01"),
        ({"starts_on": date(2026, 12, 1), "current_value": None}, None, "It begins on 2026-12-01."),
        ({"starts_on": TODAY, "current_value": None, "value_state": "no value"}, "low", "silence"),
        ({"starts_on": date(2026, 12, 1)}, "medium", "on its pace"),
    ],
)
def test_the_computed_level_follows_its_rules_and_says_why(
    fields: dict[str, Any], level: str | None, reason: str
) -> None:
    found, reasons = computed(**fields)
    assert found == level
    assert reason in " ".join(reasons)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_a_level_is_high_only_while_no_signal_that_weighs_fires(signal: Signal) -> None:
    level, _ = computed(signal.name, attainment_probability=0.95)
    assert level == ("medium" if signal.weighs else "high")
    assert computed(signal.name, attainment_probability=0.05, pace=None)[0] == "low"
    settled, _ = computed(signal.name, attainment_probability=1.0, due_on=TODAY)
    assert settled == "high"


def test_neither_what_the_team_says_nor_an_easy_target_weighs() -> None:
    human = {"declining confidence", "early red", "watermelon", "red over green"}
    assert {signal.name for signal in SIGNALS if not signal.weighs} == human | {"too safe"}


def test_the_numbers_in_the_reasons_are_those_of_the_row() -> None:
    _, reasons = computed(attainment_probability=0.6231, progress_raw=0.581, pace="on")
    assert reasons == [
        "The probability of meeting the target is 62 %.",
        "Progress is 58.1 % where a straight path would be at 63.7 %: on its pace.",
    ]


@pytest.mark.parametrize(
    "held",
    [
        {"kind": "band", "target": 40.0, "target_high": 60.0, "baseline": None},
        {"kind": "at most", "target": 60.0, "baseline": 50.0},
    ],
)
def test_what_is_held_is_not_compared_with_a_path(held: dict[str, Any]) -> None:
    for raw, pace, meets in ((0.9, "behind", "does not meet it"), (1.0, "on", "meets it")):
        _, reasons = computed(progress_raw=raw, pace=pace, **held)
        said = f"; it has a target to meet, not a path, and {meets}: {pace} its pace."
        assert any(reason.endswith(said) for reason in reasons), reasons


def test_the_manual_has_the_table_of_levels() -> None:
    page = (ROOT / "docs" / "confidence.md").read_text("utf-8")
    _, _, after = page.partition("| case | level |\n|---|---|\n")
    lines = after.partition("\n\n")[0].splitlines()
    assert lines == [f"| {case.words} | {case.level or 'none'} |" for case in LEVEL_TABLE]


FACTS = sorted({name for case in LEVEL_TABLE for name in case.facts})


def test_the_first_case_that_applies_decides_and_more_is_never_less() -> None:
    """A likelier target, a better pace or a signal less never lowers the level."""
    every = pd.DataFrame([*itertools.product([False, True], repeat=len(FACTS))], columns=FACTS)
    impossible = every["likely"] & every["unlikely"] | every["behind"] & every["on or ahead"]
    every = every[~impossible & (every["evident"] | ~(every["likely"] | every["unlikely"]))]
    expected = [
        next(
            case.level
            for case in LEVEL_TABLE
            if all(row[name] == wanted for name, wanted in case.facts.items())
        )
        for row in every.to_dict("records")
    ]
    found = level_by_table(every)
    assert [None if pd.isna(level) else level for level in found] == expected
    height = pd.Series([-LEVELS.index(each) if each else None for each in expected], every.index)
    known = height.notna()
    for better in (
        {"held": False},
        {"met": True},
        {"evident": True, "likely": True, "unlikely": False},
        {"behind": False, "on or ahead": True},
    ):
        to = level_by_table(every[known].assign(**better))
        assert (-to.map(LEVELS.index) >= height[known]).all(), better
