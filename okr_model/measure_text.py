"""The language in which a measure is written, and its errors.

What belongs here: reading a text into a :class:`MeasureText`, naming the place of a mistake and
what was expected there. What does not: measuring (``measures``).

::

    median of resolution time from jira where project = SUP and issue_type = "Support ticket"
        over 28 days
    p90 of business time from "In Progress" to Done from jira over 28 days
    count of created issues from jira where issue_type in (Bug, Incident) over 7 days
    share of (status_category = done) of issues from jira where parent = SUP-1
    ratio of (priority = Highest) to (priority = Low) of resolved issues from jira over 28 days
    mean of Completed from cohorts where "Key Result" = KR-16 by Week over 28 days
    cell C14 from metrics
    sum of named range Leads from metrics
    sql SELECT day, value FROM ...
    check-ins
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn

JIRA = "jira"
CHECK_INS = "check-ins"
AGGREGATES = ("last", "count", "sum", "mean", "median")
RESOLUTION_TIME, TIME_BETWEEN = "resolution time", "time between states"
RESOLVED, CREATED, STANDING = "resolved issues", "created issues", "issues"
EVENTS = (RESOLVED, CREATED, STANDING)
DEFAULT_WINDOW = 28
CATEGORY = "status_category"
WHERE_COLUMNS = (
    *("project", "issue_type", "status", CATEGORY, "priority", "resolution", "assignee", "parent"),
)
"""Columns of an issue that a measure may select by; ``parent`` is the parent's key."""

Where = Mapping[str, tuple[str, ...]]
Kind = Literal["issues", "rows", "cell", "range", "sql", "check-ins"]

_TOKEN = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([(),=])|([^\s(),="]+))')
_PERCENTILE = re.compile(r"p(100|\d{1,2})")
_NAMED_RANGE = ("named", "range")
_CELL = re.compile(r"[A-Z]{1,3}[1-9]\d*")


class MeasureError(ValueError):
    """A text that is no measure.

    Attributes:
        position: Where the mistake begins, counted from 1.
        expected: What could have stood there.
    """

    def __init__(self, text: str, position: int, expected: str, found: str) -> None:
        self.position, self.expected = position, expected
        at = f"“{found}”" if found else "its end"
        super().__init__(f"“{text}” at {position}: expected {expected}, found {at}.")


@dataclass(frozen=True, slots=True)
class MeasureText:
    """A measure as it was written.

    Attributes:
        text: The text itself, with single spaces.
        kind: Which family it belongs to; the attributes below matter for some.
        aggregate: ``last, count, sum, mean, median, p0`` to ``p100``, ``share`` or ``ratio``;
            ``only`` for a named range of which none is asked.
        of: For issues: :data:`RESOLUTION_TIME`, :data:`TIME_BETWEEN` or one of :data:`EVENTS`; for
            rows: the column.
        states: The two states of :data:`TIME_BETWEEN`.
        business: Whether time is counted on working days only.
        source: ``jira``, or the name of a ``table`` dataset.
        where: Column to the texts of which it must hold one.
        part: The further filter of what is counted, for ``share`` and ``ratio``.
        whole: The further filter of what it is divided by, for ``ratio``.
        by: The column of rows that holds the day.
        window_days: How many days up to the day of the value; None: rows of that day alone.
        cell: The cell's address.
        named: The named range; of several cells the ``aggregate`` is taken, of one the cell itself.
        sql: The query.
    """

    text: str
    kind: Kind
    aggregate: str = "last"
    of: str = ""
    states: tuple[str, str] | None = None
    business: bool = False
    source: str = JIRA
    where: Where = field(default_factory=dict)
    part: Where = field(default_factory=dict)
    whole: Where = field(default_factory=dict)
    by: str | None = None
    window_days: int | None = None
    cell: str | None = None
    named: str | None = None
    sql: str | None = None


def parse_measure(text: str) -> MeasureText:
    """Read one measure.

    Raises:
        MeasureError: It is none; the message names the place and what was expected there.
    """
    return _Reader(text).measure()


def split_measures(text: str) -> list[str]:
    """The measures in a cell, divided by semicolons, in the order of precedence."""
    parts = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', text)
    return [part.strip() for part in parts if part.strip()]


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    at: int
    quoted: bool = False


class _Reader:
    """Reads a text word by word."""

    def __init__(self, text: str) -> None:
        self._text = " ".join(text.split()) if not _is_sql(text) else text.strip()
        self._tokens = list(self._split())
        self._next = 0

    def measure(self) -> MeasureText:
        if _is_sql(self._text):
            return MeasureText(self._text, "sql", source="sql", sql=self._text[4:].strip())
        if self._take(CHECK_INS):
            self._end()
            return MeasureText(self._text, "check-ins", source=CHECK_INS)
        if self._take("cell"):
            return self._cell()
        if self._peek(*_NAMED_RANGE):
            return self._named("only")
        aggregate = self._aggregate()
        self._must("of")
        if aggregate in ("share", "ratio"):
            return self._quotient(aggregate)
        if self._peek(*_NAMED_RANGE):
            return self._named(aggregate)
        spot = self._next
        timed = self._time(aggregate)
        if timed is not None:
            return timed
        self._next = spot
        return self._rows(aggregate)

    def _cell(self) -> MeasureText:
        address = self._word("a cell such as C14")
        if not _CELL.fullmatch(address.word.upper()):
            self._fail("a cell such as C14", address)
        self._must("from")
        source = self._word("the name of a table dataset").word
        self._end()
        cell = address.word.upper()
        return MeasureText(self._text, "cell", source=source, cell=cell)

    def _named(self, aggregate: str) -> MeasureText:
        self._take(*_NAMED_RANGE)
        name = self._word("the name of a range").word
        self._must("from")
        source = self._word("the name of a table dataset").word
        self._end()
        return MeasureText(self._text, "range", aggregate, source=source, named=name)

    def _aggregate(self) -> str:
        expected = "count, sum, mean, median, p90, last, share, ratio, cell, named range, sql"
        expected += " or check-ins"
        token = self._word(expected)
        name = token.word.lower()
        if name not in (*AGGREGATES, "share", "ratio") and not _PERCENTILE.fullmatch(name):
            self._fail(expected, token)
        return name

    def _quotient(self, aggregate: str) -> MeasureText:
        part = self._filter()
        whole: Where = {}
        if aggregate == "ratio":
            self._must("to")
            whole = self._filter()
        self._must("of")
        event = self._event()
        if event is None:
            self._fail("resolved issues, created issues or issues", self._here())
        return self._issues(aggregate, of=event, part=part, whole=whole)

    def _time(self, aggregate: str) -> MeasureText | None:
        """A measure of issues, or None where what follows is a column of rows."""
        business = self._take("business")
        if self._take("resolution", "time"):
            return self._issues(aggregate, of=RESOLUTION_TIME, business=business)
        if self._take("time", "from"):
            begun = self._word("a state, such as “In Progress”").word
            self._must("to")
            ended = self._word("a state, such as Done").word
            states = (begun, ended)
            return self._issues(aggregate, of=TIME_BETWEEN, states=states, business=business)
        if business:
            self._fail("resolution time, or time from a state to another", self._here())
        event = self._event()
        if event is None or not self._peek("from", JIRA):
            return None
        if aggregate != "count":
            self._fail("count before issues", self._tokens[0])
        return self._issues(aggregate, of=event)

    def _event(self) -> str | None:
        return next((event for event in EVENTS if self._take(*event.split())), None)

    def _issues(
        self,
        aggregate: str,
        *,
        of: str,
        states: tuple[str, str] | None = None,
        business: bool = False,
        part: Where | None = None,
        whole: Where | None = None,
    ) -> MeasureText:
        if aggregate in ("count", "last") and of not in EVENTS:
            self._fail("sum, mean, median or a percentile such as p90 of a time", self._tokens[0])
        self._must("from")
        if not self._take(JIRA):
            self._fail(JIRA, self._here())
        where = self._where(of_issues=True)
        window = self._window()
        self._end()
        return MeasureText(
            self._text,
            "issues",
            aggregate,
            of,
            states,
            business,
            where=where,
            part=part or {},
            whole=whole or {},
            window_days=window or DEFAULT_WINDOW,
        )

    def _rows(self, aggregate: str) -> MeasureText:
        column = self._word("a column, resolution time, or issues").word
        self._must("from")
        source = self._word("jira or the name of a table dataset").word
        where = self._where()
        self._must("by")
        by = self._word("the column that holds the day").word
        window = self._window()
        self._end()
        return MeasureText(
            self._text, "rows", aggregate, column, None, False, source, where, {}, {}, by, window
        )

    def _where(self, *, of_issues: bool = False) -> Where:
        return self._tests(of_issues=of_issues) if self._take("where") else {}

    def _filter(self) -> Where:
        self._must("(")
        tests = self._tests(of_issues=True)
        self._must(")")
        return tests

    def _tests(self, *, of_issues: bool) -> Where:
        found: dict[str, tuple[str, ...]] = {}
        known = ", ".join(WHERE_COLUMNS)
        expected = f"a column of issues: {known}" if of_issues else "a column to select by"
        while True:
            name = self._word(expected)
            if of_issues and name.word not in WHERE_COLUMNS:
                self._fail(expected, name)
            if name.word in found:
                self._fail("another column: one is tested once, with in (…)", name)
            if self._take("in"):
                found[name.word] = self._list()
            else:
                self._must("=", "= or in (…)")
                found[name.word] = (self._word("a value").word,)
            if not self._take("and"):
                return found

    def _list(self) -> tuple[str, ...]:
        self._must("(")
        values = [self._word("a value").word]
        while self._take(","):
            values.append(self._word("a value").word)
        self._must(")", ", or )")
        return tuple(values)

    def _window(self) -> int | None:
        if not self._take("over"):
            return None
        count = self._word("a number of days")
        if not count.word.isdigit() or not 1 <= int(count.word) <= 3660:
            self._fail("a number of days from 1 to 3660", count)
        if not self._take("days") and not self._take("day"):
            self._fail("days", self._here())
        return int(count.word)

    def _split(self) -> list[_Token]:
        tokens: list[_Token] = []
        position = 0
        text = self._text.rstrip()
        while position < len(text) and not _is_sql(text):
            match = _TOKEN.match(text, position)
            if match is None:
                at = position + len(text[position:]) - len(text[position:].lstrip())
                self._tokens = tokens
                raise MeasureError(text, at + 1, "a closing quotation mark", text[at:])
            quoted, sign, word = match.groups()
            start = match.end() - len(match.group().lstrip())
            tokens.append(
                _Token(quoted.replace('""', '"'), start + 1, quoted=True)
                if quoted is not None
                else _Token(sign or word, start + 1)
            )
            position = match.end()
        return tokens

    def _here(self) -> _Token:
        if self._next < len(self._tokens):
            return self._tokens[self._next]
        return _Token("", len(self._text) + 1)

    def _peek(self, *words: str) -> bool:
        ahead = self._tokens[self._next : self._next + len(words)]
        return [t.word.lower() for t in ahead if not t.quoted] == [*words]

    def _take(self, *words: str) -> bool:
        found = self._peek(*words)
        self._next += len(words) if found else 0
        return found

    def _must(self, word: str, expected: str | None = None) -> None:
        if not self._take(word):
            self._fail(expected or word, self._here())

    def _word(self, expected: str) -> _Token:
        token = self._here()
        if not token.word or (not token.quoted and token.word in "(),="):
            self._fail(expected, token)
        self._next += 1
        return token

    def _end(self) -> None:
        if self._next < len(self._tokens):
            self._fail("nothing more", self._here())

    def _fail(self, expected: str, token: _Token) -> NoReturn:
        raise MeasureError(self._text, token.at, expected, token.word)


def _is_sql(text: str) -> bool:
    return text.lstrip()[:4].lower() in ("sql ", "sql\n")
