"""Jira as a source: who asks, which kind of Jira it is, and what a pull begins from."""

from collections.abc import Callable, Iterator

from connectors.errors import MissingError
from connectors.jira.api.discovery import Account, Discovery, service_of
from connectors.jira.cursor import begin
from connectors.jira.pull import Pull
from connectors.jira.settings import Deployment, JiraSettings
from connectors.records import Cursor, Figures, Message, Rows
from connectors.transport.concurrency_limit import ConcurrencyLimiter
from connectors.transport.credential import basic_credential, bearer_credential
from connectors.transport.http import Http
from connectors.transport.in_flight import OrderedRequests


class JiraSource:
    """Jira, Cloud or Data Center: ``jira_issues``, ``jira_changes`` and ``jira_remote_links``.

    Args:
        settings: Where and what.
        sleep: Waits between attempts; tests give their own.
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
        # Cloud's API tokens need a user beside them; who has only a token has another kind.
        self._deployment: Deployment = settings.deployment or (
            "cloud" if settings.user else "data-center"
        )

    def pull(self, cursor: Cursor) -> Iterator[Message]:
        """Yield what changed since ``cursor``; everything, if it is empty or for other settings.

        A batch is up to 1000 issues: their changes and remote links come first, the issues last,
        with the cursor to go on from. Then :class:`~connectors.records.Present` for each project
        that has issues, and an empty :class:`~connectors.records.Rows` with the cursor of the
        complete pull.

        Raises:
            SourceError: It cannot go on; what was yielded stands.
        """
        try:
            yield from self._pull(cursor)
        except MissingError:
            # A Jira that was taken for the wrong kind has no such search and has read nothing.
            if self._settings.deployment or self.figures.rows or not self._redetect_deployment():
                raise
            yield from self._pull(cursor)

    def _pull(self, cursor: Cursor) -> Iterator[Message]:
        resumed = begin(cursor, self._settings.scope)
        service = service_of(self._deployment, self._http, self._settings.site)
        with OrderedRequests(self._limiter) as requests:
            pull = Pull(self._settings, self._http, service, self._discovery, resumed, requests)
            for message in pull.messages():
                if isinstance(message, Rows):
                    self.figures.rows += message.table.num_rows
                yield message

    def _redetect_deployment(self) -> bool:
        """Whether it is the other kind of Jira; from now on it is taken for that."""
        before, self._deployment = self._deployment, self._discovery.deployment()
        return self._deployment != before

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
