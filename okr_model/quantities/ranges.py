"""Two edges in one text: ``40–60 %``, ``between 10 and 20``, ``10 bis 20``.

What belongs here: the ways in which people write a band. What does not: what an edge is worth
(``quantity_parser``), and a way from one figure to another (``entities.statement_figures``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from okr_model.languages.words import BETWEEN, FROM_TO, UNTIL
from okr_model.quantities.cells import is_prose
from okr_model.quantities.numbers import Unreadable, plain_text, scaled
from okr_model.quantities.quantity_parser import Quantity, parse_quantity

_DASH = re.compile(r"^(.*\d[^-–—−…]*?) ?(?:-|–|—|−|\.\.\.?|…) ?([^\d]{0,5}[-+]?\d.*)$")
_DASHES = re.compile(r"(?<=[\d%\w€$£¥]) ?[–—] ?(?=\S)")
_NUMBER_THEN = re.compile(r"[-+]?[\d.,' ]*\d ?(.*)")


@dataclass(frozen=True, slots=True)
class Range:
    """Both edges of a band, the lower first, in one unit.

    Attributes:
        low: The lower edge.
        high: The upper edge.
        is_plain: Whether nothing but the numbers' order tells a band from a way: ``10 to 20``.
    """

    low: Quantity
    high: Quantity
    is_plain: bool = False


def parse_range(
    text: str, locale: str | None = None, unit: str | None = None
) -> Range | Unreadable | None:
    """The edges that a text names; None where it does not look like two.

    A unit or a scale that stands only once is meant for both (``40–60 %``), unless that leaves two
    readings: ``10–20k`` may begin at 10 or at 10,000.

    Args:
        text: As a person typed it.
        locale: Of the place it stands in.
        unit: The unit the edges are expected in, where that is known.
    """
    parts = None if is_prose(text) else _split(text)
    if parts is None:
        return None
    first, second, is_plain = parts
    trouble = _shared_scale(first, second, locale)
    if isinstance(trouble, Unreadable):
        return trouble
    low, high = (parse_quantity(part, locale, unit) for part in (trouble, second))
    for edge in (low, high):
        if isinstance(edge, Unreadable):
            return Unreadable(f"one of its two figures is unclear: {edge.reason}")
        if edge.bound is not None:
            return None
    assert isinstance(low, Quantity)  # noqa: S101 - the loop above
    assert isinstance(high, Quantity)  # noqa: S101
    low = low if low.unit else replace(low, unit=high.unit)
    high = high if high.unit else replace(high, unit=low.unit)
    if low.unit == high.unit and low.value > high.value:
        low, high = high, low
    return Range(low, high, is_plain)


def _split(text: str) -> tuple[str, str, bool] | None:
    """The texts of both edges, and whether the word between them may also mean a way."""
    spaced = " ".join(text.split())
    for pattern in _ways():
        if match := pattern.fullmatch(spaced):
            return match[1], match[2], True
    for pattern in _between():
        if match := pattern.fullmatch(spaced):
            return match[1], match[2], False
    if match := _until().fullmatch(spaced):
        return match[1], match[2], True
    dashed = plain_text(_DASHES.sub("–", spaced))
    match = _DASH.fullmatch(dashed)
    if match is None or len(re.findall(r"\d ?[-–—] ?\d", dashed)) > 1:
        return None
    return match[1], match[2], False


def _shared_scale(first: str, second: str, locale: str | None) -> str | Unreadable:
    """The first edge, with the scale that only the second bears, where that is the only reading."""
    behind = [_NUMBER_THEN.search(part) for part in (first, second)]
    if not all(behind):
        return first
    words = [scaled(1.0, match[1], locale) for match in behind if match]
    if any(isinstance(word, Unreadable) for word in words):
        return first
    (_, rest, own), (_, _, theirs) = words  # type: ignore[misc]  # none is unreadable
    if own or not theirs or rest:
        return first
    alone, larger = (parse_quantity(part, locale) for part in (first, f"{first} {theirs}"))
    high = parse_quantity(second, locale)
    if not all(isinstance(edge, Quantity) for edge in (alone, larger, high)):
        return first
    if alone.value <= high.value < larger.value:  # type: ignore[union-attr]
        return first
    return Unreadable(f"its lower edge may be {first} or {first} {theirs}; write both in full")


@cache
def _between() -> list[re.Pattern[str]]:
    return [
        re.compile(rf"{before} (.*\d.*?) {middle} (.*\d.*)", re.IGNORECASE)
        for before, middle in BETWEEN
    ]


@cache
def _ways() -> list[re.Pattern[str]]:
    """``40 -> 60`` and ``from 40 to 60``, which may be a way from one to the other."""
    words = [
        re.compile(rf"{before} (.*\d.*?) (?:{middle}) (.*\d.*)", re.IGNORECASE)
        for before, middle in FROM_TO
    ]
    return [re.compile(r"(.*\d[^-–—=]*?) ?(?:[-–—=]>|→|⇒) ?(.*\d.*)"), *words]


@cache
def _until() -> re.Pattern[str]:
    return re.compile(rf"(.*\d[^\s]*(?: ?[^\W\d]+\.?)?) (?:{'|'.join(UNTIL)}) (.*\d.*)", re.I)
