"""The tokens of a measure, and errors that name a position among them.

What belongs here: splitting a text into tokens and consuming them one by one. What does not: the
grammar (``parser``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

_TOKEN = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([(),=])|([^\s(),="]+))')


_SHOWN = 200  # characters of a text in a message


class MeasureError(ValueError):
    """A text that is not a measure.

    Attributes:
        position: Where the error is, counted from 1.
        expected: What was expected there.
    """

    def __init__(self, text: str, position: int, expected: str, found: str) -> None:
        self.position, self.expected = position, expected
        at = f"“{_excerpt(found, 1)}”" if found else "its end"
        shown = _excerpt(text, position)
        super().__init__(f"“{shown}” at {position}: expected {expected}, found {at}.")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign; ``at`` is its position, counted from 1."""

    word: str
    at: int
    quoted: bool = False


class Words:
    """The tokens of a text, and the position of the parser among them.

    Attributes:
        text: The text, with single spaces; a query keeps its white space.
        tokens: Its tokens.
        next: The index of the first token not yet consumed.

    Raises:
        MeasureError: A quotation mark is not closed.
    """

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split()) if not is_sql(text) else text.strip()
        self.tokens = list(self._split())
        self.next = 0

    def _split(self) -> list[Token]:
        tokens: list[Token] = []
        position = 0
        text = self.text.rstrip()
        while position < len(text) and not is_sql(text):
            match = _TOKEN.match(text, position)
            if match is None:
                at = position + len(text[position:]) - len(text[position:].lstrip())
                self.tokens = tokens
                raise MeasureError(text, at + 1, "a closing quotation mark", text[at:])
            quoted, sign, word = match.groups()
            start = match.end() - len(match.group().lstrip())
            tokens.append(
                Token(quoted.replace('""', '"'), start + 1, quoted=True)
                if quoted is not None
                else Token(sign or word, start + 1)
            )
            position = match.end()
        return tokens

    def here(self) -> Token:
        """The next token; an empty one at the end."""
        if self.next < len(self.tokens):
            return self.tokens[self.next]
        return Token("", len(self.text) + 1)

    def peek(self, *words: str) -> bool:
        """Whether these words come next, ignoring case; quoted words do not match."""
        ahead = self.tokens[self.next : self.next + len(words)]
        return [t.word.lower() for t in ahead if not t.quoted] == [*words]

    def take(self, *words: str) -> bool:
        """Consume these words if they come next, and return whether they did."""
        found = self.peek(*words)
        self.next += len(words) if found else 0
        return found

    def must(self, word: str, expected: str | None = None) -> None:
        """Consume a word that is required next."""
        if not self.take(word):
            self.fail(expected or word, self.here())

    def word(self, expected: str) -> Token:
        """Consume the next word, whatever it is; signs are not words."""
        token = self.here()
        if not token.word or (not token.quoted and token.word in "(),="):
            self.fail(expected, token)
        self.next += 1
        return token

    def end(self) -> None:
        """Require that no tokens are left."""
        if self.next < len(self.tokens):
            self.fail("nothing more", self.here())

    def fail(self, expected: str, token: Token) -> NoReturn:
        """Raise an error that says what was expected at ``token``."""
        raise MeasureError(self.text, token.at, expected, token.word)


def _excerpt(text: str, position: int) -> str:
    """A text around a position, counted from 1; all of it unless it is long."""
    begin = max(min(position - 1 - _SHOWN // 2, len(text) - _SHOWN), 0)
    end = begin + _SHOWN
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def is_sql(text: str) -> bool:
    """Whether a measure is an SQL query, which is not split into tokens."""
    return text.lstrip()[:4].lower() in ("sql ", "sql\n")
