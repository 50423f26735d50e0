"""One pull of Jira: which requests are sent, in which order, and when a batch is yielded.

What belongs here: the course of a pull. What does not: endpoints (``api``), decoding (``decode``).

Each search page needs the token of the one before, so only the first pages are read that way; an
incremental pull rarely needs more. Issues beyond them are listed by id (thousands per page) and
fetched by id, a hundred per request, many requests in flight. The list of all ids, the census, also
shows deleted issues, and existing ones that were never read: indexed late, visible again, or
matched by the jql again.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np

from connectors.errors import AccessError, MissingError, PermanentError
from connectors.jira.api.comments import Comments
from connectors.jira.api.discovery import Discovery
from connectors.jira.api.paging import LostPlaceError, follow, lost
from connectors.jira.api.search import (
    JQL_HELP,
    Changes,
    SearchPage,
    Service,
    count_issues,
    query,
)
from connectors.jira.cursor import JiraCursor
from connectors.jira.decode.fields import lost as lost_field
from connectors.jira.decode.issues import (
    COLUMN_FIELDS,
    Issue,
    IssueReader,
    hidden,
    is_older,
    issues_table,
    read_name,
    unreadable,
)
from connectors.jira.decode.remote_links import links_refused, read_remote_links
from connectors.jira.id_census import IdCensus, Ids, no_ids, pack
from connectors.jira.projects import shown_as, unlisted
from connectors.jira.settings import JiraSettings
from connectors.records import LARGEST_BATCH, Cursor, Message, Present, Problem, ProblemRule, Rows
from connectors.transport.http import Http
from connectors.transport.in_flight import OrderedRequests
from connectors.transport.paged_list import PagedList

_BATCH = 1000  # Jira's maximum for one request of change logs
_FETCH = 100  # Jira's maximum for one fetch by id
# Listing ids costs one request more than following pages to the end; from here on that is less
# than a twentieth of all requests, and the time saved is worth it.
_PAGES_SEARCHED = 17
_RESTARTS = 2
_COUNTED_FROM = 20  # pages of ids; a list that is longer is compared with Jira's own count
_MOST_FETCHED_SINGLY = 100  # issues fetched one by one after a bulk fetch omitted them


class _Batch(NamedTuple):
    """Issues that were read, and the cursor to resume from after them."""

    issues: list[Issue]
    cursor: Cursor


class _Links(NamedTuple):
    """An initiative's remote links, in flight."""

    issue: Issue
    answer: Future[list[Rows | Present | Problem]]


class _PendingBatch(NamedTuple):
    """A batch whose change logs and remote links are in flight."""

    batch: _Batch
    changes: Changes
    links: list[_Links]


class Pull:
    """One pull.

    Args:
        settings: The site, and what to read.
        http: The session.
        service: The API of this kind of Jira.
        discovery: Lists the site's fields.
        cursor: The state to start from, with the wanted fields; updated as the pull goes on.
        requests: The threads that send requests.
    """

    def __init__(
        self,
        settings: JiraSettings,
        http: Http,
        service: Service,
        discovery: Discovery,
        cursor: JiraCursor,
        requests: OrderedRequests,
    ) -> None:
        self._settings = settings
        self._http = http
        self._service = service
        self._discovery = discovery
        self._cursor = cursor
        self._requests = requests
        self._fields_are_there = cursor.watermark is None  # it begins, so they were just listed
        fields = cursor.fields or ()
        self._reader = IssueReader(settings.site, fields)
        asked = [*COLUMN_FIELDS, *(field.id for field in fields)]
        self._requested_fields = list(dict.fromkeys([*asked, cursor.epic_link or "parent"]))
        self._links_are_open: bool | None = None
        self._owed = {int(one) for one in cursor.owed_ids}
        self._uncommented = {int(one) for one in cursor.uncommented_ids}
        self._read = cursor.read_ids
        self._unread: list[int] = []
        self._batch: dict[str, Issue] = {}
        # A full search is a census itself, unless it resumes and no longer knows the first pages.
        whole = cursor.since is None and cursor.token is None and cursor.phase == "search"
        self._census = IdCensus() if whole else None

    def messages(self) -> Iterator[Message]:
        """Every changed issue, census, comments, and the cursor of the complete pull."""
        waiting: deque[_PendingBatch] = deque()
        for found in self._issues():
            if isinstance(found, Problem):
                yield found
                continue
            waiting.append(self._begin_details(found))
            if len(waiting) > 1:  # one batch's change logs load while the next batch is read
                yield from self._emit(waiting.popleft())
        while waiting:
            yield from self._emit(waiting.popleft())
        assert self._census is not None  # noqa: S101 - _issues ended, so it is set
        yield from self._census.messages()
        projects = (self._cursor.places, self._census, self._settings.user)
        self._cursor.places = yield from unlisted(self._http, self._service.api, *projects)
        yield from self._read_comments(self._census)
        read = np.setdiff1d(self._census.ids(), self._unread)
        self._cursor.finish(map(int, read), self._owed, self._uncommented)
        yield Rows("jira_issues", issues_table([]), self._cursor.dump())

    def _issues(self) -> Iterator[_Batch | Problem]:
        if self._cursor.phase == "search":
            yield from self._search()
        if self._cursor.phase == "census" and self._census is not None:
            return  # the search reached its last page and listed every issue
        wanted = self._changed() if self._cursor.phase == "rest" else no_ids()
        census = self._census = self._list(query(self._settings.jql), "The census of issues")
        if self._cursor.since is None or self._cursor.known is not None:
            wanted = np.union1d(wanted, np.setdiff1d(census.ids(), self._cursor.known_ids))
        read = np.fromiter(self._read, np.int64, len(self._read))
        wanted = np.setdiff1d(wanted, read)
        if self._owed:
            refused = links_refused(self._http, self._service.api, min(self._owed))
            if refused is None:  # permitted now; an unchanged initiative would not be read again
                wanted = np.union1d(wanted, np.intersect1d(sorted(self._owed), census.ids()))
                self._owed.clear()
            else:
                self._links_are_open = False
                yield refused
        yield from self._fetch(wanted[wanted > self._cursor.upto], census)

    def _search(self) -> Iterator[_Batch | Problem]:
        for restarts in range(_RESTARTS + 1):
            try:
                yield from self._pages()
                return
            except LostPlaceError as error:
                if restarts == _RESTARTS:
                    raise lost("Issues", error) from None
                self._cursor.restart()
                self._read, self._batch = set(), {}
                if self._cursor.since is None:
                    self._census = IdCensus()

    def _pages(self) -> Iterator[_Batch | Problem]:
        """The issues on the first search pages, from the cursor's token on."""
        cursor, size = self._cursor, self._settings.page_size
        jql = query(self._settings.jql, cursor.since)
        ask = partial(self._page, jql, self._requested_fields, size)
        pages = follow(ask, cursor.token, self._requests, _PAGES_SEARCHED)
        for number, page in enumerate(pages, 1):
            yield from self._take(page.issues)
            cursor.token = page.next_token
            ended = page.next_token is None
            if ended or number == _PAGES_SEARCHED:
                cursor.phase, cursor.token = "census" if ended else "rest", None
                yield from self._close_batch()
                return
            if self._is_full(size):
                yield from self._close_batch()

    def _changed(self) -> Ids:
        """Ids of every changed issue; none in a full pull, which reads the whole census."""
        if self._cursor.since is None:
            return no_ids()
        jql = query(self._settings.jql, self._cursor.since)
        return self._list(jql, "Changed issues").ids()

    def _fetch(self, wanted: Ids, census: IdCensus) -> Iterator[_Batch | Problem]:
        """Issues by id; those that turn out to be deleted are removed from ``census``."""
        chunks = (wanted[at : at + _FETCH].tolist() for at in range(0, len(wanted), _FETCH))
        fetch = partial(self._service.fetch, fields=self._requested_fields)
        doubted: list[int] = []
        for ids, served in self._requests.responses(fetch, chunks):
            by_id = {read_name(one).id: one for one in served}
            yield from self._take([by_id[str(one)] for one in ids if str(one) in by_id])
            doubted += [one for one in ids if str(one) not in by_id]
            self._cursor.upto = ids[-1]
            if self._is_full(_FETCH):
                yield from self._close_batch()
        yield from self._check_unserved(doubted, census)
        yield from self._close_batch()

    def _check_unserved(self, doubted: Sequence[int], census: IdCensus) -> Iterator[Problem]:
        """Find out why issues were listed but not served: hidden, deleted meanwhile, or omitted.

        An issue that is neither read nor known to be deleted stays in the census, so that it gets
        no tombstone; the next pull requests it again.
        """
        unread: list[int] = []
        for place, ids in census.among(doubted).items():
            if shown_as(self._http, self._service.api, place) is not None:
                unread += ids.tolist()
            else:
                census.hide(place)
                yield hidden(place, self._settings.user)
        gone: list[int] = []
        for one in unread[:_MOST_FETCHED_SINGLY]:
            try:
                yield from self._take([self._service.fetch_one(one, self._requested_fields)])
            except MissingError:
                gone.append(one)
        census.drop(gone)
        self._unread = unread[_MOST_FETCHED_SINGLY:]

    def _list(self, jql: str, what: str, restarts: int = _RESTARTS) -> IdCensus:
        """A census of the issues that ``jql`` finds; returns only a complete one."""
        found = IdCensus()
        ask = partial(self._page, jql, ["key"], self._service.ids_per_page)
        try:
            counted: int | None = None
            listed = PagedList("jira", what, JQL_HELP)
            for number, page in enumerate(follow(ask, requests=self._requests), 1):
                count_issues(page, found)
                if number == _COUNTED_FROM:
                    counted = self._service.count(jql)
                listed.page(page.issues, count=counted)
        except LostPlaceError as error:
            if restarts == 0:
                raise lost(what, error) from None
            return self._list(jql, what, restarts - 1)
        return found

    def _page(self, jql: str, fields: list[str], size: int, token: str | None) -> SearchPage:
        """A search page; the first one sets the watermark, before any other is requested."""
        page = self._service.search(jql, fields, size, token)
        if self._http.last_date is None:
            raise PermanentError(
                "jira",
                "Its responses have no Date header, so the next pull could miss changes.",
                "Configure the proxy in between to pass on the Date header.",
            )
        self._cursor.note_clock(self._http.last_date)
        return page

    def _take(self, page: Sequence[msgspec.Raw]) -> Iterator[Problem]:
        """Read issues into the batch, skipping unchanged ones; the newest state of each counts."""
        searching = self._cursor.phase == "search"
        for served in page:
            try:
                issue = self._reader.read(served)
            except ValueError as error:
                yield self._unreadable(served, str(error))
                continue
            if searching:
                self._read.add(int(issue.id))
                if self._census is not None:
                    self._census.add(issue.place, issue.id)
            if is_older(issue, self._batch.get(issue.id)):
                continue
            self._cursor.note_seen(issue.id, issue.updated_at)
            if not self._cursor.is_held(issue.id, issue.updated_at):
                self._batch[issue.id] = issue

    def _unreadable(self, served: msgspec.Raw, reason: str) -> Problem:
        name = read_name(served)
        if self._cursor.phase == "search":
            if name.id is None or name.place is None:
                self._census = None  # an id is missing from it, so a separate census is needed
            elif self._census is not None:
                self._census.add(name.place, name.id)
            if name.id is not None:
                self._read.add(int(name.id))
        return unreadable(name, reason, self._settings.site)

    def _is_full(self, more: int) -> bool:
        """Whether to pass the batch on before ``more`` issues are added."""
        if len(self._batch) + more > _BATCH:
            return True
        return sum(len(one.raw) for one in self._batch.values()) >= LARGEST_BATCH

    def _close_batch(self) -> Iterator[_Batch]:
        """The batch read so far, with the current cursor."""
        self._confirm_fields()
        if self._batch:
            self._cursor.read = pack(self._read)
            issues = self._service.with_parents(list(self._batch.values()), self._cursor.epic_link)
            yield _Batch(issues, self._cursor.dump())
            self._batch = {}

    def _confirm_fields(self) -> None:
        """Check that a wanted field that no issue has still exists, where a pull goes on.

        Jira ignores unknown fields, so a deleted field would look empty in every issue.

        Raises:
            MissingError: The field was deleted.
        """
        fields, carried = self._cursor.fields or (), self._reader.carried
        absent = [one for one in fields if not one.only_measured and one.id not in carried]
        if self._fields_are_there or not absent or not self._batch:
            return
        there = {one.id for one in self._discovery.fields()}
        for field in absent:
            if field.id not in there:
                raise lost_field(field, ())
        self._fields_are_there = True

    def _begin_details(self, batch: _Batch) -> _PendingBatch:
        """Request change logs and links after the issues: they must not be older than those."""
        changes = self._service.request_changes(batch.issues, self._requests)
        return _PendingBatch(batch, changes, self._begin_links(batch.issues))

    def _begin_links(self, issues: Sequence[Issue]) -> list[_Links]:
        wanted = [
            one for one in issues if self._settings.is_initiative(one.issue_type_id, one.issue_type)
        ]
        begun: list[_Links] = []
        for issue in wanted:
            if self._links_are_open is False:
                self._owed.add(int(issue.id))
                continue
            read = partial(read_remote_links, self._http, self._service.api, issue)
            begun.append(_Links(issue, self._requests.begin(read)))
            if self._links_are_open is None:  # wait for the first: all may be refused alike
                self._links_are_open = not isinstance(begun[0].answer.exception(), AccessError)
        return begun

    def _emit(self, pending: _PendingBatch) -> Iterator[Message]:
        """A batch's changes, links and issues, with the cursor to resume from after it."""
        yield from pending.changes()
        for links in pending.links:
            try:
                yield from links.answer.result()
            except AccessError as error:
                self._owed.add(int(links.issue.id))
                yield Problem(ProblemRule.REMOTE_LINKS_NOT_READABLE, "jira", str(error))
        self._uncommented |= {
            int(one.id)
            for one in pending.batch.issues
            if self._settings.has_comments(one.issue_type_id, one.issue_type)
        }
        later = {"owed": pack(self._owed), "uncommented": pack(self._uncommented)}
        cursor = {**pending.batch.cursor, **later}
        yield Rows("jira_issues", issues_table(pending.batch.issues), cursor)

    def _read_comments(self, census: IdCensus) -> Iterator[Message]:
        """All comments on the issues that were read; last, as they must not be older than those."""
        wanted = np.intersect1d(sorted(self._uncommented), census.ids())
        comments = Comments(self._http, self._service, self._settings.site)
        yield from comments.messages(wanted.tolist(), self._requests)
        self._uncommented = set(wanted.tolist()) - comments.read
