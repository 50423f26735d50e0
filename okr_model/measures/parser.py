"""The parser of the measure language.

What belongs here: parsing a text into a :class:`MeasureText`, and errors that name the position and
what was expected there. What does not: tokens (``tokens``) and evaluation (``issue_measures``,
``row_measures``, ``cell_measures``).

::

    median of resolution time from jira where project = SUP and issue_type = "Support ticket"
        over 28 days
    p90 of business time from "In Progress" to Done from jira over 28 days
    count of created issues from jira where issue_type in (Bug, Incident) over 7 days
    count of re-opened issues from jira where label = customer and "Customer tier" = Gold
        over 4 weeks
    sum of "Story points" of resolved issues from jira where sprint = "Sprint 7" in the cycle
    share of (status_category = done) of issues from jira where parent = SUP-1
    share of (status_category = done) of "Story points" of issues from jira where parent = SUP-1
    ratio of (priority = Highest) to (priority = Low) of resolved issues from jira over 28 days
    mean of Completed from cohorts where "Key Result" = KR-16 by Week over 28 days
    share of (Done = Yes) of Weight from milestones
    property "Current value"
    field customfield_10042
    cell C14 from metrics
    sum of named range Leads from metrics
    sql SELECT day, value FROM ...
    check-ins
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from okr_model.measures.tokens import MeasureError as MeasureError
from okr_model.measures.tokens import Words, is_sql

JIRA, CHECK_INS = "jira", "check-ins"
OWN = "own record"
"""The source of a measure that is a property of the Key Result's own record."""
AGGREGATES = ("last", "count", "sum", "mean", "median")
RESOLUTION_TIME, TIME_BETWEEN = "resolution time", "time between states"
RESOLVED, CREATED, STANDING = "resolved issues", "created issues", "issues"
REOPENED, MOVED_BACK = "re-opened issues", "moved-back issues"
EVENTS = (RESOLVED, CREATED, REOPENED, MOVED_BACK, STANDING)
DEFAULT_WINDOW = 28
CATEGORY = "status_category"
WHERE_COLUMNS = (
    *("project", "issue_type", "status", CATEGORY, "priority", "resolution", "assignee", "parent"),
)
"""Columns of an issue that a measure may select by; ``parent`` is the parent's key."""
FIELD_COLUMNS: Mapping[str, str] = {
    "label": "labels",
    "component": "components",
    "fix_version": "fixVersions",
    "sprint": "sprint",
}
"""What a measure calls some fields of issues -> their ids in Jira; a sprint field's differs."""

Where = Mapping[str, tuple[str, ...]]
Kind = Literal["issues", "rows", "property", "cell", "range", "sql", "check-ins"]

PERCENTILE = re.compile(r"p(100|\d{1,2})")
_SPELLINGS: Mapping[tuple[str, ...], str] = {
    ("issues", "moved", "back"): MOVED_BACK,
    ("moved", "back", "issues"): MOVED_BACK,
    ("reopened", "issues"): REOPENED,
    **{tuple(event.split()): event for event in EVENTS},
}
_PLURALS = {f"{name}s": name for name in FIELD_COLUMNS}
_FIELD_ID = re.compile(r"customfield_\d+")
_NAMED_RANGE = ("named", "range")
_CELL = re.compile(r"[A-Z]{1,3}[1-9]\d*")


@dataclass(frozen=True, slots=True)
class MeasureText:
    """A parsed measure.

    Attributes:
        text: The text itself, with single spaces.
        kind: Its family; the attributes below apply only to some.
        aggregate: ``last, count, sum, mean, median, p0`` to ``p100``, ``share`` or ``ratio``;
            ``only`` for a named range without an aggregate.
        of: For issues: :data:`RESOLUTION_TIME`, :data:`TIME_BETWEEN` or one of :data:`EVENTS`; for
            rows: the column, or empty for the rows themselves; the Key Result's own property.
        number: The number field of issues that is aggregated; empty: the issues themselves.
        states: The two states of :data:`TIME_BETWEEN`.
        business: Whether only working time counts.
        source: ``jira``, or the name of a ``table`` dataset.
        where: Column -> accepted texts. Of issues also the name or id of any field.
        part: The additional filter of the numerator, for ``share`` and ``ratio``.
        whole: The additional filter of the denominator, for ``ratio``.
        by: The column of rows that holds the day; None: rows are true from when they were read.
        window_days: The length of the window up to the day of the value; None: that day alone, or
            the cycle.
        in_cycle: Whether the window is the Key Result's cycle up to the day.
        cell: The cell's address.
        named: The named range; its ``aggregate``, or the value of its only cell.
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
    in_cycle: bool = False
    number: str = ""
    cell: str | None = None
    named: str | None = None
    sql: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of issues that it names, as it calls them, beside their columns."""
        if self.kind == "property":
            return (self.of,)
        named = [self.number, *self.where, *self.part, *self.whole]
        fields = [one for one in named if one and one not in WHERE_COLUMNS]
        return tuple(dict.fromkeys(fields)) if self.kind == "issues" else ()


def parse_measure(text: str) -> MeasureText:
    """Parse one measure.

    Raises:
        MeasureError: If it is not one; the message names the position and what was expected there.
    """
    return _Reader(text).measure()


def split_measures(text: str) -> list[str]:
    """The measures in a cell, separated by semicolons, in order of precedence."""
    parts, begin, quotes = list[str](), 0, text.count('"')
    for sign in re.finditer('[;"]', text):
        if sign[0] == '"':
            quotes -= 1
        elif quotes % 2 == 0:  # of those that are still to come: it is outside of all
            parts.append(text[begin : sign.start()])
            begin = sign.end()
    return [part.strip() for part in (*parts, text[begin:]) if part.strip()]


class _Reader(Words):
    """A recursive descent parser that tries the longest form first."""

    def measure(self) -> MeasureText:
        if is_sql(self.text):
            return MeasureText(self.text, "sql", source="sql", sql=self.text[4:].strip())
        if self.take(CHECK_INS):
            self.end()
            return MeasureText(self.text, "check-ins", source=CHECK_INS)
        if self.take("cell"):
            return self._cell()
        if self.peek(*_NAMED_RANGE):
            return self._named("only")
        if self.take("property") or self.take("field"):
            column = self.word("a property or column of the Key Result's own record").word
            self.end()
            return MeasureText(self.text, "property", of=column, source=OWN)
        aggregate = self._aggregate()
        self.must("of")
        if aggregate in ("share", "ratio"):
            return self._quotient(aggregate)
        if self.peek(*_NAMED_RANGE):
            return self._named(aggregate)
        spot = self.next
        timed = self._time(aggregate)
        if timed is not None:
            return timed
        self.next = spot
        return self._rows(aggregate)

    def _cell(self) -> MeasureText:
        address = self.word("a cell such as C14")
        if not _CELL.fullmatch(address.word.upper()):
            self.fail("a cell such as C14", address)
        self.must("from")
        source = self.word("the name of a table dataset").word
        self.end()
        cell = address.word.upper()
        return MeasureText(self.text, "cell", source=source, cell=cell)

    def _named(self, aggregate: str) -> MeasureText:
        self.take(*_NAMED_RANGE)
        name = self.word("the name of a range").word
        self.must("from")
        source = self.word("the name of a table dataset").word
        self.end()
        return MeasureText(self.text, "range", aggregate, source=source, named=name)

    def _aggregate(self) -> str:
        expected = "count, sum, mean, median, p90, last, share, ratio, cell, named range,"
        expected += " property, sql or check-ins"
        token = self.word(expected)
        name = token.word.lower()
        if name not in (*AGGREGATES, "share", "ratio") and not PERCENTILE.fullmatch(name):
            self.fail(expected, token)
        return name

    def _quotient(self, aggregate: str) -> MeasureText:
        of_issues = self._about_issues()
        part = self._filter(of_issues=of_issues)
        whole: Where = {}
        if aggregate == "ratio":
            self.must("to")
            whole = self._filter(of_issues=of_issues)
        self.must("of")
        if not of_issues:
            return self._rows(aggregate, part, whole)
        event, number = self._event(), ""
        if event is None:
            number, event = self._number_field() or ("", None)
        if event is None:
            self.fail(f"{', '.join(EVENTS)}, or a number field of them", self.here())
        return self._issues(aggregate, of=event, number=number, part=part, whole=whole)

    def _about_issues(self) -> bool:
        words = [("" if token.quoted else token.word.lower()) for token in self.tokens]
        return ("from", JIRA) in itertools.pairwise(words)

    def _time(self, aggregate: str) -> MeasureText | None:
        """A measure of issues, or None if what follows is a column of rows."""
        business = self.take("business")
        if self.take("resolution", "time"):
            return self._issues(aggregate, of=RESOLUTION_TIME, business=business)
        if self.take("time", "from"):
            begun = self.word("a state, such as “In Progress”").word
            self.must("to")
            ended = self.word("a state, such as Done").word
            states = (begun, ended)
            return self._issues(aggregate, of=TIME_BETWEEN, states=states, business=business)
        if business:
            self.fail("resolution time, or time from a state to another", self.here())
        spot = self.next
        event = self._event()
        if event is None or not self.peek("from", JIRA):
            self.next = spot
            found = self._number_field()
            return self._issues(aggregate, of=found[1], number=found[0]) if found else None
        if aggregate != "count":
            self.fail("count before issues, or a number field of them", self.tokens[0])
        return self._issues(aggregate, of=event)

    def _event(self) -> str | None:
        return next((event for words, event in _SPELLINGS.items() if self.take(*words)), None)

    def _number_field(self) -> tuple[str, str] | None:
        """A number field of issues and the event that it is taken at, if they come next."""
        spot, name = self.next, self.here()
        self.next += 1
        event = self._event() if name.word not in ("", "(", ")") and self.take("of") else None
        if event is None or not self.peek("from", JIRA):
            self.next = spot
            return None
        return name.word, event

    def _issues(
        self,
        aggregate: str,
        *,
        of: str,
        number: str = "",
        states: tuple[str, str] | None = None,
        business: bool = False,
        part: Where | None = None,
        whole: Where | None = None,
    ) -> MeasureText:
        if aggregate == "last" or (aggregate == "count" and of not in EVENTS):
            what = "a number field" if number else "a time"
            self.fail(f"sum, mean, median or a percentile such as p90 of {what}", self.tokens[0])
        self.must("from")
        if not self.take(JIRA):
            self.fail(JIRA, self.here())
        where = self._where(of_issues=True)
        days, in_cycle = self._window()
        self.end()
        return MeasureText(
            self.text,
            "issues",
            aggregate,
            of,
            states,
            business,
            where=where,
            part=part or {},
            whole=whole or {},
            window_days=days if in_cycle else days or DEFAULT_WINDOW,
            in_cycle=in_cycle,
            number=number,
        )

    def _rows(
        self, aggregate: str, part: Where | None = None, whole: Where | None = None
    ) -> MeasureText:
        counted = aggregate in ("count", "share", "ratio")
        if self.peek("rows"):
            if not counted:
                self.fail("a column, as rows can only be counted", self.here())
            self.take("rows")
            column = ""
        else:
            column = self.word("a column, resolution time, issues or rows").word
        self.must("from")
        source = self.word("jira or the name of a table dataset").word
        where = self._where()
        by = self.word("the column that holds the day").word if self.take("by") else None
        if by is None and any(map(self.peek, ("over", "since", "in"))):
            self.fail("by and the column that holds the day", self.here())
        days, in_cycle = self._window()
        self.end()
        return MeasureText(
            self.text,
            "rows",
            aggregate,
            column,
            source=source,
            where=where,
            part=part or {},
            whole=whole or {},
            by=by,
            window_days=days,
            in_cycle=in_cycle,
        )

    def _where(self, *, of_issues: bool = False) -> Where:
        return self._tests(of_issues=of_issues) if self.take("where") else {}

    def _filter(self, *, of_issues: bool) -> Where:
        self.must("(")
        tests = self._tests(of_issues=of_issues)
        self.must(")")
        return tests

    def _tests(self, *, of_issues: bool) -> Where:
        found: dict[str, tuple[str, ...]] = {}
        while True:
            name = self.word("a column to select by") if not of_issues else self.here()
            column = self._column_of_issues() if of_issues else name.word
            if column in found:
                self.fail("another column: one is tested once, with in (…)", name)
            if self.take("in"):
                found[column] = self._list()
            else:
                self.must("=", "= or in (…)")
                found[column] = (self.word("a value").word,)
            if not self.take("and"):
                return found

    def _column_of_issues(self) -> str:
        """A column of issues, or any field: its name in quotation marks, or its id."""
        known = ", ".join((*WHERE_COLUMNS, *FIELD_COLUMNS))
        expected = f"a column of issues: {known}; or the name of a field in quotation marks"
        name = self.word(expected)
        column = _PLURALS.get(name.word, name.word)
        is_known = column in WHERE_COLUMNS or column in FIELD_COLUMNS
        if not (is_known or name.quoted or _FIELD_ID.fullmatch(column)):
            self.fail(expected, name)
        return column

    def _list(self) -> tuple[str, ...]:
        self.must("(")
        values = [self.word("a value").word]
        while self.take(","):
            values.append(self.word("a value").word)
        self.must(")", ", or )")
        return tuple(values)

    def _window(self) -> tuple[int | None, bool]:
        """The number of days, and whether the window is the cycle instead."""
        if self.take("since") or self.take("in"):
            starts = self.tokens[self.next - 1].word.lower() == "since"
            self.take("the")
            self.must("cycle", "cycle start" if starts else "the cycle")
            if starts:
                self.must("start", "cycle start")
            return None, True
        if not self.take("over"):
            return None, False
        count = self.word("a number of days or weeks")
        digits, most = count.word.isdecimal() and len(count.word) < 10, 3660
        if not digits or not 1 <= int(count.word) <= most:
            self.fail(f"a number of days from 1 to {most}", count)
        if self.take("weeks") or self.take("week"):
            if (days := int(count.word) * 7) > most:
                self.fail(f"a number of weeks from 1 to {most // 7}", count)
            return days, False
        if not self.take("days") and not self.take("day"):
            self.fail("days or weeks", self.here())
        return int(count.word), False
