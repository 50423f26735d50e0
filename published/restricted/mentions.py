"""Finding and leaving out, within texts, what stands for something hidden.

What belongs here: the regular expressions of DuckDB that do it. What does not: which texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from published.restricted.subjects import Subjects, literal

SHOWN = "[restricted]"
"""What stands in place of it."""

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN = r"[\s\p{Pd}_.,:/#−]{0,3}"  # not all but letters: such a class takes long to compile
_LEAST = 8  # characters of an id without figures, to be more than a word
_MOST = 8_000  # characters of one expression
_Shape = tuple[str | None, ...]


class Mentions:
    """What stands for hidden Key Results in prose.

    An id is found in other ways of writing it, too: ``kr 9`` and ``KR-009`` for ``KR-9``. One that
    is a number or a short word alone is not looked for: it means something else in most texts.
    """

    def __init__(self, subjects: Subjects) -> None:
        ids = [key for key in subjects.ids if _can_be_told(key)]
        words = [_word(text.strip()) for text in subjects.words if text.strip()]
        # Longest first: what is a part of another must not leave the rest of it.
        words.sort(key=len, reverse=True)
        self._patterns = list(_joined([*words, *map(_id, ids)]))
        self._words = list(_joined([*words, *(_word(key.strip()) for key in ids)]))
        self._shapes = _by_shape(ids)

    @classmethod
    def of_waves(cls, subjects: Subjects) -> Mentions:
        """Names of hidden waves alone: they are words like others but in texts about a roll-out."""
        return cls(replace(subjects, ids=[], words=subjects.waves))

    def within(self, columns: Sequence[str]) -> str:
        """A condition that one of these columns mentions something hidden."""
        each = [
            f"coalesce({condition}, false)"
            for column in columns
            for condition in (
                *(_matches(column, pattern) for pattern in self._words),
                *(_within(column, shape, keys) for shape, keys in self._shapes.items()),
            )
        ]
        return f"({' OR '.join(each)})" if each else "false"

    def replaced(self, column: str) -> str:
        """The text of a column without what is hidden."""
        text = column
        for pattern in self._patterns:
            text = f"regexp_replace({text}, {literal(pattern)}, '{SHOWN}', 'gi')"
        # To replace takes a hundred times as long as to see that nothing has to be.
        return f"CASE WHEN {self.within([column])} THEN {text} ELSE {column} END"

    def filtered(self, column: str) -> str:
        """The texts of a list that mention nothing hidden."""
        return f"list_filter({column}, lambda one: NOT {self.within(['one'])})"


def _can_be_told(key: str) -> bool:
    letters = any(letter.isalpha() for letter in key)
    return letters and (any(letter.isdigit() for letter in key) or len(key) >= _LEAST)


def _by_shape(ids: Iterable[str]) -> dict[_Shape, list[str]]:
    found: dict[_Shape, list[str]] = {}
    for key in ids:
        found.setdefault(_shape(key), []).append(key)
    return found


def _shape(key: str) -> _Shape:
    """The runs of an id, a number as None; empty where a number is 0 or has other digits."""
    runs = _RUNS.findall(key)
    if not all(run.isascii() and run.strip("0") for run in runs if run.isdigit()):
        return ()
    return tuple(None if run.isdigit() else run for run in runs)


def _within(column: str, shape: _Shape, keys: Sequence[str]) -> str:
    """A condition that a text has one of these ids, which differ in their numbers alone.

    To look for all of them at each place of a text takes a hundred times as long as to look first
    for what they have in common.
    """
    one_by_one = " OR ".join(_matches(column, one) for one in _joined(map(_spelled, keys)))
    if None not in shape:
        return f"({one_by_one})"
    plain = f"replace({column}, '_', ' ')"  # which may stand beside an id and between its parts
    first, last = _boundary((shape[0] or "0")[0]), _boundary((shape[-1] or "0")[-1])
    *letters, ending = shape
    if ending is None and None not in letters:
        # Such ids do not overlap, so the numbers of all that are there are found.
        there = literal(f"{first}{_BETWEEN.join([*map(str, letters), '0*([0-9]+)'])}{last}")
        wanted = ", ".join(literal(_RUNS.findall(key)[-1].lstrip("0")) for key in keys)
        numbers = f"regexp_extract_all({plain}, {there}, 1, 'i')"
        return f"len(list_filter({numbers}, lambda number: number IN ({wanted}))) > 0"
    common = f"{first}{_BETWEEN.join(run or '[0-9]+' for run in shape)}{last}"
    return f"CASE WHEN {_matches(plain, common)} THEN {one_by_one} ELSE false END"


def _matches(column: str, pattern: str) -> str:
    return f"regexp_matches({column}, {literal(pattern)}, 'i')"


def _id(key: str) -> str:
    return f"{_word(key.strip())}|{_spelled(key)}"


def _spelled(key: str) -> str:
    """The id in other ways of writing it."""
    runs = [f"0*{run.lstrip('0')}" if run.isdigit() else run for run in _RUNS.findall(key)]
    return f"{_edge(runs[0][:1])}{_BETWEEN.join(runs)}{_edge(runs[-1][-1:])}"


def _word(text: str) -> str:
    """The text as it is, not as the beginning of a longer one: row 1 is not row 10."""
    escaped = _PUNCTUATION.sub(r"\\\1", text)
    return f"{_edge(text[0])}{escaped}{_edge(text[-1])}"


def _edge(letter: str) -> str:
    """What stands beside a letter at an end; a boundary takes _ for a letter."""
    return f"(?:{_boundary(letter)}|_)" if _boundary(letter) else ""


def _boundary(letter: str) -> str:
    """The boundary beside a letter at an end; it knows ASCII alone."""
    return r"\b" if letter.isascii() and letter.isalnum() else ""


def _joined(patterns: Iterable[str]) -> Iterable[str]:
    """Few expressions of bounded length, each one of many."""
    together: list[str] = []
    length = 0
    for pattern in patterns:
        if together and length + len(pattern) > _MOST:
            yield "|".join(together)
            together, length = [], 0
        together.append(pattern)
        length += len(pattern) + 1
    if together:
        yield "|".join(together)
