"""Words of a text, and the stems by which their forms meet."""

import pytest

from okr_model.languages.stems import Vocabulary, language_of, stem_of, telling, words_in


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("onboarding", "onboarded"),
        ("customers", "customer"),
        ("completion", "completed"),
        ("guides", "guide"),
        ("stopping", "stop"),
        ("stories", "story"),
    ],
)
def test_forms_of_one_word_meet(one, other):
    assert stem_of(one) == stem_of(other)


@pytest.mark.parametrize(("one", "other"), [("sales", "salt"), ("time", "team"), ("rate", "rota")])
def test_different_words_stay_different(one, other):
    assert stem_of(one) != stem_of(other)


def test_words_leave_out_digits_and_stop_words():
    assert telling(words_in("Raise the KR-16 rate from 42 % to 75 %"), "en") == [
        "raise",
        "kr",
        "rate",
    ]
    assert words_in("signUpForm") == ["sign", "up", "form"]
    assert words_in(None) == words_in(float("nan")) == []


def test_a_word_has_one_stem_whatever_the_language_of_its_text():
    vocabulary = Vocabulary(
        ["de", "de", "en"], [{"kunden", "zufriedenheit"}, {"kunden"}, {"kunden"}]
    )
    assert vocabulary.stems("kunden") == ["kund"]
    assert vocabulary.stems("kundenzufriedenheit") == ["kundenzufried", "kund", "zufried"]
    assert language_of(["die", "Kunden", "und", "der", "Service"]) == "de"
    assert language_of(["onboarding"]) is None
