"""Which words say what in a line of an OKR, by language.

What belongs here: the words of each language and finding them. What does not: what follows from
them (the questions beside this folder).

In a list, a word that ends in ``*`` stands for all that begin so, one that begins with ``*`` for
all that end so. The tags that matter most:

- ``make``: doing or making something; ``change``: moving a measure; ``reach``: arriving somewhere.
  Other forms have ``-s``, ``-ing`` or ``-ed`` behind them. ``open``: without an end in sight;
  ``hard``: never an aim.
- ``effect``: what a measure counts, ``strong`` where nothing else is meant; ``product``: what is
  made or done; ``people``: who feels an effect; ``aim``: what an Objective may build.

A word may have several tags.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from okr_model.governance.quality.lexicon import (
    dutch,
    english,
    french,
    german,
    italian,
    portuguese,
    spanish,
)
from okr_model.governance.quality.lexicon.verb_forms import forms_of
from okr_model.languages.words import listed

Tags = frozenset[str]
NONE: Tags = frozenset()
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": english.WORDS,
    "de": german.WORDS,
    "fr": french.WORDS,
    "es": spanish.WORDS,
    "it": italian.WORDS,
    "nl": dutch.WORDS,
    "pt": portuguese.WORDS,
}
_VERBS = {"make verbs": "make", "change verbs": "change", "reach verbs": "reach"}
_NOUNS = {"making": "make", "made": "make-ed"}
LANGUAGES = tuple(_WORDS)


class Lexicon(NamedTuple):
    """The words of one language.

    Attributes:
        exact: Word -> tags.
        begins: Beginning of a word -> tags.
        ends: End of a word -> tags.
        phrases: First word -> the phrases of several words that begin with it, longest first, each
            as its words and its tags.
    """

    exact: dict[str, Tags]
    begins: dict[str, Tags]
    ends: dict[str, Tags]
    phrases: dict[str, list[tuple[tuple[str, ...], Tags]]]


@cache
def lexicon_of(language: str) -> Lexicon:
    """The words of a language of :data:`LANGUAGES`."""
    found: dict[str, set[str]] = defaultdict(set)
    for tag, word in _tagged(language):
        found[word].add(tag)
    lexicon = Lexicon({}, {}, {}, {})
    for word, said in found.items():
        tags = frozenset(said)
        if " " in word:
            parts = tuple(word.split(" "))
            lexicon.phrases.setdefault(parts[0], []).append((parts, tags))
        elif word.endswith("*"):
            lexicon.begins[word[:-1]] = tags
        elif word.startswith("*"):
            lexicon.ends[word[1:]] = tags
        else:
            lexicon.exact[word] = tags
    for phrases in lexicon.phrases.values():
        phrases.sort(key=lambda phrase: -len(phrase[0]))
    return lexicon


def _tagged(language: str) -> Iterator[tuple[str, str]]:
    """Every tag with each of its words."""
    words = _WORDS[language]
    soft = set(listed(words.get("soft verbs", "")))
    for name, text in words.items():
        for word in listed(text):
            if name not in _VERBS:
                yield _NOUNS.get(name, name), word
                if name == "making" and word not in soft:
                    yield "hard", word
                continue
            for form, spelled in forms_of(word, language):
                yield _VERBS[name] + form, spelled
            if language != "en" and word not in soft:
                yield "hard", word
    if language != "en":
        for word in listed(words["effect"]):
            yield "strong", word


def tags_of(word: str, language: str) -> Tags:
    """The tags of a folded word: its own, and those of its listed beginnings and ends."""
    lexicon = lexicon_of(language)
    found = lexicon.exact.get(word, NONE)
    for length in range(2, len(word) + 1):
        found |= lexicon.begins.get(word[:length], NONE) | lexicon.ends.get(word[-length:], NONE)
    return found
