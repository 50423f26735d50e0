"""The figures in a Key Result's statement, for Key Results without a target field.

What belongs here: the phrases in which people write "from … to …". What does not: parsing a figure
(``quantity_parser``). A statement that could be read in two ways yields nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from okr_model.quantities.cells import LONGEST_SENTENCE, clean_text, is_prose
from okr_model.quantities.numbers import Unreadable, read_number, scaled
from okr_model.quantities.units import is_money

_CODE = r"(?-i:[A-Z]{3})"
_SCALE = r"(?:k|m|mn|mln|mio|bn|thousand|million|billion|lakhs?|crores?)"
_UNIT = (
    rf"(?:%|[€$£¥]|{_CODE}|x|percent|percentage points?|pp|points?|(?-i:ms|s|h|d)|milliseconds?"
    r"|sec(?:ond)?s?|min(?:ute)?s?|hrs?|hours?|days?|weeks?|months?|years?)"
)
_ENDS = r"(?![.,']?[^\W_]| ?[-–/] ?[0-9])"  # no part of a word, of a longer number or of a range
_FIGURE = (
    rf"(?:(?:\b{_CODE}|[€$£¥]) ?)?[0-9][0-9.,']*(?<![.,])"
    rf"(?: ?{_SCALE}{_ENDS})?(?: ?{_UNIT}{_ENDS})?{_ENDS}"
)
_FROM_TO = re.compile(rf"\bfrom ({_FIGURE}) ?to ({_FIGURE})", re.IGNORECASE)
_INSTEAD = re.compile(rf"({_FIGURE}) [^0-9]*instead of ({_FIGURE})", re.IGNORECASE)
_OR_MORE = re.compile(rf"({_FIGURE}) ?(?:or higher|or more|at least)", re.IGNORECASE)
_OR_LESS = re.compile(rf"({_FIGURE}) ?(?:or lower|or less|at most)", re.IGNORECASE)
_REACH = re.compile(rf"\breach(?:es)? (?:[^0-9]* )?({_FIGURE})", re.IGNORECASE)
_PARTS = re.compile(
    rf"((?:{_CODE}|[€$£¥])? ?)([0-9.,']+) ?({_SCALE}(?![^\W_]))? ?(.*)", re.IGNORECASE
)
_IN_FULL = 1000.0
"""From here on, a number beside one in thousands or millions is written in full."""


class Figures(NamedTuple):
    """The texts of baseline (None: not given) and target, as :func:`parse_quantity` reads them."""

    baseline: str | None
    target: str


def read_statement(sentence: str, locale: str | None = None) -> Figures | None:
    """The baseline and the target that a sentence names, or None.

    A unit that only one of the two figures has applies to both: "from 52 to 45 days" is 52 days to
    45 days. A scale that only one of them has is not: "from 10 to 20 thousand" may begin at 10.

    Args:
        sentence: As a person typed it.
        locale: Of the place it stands in.
    """
    if is_prose(sentence, LONGEST_SENTENCE):
        return None
    text = clean_text(sentence)
    ways = [
        *((_figure(match, 1), _figure(match, 2)) for match in _FROM_TO.finditer(text)),
        *((_figure(match, 2), _figure(match, 1)) for match in _INSTEAD.finditer(text)),
    ]
    if ways:
        return _way(*ways[0], locale) if len(ways) == 1 else None
    for pattern, sign in ((_OR_MORE, "≥ "), (_OR_LESS, "≤ "), (_REACH, "≥ ")):
        found = [_figure(match, 1) for match in pattern.finditer(text)]
        if found:
            only = found[0] if len(found) == 1 else None
            return Figures(None, sign + only.text) if only and not only.may_be_minutes else None
    return None


class _Figure(NamedTuple):
    """A figure's text, taken apart."""

    money: str
    number: str
    scale: str
    unit: str

    @property
    def text(self) -> str:
        return f"{self.money}{self.number}{self.scale and ' '}{self.scale} {self.unit}".strip()

    @property
    def may_be_minutes(self) -> bool:
        """Whether a lone ``m`` stands behind it: minutes, metres or millions."""
        return self.scale.casefold() == "m" and not (self.money or self.unit)


def _figure(match: re.Match[str], group: int) -> _Figure | None:
    """One figure of a sentence; None where the word behind it makes another number of it."""
    parts = _PARTS.fullmatch(match[group].strip())
    if parts is None:
        return None
    money, number, scale, unit = (part or "" for part in parts.groups())
    behind = match.string[match.end(group) :]
    if re.fullmatch(_CODE, unit) and not is_money(unit):
        behind, unit = f"{unit}{behind}", ""
    larger = scaled(1.0, behind, None)
    if isinstance(larger, Unreadable) or larger[2]:
        return None
    return _Figure(money, number, scale, unit)


def _way(baseline: _Figure | None, target: _Figure | None, locale: str | None) -> Figures | None:
    """Both figures in the unit that one of them has; None where they may be read in two ways."""
    if baseline is None or target is None:
        return None
    pair = (baseline, target)
    money = any(each.money or is_money(each.unit) for each in pair)
    if not money and any(each.may_be_minutes for each in pair):
        return None
    if bool(baseline.scale) != bool(target.scale):
        alone = read_number((target if baseline.scale else baseline).number, locale)
        if isinstance(alone, float) and 0 < alone < _IN_FULL:
            return None
    start, end = (
        each._replace(unit=each.unit or other.unit)
        for each, other in ((baseline, target), (target, baseline))
    )
    return Figures(start.text, end.text)
