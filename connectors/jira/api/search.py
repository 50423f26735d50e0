"""Searching issues by JQL, on Cloud and Data Center.

What belongs here: building the query, one page of results, and the interface that both kinds of
Jira offer to a pull. What does not: its implementations (``cloud``, ``datacenter``), decoding the
issues (``decode``), and which searches a pull makes (``pull``).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from connectors.errors import ConfigurationError, PermanentError
from connectors.jira.decode.issues import Issue, read_name
from connectors.jira.id_census import IdCensus
from connectors.records import Problem, Rows
from connectors.transport.http import RefusedError
from connectors.transport.in_flight import OrderedRequests

# Why by key: keys are unique, so the order is total; `created` has ties (imports create thousands
# of issues in one instant). And an edit does not move an issue across a page border, as it would
# by `updated`. What changes a key (a move) or adds one (a new issue) also sets `updated` beyond
# the watermark, so an issue that slips behind the page being read comes with the next pull.
_ORDER = " ORDER BY key ASC"
_TOKEN = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\border\s+by\b""", re.IGNORECASE)
_PROJECTS = re.compile(r"(\bproject\s+in\s*\()([^()]*)\)", re.IGNORECASE)
_QUOTED = re.compile(
    r"['\"\u2018\u201c\u201e\u00ab]\s*([^'\"\u2019\u201d\u201c\u00bb]+?)\s*['\"\u2019\u201d\u201c\u00bb]"
)
JQL_HELP = "Check the jql in the settings by trying it in Jira's own search."


class SearchPage(msgspec.Struct, rename="camel"):
    """One page of undecoded issues, as ``/rest/api/3/search/jql`` returns it.

    ::

        {"issues": [{"id": "10001", "key": "WEB-1", "fields": {...}}], "nextPageToken": "..."}
    """

    issues: list[msgspec.Raw]
    next_token: str | None = msgspec.field(default=None, name="nextPageToken")
    is_last: bool | None = None

    @property
    def entries(self) -> list[msgspec.Raw]:
        """What the page lists."""
        return self.issues


Changes = Callable[[], Iterator[Rows | Problem]]
"""Returns the change logs that were requested; call it once."""


class Service(Protocol):
    """The interface of Jira that a pull needs; thread-safe.

    Attributes:
        api: Address of its REST API.
        ids_per_page: The most issues per page when only ids are requested.
        epic_maker: Type key of the custom field that names an issue's epic; None where ``parent``
            names it.
    """

    api: str
    ids_per_page: int
    epic_maker: str | None

    def search(
        self, jql: str, fields: Sequence[str], page_size: int, token: str | None
    ) -> SearchPage:
        """The page of results that ``token`` names, or the first.

        Raises:
            ConfigurationError: Jira rejects the query.
            RefusedError: Jira rejects the token.
            LostPlaceError: The results have shifted since the last page.
        """
        ...

    def count(self, jql: str) -> int | None:
        """How many issues Jira says that there are; None where it does not say."""
        ...

    def fetch(self, ids: Sequence[int], fields: Sequence[str]) -> list[msgspec.Raw]:
        """At most 100 issues by id, in any order; deleted and hidden ones are omitted."""
        ...

    def fetch_one(self, issue: int, fields: Sequence[str]) -> msgspec.Raw:
        """One issue by id.

        Raises:
            MissingError: It is deleted, or hidden from the token's owner.
        """
        ...

    def with_parents(self, issues: Sequence[Issue], epic_link: str | None) -> list[Issue]:
        """The same issues; where only the field ``epic_link`` names a parent, it is filled in."""
        ...

    def request_changes(self, issues: Sequence[Issue], requests: OrderedRequests) -> Changes:
        """Request the change logs of at most 1000 issues that were just read."""
        ...


def query(jql: str, since: int | None = None) -> str:
    """The JQL to send: ``jql`` with a lower bound on ``updated``, and a stable order.

    No upper bound on ``updated``: issues edited during the pull would fall out of the results
    between two pages. An unquoted number is milliseconds since 1970; quoted dates would be parsed
    in the time zone of the token's owner.
    """
    wanted = without_order(jql).strip()
    if not wanted:
        raise ConfigurationError(
            "jira",
            "There is no jql, and Jira does not search without one.",
            'Set it, for example to "project in (SUP, WEB)".',
        )
    bound = f" AND updated >= {since}" if since is not None else ""
    return f"({wanted}){bound}{_ORDER}"


class RejectedQueryError(ConfigurationError):
    """Jira rejects the query; ``details`` is its own explanation."""

    def __init__(self, details: str) -> None:
        super().__init__("jira", f"Jira does not accept the search: {details}", JQL_HELP)
        self.details = details


def refused(error: RefusedError) -> RejectedQueryError:
    """The error that Jira rejects the query."""
    return RejectedQueryError(error.details or error.message)


def without_unknown_projects(jql: str, details: str) -> tuple[str, tuple[str, ...]]:
    """The query without the projects that Jira says it does not know, and which those are.

    One archived or hidden project in ``project in (…)`` makes Jira reject the whole query. Jira
    quotes what it does not know, in whatever language it explains. The query is returned as it is
    unless the list names other projects, too: nothing would bound it otherwise.
    """
    unknown = {found[1].casefold() for found in _QUOTED.finditer(details)}
    dropped: list[str] = []

    def narrowed(found: re.Match[str]) -> str:
        items = [item.strip() for item in found[2].split(",")]
        left = [item for item in items if item.strip("\"'").casefold() not in unknown]
        if not left:
            return found[0]
        dropped.extend(item.strip("\"'") for item in items if item not in left)
        return f"{found[1]}{', '.join(left)})"

    return _PROJECTS.sub(narrowed, jql), tuple(dict.fromkeys(dropped))


def without_order(jql: str) -> str:
    """The query without its ``ORDER BY``."""
    for found in _TOKEN.finditer(jql):
        if found[0][0] not in "\"'":
            return jql[: found.start()]
    return jql


def count_issues(page: SearchPage, found: IdCensus) -> None:
    """Add the issues of a page of ids and keys to a census.

    Raises:
        PermanentError: One has neither.
    """
    for served in page.issues:
        name = read_name(served)
        if name.id is None or name.place is None:
            raise PermanentError("jira", "It listed an issue without id or key.")
        found.add(name.place, name.id)
