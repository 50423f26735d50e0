"""Figures of a line, and the nouns they count.

What belongs here: which figures are values, and what stands beside them. What does not: judging.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from okr_model.governance.quality.words_of_line import Line, Part

_NEAR_BEGINNING = 4
_NOUNS = ("effect", "product", "people")
_NOUN_LAST = ("en", "de", "nl")
_MEASURED = ("%", "€", "$", "£", "¥", "x", "ms", "h", "s", "hrs", "min", "pp", "kg", "g")


def has_value(parts: Sequence[Part]) -> bool:
    """Whether any part is a figure; "all" and the like count near the beginning alone."""
    return any(
        part.value and (at < _NEAR_BEGINNING or "share_word" not in part.tags)
        for at, part in enumerate(parts)
    )


def is_measured(parts: Sequence[Part], at: int) -> bool:
    """Whether the figure at a place is no mere count: percent, money, a duration, a decimal.

    So is one beside a sign such as <, one of a pair ("from 2 to 8"), and one with a limit.
    """
    part = parts[at]
    if not part.value:
        return False
    if part.kind == "figure" and (
        part.text[0] in "€$£¥" or part.word.endswith(_MEASURED) or "." in part.word[:-3]
    ):
        return True
    before = parts[max(0, at - 2) : at]
    after = parts[at + 1 : at + 2]
    if any("unit" in near.tags or near.text == "%" for near in after):
        return True
    if any(near.kind in ("arrow", "sign") for near in (*before[-1:], *after)):
        return True
    return any("limit" in near.tags for near in before)


def is_pair(parts: Sequence[Part]) -> bool:
    """Whether two figures say from where to where."""
    values = [at for at, part in enumerate(parts) if part.value]
    return any(
        second - first <= 4  # "from 3 days to 4 hours", "12 per month to 20"
        and any(part.kind == "arrow" or "to" in part.tags for part in parts[first + 1 : second])
        for first, second in pairwise(values)
    )


def counts_products(parts: Sequence[Part], at: int) -> bool:
    """Whether the figure at a place counts things made: "6 guides", "20 customer interviews"."""
    found = False
    for part in parts[at + 1 : at + 6]:
        if "preposition" in part.tags or part.kind in ("mark", "arrow", "other") or part.value:
            break
        if "product" in part.tags:
            found = True
        elif "effect" in part.tags:
            found = False
    return found


def values_of(line: Line, first: int = 0) -> list[int]:
    """Where the figures of a line are, from a part on."""
    return [at for at in range(first, len(line.parts)) if line.parts[at].value]


def noun_end(parts: Sequence[Part], start: int) -> int:
    """Where the nouns end that begin at a part: at a preposition, a mark or a figure."""
    at = start
    while at < len(parts):
        part = parts[at]
        if part.kind in ("arrow", "sign", "figure", "other") or part.text in ",;:|–—-":
            break
        if "preposition" in part.tags and at > start:
            break
        at += 1
    return at


def head_noun(line: Line, start: int) -> tuple[str | None, int]:
    """The kind of the noun that a phrase beginning at a part is about, and where it is.

    Figures and determiners before it are skipped, and so is "number of": the number of guides is
    about guides. Where adjectives stand before nouns, an unknown last word is the noun: the weight
    of a page is no page.

    Returns:
        ``effect``, ``product``, ``people`` or None, and the part.
    """
    parts = line.parts
    at = _past_amount(parts, _past_figures(parts, start))
    end = noun_end(parts, at)
    kind, place = None, min(at, len(parts) - 1)
    for index in range(at, end):
        named = [name for name in _NOUNS if name in parts[index].tags]
        if named:
            kind, place = named[0], index
        elif not parts[index].tags and index == end - 1 and line.language in _NOUN_LAST:
            kind, place = None, index
    if kind == "effect" and "product" in parts[place].tags and "strong" not in parts[place].tags:
        kind = "product"
    return kind, place


def _past_figures(parts: Sequence[Part], at: int) -> int:
    passed = {"determiner", "limit", "preposition"}
    while at < len(parts) and (
        parts[at].value
        or parts[at].kind in ("sign", "other")
        or parts[at].text == "%"
        or parts[at].tags & passed
    ):
        at += 1
    return at


def _past_amount(parts: Sequence[Part], at: int) -> int:
    """Behind "number of", of which a few words may stand before."""
    for skip in range(at, min(at + 3, len(parts) - 1)):
        if "amount" in parts[skip].tags and "of" in parts[skip + 1].tags:
            return skip + 2
        if parts[skip].text == "#":
            return skip + 1
    return at
