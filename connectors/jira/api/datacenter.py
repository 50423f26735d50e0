"""Jira Data Center's (and Server's) REST API version 2, as far as a pull needs it."""

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
_EXPAND = "changelog"  # here it is whole, not cut as on Cloud


class _Found(msgspec.Struct, rename="camel"):
    """One answer of ``/rest/api/2/search``.

    ::

        {"startAt": 0, "maxResults": 100, "total": 345, "issues": [{"id": "10001", ...}]}
    """

    issues: list[msgspec.Raw]
    total: int
    start_at: int = 0


class DataCenter:
    """Searches by offset, with change logs inside the issues; see ``search.Service``."""

    epic_maker: str | None = "com.pyxis.greenhopper.jira:gh-epic-link"
    ids_a_page = 1000  # what `jira.search.views.default.max` is unless an administrator raised it

    def __init__(self, http: Http, site: str) -> None:
        self.api = f"{site}/rest/api/2"
        self._http = http
        self._ids: dict[str, str | None] = {}  # of epics, by key

    def search(
        self, jql: str, fields: Sequence[str], page_size: int, token: str | None
    ) -> SearchPage:
        """A page of ``/search``; the token is ``offset:id`` of the last issue served.

        That issue is asked for once more: when issues before it come or go, all later offsets
        shift, and a reader who only counts would skip some without a word.
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

    def fetch(self, ids: Sequence[int], fields: Sequence[str]) -> list[msgspec.Raw]:
        """What is found by id. Unvalidated, because an unknown id would refuse the whole query."""
        jql = f"id in ({', '.join(map(str, ids))})"
        return self._search(jql, fields, len(ids), 0, validateQuery=False).issues

    def fetch_one(self, issue: int, fields: Sequence[str]) -> msgspec.Raw:
        """What ``/issue/{id}`` answers."""
        asked = {"fields": ",".join(fields), "expand": _EXPAND}
        return msgspec.Raw(self._http.get_json(f"{self.api}/issue/{issue}", asked))

    def request_changes(self, issues: Sequence[Issue], _: OrderedRequests) -> Changes:
        """Asks nothing: the logs came with the issues."""
        return partial(changes_within, issues)

    def with_parents(self, issues: Sequence[Issue], epic_link: str | None) -> list[Issue]:
        """Stories name their epic by key in a field of its own; here it becomes the parent."""
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
        if list(fields) != ["key"]:
            body["expand"] = [_EXPAND]
        try:
            served = self._http.post_json(f"{self.api}/search", body)
        except RefusedError as error:
            raise refused(error) from None
        try:
            return msgspec.json.decode(served, type=_Found)
        except msgspec.ValidationError as error:
            raise PermanentError(
                "jira",
                f"The answer to a search is not one that Jira Data Center gives: {error}.",
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
    """What stands behind the issue ``last``, which must be there.

    Raises:
        LostPlaceError: It is not: something before it is gone.
    """
    for index, served in enumerate(issues):
        if read_name(served).id == last:
            return issues[index + 1 :]
    raise LostPlaceError("Issues before the page went away while it was read.")
