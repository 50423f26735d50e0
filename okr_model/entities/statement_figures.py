"""The figures in a Key Result's statement, for Key Results without a target field.

What belongs here: the phrases in which people write "from … to …". What does not: parsing a figure
(``quantity_parser``). A statement that could be read in two ways yields nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from okr_model.quantities.cells import LONGEST_SENTENCE, clean_text, is_prose

_UNIT = r"(?:%|x\b|percent|percentage points?|pp\b|seconds?|minutes?|hours?|days?|weeks?)"
_FIGURE = rf"(?:(?:(?-i:\b[A-Z]{{3}})|[€$£¥]) ?)?[0-9][0-9.,']*(?<![.,]) ?{_UNIT}?"
_FROM_TO = re.compile(rf"\bfrom ({_FIGURE}) ?to ({_FIGURE})", re.IGNORECASE)
_INSTEAD = re.compile(rf"({_FIGURE}) [^0-9]*instead of ({_FIGURE})", re.IGNORECASE)
_OR_MORE = re.compile(rf"({_FIGURE}) ?(?:or higher|or more|at least)", re.IGNORECASE)
_OR_LESS = re.compile(rf"({_FIGURE}) ?(?:or lower|or less|at most)", re.IGNORECASE)
_REACH = re.compile(rf"\breach(?:es)? (?:[^0-9]* )?({_FIGURE})", re.IGNORECASE)
_HAS_UNIT = re.compile(rf"{_UNIT}$", re.IGNORECASE)


class Figures(NamedTuple):
    """The texts of baseline (None: not given) and target, as :func:`parse_quantity` reads them."""

    baseline: str | None
    target: str


def read_statement(sentence: str) -> Figures | None:
    """The baseline and the target that a sentence names, or None.

    A unit that only one of the two figures has applies to both: "from 52 to 45 days" is 52 days to
    45 days.
    """
    if is_prose(sentence, LONGEST_SENTENCE):
        return None
    text = clean_text(sentence)
    ways = [
        *((match[1], match[2]) for match in _FROM_TO.finditer(text)),
        *((match[2], match[1]) for match in _INSTEAD.finditer(text)),
    ]
    if len(ways) > 1:
        return None
    if ways:
        baseline, target = (figure.strip() for figure in ways[0])
        return Figures(_completed(baseline, target), _completed(target, baseline))
    for pattern, sign in ((_OR_MORE, "≥ "), (_OR_LESS, "≤ "), (_REACH, "≥ ")):
        found = pattern.findall(text)
        if found:
            return Figures(None, sign + found[0].strip()) if len(found) == 1 else None
    return None


def _completed(figure: str, other: str) -> str:
    unit = _HAS_UNIT.search(other)
    if unit is None or _HAS_UNIT.search(figure):
        return figure
    return f"{figure} {unit.group()}"
