"""The complete change logs of issues, one row per changed field.

What belongs here: the JSON of change logs, alone or inside an issue, from Cloud and Data Center.
What does not: the requests for it (``cloud``, ``datacenter``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from connectors.cells import MOST_CHARACTERS
from connectors.errors import TransientError
from connectors.jira.api.paging import LostPlaceError, follow
from connectors.jira.decode.issues import Issue
from connectors.jira.decode.people import Person
from connectors.jira.decode.timestamps import parse_instant
from connectors.jira.streams import JIRA_CHANGES
from connectors.records import Problem, ProblemRule, Rows

_TRIES = 2
_NAMELESS = "without id"


def paged_changes(
    ask: Callable[[str | None], "LogPage"],
    first: Callable[[], "LogPage"],
    places: Mapping[str, str],
) -> Iterator[Rows | Problem]:
    """The complete change logs of some issues, from token-paged responses.

    Yields one :class:`Rows` per page. One issue's entries may be spread over pages; each change is
    a row with its own id, so the lake holds them all.

    Args:
        ask: Requests the page that a token names, or the first.
        first: Returns the first page, which is in flight already.
        places: Project key by issue id.

    Raises:
        SourceError: The logs cannot be read.
    """

    def begun(token: str | None) -> LogPage:
        return first() if token is None else ask(token)

    for attempt in range(1, _TRIES + 1):
        try:
            for page in follow(begun if attempt == 1 else ask):
                yield from _messages(page, places)
            return
        except LostPlaceError as error:
            if attempt == _TRIES:
                raise TransientError("jira", f"Change logs cannot be paged: {error}") from None


def changes_within(issues: Sequence[Issue]) -> Iterator[Rows | Problem]:
    """The changes in issues that were served with their complete log (``expand=changelog``)."""
    rows: list[tuple[object, ...]] = []
    for issue in issues:
        try:
            inner = msgspec.json.decode(issue.raw, type=_WithLog).changelog or _InnerLog()
            rows += _rows(issue.id, issue.place, inner.histories)
        except (ValueError, RecursionError) as error:  # msgspec's own are ValueErrors, too
            yield _unreadable(issue.id, str(error))
            continue
        if inner.total is not None and inner.total > len(inner.histories):
            yield _unreadable(issue.id, f"only {len(inner.histories)} of {inner.total} are there")
    if rows:
        yield _table(rows)


class _ChangeItem(msgspec.Struct, rename="camel"):
    field: str | None = None
    field_id: str | None = None
    old: str | None = msgspec.field(default=None, name="from")
    old_text: str | None = msgspec.field(default=None, name="fromString")
    new: str | None = msgspec.field(default=None, name="to")
    new_text: str | None = msgspec.field(default=None, name="toString")


class _History(msgspec.Struct):
    id: str | int
    created: str | float | None = None
    author: Person | None = None
    items: list[_ChangeItem] | None = None


class _Log(msgspec.Struct):
    issue: str | int = msgspec.field(name="issueId")
    histories: list[_History] | None = msgspec.field(default=None, name="changeHistories")


class _InnerLog(msgspec.Struct):
    histories: list[_History] = []
    total: int | None = None


class _WithLog(msgspec.Struct):
    changelog: _InnerLog | None = None


class _LogName(msgspec.Struct):
    issue: Any = msgspec.field(default=_NAMELESS, name="issueId")


class LogPage(msgspec.Struct):
    """One response of ``/changelog/bulkfetch``.

    ::

        {"issueChangeLogs": [{"issueId": "10001", "changeHistories": [
            {"id": "1", "created": 1492070429, "author": {...}, "items": [{"fieldId": ...}]}]}],
         "nextPageToken": "..."}
    """

    logs: list[msgspec.Raw] = msgspec.field(name="issueChangeLogs")
    next_token: str | None = msgspec.field(default=None, name="nextPageToken")
    is_last: bool | None = None

    @property
    def entries(self) -> list[msgspec.Raw]:
        """What the page lists."""
        return self.logs


def _messages(page: LogPage, places: Mapping[str, str]) -> Iterator[Rows | Problem]:
    rows: list[tuple[object, ...]] = []
    for served in page.logs:
        try:
            log = msgspec.json.decode(served, type=_Log)
            issue = str(log.issue)
            if issue in places:  # otherwise it was not requested
                rows += _rows(issue, places[issue], log.histories or [])
        except (ValueError, RecursionError) as error:  # msgspec's own are ValueErrors, too
            yield _unreadable(_issue_of(served), str(error))
    if rows:
        yield _table(rows)


def _issue_of(served: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(served, type=_LogName).issue
    except (ValueError, RecursionError):
        return _NAMELESS


def _table(rows: list[tuple[object, ...]]) -> Rows:
    columns = zip(*rows, strict=True)
    arrays = [
        pa.array(column, type=field.type)
        for column, field in zip(columns, JIRA_CHANGES, strict=True)
    ]
    return Rows("jira_changes", pa.Table.from_arrays(arrays, schema=JIRA_CHANGES))


def _rows(issue: str, place: str, histories: list[_History]) -> list[tuple[object, ...]]:
    """One row per changed field, in the order of the stream's columns."""
    return [
        (
            f"{history.id}:{index}",
            place,
            issue,
            changed_at,
            history.author.id if history.author else None,
            history.author.account_type if history.author else None,
            item.field,
            item.field_id,
            item.old,
            item.old_text,
            item.new,
            item.new_text,
        )
        for history in histories
        for changed_at in (parse_instant(history.created),)
        for index, item in enumerate(map(_bounded, history.items or []))
    ]


def _bounded(item: _ChangeItem) -> _ChangeItem:
    """The same item.

    Raises:
        ValueError: A text in it is too long.
    """
    longest = max(len(text or "") for text in (item.old, item.old_text, item.new, item.new_text))
    if longest > MOST_CHARACTERS:
        raise ValueError(f"it has a text of {longest:,} characters")
    return item


def _unreadable(issue: Any, reason: str) -> Problem:
    return Problem(
        rule=ProblemRule.UNREADABLE_CHANGE_LOG,
        subject=str(issue),
        sentence=f"Jira served changes of issue {issue} in a form that cannot be read ({reason}); "
        "its past states may be wrong.",
    )
