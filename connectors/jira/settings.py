"""What a pull of Jira must be told. Reading it from a file is not done here."""

import hashlib
from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True)
class JiraSettings:
    """Where Jira is, who asks, and what is wanted of it.

    Attributes:
        url: The site, such as ``https://example.atlassian.net``.
        user: The e-mail address that the token belongs to.
        token: The API token.
        jql: Which issues are wanted; an ``ORDER BY`` in it is ignored.
        fields: Names or ids of the fields wanted as cells, besides the columns of every issue.
        initiatives: Names of the issue types whose remote links are read, one request an issue.
        page_size: Issues asked for in one search page; Jira may serve fewer.
        timeouts: Seconds to wait for a connection, and between two bytes of an answer.
    """

    url: str
    user: str
    token: str = field(repr=False)
    jql: str
    fields: tuple[str, ...] = ()
    initiatives: tuple[str, ...] = ()
    page_size: int = 100
    timeouts: tuple[float, float] = (10.0, 120.0)

    @property
    def site(self) -> str:
        """The url without a slash at its end."""
        return self.url.rstrip("/")

    @property
    def scope(self) -> str:
        """A digest of what is asked for; when it changes, everything must be read anew."""
        asked = [self.site, self.jql, sorted(self.fields), sorted(self.initiatives)]
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]
