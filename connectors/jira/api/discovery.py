"""Metadata of a Jira site through the `jira` library: server, account, fields.

What belongs here: rare requests. What does not: bulk reads, because the library keeps all pages in
memory and has no bulk endpoints.

The library's session signs requests and checks responses as
:class:`connectors.transport.http.Http` does, so it neither follows redirects with the credential
nor retries in its own way.
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
    """The result of a check.

    Attributes:
        title: The site's name.
        version: Its version.
        deployment: Which kind of Jira it is.
        user: The name of the token's owner.
        time_zone: The owner's time zone in Jira.
        fields: The wanted fields, resolved.
        sees_issues: Whether the jql matches any issue.
    """

    title: str
    version: str
    deployment: Deployment
    user: str
    time_zone: str
    fields: tuple[Field, ...]
    sees_issues: bool


class Discovery:
    """Requests for metadata.

    Args:
        http: Signs, counts, checks and retries the library's requests.
        settings: Names the site.
    """

    def __init__(self, http: Http, settings: JiraSettings) -> None:
        self._http = http
        self._settings = settings
        # In version 2 these endpoints are the same on Cloud and Data Center.
        # The library picks up other credentials and proxies only when it logs in, so it does not
        # log in: `adopt` signs its session.
        self._client = JIRA(
            options={"server": settings.site, "rest_api_version": "2"},
            get_server_info=False,
            max_retries=0,
            timeout=settings.timeouts,
        )
        http.adopt(self._client._session)

    def fields(self) -> list[Field]:
        """Every field visible to the token's owner."""
        return read_fields(self._ask("field", self._client.fields))

    def deployment(self) -> Deployment:
        """Which kind of Jira the site reports to be."""
        return _deployment(self._ask("serverInfo", self._client.server_info))

    def check(self) -> Account:
        """Check what a pull needs, in four requests.

        Raises:
            SourceError: The error that a pull would raise.
        """
        server = self._ask("serverInfo", self._client.server_info)
        deployment = _deployment(server)
        if self._settings.deployment not in (None, deployment):
            raise ConfigurationError(
                "jira",
                f"{self._settings.site} is not {self._settings.deployment}, "
                f"but reports: {server.get('deploymentType')}.",
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
        """Close connections."""
        self._client._session.close()

    def _ask(self, path: str, request: Callable[[], Any]) -> Any:
        return self._http.call(f"GET {self._settings.site}/rest/api/2/{path}", request)


def service_of(deployment: Deployment, http: Http, site: str) -> Service:
    """The API of that kind of Jira."""
    return Cloud(http, site) if deployment == "cloud" else DataCenter(http, site)


def _deployment(server: Any) -> Deployment:
    return "cloud" if server.get("deploymentType") == "Cloud" else "data-center"
