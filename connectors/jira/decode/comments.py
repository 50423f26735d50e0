"""Comments on an issue decoded into rows of the ``jira_comments`` stream.

What belongs here: one comment's columns. What does not: requests (``api.comments``), and what a
comment says (the model).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from connectors.jira.decode.issues import Name
from connectors.jira.decode.people import Person
from connectors.jira.decode.rich_text import lines
from connectors.jira.decode.timestamps import parse_instant
from connectors.jira.streams import JIRA_COMMENTS
from connectors.records import as_served


class Comment(NamedTuple):
    """One row of ``jira_comments``; attributes in the order of the stream's columns."""

    id: str
    place: str
    url: str
    updated_at: datetime | None
    texts: list[tuple[str, str, str]]
    cells: str | None
    raw: str
    issue_id: str
    author_id: str | None
    author: str | None
    created_at: datetime | None
    body: str


class CommentPage(msgspec.Struct):
    """Comments as an issue's field ``comment`` and its own endpoint serve them.

    ::

        {"comments": [{"id": "1", "author": {...}, "body": {...}, "created": ...}], "total": 30}

    Within an issue the list may be cut: then ``total`` is more.
    """

    comments: list[msgspec.Raw] = []
    total: int = 0


def read_comment(served: msgspec.Raw, issue: Name, site: str) -> Comment:
    """The row of one comment.

    Its id has the issue's before it, so that it is no issue's id.

    Raises:
        ValueError: It cannot be decoded; the message names the JSON path, never a value.
    """
    try:
        comment = msgspec.json.decode(served, type=_Comment)
        author = comment.author
        body = "\n".join(lines(comment.body))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return Comment(
        id=f"{issue.id}:{comment.id}",
        place=str(issue.id),
        url=f"{site}/browse/{issue.key}?focusedCommentId={comment.id}",
        updated_at=parse_instant(comment.updated),
        texts=[],
        cells=None,
        raw=as_served(bytes(served)),
        issue_id=str(issue.id),
        author_id=author.id if author else None,
        author=author.display_name if author else None,
        created_at=parse_instant(comment.created),
        body=body,
    )


def comments_table(comments: Sequence[Comment]) -> pa.Table:
    """The rows as a table of the ``jira_comments`` stream."""
    columns = list(zip(*comments, strict=True)) or [()] * len(JIRA_COMMENTS)
    arrays = [
        pa.array(column, type=field.type)
        for column, field in zip(columns, JIRA_COMMENTS, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=JIRA_COMMENTS)


class _Comment(msgspec.Struct):
    id: str | int
    author: Person | None = None
    body: Any = None
    created: str | float | None = None
    updated: str | float | None = None
