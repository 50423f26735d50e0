"""The subset of JQL that this stand-in supports.

What belongs here: parsing a query, and finding its issues. Grammar: clauses joined by ``AND`` and
grouped by parentheses, then an optional ``ORDER BY``; anything else is rejected like a query that
Jira cannot parse, so that nothing is silently ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sandbox.server.clock import to_ms
from sandbox.server.jira.store import JiraSite

Mask = NDArray[np.bool_]

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<mark>[(),]|!=|>=|<=|=|>|<)
    |(?P<word>[^\s(),=<>!"']+))""",
    re.VERBOSE,
)
_NAMES = {"issuetype": "type", "issue": "key", "issuekey": "key", "id": "key"}
_DATES = ("created", "updated")
_LISTS = ("project", "type", "status", "statuscategory", "labels", "key")
_SORTS = ("created", "updated", "key", "id")
_CATEGORIES = {"to do": "new", "in progress": "indeterminate", "done": "done"}
_DATE_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_RELATIVE = re.compile(r"^([+-]?\d+)([mhdw])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class JqlError(ValueError):
    """A query that Jira would answer with 400; the text is Jira's error message."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a query; ``quoted`` ones are values, never keywords."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """``field operator values``; the operator is ``=``, ``!=``, ``in``, ``not in``, ``<``, ..."""

    field: str
    operator: str
    values: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A conjunction of clauses; ``order`` is ``created``, ``updated`` or ``id``."""

    clauses: tuple[Clause, ...]
    order: str
    descending: bool


def parse(jql: str) -> Query:
    """Parse a query.

    Raises:
        JqlError: It is not in the grammar above, or has no clause.
    """
    reader = _Reader(_tokens(jql))
    clauses = reader.clauses() if not reader.at_keyword("order") else []
    if not clauses:
        raise JqlError(
            "Unbounded JQL queries are not allowed here. "
            "Please add a search restriction to your query."
        )
    order, descending = reader.order()
    reader.end()
    return Query(tuple(clauses), order, descending)


def matching(query: Query, site: JiraSite, *, validate: bool = True) -> NDArray[np.int64]:
    """Indexes of the issues that match a query, in its order (ties by id, in the same direction).

    Without ``validate``, unknown issues in the query match nothing instead of being an error.
    """
    mask = site.searchable
    for clause in query.clauses:
        if clause.field in _DATES:
            mask &= _date_mask(clause, site)
        else:
            mask &= _list_mask(clause, site, validate)
    found = np.flatnonzero(mask)
    if query.order != "id":
        column = getattr(site.columns, query.order)
        found = found[np.argsort(column[found], kind="stable")]
    return found[::-1] if query.descending else found


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def clauses(self) -> list[Clause]:
        clauses = self._term()
        while self.at_keyword("and"):
            self._at += 1
            clauses += self._term()
        return clauses

    def order(self) -> tuple[str, bool]:
        if not self.at_keyword("order"):
            return "id", True
        self._at += 1
        if not self.at_keyword("by"):
            raise self._unexpected("by")
        self._at += 1
        name = self._next().text.lower()
        name = "key" if name == "issuekey" else name
        if name not in _SORTS:
            raise JqlError(
                f"Field '{name}' does not exist or you do not have permission to view it."
            )
        descending = self.at_keyword("desc")
        if descending or self.at_keyword("asc"):
            self._at += 1
        return ("id" if name == "key" else name), descending

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self._unexpected("AND")

    def at_keyword(self, word: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return not token.quoted and token.text.lower() == word

    def _term(self) -> list[Clause]:
        if self.at_keyword("("):
            self._at += 1
            clauses = self.clauses()
            self._expect(")")
            return clauses
        return [self._clause()]

    def _clause(self) -> Clause:
        raw = self._next().text
        name = _NAMES.get(raw.lower(), raw.lower())
        if name not in _DATES + _LISTS:
            raise JqlError(
                f"Field '{raw}' does not exist or you do not have permission to view it."
            )
        operator = self._next().text.lower()
        if operator == "not" and self.at_keyword("in"):
            self._at += 1
            operator = "not in"
        allowed = (">=", "<=", ">", "<") if name in _DATES else ("=", "!=", "in", "not in")
        if operator not in allowed:
            raise JqlError(f"The operator '{operator}' is not supported by the '{raw}' field.")
        return Clause(name, operator, self._values() if "in" in operator else (self._next(),))

    def _values(self) -> tuple[Token, ...]:
        self._expect("(")
        values = [self._next()]
        while self.at_keyword(","):
            self._at += 1
            values.append(self._next())
        self._expect(")")
        return tuple(values)

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise JqlError("Error in the JQL Query: The query ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, mark: str) -> None:
        if not self.at_keyword(mark):
            raise self._unexpected(mark)
        self._at += 1

    def _unexpected(self, wanted: str) -> JqlError:
        if self._at >= len(self._tokens):
            return JqlError(f"Error in the JQL Query: Expecting '{wanted}' before the query ends.")
        return JqlError(
            f"Error in the JQL Query: Expecting '{wanted}' but got '{self._tokens[self._at].text}'."
        )


def _tokens(jql: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    text = jql.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise JqlError(
                f"Error in the JQL Query: The character at position {at + 1} is not expected."
            )
        at = match.end()
        if match["quoted"]:
            tokens.append(Token(re.sub(r"\\(.)", r"\1", match["quoted"][1:-1]), quoted=True))
        else:
            tokens.append(Token(match["mark"] or match["word"]))
    return tokens


def _date_mask(clause: Clause, site: JiraSite) -> Mask:
    column = getattr(site.columns, clause.field)
    bound = _moment(clause.values[0], clause.field, site)
    compare = {
        ">=": np.greater_equal,
        ">": np.greater,
        "<=": np.less_equal,
        "<": np.less,
    }[clause.operator]
    mask: Mask = compare(column, bound)
    return mask


def _moment(token: Token, name: str, site: JiraSite) -> int:
    """Unquoted numbers are epoch milliseconds; dates are minutes in the account's time zone."""
    relative = _RELATIVE.match(token.text)
    if relative:
        span = timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        return to_ms(site.clock.now + span)
    if not token.quoted and token.text.lstrip("-").isdigit():
        return int(token.text)
    for form in _DATE_FORMATS:
        try:
            local = datetime.strptime(token.text, form)  # noqa: DTZ007 - the zone is set below
        except ValueError:
            continue
        return to_ms(local.replace(tzinfo=ZoneInfo(site.me.time_zone)))
    raise JqlError(
        f"Date value '{token.text}' for field '{name}' is invalid. Valid formats include: "
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
        "e.g. '-5d', '4w 2d'."
    )


def _list_mask(clause: Clause, site: JiraSite, validate: bool) -> Mask:
    if clause.field == "key":
        mask: Mask = np.zeros(len(site.columns.created), dtype=bool)
        found = (_issue_index(token, site, validate) for token in clause.values)
        mask[[index for index in found if index is not None]] = True
    else:
        codes = {code for token in clause.values for code in _codes(clause.field, token, site)}
        column = "status" if clause.field == "statuscategory" else clause.field
        mask = np.isin(getattr(site.columns, column), sorted(codes))
    return ~mask if clause.operator in ("!=", "not in") else mask


def _issue_index(token: Token, site: JiraSite, validate: bool) -> int | None:
    issue = site.find(token.text)
    if issue is None and validate:
        raise JqlError(f"An issue with key '{token.text}' does not exist for field 'key'.")
    return issue.index if issue else None


def _codes(name: str, token: Token, site: JiraSite) -> list[int]:
    """The codes of a value in a column; Jira compares names case-insensitively."""
    wanted = token.text.lower()
    if name == "labels":  # an unknown label is not an error, it matches nothing
        sets = site.columns.label_sets
        return [code for code, labels in enumerate(sets) if wanted in map(str.lower, labels)]
    names: list[tuple[str, ...]]
    if name == "project":
        visible = set(site.visible_projects)
        names = [
            (
                project.key,
                site.name_of("project", project.id, project.name),
                str(project.id),
            )
            if project in visible
            else ()
            for project in site.projects
        ]
    elif name == "type":
        names = [
            (site.name_of("issue type", each.id, each.name), str(each.id))
            for each in site.issue_types
        ]
    elif name == "status":
        names = [
            (site.name_of("status", each.id, each.name), str(each.id)) for each in site.statuses
        ]
    else:
        names = [(each.category,) for each in site.statuses]
        wanted = _CATEGORIES.get(wanted, wanted)
    codes = [code for code, known in enumerate(names) if wanted in map(str.lower, known)]
    if not codes:
        raise JqlError(f"The value '{token.text}' does not exist for the field '{name}'.")
    return codes
