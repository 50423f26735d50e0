"""Finding and leaving out, within texts, what stands for something hidden.

What belongs here: the regular expressions of DuckDB that do it. What does not: which texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from published.restricted.subjects import Subjects, literal

SHOWN = "[restricted]"
"""What stands in place of it."""

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN = r"[\s\p{Pd}_.,:/#−]{0,3}"  # not all but letters: such a class takes long to compile
_LEAST = 8  # characters of an id without figures, to be more than a word
_MOST = 8_000  # characters of one expression


class Mentions:
    """What stands for hidden Key Results in prose.

    An id is found in other ways of writing it, too: ``kr 9`` and ``KR-009`` for ``KR-9``. One that
    is a number or a short word alone is not looked for: it means something else in most texts.
    """

    def __init__(self, subjects: Subjects) -> None:
        ids = [_id(key) for key in subjects.ids if _can_be_told(key)]
        words = [_word(text.strip()) for text in subjects.words if text.strip()]
        # Longest first: what is a part of another must not leave the rest of it.
        words.sort(key=len, reverse=True)
        self._patterns = list(_joined([*words, *ids]))

    def within(self, columns: Sequence[str]) -> str:
        """A condition that one of these columns mentions something hidden."""
        each = [
            f"coalesce(regexp_matches({column}, {literal(pattern)}, 'i'), false)"
            for column in columns
            for pattern in self._patterns
        ]
        return f"({' OR '.join(each)})" if each else "false"

    def replaced(self, column: str) -> str:
        """The text of a column without what is hidden."""
        for pattern in self._patterns:
            column = f"regexp_replace({column}, {literal(pattern)}, '{SHOWN}', 'gi')"
        return column

    def filtered(self, column: str) -> str:
        """The texts of a list that mention nothing hidden."""
        return f"list_filter({column}, lambda one: NOT {self.within(['one'])})"


def _can_be_told(key: str) -> bool:
    letters = any(letter.isalpha() for letter in key)
    return letters and (any(letter.isdigit() for letter in key) or len(key) >= _LEAST)


def _id(key: str) -> str:
    runs = [f"0*{run.lstrip('0')}" if run.isdigit() else run for run in _RUNS.findall(key)]
    spelled = f"{_edge(runs[0][:1])}{_BETWEEN.join(runs)}{_edge(runs[-1][-1:])}"
    return f"{_word(key.strip())}|{spelled}"


def _word(text: str) -> str:
    """The text as it is, not as the beginning of a longer one: row 1 is not row 10."""
    escaped = _PUNCTUATION.sub(r"\\\1", text)
    return f"{_edge(text[0])}{escaped}{_edge(text[-1])}"


def _edge(letter: str) -> str:
    """What stands beside a letter at an end; a boundary knows ASCII alone, and takes _ for one."""
    return r"(?:\b|_)" if letter.isascii() and letter.isalnum() else ""


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
