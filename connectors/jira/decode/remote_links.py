"""Remote links: from an issue to pages, documents and tickets in other systems.

What belongs here: requesting and decoding the links of one issue. What does not: for which issues
they are read (``pull``); Jira serves them one issue at a time, so only for initiatives.
"""

from datetime import datetime

import msgspec
import pyarrow as pa

from connectors.errors import AccessError, MissingError
from connectors.jira.decode.issues import Issue
from connectors.jira.streams import JIRA_REMOTE_LINKS
from connectors.records import Present, Problem, ProblemRule, Rows, as_served
from connectors.transport.http import Http

Row = tuple[
    str,  # id
    str,  # place
    str,  # url
    datetime | None,  # updated_at
    list[tuple[str, str, str]],  # texts
    str | None,  # cells
    str,  # raw
    str,  # issue_id
    str | None,  # title
    str | None,  # target_url
    str | None,  # relationship
]


def read_remote_links(http: Http, api: str, issue: Issue) -> list[Rows | Present | Problem]:
    """The remote links of one issue, and the census of them.

    A link's place is the issue's id: links are read issue by issue, so that is what a census
    covers.

    Raises:
        AccessError: Issue linking is disabled, or not visible to the token's owner.
        SourceError: The links cannot be read.
    """
    try:
        served = http.get_json(f"{api}/issue/{issue.id}/remotelink")
    except MissingError:
        return []  # deleted since it was listed; the next census shows it
    messages: list[Rows | Present | Problem] = []
    try:
        rows = [_row(link, issue) for link in msgspec.json.decode(served, type=list[msgspec.Raw])]
    except (ValueError, RecursionError) as error:  # msgspec's own errors are ValueErrors, too
        sentence = f"Jira served the remote links of {issue.key} in an unreadable form ({error})."
        return [Problem(ProblemRule.UNREADABLE_REMOTE_LINKS, issue.key, sentence, issue.url)]
    if rows:
        arrays = [
            pa.array(column, type=field.type)
            for column, field in zip(zip(*rows, strict=True), JIRA_REMOTE_LINKS, strict=True)
        ]
        table = pa.Table.from_arrays(arrays, schema=JIRA_REMOTE_LINKS)
        messages.append(Rows("jira_remote_links", table))
    ids = pa.array([row[0] for row in rows], pa.string())
    messages.append(Present("jira_remote_links", issue.id, ids))
    return messages


def links_refused(http: Http, api: str, issue: int) -> Problem | None:
    """The problem that the remote links of an issue are still refused; None if they are not."""
    try:
        http.get_json(f"{api}/issue/{issue}/remotelink")
    except MissingError:
        return None  # a deleted issue is not a refusal
    except AccessError as error:
        return Problem(ProblemRule.REMOTE_LINKS_NOT_READABLE, "jira", str(error))
    return None


class _Target(msgspec.Struct):
    url: str | None = None
    title: str | None = None
    summary: str | None = None


class _Link(msgspec.Struct):
    id: int | str
    target: _Target | None = msgspec.field(default=None, name="object")
    relationship: str | None = None


def _row(served: msgspec.Raw, issue: Issue) -> Row:
    link = msgspec.json.decode(served, type=_Link)
    target = link.target or _Target()
    texts = [
        (role, f"remote link {name}", text)
        for role, name, text in (
            ("link", "url", target.url),
            ("text", "title", target.title),
            ("text", "summary", target.summary),
        )
        if text
    ]
    return (
        f"{issue.id}:{link.id}",
        issue.id,
        issue.url,
        issue.updated_at,
        texts,
        None,
        as_served(bytes(served)),
        issue.id,
        target.title,
        target.url,
        link.relationship,
    )
