"""Evidence as markup: the very words that spoke, marked in their sentence.

What belongs here: where marks begin and end. What does not: choosing the evidence (``published``).
Whatever a source wrote is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

_AROUND = 240
"""How many characters of a long text are shown on each side of what is marked."""
_HYPHENS = "[-\u2010\u2011\u2012\u2013\u2212]"
_REFUSED = "Looked at, and not this id: other letters or digits stand beside it"


def marked_id(text: str, key: str) -> Markup:
    """A text in which an id is marked where it stands as a whole word.

    What looks like the id and is none, such as ``MKR-16`` beside ``KR-160``, is underlined.
    """
    letters = key.rpartition("-")[0]
    before = rf"\w[\w-]*{_spelt(letters)}{_HYPHENS}\w+" if letters else r"(?!)"
    like = rf"{before}|(?<!\w){_spelt(key)}\w+"
    whole = rf"(?<![\w#-]){_spelt(key)}(?![\w-])"
    pattern = re.compile(rf"(?P<whole>{whole})|(?P<like>{like})", re.IGNORECASE)
    found = list(pattern.finditer(text))
    first = next((one for one in found if one["whole"]), None)
    start, end = _window(text, first.span() if first else (0, 0))
    parts = [Markup("… ") if start else Markup()]
    at = start
    for one in found:
        if one.start() < at or one.end() > end:
            continue
        parts.append(Markup("{}").format(text[at : one.start()]))
        parts.append(_mark_of(one[0], whole=bool(one["whole"])))
        at = one.end()
    parts.append(Markup("{}").format(text[at:end]))
    return Markup().join([*parts, Markup(" …") if end < len(text) else Markup()])


def marked_words(text: str, words: Sequence[str]) -> Markup:
    """A text in which each of some words is marked, wherever it begins a word."""
    start, end = _window(text, (0, 0))
    shown = text[start:end]
    rest = Markup(" …") if end < len(text) else Markup()
    if not words:
        return Markup("{}").format(shown) + rest
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)({'|'.join(longest_first)})", re.IGNORECASE)
    parts = [
        _mark_of(part, whole=True) if at % 2 else Markup("{}").format(part)
        for at, part in enumerate(pattern.split(shown))
    ]
    return Markup().join(parts) + rest


def _mark_of(word: str, *, whole: bool) -> Markup:
    if whole:
        return Markup('<mark class="key">{}</mark>').format(word)
    return Markup('<s title="{}">{}</s>').format(_REFUSED, word)


def _window(text: str, about: tuple[int, int]) -> tuple[int, int]:
    """The part of a text to show: around ``about``, whole if it is not long."""
    if len(text) <= 2 * _AROUND:
        return 0, len(text)
    return max(about[0] - _AROUND, 0), min(max(about[1] + _AROUND, 2 * _AROUND), len(text))


def _spelt(key: str) -> str:
    """A pattern of an id with any kind of hyphen."""
    return _HYPHENS.join(map(re.escape, key.split("-")))
