"""Searching issues by JQL, whichever kind of Jira answers.

What belongs here: putting the query together, one page of answers, and what both kinds of Jira
offer to a pull. What does not: how each kind is asked (``cloud``, ``datacenter``), decoding the
issues, and deciding what to ask for.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from connectors.errors import ConfigurationError
from connectors.jira.decode.issues import Issue
from connectors.records import Problem, Rows
from connectors.transport.http import RefusedError
from connectors.transport.in_flight import OrderedRequests

# Why by key: no two issues share one, so the order is total and pages have no ties to break, as
# they would by `created` (imports make thousands in one instant); and an edit does not move an
# issue, as it would by `updated`, past a page border or to the end again and again. What does
# change a key (a move) or adds one (a new issue) also sets `updated` beyond the watermark, so
# what slips behind the page being read comes the next night.
_ORDER = " ORDER BY key ASC"
_TOKEN = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\border\s+by\b""", re.IGNORECASE)
JQL_HELP = "Check the jql in the settings by trying it in Jira's own search."


class SearchPage(msgspec.Struct, rename="camel"):
    """One page of found issues, not yet decoded, as ``/rest/api/3/search/jql`` gives it.

    ::

        {"issues": [{"id": "10001", "key": "WEB-1", "fields": {...}}], "nextPageToken": "..."}
    """

    issues: list[msgspec.Raw]
    next_token: str | None = msgspec.field(default=None, name="nextPageToken")
    is_last: bool | None = None


Changes = Callable[[], Iterator[Rows | Problem]]
"""Gives the change logs that were asked for; call it once."""


class Service(Protocol):
    """What a pull asks of Jira; every method may be called from any thread.

    Attributes:
        api: Address of its REST API.
        ids_a_page: The most issues that one page lists by id alone.
        epic_maker: What makes the field that names an issue's epic; None where ``parent`` does.
    """

    api: str
    ids_a_page: int
    epic_maker: str | None

    def search(
        self, jql: str, fields: Sequence[str], page_size: int, token: str | None
    ) -> SearchPage:
        """The page of found issues that ``token`` names, or the first.

        Raises:
            ConfigurationError: Jira does not accept the query.
            RefusedError: Jira does not accept the token.
            LostPlaceError: The place in the results is not where it was.
        """
        ...

    def fetch(self, ids: Sequence[int], fields: Sequence[str]) -> list[msgspec.Raw]:
        """At most 100 issues by id, in any order; without those that are gone or hidden."""
        ...

    def fetch_one(self, issue: int, fields: Sequence[str]) -> msgspec.Raw:
        """One issue by id.

        Raises:
            MissingError: It is gone, or hidden from the token's owner.
        """
        ...

    def with_parents(self, issues: Sequence[Issue], epic_link: str | None) -> list[Issue]:
        """The same issues, with their parents also where the field ``epic_link`` names them."""
        ...

    def request_changes(self, issues: Sequence[Issue], requests: OrderedRequests) -> Changes:
        """Ask for the change logs of at most 1000 issues that were just read."""
        ...


def query(jql: str, since: int | None = None) -> str:
    """The JQL to send: ``jql`` without its own order, what changed since, and a stable order.

    No upper bound on ``updated``: what is edited during the pull would fall out of the results
    between two pages. An unquoted number is milliseconds since 1970; quoted dates would be read
    in the time zone of the token's owner.
    """
    wanted = _without_order(jql).strip()
    if not wanted:
        raise ConfigurationError(
            "jira",
            "There is no jql that says which issues are wanted, and Jira searches none without.",
            'Set it, for example to "project in (SUP, WEB)".',
        )
    bound = f" AND updated >= {since}" if since is not None else ""
    return f"({wanted}){bound}{_ORDER}"


def refused(error: RefusedError) -> ConfigurationError:
    """Says that Jira does not accept the query."""
    return ConfigurationError(
        "jira", f"Jira does not accept the search: {error.details or error.message}", JQL_HELP
    )


def _without_order(jql: str) -> str:
    for found in _TOKEN.finditer(jql):
        if found[0][0] not in "\"'":
            return jql[: found.start()]
    return jql
