"""The settings of the Jira connector.

What belongs here: their shape. What does not: reading them from a file.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

import msgspec

Deployment = Literal["cloud", "data-center"]
"""The two kinds of Jira; Server has the same API as Data Center."""


@dataclass(frozen=True, slots=True)
class JiraSettings:
    """The site, the credential, and what to read.

    Attributes:
        url: The site, such as ``https://example.atlassian.net``.
        user: The e-mail address that the token belongs to (on Data Center a user name); None for
            a bearer token, such as Data Center's personal access tokens.
        token: The API token, personal access token or password.
        jql: Selects the issues to read; an ``ORDER BY`` in it is ignored.
        fields: Names or ids of the fields wanted as cells, besides the columns of every issue.
        measured: Names or ids of further fields that measures need; those that there are not are
            left out.
        measured_ids: Ids of fields that have had one of these names; no part of ``scope``.
        initiatives: Names or ids of the issue types whose remote links are read, one request per
            issue.
        initiative_types: Ids of issue types that have had one of these names; no part of ``scope``.
        comments: Names or ids of the issue types whose comments are read, one request per hundred
            changed issues.
        comment_types: Ids of issue types that have had one of these names; no part of ``scope``.
        page_size: Issues requested per search page; Jira may serve fewer.
        in_flight: Upper bound of the concurrency limit. Six requests in flight bring issues faster
            than they can be decoded, and more threads would only take more memory.
        timeouts: Seconds to wait for a connection, and between two bytes of a response.
        deployment: Which kind of Jira it is; None to detect it.
    """

    url: str
    user: str | None
    token: str = field(repr=False)
    jql: str
    fields: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    measured_ids: tuple[str, ...] = ()
    initiatives: tuple[str, ...] = ()
    initiative_types: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    comment_types: tuple[str, ...] = ()
    page_size: int = 100
    in_flight: int = 6
    timeouts: tuple[float, float] = (10.0, 120.0)
    deployment: Deployment | None = None

    @property
    def site(self) -> str:
        """The url without a trailing slash."""
        return self.url.rstrip("/")

    def is_initiative(self, type_id: str | None, type_name: str | None) -> bool:
        """Whether issues of this type are initiatives, by its id or its name in any case."""
        return _is_one_of(type_id, type_name, self.initiatives, self.initiative_types)

    def has_comments(self, type_id: str | None, type_name: str | None) -> bool:
        """Whether the comments on issues of this type are read, likewise."""
        return _is_one_of(type_id, type_name, self.comments, self.comment_types)

    @property
    def scope(self) -> str:
        """A digest of what is read; when it changes, a full pull is needed."""
        asked = [self.site, self.jql, sorted(self.fields), sorted(self.initiatives)]
        asked += [sorted(self.comments)] if self.comments else []
        asked += [["measured", *sorted(self.measured)]] if self.measured else []
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]


def _is_one_of(
    type_id: str | None, type_name: str | None, words: tuple[str, ...], ids: tuple[str, ...]
) -> bool:
    if type_id is not None and type_id in (*words, *ids):
        return True
    return type_name is not None and type_name.casefold() in {word.casefold() for word in words}
