"""Jira Data Center's (and Server's) REST API version 2: the endpoints that a pull needs."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from connectors.errors import PermanentError
from connectors.jira.api.change_logs import changes_within
from connectors.jira.api.paging import LostPlaceError
from connectors.jira.api.search import Changes, SearchPage, refused
from connectors.jira.decode.issues import Issue, read_name
from connectors.transport.http import Http, RefusedError
from connectors.transport.in_flight import OrderedRequests

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+")
_EXPAND = "changelog"  # complete here, unlike on Cloud
_WITHOUT_LOGS = (["key"], ["comment"])


class _Found(msgspec.Struct, rename="camel"):
    """One response of ``/rest/api/2/search``.

    ::

        {"startAt": 0, "maxResults": 100, "total": 345, "issues": [{"id": "10001", ...}]}
    """

    issues: list[msgspec.Raw]
    total: int
    start_at: int = 0


class DataCenter:
    """Searches by offset, with change logs inside the issues; see ``search.Service``."""

    epic_maker: str | None = "com.pyxis.greenhopper.jira:gh-epic-link"
    ids_per_page = 1000  # the default of `jira.search.views.default.max`

    def __init__(self, http: Http, site: str) -> None:
        self.api = f"{site}/rest/api/2"
        self._http = http
        self._ids: dict[str, str | None] = {}  # of epics, by key

    def search(
        self, jql: str, fields: Sequence[str], page_size: int, token: str | None
    ) -> SearchPage:
        """A page of ``/search``; the token is ``offset:id`` of the last issue served.

        The page starts with that issue again. When issues before it appear or disappear, all later
        offsets shift, and paging by offset alone would silently skip some.
        """
        offset, _, last = (token or "0:").partition(":")
        start = int(offset)
        found = self._search(jql, fields, page_size + (1 if last else 0), start)
        issues = _after(last, found.issues) if last else found.issues
        reached = start + len(found.issues)
        more = reached < found.total
        if not issues:
            if more:
                raise LostPlaceError(f"The page at {reached} of {found.total} is empty.")
            return SearchPage([])
        return SearchPage(issues, f"{reached - 1}:{read_name(issues[-1]).id}" if more else None)

    def count(self, jql: str) -> int | None:
        """The total of a search for no issue."""
        return self._search(jql, ["key"], 0, 0).total

    def fetch(self, ids: Sequence[int], fields: Sequence[str]) -> list[msgspec.Raw]:
        """Issues by id, searched without validation: one unknown id would fail the whole query."""
        jql = f"id in ({', '.join(map(str, ids))})"
        return self._search(jql, fields, len(ids), 0, validateQuery=False).issues

    def fetch_one(self, issue: int, fields: Sequence[str]) -> msgspec.Raw:
        """The issue of ``/issue/{id}``."""
        asked = {"fields": ",".join(fields), "expand": _EXPAND}
        return msgspec.Raw(self._http.get_json(f"{self.api}/issue/{issue}", asked))

    def request_changes(self, issues: Sequence[Issue], _: OrderedRequests) -> Changes:
        """Send no request: the logs came with the issues."""
        return partial(changes_within, issues)

    def with_parents(self, issues: Sequence[Issue], epic_link: str | None) -> list[Issue]:
        """Make the epic, which a story names by key in a custom field, its parent."""
        if epic_link is None:
            return list(issues)
        epics = {one.id: key for one in issues if (key := _epic_of(one, epic_link))}
        unknown = sorted(set(epics.values()) - self._ids.keys())
        if unknown:
            jql = f"key in ({', '.join(unknown)})"
            found = self._search(jql, ["key"], len(unknown), 0, validateQuery=False)
            names = map(read_name, found.issues)
            self._ids |= dict.fromkeys(unknown) | {one.key: one.id for one in names if one.key}
        return [
            one._replace(parent_id=self._ids[epics[one.id]])
            if one.parent_id is None and one.id in epics
            else one
            for one in issues
        ]

    def _search(
        self, jql: str, fields: Sequence[str], most: int, start: int, **more: Any
    ) -> _Found:
        body = {"jql": jql, "fields": list(fields), "maxResults": most, "startAt": start, **more}
        if list(fields) not in _WITHOUT_LOGS:
            body["expand"] = [_EXPAND]
        try:
            served = self._http.post_json(f"{self.api}/search", body)
        except RefusedError as error:
            raise refused(error) from None
        try:
            return msgspec.json.decode(served, type=_Found)
        except ValueError as error:  # msgspec's own errors are ValueErrors, too
            raise PermanentError(
                "jira",
                f"The response to a search is not what Jira Data Center returns: {error}.",
                "Check the url and the deployment in the settings.",
            ) from None


class _WithFields(msgspec.Struct):
    fields: dict[str, msgspec.Raw] = {}


def _epic_of(issue: Issue, epic_link: str) -> str | None:
    """The key of the issue's epic."""
    served = msgspec.json.decode(issue.raw, type=_WithFields).fields.get(epic_link)
    key = msgspec.json.decode(served) if served is not None else None
    return key if isinstance(key, str) and _KEY.fullmatch(key) else None


def _after(last: str, issues: list[msgspec.Raw]) -> list[msgspec.Raw]:
    """The issues after ``last``, which must be among them.

    Raises:
        LostPlaceError: It is not; an issue before it has disappeared.
    """
    for index, served in enumerate(issues):
        if read_name(served).id == last:
            return issues[index + 1 :]
    raise LostPlaceError("Issues on earlier pages disappeared during the search.")
