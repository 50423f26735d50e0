"""Jira as a :class:`~connectors.records.Source`.

What belongs here: the session, detecting the deployment, starting a pull from a cursor. What does
not: the course of a pull (``pull``).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from connectors.errors import MissingError
from connectors.jira.api.discovery import Account, Discovery, service_of
from connectors.jira.api.search import RejectedQueryError, without_unknown_projects
from connectors.jira.cursor import JiraCursor, begin
from connectors.jira.decode.fields import resolve, with_measured
from connectors.jira.decode.issues import hidden
from connectors.jira.pull import Pull
from connectors.jira.settings import Deployment, JiraSettings
from connectors.jira.whereabouts import whereabouts
from connectors.records import Cursor, Figures, Message, Problem, ProblemRule, Rows
from connectors.transport.concurrency_limit import ConcurrencyLimiter
from connectors.transport.credential import basic_credential, bearer_credential
from connectors.transport.http import Http
from connectors.transport.in_flight import OrderedRequests


class JiraSource:
    """Jira, Cloud or Data Center: issues, change logs, remote links and comments.

    Args:
        settings: The site, the credential, and what to read.
        sleep: Waits between attempts; replaced in tests.
    """

    name = "jira"

    def __init__(
        self, settings: JiraSettings, sleep: Callable[[float], None] | None = None
    ) -> None:
        self.figures = Figures()
        self._settings = settings
        self._limiter = ConcurrencyLimiter(settings.in_flight, sleep)
        token = settings.token
        self._http = Http(
            self.name,
            basic_credential(settings.user, token) if settings.user else bearer_credential(token),
            self.figures,
            timeouts=settings.timeouts,
            limiter=self._limiter,
        )
        self._discovery = Discovery(self._http, settings)
        # Cloud's API tokens need a user; a token alone means Data Center.
        self._deployment: Deployment = settings.deployment or (
            "cloud" if settings.user else "data-center"
        )

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield what changed since ``cursor``; everything if it is empty or has another scope.

        A batch is up to 1000 issues: their changes and remote links first, then the issues with
        the cursor to resume from. After the batches come a :class:`~connectors.records.Present`
        for each project that has issues, the comments that are wanted, then an empty
        :class:`~connectors.records.Rows` with the cursor of the complete pull.

        Raises:
            SourceError: It cannot continue; messages yielded before remain valid.
        """
        try:
            yield from self._pull(cursor)
        except MissingError:
            # The wrong kind of Jira has no such search endpoint, so nothing has been read yet.
            if self._settings.deployment or self.figures.rows or not self._redetect_deployment():
                raise
            yield from self._pull(cursor)

    def _pull(
        self, cursor: Cursor, jql: str | None = None, told: frozenset[str] = frozenset()
    ) -> Iterator[Message]:
        """A pull, without the projects of the query that Jira does not know any more.

        Args:
            cursor: Of the last pull.
            jql: The query without them; None for that of the settings.
            told: These projects, which have been told of.
        """
        settings = replace(self._settings, jql=jql or self._settings.jql)
        try:
            for message in self._pull_with(settings, cursor):
                if not (isinstance(message, Problem) and _hides(message, told)):
                    yield message
        except RejectedQueryError as error:
            narrowed, unknown = without_unknown_projects(settings.jql, error.details)
            if not unknown:
                raise
            yield from (hidden(project, settings.user) for project in unknown)
            yield from self._pull(cursor, narrowed, told | set(unknown))

    def _pull_with(self, settings: JiraSettings, cursor: Cursor) -> Iterator[Message]:
        service = service_of(self._deployment, self._http, settings.site)
        begun = begin(cursor, self._settings.scope)  # a narrowed query is no other scope
        resumed = self._with_fields(begun, service.epic_maker)
        with OrderedRequests(self._limiter) as requests:
            pull = Pull(settings, self._http, service, self._discovery, resumed, requests)
            for message in pull.messages():
                if isinstance(message, Rows):
                    self.figures.rows += message.table.num_rows
                yield message

    def _with_fields(self, cursor: JiraCursor, maker: str | None) -> JiraCursor:
        """The state to start from, with the wanted names resolved to ids.

        They are resolved anew whenever a pull begins: fields are renamed, and Jira tells nobody.
        One that goes on keeps its own. A field that gets the name of a wanted one has content that
        was never read, so all is read again.
        """
        wanted, last = self._settings.fields, cursor.fields
        measured = (*self._settings.measured, *self._settings.measured_ids)
        if last is not None and (cursor.watermark is not None or not (wanted or measured)):
            return cursor
        known = self._discovery.fields() if wanted or measured or maker else []
        found = with_measured(resolve(wanted, known, last or ()), measured, known)
        if last is not None and not {one.id for one in found} <= {one.id for one in last}:
            cursor = JiraCursor(cursor.scope, epic_link=cursor.epic_link)
        cursor.fields = found
        epic_link = next((one.id for one in known if maker == one.maker), None)
        cursor.epic_link = epic_link or cursor.epic_link
        return cursor

    def whereabouts(self, urls: Mapping[str, str]) -> str:
        """Where issues are that are gone from a project; see :mod:`connectors.jira.whereabouts`."""
        service = service_of(self._deployment, self._http, self._settings.site)
        return whereabouts(lambda one: service.fetch_one(one, ["project"]), urls)

    def _redetect_deployment(self) -> bool:
        """Ask the site for its deployment; returns whether it differs from the assumed one."""
        before, self._deployment = self._deployment, self._discovery.deployment()
        return self._deployment != before

    def check(self) -> Account:
        """Check credential, jql and fields without reading issues; see :class:`Account`.

        Raises:
            SourceError: The error that a pull would raise.
        """
        return self._discovery.check()

    def close(self) -> None:
        """Close connections."""
        self._discovery.close()
        self._http.close()


def _hides(problem: Problem, places: frozenset[str]) -> bool:
    return problem.rule == ProblemRule.PROJECT_NOT_VISIBLE and problem.subject in places
