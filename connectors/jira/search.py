"""Searching issues by JQL on Jira Cloud.

What belongs here: putting the query together and asking for one page of it. What does not:
decoding the issues, and deciding what to ask for.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.errors import ConfigurationError, PermanentError
from connectors.http import Http, RefusedError
from connectors.jira.settings import JiraSettings

# Why by key: no two issues share one, so the order is total and pages have no ties to break, as
# they would by `created` (imports make thousands in one instant); and an edit does not move an
# issue, as it would by `updated`, past a page border or to the end again and again. What does
# change a key (a move) or adds one (a new issue) also sets `updated` beyond the watermark, so
# what slips behind the page being read comes the next night.
_ORDER = " ORDER BY key ASC"
_TOKEN = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\border\s+by\b""", re.IGNORECASE)


class SearchPage(msgspec.Struct, rename="camel"):
    """One page of ``/rest/api/3/search/jql``, its issues not yet decoded.

    ::

        {"issues": [{"id": "10001", "key": "WEB-1", "fields": {...}}], "nextPageToken": "..."}
    """

    issues: list[msgspec.Raw]
    next_token: str | None = msgspec.field(default=None, name="nextPageToken")
    is_last: bool | None = None


class Search:
    """A query that can be asked for page by page.

    Args:
        http: The session.
        settings: Tells the site and the issues wanted.
        fields: What to serve of each issue.
        page_size: Issues wanted in a page.
        since: Only what was updated then or later, in milliseconds since 1970; None for all.
    """

    def __init__(
        self,
        http: Http,
        settings: JiraSettings,
        fields: Sequence[str],
        page_size: int,
        since: int | None = None,
    ) -> None:
        self._http = http
        self._url = f"{settings.site}/rest/api/3/search/jql"
        self._body = {
            "jql": query(settings.jql, since),
            "fields": list(fields),
            "maxResults": page_size,
        }

    def page(self, token: str | None) -> SearchPage:
        """The page that ``token`` names, or the first.

        Raises:
            ConfigurationError: Jira does not accept the query.
            RefusedError: Jira does not accept the token.
        """
        body: dict[str, Any] = dict(self._body)
        if token is not None:
            body["nextPageToken"] = token
        try:
            served = self._http.post_json(self._url, body)
        except RefusedError as error:
            if token is not None:
                raise
            raise ConfigurationError(
                "jira",
                f"Jira does not accept the search: {error.details or error.message}",
                "Check the jql in the settings by trying it in Jira's own search.",
            ) from None
        try:
            return msgspec.json.decode(served, type=SearchPage)
        except msgspec.ValidationError as error:
            raise PermanentError(
                "jira",
                f"The answer to a search is not one that Jira Cloud gives: {error}.",
                "Check that the url names a Jira Cloud site.",
            ) from None


def query(jql: str, since: int | None) -> str:
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


def _without_order(jql: str) -> str:
    for found in _TOKEN.finditer(jql):
        if found[0][0] not in "\"'":
            return jql[: found.start()]
    return jql
