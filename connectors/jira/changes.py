"""The full change logs of issues, a thousand issues a request.

What belongs here: ``/rest/api/3/changelog/bulkfetch``. The log inside an issue
(``expand=changelog``) is cut at about 40 entries and never used.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa

from connectors.errors import PermanentError, TransientError
from connectors.http import Http
from connectors.jira.instants import parse_instant
from connectors.jira.paging import LostPlaceError, follow
from connectors.records import JIRA_CHANGES, Problem, Rows

_ENTRIES = 10_000  # the most that Jira serves in one page
_TRIES = 2


def read_changes(http: Http, site: str, places: Mapping[str, str]) -> Iterator[Rows | Problem]:
    """Every change ever made to some issues.

    Yields one :class:`Rows` for each page served. One issue's entries may be spread over pages;
    as each change is a row of its own with an id of its own, they meet again in the lake.

    Args:
        http: The session.
        site: The site's url.
        places: Project key by issue id, at most 1000.

    Raises:
        SourceError: The logs cannot be read.
    """
    ask = partial(_page, http, f"{site}/rest/api/3/changelog/bulkfetch", list(places))
    for attempt in range(1, _TRIES + 1):
        try:
            for page in follow(ask):
                yield from _messages(page, places)
            return
        except LostPlaceError as error:
            if attempt == _TRIES:
                raise TransientError("jira", f"Change logs cannot be paged: {error}") from None


class _ChangeItem(msgspec.Struct, rename="camel"):
    field: str | None = None
    field_id: str | None = None
    old: str | None = msgspec.field(default=None, name="from")
    old_text: str | None = msgspec.field(default=None, name="fromString")
    new: str | None = msgspec.field(default=None, name="to")
    new_text: str | None = msgspec.field(default=None, name="toString")


class _Author(msgspec.Struct):
    id: str | None = msgspec.field(default=None, name="accountId")


class _History(msgspec.Struct):
    id: str | int
    created: str | float | None = None
    author: _Author | None = None
    items: list[_ChangeItem] | None = None


class _Log(msgspec.Struct):
    issue: str | int = msgspec.field(name="issueId")
    histories: list[_History] | None = msgspec.field(default=None, name="changeHistories")


class _LogName(msgspec.Struct):
    issue: Any = msgspec.field(default="without id", name="issueId")


class _LogPage(msgspec.Struct):
    """One answer.

    ::

        {"issueChangeLogs": [{"issueId": "10001", "changeHistories": [
            {"id": "1", "created": 1492070429, "author": {...}, "items": [{"fieldId": ...}]}]}],
         "nextPageToken": "..."}
    """

    logs: list[msgspec.Raw] = msgspec.field(name="issueChangeLogs")
    next_token: str | None = msgspec.field(default=None, name="nextPageToken")
    is_last: bool | None = None


def _page(http: Http, url: str, ids: list[str], token: str | None) -> _LogPage:
    body: dict[str, object] = {"issueIdsOrKeys": ids, "maxResults": _ENTRIES}
    if token is not None:
        body["nextPageToken"] = token
    try:
        return msgspec.json.decode(http.post_json(url, body), type=_LogPage)
    except msgspec.ValidationError as error:
        raise PermanentError(
            "jira", f"The answer with change logs is not one that Jira Cloud gives: {error}."
        ) from None


def _messages(page: _LogPage, places: Mapping[str, str]) -> Iterator[Rows | Problem]:
    rows: list[tuple[object, ...]] = []
    for served in page.logs:
        try:
            rows += _rows(msgspec.json.decode(served, type=_Log), places)
        except ValueError as error:  # msgspec's own errors are ValueErrors too
            yield _unreadable(served, str(error))
    if rows:
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array(column, type=field.type)
            for column, field in zip(columns, JIRA_CHANGES, strict=True)
        ]
        yield Rows("jira_changes", pa.Table.from_arrays(arrays, schema=JIRA_CHANGES))


def _rows(log: _Log, places: Mapping[str, str]) -> list[tuple[object, ...]]:
    """One row for each changed field, in the order of the stream's columns."""
    issue = str(log.issue)
    if issue not in places:  # not asked for
        return []
    return [
        (
            f"{history.id}:{index}",
            places[issue],
            issue,
            changed_at,
            history.author.id if history.author else None,
            item.field,
            item.field_id,
            item.old,
            item.old_text,
            item.new,
            item.new_text,
        )
        for history in log.histories or []
        for changed_at in (parse_instant(history.created),)
        for index, item in enumerate(history.items or [])
    ]


def _unreadable(served: msgspec.Raw, reason: str) -> Problem:
    issue = msgspec.json.decode(served, type=_LogName).issue
    return Problem(
        rule="unreadable change log",
        subject=str(issue),
        sentence=f"Jira served changes of issue {issue} in a form that cannot be read ({reason}); "
        "its past states may be wrong.",
    )
