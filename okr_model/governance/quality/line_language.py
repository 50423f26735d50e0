"""The language of each line, so that nobody is judged by another language's words.

What belongs here: choosing one of the languages whose words are known, or none. What does not: the
languages of numbers and days (``okr_model.languages``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from okr_model.governance.quality.lexicon import LANGUAGES, tags_of
from okr_model.languages.folding import fold_case
from okr_model.languages.stems import SHORT_WORDS

_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = {
    "en": "",
    "de": "äöüß",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü",
    "it": "àèéìíîòóùú",
    "nl": "áäéëèêïíöóüú",
    "pt": "áâãàçéêíóôõúü",
}
_SHORT = {language: frozenset(words.split()) for language, words in SHORT_WORDS.items()}
_CLEAR = 0.35  # of a line's words are known in its language
_FEWEST = 2
_SPOKEN = 1 / 3  # of the lines whose language is clear are in the organization's own
_FOREIGN = 4  # in one word of so many, letters of another language may be a name


def languages_of(texts: Iterable[str]) -> Mapping[str, str | None]:
    """The language of each line; None where it is none of :data:`LANGUAGES` or cannot be told.

    What a line alone leaves open ("NPS 32 → 52") is the language that most of the lines are in.
    """
    known = {line: _known(line) for line in dict.fromkeys(texts)}
    clear = Counter(
        language for counts in known.values() if (language := _clearly(counts)) is not None
    )
    long = sum(counts["words"] > _FEWEST for counts in known.values())
    home = next((one for one, lines in clear.most_common(1) if lines >= long * _SPOKEN), None)
    return {
        line: _clearly(counts, home) or _at_home(counts, home) for line, counts in known.items()
    }


def _known(line: str) -> Counter[str]:
    """How many words of a line each language knows, and the number of words.

    A language in whose letters too many words are not written is absent.
    """
    words = [fold_case(word) for word in _WORD.findall(line)]
    counts: Counter[str] = Counter(words=len(words))
    for language in LANGUAGES:
        letters, short = _LETTERS[language], _SHORT[language]
        foreign = sum(not word.isascii() and not _written_in(word, letters) for word in words)
        if foreign * _FOREIGN <= len(words):
            counts[language] = sum(word in short or bool(tags_of(word, language)) for word in words)
    return counts


def _written_in(word: str, letters: str) -> bool:
    return all(letter.isascii() or letter in letters for letter in word)


def _clearly(counts: Counter[str], home: str | None = None) -> str | None:
    """The language that knows most of a line's words, and enough of them."""
    most = max((counts[language] for language in LANGUAGES), default=0)
    if most < max(_FEWEST, counts["words"] * _CLEAR):
        return None
    best = [language for language in LANGUAGES if counts[language] == most]
    return home if home in best else best[0]


def _at_home(counts: Counter[str], home: str | None) -> str | None:
    """The organization's own language, where a short line says too little of its own."""
    if home is None or home not in counts or counts["words"] > _FEWEST + 1 + 2 * counts[home]:
        return None
    return home if counts[home] == max(counts[language] for language in LANGUAGES) else None
