"""Jira as a source: which questions, in which order, and when a batch is handed over.

What belongs here: the course of a pull. How each answer is read is the business of the modules
beside this one.
"""

import time
from collections.abc import Callable, Iterator

import msgspec

from connectors.errors import AccessError, MissingError, PermanentError, TransientError
from connectors.http import Http, basic_credential
from connectors.jira.changes import read_changes
from connectors.jira.discovery import Account, Discovery
from connectors.jira.fields import resolve
from connectors.jira.issues import (
    COLUMN_FIELDS,
    Issue,
    IssueReader,
    issues_table,
    read_name,
    unreadable,
)
from connectors.jira.paging import LostPlaceError, follow
from connectors.jira.presence import Presence
from connectors.jira.progress import Progress, begin
from connectors.jira.remote_links import read_remote_links
from connectors.jira.search import Search, SearchPage
from connectors.jira.settings import JiraSettings
from connectors.records import Cursor, Figures, Message, Problem, Rows

_BATCH = 1000  # the most issues whose change logs one request may ask for
_CENSUS_PAGE = 5000
_RESTARTS = 2


class JiraSource:
    """Jira Cloud: ``jira_issues``, ``jira_changes`` and ``jira_remote_links``.

    Args:
        settings: Where and what.
        sleep: Waits between attempts; tests give their own.
    """

    name = "jira"

    def __init__(self, settings: JiraSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self.figures = Figures()
        self._settings = settings
        self._http = Http(
            self.name,
            basic_credential(settings.user, settings.token),
            self.figures,
            timeouts=settings.timeouts,
            sleep=sleep,
        )
        self._discovery = Discovery(self._http, settings)

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield what changed since ``cursor``; everything, if it is empty or for other settings.

        A batch is up to 1000 issues: their changes and remote links come first, the issues last,
        with the cursor to go on from. Then :class:`~connectors.records.Present` for each project
        that has issues, and an empty :class:`~connectors.records.Rows` with the cursor of the
        complete pull.

        Raises:
            SourceError: It cannot go on; what was yielded stands.
        """
        progress = begin(cursor, self._settings.scope)
        pull = _Pull(self._settings, self._http, self._discovery, progress)
        for message in pull.messages():
            if isinstance(message, Rows):
                self.figures.rows += message.table.num_rows
            yield message

    def check(self) -> Account:
        """Try credential, jql and fields without reading issues; see :class:`Account`.

        Raises:
            SourceError: What a pull would fail with, and what to do about it.
        """
        return self._discovery.check()

    def close(self) -> None:
        """Let go of connections."""
        self._discovery.close()
        self._http.close()


class _Pull:
    """One pull under way."""

    def __init__(
        self, settings: JiraSettings, http: Http, discovery: Discovery, progress: Progress
    ) -> None:
        self._settings = settings
        self._http = http
        self._discovery = discovery
        self._progress = progress
        self._fields_are_there = False
        self._links_are_open = bool(settings.initiatives)
        # A full pull lists every issue itself; one that was cut off no longer knows the first.
        whole = progress.since is None and progress.token is None and progress.phase == "issues"
        self._present = Presence() if whole else None

    def messages(self) -> Iterator[Message]:
        self._learn_fields()
        if self._progress.phase == "issues":
            yield from self._issues()
        present = self._census() if self._present is None else self._present
        yield from present.messages()
        self._progress.finish()
        yield Rows("jira_issues", issues_table([]), self._progress.cursor())

    def _learn_fields(self) -> None:
        """Turn wanted names into ids, once: the cursor keeps them for the nights to come."""
        if self._progress.fields is not None:
            return
        wanted = self._settings.fields
        self._progress.fields = resolve(wanted, self._discovery.fields()) if wanted else ()
        self._fields_are_there = True

    def _issues(self) -> Iterator[Message]:
        for restarts in range(_RESTARTS + 1):
            try:
                yield from self._pass()
                return
            except LostPlaceError as error:
                if restarts == _RESTARTS:
                    raise _lost("Issues", error) from None
                self._progress.restart()
                if self._progress.since is None:
                    self._present = Presence()

    def _pass(self) -> Iterator[Message]:
        """All issues asked for, from the progress's token on."""
        progress = self._progress
        fields = progress.fields or ()
        asked = dict.fromkeys((*COLUMN_FIELDS, *(field.id for field in fields)))
        size = self._settings.page_size
        search = Search(self._http, self._settings, list(asked), size, progress.since)
        reader = IssueReader(self._settings.site, fields)
        batch: list[Issue] = []
        for page in follow(search.page, progress.token):
            self._note_clock()
            yield from self._take(page, reader, batch)
            if batch and (page.next_token is None or len(batch) + size > _BATCH):
                self._confirm_fields(reader)
                yield from self._hand_over(batch, page)
                batch = []

    def _note_clock(self) -> None:
        if self._http.last_date is None:
            raise PermanentError(
                "jira",
                "Its answers carry no Date, so what changes from now on could not be told.",
                "Let the proxy between pass the Date header on.",
            )
        self._progress.note_clock(self._http.last_date)

    def _take(self, page: SearchPage, reader: IssueReader, batch: list[Issue]) -> Iterator[Problem]:
        """Read a page's issues into ``batch``, without those that are held already."""
        for served in page.issues:
            try:
                issue = reader.read(served)
            except ValueError as error:
                yield self._unreadable(served, str(error))
                continue
            if self._present is not None:
                self._present.add(issue.place, issue.id)
            self._progress.note_seen(issue.id, issue.updated_at)
            if not self._progress.is_held(issue.id, issue.updated_at):
                batch.append(issue)

    def _unreadable(self, served: msgspec.Raw, reason: str) -> Problem:
        name = read_name(served)
        if name.id is None or name.place is None:
            self._present = None  # not every id is known this way: take a census
        elif self._present is not None:
            self._present.add(name.place, name.id)
        return unreadable(name, reason, self._settings.site)

    def _confirm_fields(self, reader: IssueReader) -> None:
        """Make sure that a wanted field which no issue carries still exists.

        Jira says nothing about an unknown field, and a vanished one would look empty everywhere.

        Raises:
            MissingError: It is gone.
        """
        absent = [one for one in self._progress.fields or () if one.id not in reader.carried]
        if self._fields_are_there or not absent:
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

    def _hand_over(self, batch: list[Issue], page: SearchPage) -> Iterator[Message]:
        """A batch's changes, links and issues, and the cursor to go on from after it."""
        places = {issue.id: issue.place for issue in batch}
        yield from read_changes(self._http, self._settings.site, places)
        for issue in batch:
            if issue.issue_type in self._settings.initiatives and self._links_are_open:
                yield from self._remote_links(issue)
        self._progress.token = page.next_token
        if page.next_token is None:
            self._progress.phase = "census"
        yield Rows("jira_issues", issues_table(batch), self._progress.cursor())

    def _remote_links(self, issue: Issue) -> Iterator[Message]:
        try:
            yield from read_remote_links(self._http, self._settings.site, issue)
        except AccessError as error:
            self._links_are_open = False  # it is the same for every issue; ask no more
            yield Problem("remote links not readable", "jira", str(error))

    def _census(self, restarts: int = _RESTARTS) -> Presence:
        """The id of every issue wanted, by project; only once it is whole."""
        search = Search(self._http, self._settings, ["key"], _CENSUS_PAGE)
        found = Presence()
        try:
            for page in follow(search.page):
                self._count(page, found)
        except LostPlaceError as error:
            if restarts == 0:
                raise _lost("The census of issues", error) from None
            return self._census(restarts - 1)
        return found

    @staticmethod
    def _count(page: SearchPage, found: Presence) -> None:
        for served in page.issues:
            name = read_name(served)
            if name.id is None or name.place is None:
                raise PermanentError("jira", "It served an issue without id or key in a census.")
            found.add(name.place, name.id)


def _lost(what: str, error: LostPlaceError) -> TransientError:
    return TransientError(
        "jira",
        f"{what} cannot be paged through: {error}",
        "Nothing was taken for complete; it is tried again with the next run.",
    )
