"""The comments on some issues: a hundred issues a request, and the rest of lists that are cut.

What belongs here: requesting comments. What does not: for which issues they are read (``pull``),
and decoding one (``decode.comments``).
"""

from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa

from connectors.errors import MissingError, UnreadableResponseError
from connectors.jira.api.search import Service
from connectors.jira.decode.comments import (
    Comment,
    CommentPage,
    comments_table,
    read_comment,
)
from connectors.jira.decode.issues import Name, read_name
from connectors.records import Present, Problem, ProblemRule, Rows
from connectors.transport.http import Http
from connectors.transport.in_flight import OrderedRequests
from connectors.transport.paged_list import PagedList

STREAM = "jira_comments"
_ISSUES = 100  # Jira's maximum for one fetch by id
_PAGE = 1000


class Comments:
    """Reads all comments on issues.

    Args:
        http: The session.
        service: The API of this kind of Jira.
        site: The site's url.

    Attributes:
        read: Ids of the issues whose comments were read.
    """

    def __init__(self, http: Http, service: Service, site: str) -> None:
        self.read: set[int] = set()
        self._http = http
        self._service = service
        self._site = site

    def messages(
        self, ids: Sequence[int], requests: OrderedRequests
    ) -> Iterator[Rows | Present | Problem]:
        """The comments on each issue, and the census of them: its place is the issue's id.

        Nothing is said of issues that Jira does not serve.

        Raises:
            SourceError: The comments cannot be read.
        """
        chunks = (list(ids[at : at + _ISSUES]) for at in range(0, len(ids), _ISSUES))
        for _, served in requests.responses(self._fetch, chunks):
            found: list[Comment] = []
            censuses: list[Present] = []
            for issue in served:
                rows, messages = self._of_issue(issue)
                found += rows
                for message in messages:
                    if isinstance(message, Problem):
                        yield message
                    else:
                        censuses.append(message)
            if found:
                yield Rows(STREAM, comments_table(found))
            yield from censuses

    def _fetch(self, ids: Sequence[int]) -> list[msgspec.Raw]:
        return self._service.fetch(ids, ["comment"])

    def _of_issue(self, served: msgspec.Raw) -> tuple[list[Comment], list[Present | Problem]]:
        """The comments on one issue; without a census where one of them cannot be read."""
        issue = read_name(served)
        self.read.add(int(issue.id or 0))
        rows: list[Comment] = []
        faults: list[str] = []
        try:
            every = self._all(issue, served)
        except UnreadableResponseError as error:
            return rows, [_unreadable(issue, error.message, self._site)]
        except (ValueError, RecursionError) as error:  # msgspec's own are ValueErrors, too
            return rows, [_unreadable(issue, str(error), self._site)]
        for one in every:
            try:
                rows.append(read_comment(one, issue, self._site))
            except ValueError as error:
                faults.append(str(error))
        if faults:
            return rows, [_unreadable(issue, "; ".join(dict.fromkeys(faults)), self._site)]
        ids = pa.array([row.id for row in rows], pa.string())
        return rows, [Present(STREAM, str(issue.id), ids)]

    def _all(self, issue: Name, served: msgspec.Raw) -> list[msgspec.Raw]:
        """All comments on an issue: those served with it, or page by page if some were cut."""
        within = msgspec.json.decode(served, type=_Issue).fields.comment or CommentPage()
        if within.total <= len(within.comments):
            return within.comments
        found: list[msgspec.Raw] = []
        url = f"{self._service.api}/issue/{issue.id}/comment"
        pages = PagedList("jira", "The list of comments")
        while True:
            asked = {"startAt": str(len(found)), "maxResults": str(_PAGE)}
            try:
                page = msgspec.json.decode(self._http.get_json(url, asked), type=CommentPage)
            except MissingError:
                return []  # deleted since it was served; the next census shows it
            found += page.comments
            if not page.comments or len(found) >= page.total:
                return found
            pages.page(page.comments, count=within.total)


class _Fields(msgspec.Struct):
    comment: CommentPage | None = None


class _Issue(msgspec.Struct):
    fields: _Fields


def _unreadable(issue: Name, reason: str, site: str) -> Problem:
    known = issue.key or issue.id or "an issue without id"
    return Problem(
        ProblemRule.UNREADABLE_COMMENTS,
        issue.id or known,
        f"Jira served the comments on {known} in a form that cannot be read ({reason}); those read"
        " before stand.",
        f"{site}/browse/{issue.key}" if issue.key else None,
    )
