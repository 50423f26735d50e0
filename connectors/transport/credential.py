"""How requests are signed: an ``Authorization`` header that is never shown.

What belongs here: credentials that are one fixed header. What does not: sign-ins that fetch a token
first (``sheets.credentials``).
"""

from base64 import b64encode
from typing import Any

import requests
from requests.auth import AuthBase

from connectors.secrets import remember


class Credential(AuthBase):
    """An ``Authorization`` header that never appears in a repr, a log or an error.

    Attributes:
        renewal: What to do once it is refused, in sentences.
    """

    def __init__(self, header: str, *secrets: str, renewal: str) -> None:
        self.renewal = renewal
        self._header = header.encode()
        remember(*secrets)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``request``."""
        # requests accepts header values as bytes, too; its stubs only know str.
        headers: Any = request.headers
        headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return "<credential>"

    @property
    def sendable(self) -> bool:
        """Whether it is a valid header value; a pasted line break, for one, is not."""
        return self._header.isascii() and self._header.decode().isprintable()


def basic_credential(user: str, token: str) -> Credential:
    """User and API token, as Jira Cloud expects them."""
    pair = b64encode(f"{user}:{token}".encode()).decode()
    return Credential(f"Basic {pair}", pair, token, renewal=_OF_CLOUD.replace("{user}", user))


def bearer_credential(token: str) -> Credential:
    """A bearer token, as Jira Data Center expects it."""
    return Credential(f"Bearer {token}", token, renewal=_OF_DATA_CENTER)


_OF_CLOUD = (
    "User or token is wrong, expired or revoked. Signed in as {user}, make a new token at"
    " https://id.atlassian.com/manage-profile/security/api-tokens."
)
_OF_DATA_CENTER = (
    "The token is wrong, expired or revoked. Make a new one in Jira, in the account's profile under"
    " Personal Access Tokens."
)
