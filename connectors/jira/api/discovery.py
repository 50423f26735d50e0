"""What the site is, who we are there, and which fields it has: asked through the `jira` library.

Bulk reads do not go this way: the library holds all pages in memory and knows no bulk endpoints.
Its session is made to sign and judge as :class:`connectors.transport.http.Http` does, so it neither
follows redirects with the credential nor retries in its own way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jira import JIRA

from connectors.errors import ConfigurationError
from connectors.jira.api.cloud import Cloud
from connectors.jira.api.datacenter import DataCenter
from connectors.jira.api.search import Service, query
from connectors.jira.decode.fields import Field, read_fields, resolve
from connectors.jira.settings import Deployment, JiraSettings
from connectors.transport.http import Http


@dataclass(frozen=True, slots=True)
class Account:
    """What a check found.

    Attributes:
        title: The site's name.
        version: Its version.
        deployment: Which kind of Jira it is.
        user: The name of the token's owner.
        time_zone: The owner's time zone in Jira.
        fields: The wanted fields, found.
        sees_issues: Whether the jql finds any issue.
    """

    title: str
    version: str
    deployment: Deployment
    user: str
    time_zone: str
    fields: tuple[Field, ...]
    sees_issues: bool


class Discovery:
    """The rare questions.

    Args:
        http: Signs, judges, counts and repeats the library's requests.
        settings: Tells the site.
    """

    def __init__(self, http: Http, settings: JiraSettings) -> None:
        self._http = http
        self._settings = settings
        # Version 2, because these questions are answered alike by both kinds of Jira there.
        # The library would pick up proxies and credentials of its own accord only when asked to
        # log in, so it is not: the session is signed by `adopt`.
        self._client = JIRA(
            options={"server": settings.site, "rest_api_version": "2"},
            get_server_info=False,
            max_retries=0,
            timeout=settings.timeouts,
        )
        http.adopt(self._client._session)

    def fields(self) -> list[Field]:
        """Every field that the token's owner may see."""
        return read_fields(self._ask("field", self._client.fields))

    def deployment(self) -> Deployment:
        """Which kind of Jira it is, by its own word."""
        return _deployment(self._ask("serverInfo", self._client.server_info))

    def check(self) -> Account:
        """Try what a pull will need; four requests.

        Raises:
            SourceError: What a pull would fail with.
        """
        server = self._ask("serverInfo", self._client.server_info)
        deployment = _deployment(server)
        if self._settings.deployment not in (None, deployment):
            raise ConfigurationError(
                "jira",
                f"{self._settings.site} is not {self._settings.deployment}, "
                f"but says of itself: {server.get('deploymentType')}.",
                f"Set deployment to {deployment}, or leave it out.",
            )
        me = self._ask("myself", self._client.myself)
        found = resolve(self._settings.fields, self.fields())
        service = service_of(deployment, self._http, self._settings.site)
        first = service.search(query(self._settings.jql), ["key"], 1, None)
        return Account(
            title=server.get("serverTitle") or "",
            version=server.get("version") or "",
            deployment=deployment,
            user=me.get("displayName") or "",
            time_zone=me.get("timeZone") or "",
            fields=found,
            sees_issues=bool(first.issues),
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client._session.close()

    def _ask(self, path: str, request: Callable[[], Any]) -> Any:
        return self._http.call(f"GET {self._settings.site}/rest/api/2/{path}", request)


def service_of(deployment: Deployment, http: Http, site: str) -> Service:
    """How that kind of Jira is asked."""
    return Cloud(http, site) if deployment == "cloud" else DataCenter(http, site)


def _deployment(server: Any) -> Deployment:
    return "cloud" if server.get("deploymentType") == "Cloud" else "data-center"
