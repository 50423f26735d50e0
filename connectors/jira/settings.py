"""What a pull of Jira must be told. Reading it from a file is not done here."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

import msgspec

Deployment = Literal["cloud", "data-center"]
"""The two kinds of Jira; Server speaks as Data Center does."""


@dataclass(frozen=True, slots=True)
class JiraSettings:
    """Where Jira is, who asks, and what is wanted of it.

    Attributes:
        url: The site, such as ``https://example.atlassian.net``.
        user: The e-mail address that the token belongs to (on Data Center a user name); None for
            a bearer token, such as Data Center's personal access tokens.
        token: The API token, personal access token or password.
        jql: Which issues are wanted; an ``ORDER BY`` in it is ignored.
        fields: Names or ids of the fields wanted as cells, besides the columns of every issue.
        initiatives: Names of the issue types whose remote links are read, one request an issue.
        page_size: Issues asked for in one search page; Jira may serve fewer.
        in_flight: The most requests at once; how many there really are, the service's own
            headers decide. Six bring issues faster than they can be decoded, and more threads
            would each hold on to memory.
        timeouts: Seconds to wait for a connection, and between two bytes of an answer.
        deployment: Which kind of Jira it is; None to find out.
    """

    url: str
    user: str | None
    token: str = field(repr=False)
    jql: str
    fields: tuple[str, ...] = ()
    initiatives: tuple[str, ...] = ()
    page_size: int = 100
    in_flight: int = 6
    timeouts: tuple[float, float] = (10.0, 120.0)
    deployment: Deployment | None = None

    @property
    def site(self) -> str:
        """The url without a slash at its end."""
        return self.url.rstrip("/")

    @property
    def scope(self) -> str:
        """A digest of what is asked for; when it changes, everything must be read anew."""
        asked = [self.site, self.jql, sorted(self.fields), sorted(self.initiatives)]
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]
