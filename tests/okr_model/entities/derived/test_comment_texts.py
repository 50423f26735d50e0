"""Comments taken apart: what is a check-in, and what it states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.entities.derived.comment_texts import CommentForm, Statement, read_comment

WORDS = ("High", "Medium", "Low")
GERMAN = CommentForm(("Statusmeldung", "Check-in"), ("Wert", "Stand"), ("Zuversicht",), "de_DE")


def read(text: str, form: CommentForm = CommentForm()) -> Statement | None:  # noqa: B008 - frozen
    return read_comment(text, form, WORDS)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Check-in: 42 %, confidence high, next: call", ("42 %", "high", "next: call")),
        ("check‑in 42 %", ("42 %", None, None)),
        ("CHECK IN: 42 %", None),
        ("Check-in\n42 %\nConfidence: High\nNext: call", ("42 %", "High", "Next: call")),
        ("✅ Check-in: 1,200 leads, high, ads work", ("1,200 leads", "high", "ads work")),
        ("Check-in: 42 % - medium - waiting for legal", ("42 %", "medium", "waiting for legal")),
        ("Check-in: 42 % confidence: low", ("42 %", "low", None)),
        ("Check-in; confidence = green; value = 42", ("42", "green", None)),
        ("Check-in: confidence low", (None, "low", None)),
        ("Check-in: all good, confidence high", (None, "high", "all good")),
        ("Check-in: yes, high", ("yes", "high", None)),
        ("Check-in: -5 %", ("-5 %", None, None)),
        ("Check-in - 5 %", ("5 %", None, None)),
        ("Check-in: 1 h 30 min. Next, call", ("1 h 30 min", None, "Next, call")),
        ("Check-in: 3 days, 4 hours, low", ("3 days, 4 hours", "low", None)),
        ("Check-in: 4.5 Mio. EUR, low", ("4.5 Mio. EUR", "low", None)),
        ("Check-in: value: 4.5 Mio. USD, confidence: low", ("4.5 Mio. USD", "low", None)),
        ("Check-in: 42 %, low confidence", ("42 %", "low", None)),
        ("Check-in: 42 %\nHigh confidence\nads work", ("42 %", "High", "ads work")),
        ("Check-in: 42 %, we lost confidence", ("42 %", None, "we lost confidence")),
        ("Check-in\nConfidence\nHigh\nValue\n42", ("42", "High", None)),
        ("Check-in: 42 %. High. Ads work. More soon.", ("42 %", "High", "Ads work. More soon.")),
        ("Check-in: 42 %, ads work, confidence high, more", ("42 %", "high", "ads work; more")),
        # Asked about, never guessed:
        ("Check-in: 42 %, 3 of 4 sites", ("42 %, 3 of 4 sites", None, None)),
        ("Check-in: 42 %, confidence so-so", ("42 %", "so-so", None)),
        ("Check-in: 42 %, confidence: high, confidence: low", ("42 %", "high / low", None)),
        ("Check-in: value 42, value 43", ("42 / 43", None, None)),
        ("Check-in: 42 %, high, low", ("42 %", "high, low", None)),
        ("Check-in tomorrow at ten?", (None, None, "tomorrow at ten?")),
        ("Check-in", (None, None, None)),
        # No check-ins:
        ("Check-ins are due on Friday", None),
        ("Check-in-Termin: 10 Uhr", None),
        ("The check-in: 42 %", None),
        ("> Check-in: 42 %", None),
        ("Recheck-in: 42 %", None),
        ("", None),
    ],
)
def test_a_comment_states(text: str, stated: tuple[str | None, ...] | None) -> None:
    assert read(text) == stated


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Statusmeldung: 42,5 %, Zuversicht hoch, weiter: anrufen",
         ("42,5 %", "hoch", "weiter: anrufen")),
        ("statusmeldung – Stand 1.234,56 €. Zuversicht: High.", ("1.234,56 €", "High", None)),
        ("Check-in: 1 Std. 30 Min., low", ("1 Std. 30 Min", "low", None)),
    ],
)  # fmt: skip
def test_words_of_another_language_are_those_of_the_settings(
    text: str, stated: tuple[str | None, ...]
) -> None:
    assert read(text, GERMAN) == stated


@given(
    st.sampled_from(["42 %", "1,200", "0.5", "3 days", "$12k"]),
    st.sampled_from(["High", "medium", "LOW", "green"]),
    st.sampled_from([", ", "; ", "\n", " | ", ". "]),
    st.sampled_from(["next: call Ann", "Waiting for legal"]),
    st.permutations([0, 1, 2]),
)
def test_the_order_of_labelled_parts_means_nothing(
    value: str, level: str, between: str, note: str, order: list[int]
) -> None:
    parts = [f"value: {value}", f"confidence: {level}", note]
    said = "Check-in: " + between.join(parts[at] for at in order)
    assert read(said) == (value, level, note)


@given(st.text(max_size=60))
def test_any_text_is_taken_apart_and_none_of_it_vanishes(text: str) -> None:
    stated = read(f"Check-in: {text}")
    assert stated is not None
    kept = "".join(part or "" for part in stated).casefold()
    letters = [letter for letter in text.casefold() if letter.isalnum()]
    labels = set("valueconfidence")
    assert all(letter in kept or letter in labels for letter in letters)


def test_a_comment_of_any_length_is_taken_apart_at_once() -> None:
    said = read("Check-in: 42 %" + ", a" * 20_000 + ", confidence high")
    assert said is not None
    assert (said.value, said.confidence) == ("42 %", "high")
