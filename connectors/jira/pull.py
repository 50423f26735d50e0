"""One pull of Jira: which questions, in which order, and when a batch is handed over.

What belongs here: the course of a pull. How each answer is read, and how each kind of Jira is
asked, is the business of the modules beside this one.

Searching chains one page to the next, so only the first pages are read that way: a night rarely
needs more. What lies beyond is listed by id (thousands a page) and fetched by id, a hundred at a
time, many requests in flight. The list of all ids, the census, also shows what vanished, and what
was never read although it is there: indexed late, shown again, come back into the query.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np

from connectors.errors import AccessError, MissingError, PermanentError, TransientError
from connectors.jira.api.discovery import Discovery
from connectors.jira.api.paging import LostPlaceError, follow
from connectors.jira.api.search import Changes, SearchPage, Service, query
from connectors.jira.cursor import JiraCursor
from connectors.jira.decode.fields import resolve
from connectors.jira.decode.issues import (
    COLUMN_FIELDS,
    Issue,
    IssueReader,
    issues_table,
    read_name,
    unreadable,
)
from connectors.jira.decode.remote_links import NOT_READABLE, links_refused, read_remote_links
from connectors.jira.id_census import IdCensus, Ids, no_ids, pack
from connectors.jira.settings import JiraSettings
from connectors.records import Cursor, Message, Present, Problem, Rows
from connectors.transport.http import Http
from connectors.transport.in_flight import OrderedRequests

_BATCH = 1000  # the most issues whose change logs one request may ask for
_FETCH = 100  # the most issues that one request may ask for by id
# A list of ids is one request more than following pages to the end; from here on that is less
# than a twentieth of all requests, and the time saved is worth it.
_PAGES_SEARCHED = 17
_RESTARTS = 2
_MOST_DOUBTED = 100  # issues asked for one by one when the bulk fetch left them out


class _Batch(NamedTuple):
    """Issues that were read, and the cursor to go on from after them."""

    issues: list[Issue]
    cursor: Cursor


class _Links(NamedTuple):
    """An initiative's remote links, under way."""

    issue: Issue
    answer: Future[list[Rows | Present | Problem]]


class _PendingBatch(NamedTuple):
    """A batch whose change logs and remote links are under way."""

    batch: _Batch
    changes: Changes
    links: list[_Links]


class Pull:
    """One pull under way.

    Args:
        settings: Where and what.
        http: The session.
        service: How this kind of Jira is asked.
        discovery: Knows the fields.
        cursor: Where the pull starts.
        requests: Threads for requests in flight.
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
        self._fields_are_there = False
        self._links_are_open: bool | None = None
        self._owed = {int(one) for one in cursor.owed_ids}
        self._read = cursor.read_ids
        self._unread: list[int] = []
        self._batch: dict[str, Issue] = {}
        # A full search lists every issue itself; one that was cut off no longer knows the first.
        whole = cursor.since is None and cursor.token is None and cursor.phase == "search"
        self._census = IdCensus() if whole else None

    def messages(self) -> Iterator[Message]:
        """Everything that changed, what is present, and the cursor of the complete pull."""
        self._learn_fields()
        waiting: deque[_PendingBatch] = deque()
        for found in self._issues():
            if isinstance(found, Problem):
                yield found
                continue
            waiting.append(self._begin_details(found))
            if len(waiting) > 1:  # while one batch's change logs come, the next one is read
                yield from self._emit(waiting.popleft())
        while waiting:
            yield from self._emit(waiting.popleft())
        assert self._census is not None  # noqa: S101 - _issues ended, so it is set
        yield from self._census.messages()
        read = np.setdiff1d(self._census.ids(), self._unread)
        self._cursor.finish(map(int, read), self._owed)
        yield Rows("jira_issues", issues_table([]), self._cursor.dump())

    def _learn_fields(self) -> None:
        """Turn wanted names into ids, once: the cursor keeps them for the nights to come."""
        cursor, wanted, maker = self._cursor, self._settings.fields, self._service.epic_maker
        if cursor.fields is None:
            known = self._discovery.fields() if wanted or maker else []
            cursor.fields = resolve(wanted, known)
            cursor.epic_link = next((one.id for one in known if maker == one.maker), None)
            self._fields_are_there = True
        self._reader = IssueReader(self._settings.site, cursor.fields)
        asked = [*COLUMN_FIELDS, *(field.id for field in cursor.fields)]
        self._requested_fields = list(dict.fromkeys([*asked, cursor.epic_link or "parent"]))

    def _issues(self) -> Iterator[_Batch | Problem]:
        if self._cursor.phase == "search":
            yield from self._search()
        if self._cursor.phase == "census" and self._census is not None:
            return  # the search went to its end and saw everything
        wanted = self._changed() if self._cursor.phase == "rest" else no_ids()
        census = self._census = self._list(query(self._settings.jql), "The census of issues")
        if self._cursor.since is None or self._cursor.known is not None:
            wanted = np.union1d(wanted, np.setdiff1d(census.ids(), self._cursor.known_ids))
        read = np.fromiter(self._read, np.int64, len(self._read))
        wanted = np.setdiff1d(wanted, read)
        if self._owed:
            refused = links_refused(self._http, self._service.api, min(self._owed))
            if refused is None:  # nothing else reads an initiative again that nobody touches
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
                    raise _lost("Issues", error) from None
                self._cursor.restart()
                self._read, self._batch = set(), {}
                if self._cursor.since is None:
                    self._census = IdCensus()

    def _pages(self) -> Iterator[_Batch | Problem]:
        """What the first search pages hold, from the cursor's token on."""
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
            if len(self._batch) + size > _BATCH:
                yield from self._close_batch()

    def _changed(self) -> Ids:
        """Ids of everything that changed, if that is not simply everything."""
        if self._cursor.since is None:
            return no_ids()
        jql = query(self._settings.jql, self._cursor.since)
        return self._list(jql, "Changed issues").ids()

    def _fetch(self, wanted: Ids, census: IdCensus) -> Iterator[_Batch | Problem]:
        """Issues by id; ``census`` loses those that turn out to be gone."""
        chunks = (wanted[at : at + _FETCH].tolist() for at in range(0, len(wanted), _FETCH))
        fetch = partial(self._service.fetch, fields=self._requested_fields)
        doubted: list[int] = []
        for ids, served in self._requests.responses(fetch, chunks):
            by_id = {read_name(one).id: one for one in served}
            yield from self._take([by_id[str(one)] for one in ids if str(one) in by_id])
            doubted += [one for one in ids if str(one) not in by_id]
            self._cursor.upto = ids[-1]
            if len(self._batch) + _FETCH > _BATCH:
                yield from self._close_batch()
        yield from self._check_unserved(doubted, census)
        yield from self._close_batch()

    def _check_unserved(self, doubted: Sequence[int], census: IdCensus) -> Iterator[Problem]:
        """Tell apart what was listed but not served: hidden, deleted meanwhile, or there after all.

        What is neither read nor known to be gone stays present: nothing is deleted on a guess, and
        the next pull asks for it again.
        """
        unread: list[int] = []
        for place, ids in census.among(doubted).items():
            if self._may_see(place):
                unread += ids.tolist()
            else:
                census.hide(place)
                yield _hidden(place)
        gone: list[int] = []
        for one in unread[:_MOST_DOUBTED]:
            try:
                yield from self._take([self._service.fetch_one(one, self._requested_fields)])
            except MissingError:
                gone.append(one)
        census.drop(gone)
        self._unread = unread[_MOST_DOUBTED:]

    def _may_see(self, project: str) -> bool:
        try:
            self._http.get_json(f"{self._service.api}/project/{project}")
        except (MissingError, AccessError):
            return False
        return True

    def _list(self, jql: str, what: str, restarts: int = _RESTARTS) -> IdCensus:
        """The id of every issue found, by project; only once the list is whole."""
        found = IdCensus()
        ask = partial(self._page, jql, ["key"], self._service.ids_a_page)
        try:
            for page in follow(ask, requests=self._requests):
                _count(page, found)
        except LostPlaceError as error:
            if restarts == 0:
                raise _lost(what, error) from None
            return self._list(jql, what, restarts - 1)
        return found

    def _page(self, jql: str, fields: list[str], size: int, token: str | None) -> SearchPage:
        """A search page; the clock is read off the very first one, before any other is asked."""
        page = self._service.search(jql, fields, size, token)
        if self._http.last_date is None:
            raise PermanentError(
                "jira",
                "Its answers carry no Date, so what changes from now on could not be told.",
                "Let the proxy between pass the Date header on.",
            )
        self._cursor.note_clock(self._http.last_date)
        return page

    def _take(self, page: Sequence[msgspec.Raw]) -> Iterator[Problem]:
        """Read issues into the batch, without those that are held already; the newest counts."""
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
            if _is_older(issue, self._batch.get(issue.id)):
                continue
            self._cursor.note_seen(issue.id, issue.updated_at)
            if not self._cursor.is_held(issue.id, issue.updated_at):
                self._batch[issue.id] = issue

    def _unreadable(self, served: msgspec.Raw, reason: str) -> Problem:
        name = read_name(served)
        if self._cursor.phase == "search":
            if name.id is None or name.place is None:
                self._census = None  # not every id is known this way: take a census
            elif self._census is not None:
                self._census.add(name.place, name.id)
            if name.id is not None:
                self._read.add(int(name.id))
        return unreadable(name, reason, self._settings.site)

    def _close_batch(self) -> Iterator[_Batch]:
        """What was read so far, with the cursor as it stands."""
        self._confirm_fields()
        if self._batch:
            self._cursor.read = pack(self._read)
            issues = self._service.with_parents(list(self._batch.values()), self._cursor.epic_link)
            yield _Batch(issues, self._cursor.dump())
            self._batch = {}

    def _confirm_fields(self) -> None:
        """Make sure that a wanted field which no issue carries still exists.

        Jira says nothing about an unknown field, and a vanished one would look empty everywhere.

        Raises:
            MissingError: It is gone.
        """
        fields = self._cursor.fields or ()
        absent = [one for one in fields if one.id not in self._reader.carried]
        if self._fields_are_there or not absent or not self._batch:
            return
        there = {one.id for one in self._discovery.fields()}
        for field in absent:
            if field.id not in there:
                raise MissingError(
                    "jira",
                    f'The field "{field.name}" ({field.id}) is gone; the last complete pull '
                    "still had it on Jira's issues.",
                    "Restore it in Jira, or name another field in the settings.",
                )
        self._fields_are_there = True

    def _begin_details(self, batch: _Batch) -> _PendingBatch:
        """Ask for a batch's change logs, only now: they must not be older than its issues."""
        changes = self._service.request_changes(batch.issues, self._requests)
        return _PendingBatch(batch, changes, self._begin_links(batch.issues))

    def _begin_links(self, issues: Sequence[Issue]) -> list[_Links]:
        wanted = [one for one in issues if one.issue_type in self._settings.initiatives]
        begun: list[_Links] = []
        for issue in wanted:
            if self._links_are_open is False:
                self._owed.add(int(issue.id))
                continue
            read = partial(read_remote_links, self._http, self._service.api, issue)
            begun.append(_Links(issue, self._requests.begin(read)))
            if self._links_are_open is None:  # ask for one alone: it may be the same for all
                self._links_are_open = not isinstance(begun[0].answer.exception(), AccessError)
        return begun

    def _emit(self, pending: _PendingBatch) -> Iterator[Message]:
        """A batch's changes, links and issues, and the cursor to go on from after it."""
        yield from pending.changes()
        for links in pending.links:
            try:
                yield from links.answer.result()
            except AccessError as error:
                self._owed.add(int(links.issue.id))
                yield Problem(NOT_READABLE, "jira", str(error))
        cursor = {**pending.batch.cursor, "owed": pack(self._owed)}
        yield Rows("jira_issues", issues_table(pending.batch.issues), cursor)


def _count(page: SearchPage, found: IdCensus) -> None:
    for served in page.issues:
        name = read_name(served)
        if name.id is None or name.place is None:
            raise PermanentError("jira", "It served an issue without id or key in a census.")
        found.add(name.place, name.id)


def _is_older(issue: Issue, held: Issue | None) -> bool:
    if held is None or held.updated_at is None or issue.updated_at is None:
        return False
    return issue.updated_at < held.updated_at


def _hidden(place: str) -> Problem:
    return Problem(
        rule="project not visible",
        subject=place,
        sentence=f"Jira lists issues of {place} but shows them no more. They are kept as last "
        "read; give the token's owner the right to browse the project.",
    )


def _lost(what: str, error: LostPlaceError) -> TransientError:
    return TransientError(
        "jira",
        f"{what} cannot be paged through: {error}",
        "Nothing was taken for complete; it is tried again with the next run.",
    )
