"""Jira Cloud's REST API version 3: the endpoints that a pull needs."""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from connectors.errors import AccessError, MissingError, PermanentError
from connectors.jira.api.change_logs import LogPage, paged_changes
from connectors.jira.api.search import Changes, SearchPage, refused, without_order
from connectors.jira.decode.issues import Issue
from connectors.transport.http import Http, RefusedError
from connectors.transport.in_flight import OrderedRequests

T = TypeVar("T")

_ENTRIES = 10_000  # Jira's maximum of change-log entries per page


class _Count(msgspec.Struct):
    count: int


class Cloud:
    """Searches, bulk fetches and bulk change logs; see ``search.Service``."""

    epic_maker: str | None = None
    ids_per_page = 5000

    def __init__(self, http: Http, site: str) -> None:
        self.api = f"{site}/rest/api/3"
        self._http = http

    def search(
        self, jql: str, fields: Sequence[str], page_size: int, token: str | None
    ) -> SearchPage:
        """A page of ``/search/jql``, with the token of the next one."""
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": page_size}
        if token is not None:
            body["nextPageToken"] = token
        try:
            served = self._http.post_json(f"{self.api}/search/jql", body)
        except RefusedError as error:
            if token is not None:
                raise
            raise refused(error) from None
        return _decoded(served, SearchPage, "a search")

    def count(self, jql: str) -> int | None:
        """The estimate of ``/search/approximate-count``."""
        try:
            url = f"{self.api}/search/approximate-count"
            served = self._http.post_json(url, {"jql": without_order(jql)})
        except (AccessError, MissingError, RefusedError):
            return None
        return _decoded(served, _Count, "a request for a count").count

    def fetch(self, ids: Sequence[int], fields: Sequence[str]) -> list[msgspec.Raw]:
        """The issues of ``/issue/bulkfetch``, which omits missing ids without an error."""
        body = {"issueIdsOrKeys": [str(one) for one in ids], "fields": list(fields)}
        served = self._http.post_json(f"{self.api}/issue/bulkfetch", body)
        return _decoded(served, SearchPage, "a bulk fetch").issues

    def fetch_one(self, issue: int, fields: Sequence[str]) -> msgspec.Raw:
        """The issue of ``/issue/{id}``."""
        url = f"{self.api}/issue/{issue}"
        return msgspec.Raw(self._http.get_json(url, {"fields": ",".join(fields)}))

    def request_changes(self, issues: Sequence[Issue], requests: OrderedRequests) -> Changes:
        """Request ``/changelog/bulkfetch``: a log inside an issue is cut at about 40 entries."""
        places = {issue.id: issue.place for issue in issues}
        ask = partial(self._log_page, list(places))
        first = requests.begin(partial(ask, None))
        return partial(paged_changes, ask, first.result, places)

    def with_parents(self, issues: Sequence[Issue], _: str | None) -> list[Issue]:
        """The same issues: Cloud's ``parent`` field is sufficient."""
        return list(issues)

    def _log_page(self, ids: list[str], token: str | None) -> LogPage:
        body: dict[str, object] = {"issueIdsOrKeys": ids, "maxResults": _ENTRIES}
        if token is not None:
            body["nextPageToken"] = token
        served = self._http.post_json(f"{self.api}/changelog/bulkfetch", body)
        return _decoded(served, LogPage, "a request for change logs")


def _decoded(served: bytes, shape: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(served, type=shape)
    except ValueError as error:  # msgspec's own errors are ValueErrors, too
        raise PermanentError(
            "jira",
            f"The response to {what} is not what Jira Cloud returns: {error}.",
            "Check that the url names a Jira Cloud site.",
        ) from None
