"""What a comment states, if it is a check-in.

What belongs here: taking one text apart. What does not: finding comments, and what its value and
its word for the confidence mean (``check_ins``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from okr_model.entities.confidence_words import parse_confidence
from okr_model.entities.content.labelled_text import begins_with_label
from okr_model.languages.folding import fold_case, plain_id
from okr_model.languages.words import yes_or_no
from okr_model.quantities.numbers import Unreadable
from okr_model.quantities.quantity_parser import parse_quantity

_DASHES = "[-\u2010-\u2015\u2212]"
_AFTER = rf"\s*(?:[:=.,;|]|{_DASHES}(?=\s))?\s*"
_BEFORE_WORD = r"(?=\s+[^\W\d_])"
_EXPLICIT = re.compile(r"\s*[:=]\s*")
_BULLETS = " \t•*·"
_MARKS = " \t\n.,;:|!"
_MOST_PARTS = 4  # that one quantity may be written in


@dataclass(frozen=True, slots=True)
class CommentForm:
    """How people write a check-in in a comment.

    Attributes:
        begins: What a comment that is a check-in begins with, such as ``Check-in``.
        value: Words before its value.
        confidence: Words before its confidence.
        locale: How its numbers are written, such as ``de_DE``.
    """

    begins: tuple[str, ...] = ("Check-in",)
    value: tuple[str, ...] = ("value",)
    confidence: tuple[str, ...] = ("confidence",)
    locale: str | None = None


class Statement(NamedTuple):
    """What a comment states; a check-in states a value or a confidence, or it cannot be read."""

    value: str | None = None
    confidence: str | None = None
    note: str | None = None


class _Part(NamedTuple):
    """A part of a comment; ``label`` is the field that its first word names, if it names one."""

    start: int
    end: int
    said: str
    label: str | None = None
    explicit: bool = False


def read_comment(text: str, form: CommentForm, words: Sequence[str]) -> Statement | None:
    """Take a comment apart; None if it does not begin as a check-in does.

    What follows the beginning is split at line breaks, semicolons and bars, and at commas and full
    stops before a word. The value is the part after one of its words, else the first part if it
    holds a digit or says yes or no. The confidence is the part after one of its words, else one of
    the first parts that is exactly a level. All the rest is the note. What is stated in two ways is
    returned as both, which no reader accepts.

    >>> said = "Check-in: 42 %, confidence high, next: call Ann."
    >>> read_comment(said, CommentForm(), ("High", "Medium", "Low"))
    Statement(value='42 %', confidence='high', note='next: call Ann.')
    >>> read_comment("About the check-in: 42 %", CommentForm(), ("High", "Medium", "Low"))

    Args:
        text: The comment's words, lines separated by line breaks.
        form: How people write check-ins.
        words: The organization's three words of confidence, high to low.
    """
    begun = _head(form.begins).match(text)
    if begun is None:
        return None
    said = text[begun.end() :]
    parts = [_level_first(part, form, words) for part in _parts(said, form)]
    parts = _whole_quantities(said, parts, form.locale)
    values = [part for part in parts if part.label == "value" and _is_value(part)]
    values = values or [part for part in parts[:1] if part.label is None and _is_value(part)]
    levels = _levels([part for part in parts if part not in values], words)
    rest = [part for part in parts if part not in (*values, *levels)]
    return Statement(_joined(said, values), _joined(said, levels), _note(said, rest, parts))


def _parts(said: str, form: CommentForm) -> list[_Part]:
    parts: list[_Part] = []
    start = 0
    for mark in [*_separator(form).finditer(said), None]:
        part = _part(said, start, mark.start() if mark else len(said), form)
        start = mark.end() if mark else start
        before = parts[-1] if parts else None
        if before and before.label and not before.said and not part.label:
            parts[-1] = before._replace(end=part.end, said=part.said)  # the word was a heading
        elif part.said or part.label:
            parts.append(part)
    return parts


def _part(said: str, start: int, end: int, form: CommentForm) -> _Part:
    text = said[start:end]
    for label in ("value", "confidence"):
        named = _label(getattr(form, label)).match(text)
        if named:
            colon = _EXPLICIT.match(text, named.end())
            rest = text[colon.end() if colon else named.end() :]
            alone = not rest.strip(_MARKS)
            return _Part(start, end, _plain(rest), label, bool(colon) or alone)
    return _Part(start, end, _plain(text))


def _level_first(part: _Part, form: CommentForm, words: Sequence[str]) -> _Part:
    """``low confidence`` says the same as ``confidence low``."""
    named = _label_last(form.confidence).fullmatch(part.said) if part.label is None else None
    if named and parse_confidence(named[1], words):
        return part._replace(said=named[1], label="confidence")
    return part


def _whole_quantities(said: str, parts: list[_Part], locale: str | None) -> list[_Part]:
    """The parts, with those that make one quantity together: ``4.5 Mio. EUR`` was split."""
    whole: list[_Part] = []
    left = parts
    while left:
        first, end = left[0], 1
        if _is_value(first) and (first.label == "value" or (first.label is None and not whole)):
            more = itertools.takewhile(lambda one: one.label is None, left[1:_MOST_PARTS])
            for count in range(1 + len(list(more)), 1, -1):
                text = _plain(first.said + said[first.end : left[count - 1].end])
                if not isinstance(parse_quantity(text, locale), Unreadable):
                    first, end = first._replace(end=left[count - 1].end, said=text), count
                    break
        whole.append(first)
        left = left[end:]
    return whole


def _levels(parts: list[_Part], words: Sequence[str]) -> list[_Part]:
    """The parts that state the confidence."""
    labelled = [part for part in parts if part.label == "confidence"]
    sure = [p for p in labelled if p.explicit or parse_confidence(p.said, words)]
    first = list(itertools.takewhile(lambda one: _is_level(one, words), parts))
    return sure or first or labelled[:1]


def _is_level(part: _Part, words: Sequence[str]) -> bool:
    return part.label is None and parse_confidence(part.said, words) is not None


def _is_value(part: _Part) -> bool:
    if part.explicit or yes_or_no(part.said) is not None:
        return True
    has_figure = any(letter.isdigit() for letter in part.said)
    return has_figure and not begins_with_label(part.said)


def _joined(said: str, parts: list[_Part]) -> str | None:
    """What the parts say: as one text where they follow each other unlabelled, else as several."""
    if len(parts) > 1 and not any(part.label for part in parts):
        together = _plain(said[parts[0].start : parts[-1].end])
        return together or None
    distinct = {fold_case(part.said): part.said for part in parts}
    return " / ".join(distinct.values()) or None


def _note(said: str, rest: list[_Part], parts: list[_Part]) -> str | None:
    """The text of all other parts; what was not apart stays together."""
    order = {part: position for position, part in enumerate(parts)}
    runs: list[list[_Part]] = []
    for part in rest:
        if runs and order[part] == order[runs[-1][-1]] + 1:
            runs[-1].append(part)
        else:
            runs.append([part])
    texts = (_plain(said[run[0].start : run[-1].end], " \t\n,;|") for run in runs)
    return "; ".join(text for text in texts if text) or None


def _plain(text: str, marks: str = _MARKS) -> str:
    return text.lstrip(_BULLETS).strip(marks)


@cache
def _head(begins: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"[^\w>]*(?:{_any(begins)})(?!\w|{_DASHES}\w){_AFTER}", re.IGNORECASE)


@cache
def _label(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"[^\w]*(?:{_any(words)})(?!\w|{_DASHES}\w)", re.IGNORECASE)


@cache
def _label_last(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(.*\S)\s+(?:{_any(words)})", re.IGNORECASE)


@cache
def _separator(form: CommentForm) -> re.Pattern[str]:
    labels = _any((*form.value, *form.confidence))
    dash = rf"\s{_DASHES}{_BEFORE_WORD}"
    return re.compile(
        rf"\n|[;|]|[,.]{_BEFORE_WORD}|{dash}|\s(?=(?:{labels})\s*[:=])", re.IGNORECASE
    )


def _any(words: Iterable[str]) -> str:
    """A pattern of any of the words, whichever hyphens and spaces they are typed with."""
    return "|".join(_typed(word) for word in sorted(words, key=len, reverse=True))


def _typed(word: str) -> str:
    letters = (
        r"\s+" if letter == " " else _DASHES if letter == "-" else re.escape(letter)
        for letter in plain_id(word)
    )
    return "".join(letters)
