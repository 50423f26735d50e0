"""One session for the hot reads: JSON bytes in and out, every fault given its name.

What belongs here: sending a request, waiting and asking again, and turning whatever comes back
into bytes of JSON or one of :mod:`connectors.errors`. What does not: decoding the JSON, paging,
and anything that only one service does.
"""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from requests import exceptions as faults
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    MissingError,
    PermanentError,
    SourceError,
    TransientError,
)
from connectors.records import Figures
from connectors.transport.concurrency_limit import ConcurrencyLimiter
from connectors.transport.retry import (
    RetryPolicy,
    call_with_retries,
    parse_http_date,
    parse_retry_after,
)

T = TypeVar("T")

_PASSING = frozenset({408, 409, 425, 429})  # besides these, every 5xx that a repeat can cure
_LASTING_5XX = frozenset({501, 505})
_DETAILS = 300  # characters of a service's own explanation that a message quotes
# Atlassian's way of saying in a 200 that the credential failed and the rest is anonymous's view.
_SERAPH = "X-Seraph-LoginReason"
_SERAPH_REFUSALS = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")
_LOGIN_SIGNS = (b'type="password"', b"login", b"log in", b"sign in", b"signin", b"sso")


class RefusedError(PermanentError):
    """The service understood who asks and refused what was asked (400, 413, 422 and the like).

    ``status`` is the HTTP status, ``details`` the service's own words, shortened.
    """

    def __init__(
        self, source: str, message: str, remedy: str = "", status: int = 400, details: str = ""
    ) -> None:
        super().__init__(source, message, remedy)
        self.status = status
        self.details = details


class Credential(AuthBase):
    """An ``Authorization`` header that shows itself to nobody but the service."""

    def __init__(self, header: str, *secrets: str) -> None:
        self._header = header.encode()
        self._secrets = tuple(secret for secret in (*secrets, header) if secret)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``request``."""
        # requests takes header values as bytes too; its stubs know only str.
        headers: Any = request.headers
        headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return "<credential>"

    @property
    def sendable(self) -> bool:
        """Whether a header may carry it; a pasted line break, for one, may not be there."""
        return self._header.isascii() and self._header.decode().isprintable()

    def redact(self, text: str) -> str:
        """``text`` without any secret that a service may have echoed."""
        for secret in self._secrets:
            text = text.replace(secret, "<secret>")
        return text


def basic_credential(user: str, token: str) -> Credential:
    """User and API token, as Jira Cloud wants them."""
    pair = b64encode(f"{user}:{token}".encode()).decode()
    return Credential(f"Basic {pair}", pair, token)


def bearer_credential(token: str) -> Credential:
    """A bearer token, as Notion and Jira Data Center want it."""
    return Credential(f"Bearer {token}", token)


class Http:
    """A pooled session with one service, for one thread or several.

    Redirects are never followed: the credential stays with the host that the settings name, and
    an address that has moved is said to have moved.

    Args:
        source: The service's name in errors.
        credential: Signs every request.
        figures: Counts requests and bytes as they go.
        policy: How patient to be with transient faults.
        timeouts: Seconds to wait for a connection, and between two bytes of an answer.
        sleep: Waits; tests give their own. A throttle waits in its own way.
        throttle: How many requests may be in flight; it is told what the answers say of limits.

    Attributes:
        last_date: The service's own clock (``Date`` header) at its last answer; None before one.
    """

    def __init__(
        self,
        source: str,
        credential: Credential,
        figures: Figures,
        policy: RetryPolicy | None = None,
        timeouts: tuple[float, float] = (10.0, 120.0),
        sleep: Callable[[float], None] = time.sleep,
        limiter: ConcurrencyLimiter | None = None,
    ) -> None:
        if not credential.sendable:
            # Refused here, because the HTTP library would quote it in its own complaint.
            sentence = "The token holds a line break or a foreign letter."
            raise CredentialError(source, sentence, "Paste it again.")
        self.last_date: datetime | None = None
        self._source = source
        self._credential = credential
        self._figures = figures
        self._policy = policy or RetryPolicy()
        self._timeouts = timeouts
        self._sleep = limiter.pause if limiter else sleep
        self._limiter = limiter
        self._counting = threading.Lock()
        self._session = requests.Session()
        if limiter:
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, HTTPAdapter(pool_maxsize=limiter.maximum))
        self.adopt(self._session)

    def get_json(self, url: str, params: Mapping[str, str] | None = None) -> bytes:
        """The JSON that ``url`` answers, as served.

        Raises:
            SourceError: One of :mod:`connectors.errors`, or :class:`RefusedError`.
        """
        return self._ask("GET", url, params=params)

    def post_json(self, url: str, body: Any) -> bytes:
        """The JSON that ``url`` answers to ``body``, which is sent as JSON.

        Only for reads that a service happens to offer as POST: it is repeated after faults.

        Raises:
            SourceError: One of :mod:`connectors.errors`, or :class:`RefusedError`.
        """
        return self._ask("POST", url, data=msgspec.json.encode(body))

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def adopt(self, session: requests.Session) -> None:
        """Let a client library's ``session`` sign requests and judge answers as this one does.

        A response hook runs before redirects are followed and before the library looks.
        """
        session.auth = self._credential
        session.hooks["response"].append(self._judge)

    def call(self, what: str, request: Callable[[], T]) -> T:
        """Make ``request``, which sends exactly one, until it answers or patience ends.

        Args:
            what: Names the request in errors, such as ``GET https://host/path``.
            request: Sends it through this session or one that was adopted.

        Raises:
            SourceError: One of :mod:`connectors.errors`, or :class:`RefusedError`.
        """

        def once() -> T:
            with self._limiter.slot() if self._limiter else nullcontext():
                with self._counting:
                    self._figures.requests += 1
                try:
                    return request()
                except faults.RequestException as fault:
                    if self._limiter and isinstance(fault, faults.Timeout):
                        self._limiter.throttled(None)
                    # `from None`: a requests exception carries the request, and the credential.
                    raise self._connection_error(fault, what) from None

        own = Figures()  # threads would lose some in a shared count
        try:
            return call_with_retries(once, self._policy, own, sleep=self._sleep)
        finally:
            with self._counting:
                self._figures.retries += own.retries

    def _ask(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> bytes:
        headers = {"Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"

        def request() -> bytes:
            response = self._session.request(
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                timeout=self._timeouts,
                allow_redirects=False,
            )
            return response.content

        return self.call(f"{method} {_place(url)}", request)

    def _connection_error(self, fault: faults.RequestException, what: str) -> SourceError:
        name = type(fault).__name__
        if isinstance(fault, faults.InvalidURL | faults.InvalidSchema | faults.MissingSchema):
            return ConfigurationError(
                self._source,
                f"{what} is not a web address.",
                "Set the service's url to something like https://example.atlassian.net.",
            )
        if isinstance(fault, faults.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(fault):
            return PermanentError(
                self._source,
                f"The certificate shown to {what} is not trusted here.",
                "Let REQUESTS_CA_BUNDLE name your organization's certificates.",
            )
        if isinstance(fault, faults.Timeout):
            return TransientError(
                self._source, f"{what} timed out ({name}).", "Check the network, or try later."
            )
        remedy = "Check the url and the network, or try later."
        return TransientError(self._source, f"{what} broke off ({name}).", remedy)

    def _judge(self, response: requests.Response, **_: Any) -> None:
        """Raise unless ``response`` holds JSON that was meant for us."""
        what = f"{response.request.method} {_place(response.url)}"
        body = response.content
        with self._counting:
            self._figures.bytes += len(body)
        self._steer(response)
        self.last_date = parse_http_date(response.headers.get("Date")) or self.last_date
        if response.status_code >= 300:
            raise self._status_error(response, body, what)
        if any(sign in response.headers.get(_SERAPH, "") for sign in _SERAPH_REFUSALS):
            raise CredentialError(
                self._source,
                f"{what} was answered as if to a stranger: user or token are wrong.",
                "Check user and token: wrong, expired or revoked.",
            )
        if not _is_json(body):
            raise self._not_json(response, body, what)

    def _steer(self, response: requests.Response) -> None:
        """Tell the throttle what the answer says of limits."""
        if self._limiter is None:
            return
        status, headers = response.status_code, response.headers
        if status == 429 or (status >= 500 and "Retry-After" in headers):
            self._limiter.throttled(self._retry_after(response))
            return
        left = headers.get("X-RateLimit-Remaining", "")
        remaining = int(left) if left.isascii() and left.isdigit() else None
        near = headers.get("X-RateLimit-NearLimit", "").lower() == "true"
        if remaining == 0 and (wait := _reset(response)):
            self._limiter.throttled(wait)
        else:
            self._limiter.answered(remaining, near)

    def _not_json(self, response: requests.Response, body: bytes, what: str) -> SourceError:
        if _is_page(response, body) and any(sign in body.lower() for sign in _LOGIN_SIGNS):
            return CredentialError(
                self._source,
                f"{what} answered with a log-in page instead of JSON.",
                "Check user and token, and that the url is the service's own, not a portal's.",
            )
        kind = "a web page" if _is_page(response, body) else "a broken body"
        return TransientError(
            self._source,
            f"{what} answered {response.status_code} with {kind} instead of JSON.",
            "Try later; if it stays, check the url.",
            self._retry_after(response),
        )

    def _status_error(self, response: requests.Response, body: bytes, what: str) -> SourceError:
        status = response.status_code
        said = f"{what} answered {status}"
        if 300 <= status < 400:
            return self._moved(response, said)
        details = self._credential.redact(_explanation(body))
        message = f"{said}: {details}" if details else f"{said}."
        if status in _PASSING or (status >= 500 and status not in _LASTING_5XX):
            wait = self._retry_after(response)
            return TransientError(self._source, message, "Try later.", wait)
        if status == 401:
            return CredentialError(
                self._source, message, "Check user and token: wrong, expired or revoked."
            )
        if status == 403:
            return AccessError(
                self._source, message, "Give the credential's owner the right to see this."
            )
        if status in (404, 410):
            return MissingError(self._source, message, "Check the url and the ids in the settings.")
        return RefusedError(
            self._source, message, "Check the settings of this source.", status, details
        )

    def _moved(self, response: requests.Response, said: str) -> SourceError:
        target = urljoin(response.url, response.headers.get("Location", ""))
        if any(sign in target.lower().encode() for sign in _LOGIN_SIGNS):
            return CredentialError(
                self._source, f"{said}: it wants a log-in.", "Check user and token."
            )
        return MissingError(
            self._source,
            f"{said}: it has moved to {self._credential.redact(_place(target))}.",
            "Set the url to the new address; redirects are not followed.",
        )

    @staticmethod
    def _retry_after(response: requests.Response) -> float | None:
        wait = parse_retry_after(response.headers.get("Retry-After"), _served_at(response))
        if wait is not None or response.status_code != 429:
            return wait
        return _reset(response)


def _place(url: str) -> str:
    """``url`` without what may hold a secret: user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else f"{host}{parts.path}"


def _is_json(body: bytes) -> bool:
    """Whether ``body`` is one whole JSON value; a truncated one is not."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_page(response: requests.Response, body: bytes) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower() or body.lstrip()[:1] == b"<"


def _explanation(body: bytes) -> str:
    """The service's own words in an error body; nothing when it is a page or empty."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    words = " ".join(" ".join(_strings(found)).split())
    return words if len(words) <= _DETAILS else words[:_DETAILS] + "…"


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}: {text}" for key in value for text in _strings(value[key])]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def _served_at(response: requests.Response) -> datetime:
    return parse_http_date(response.headers.get("Date")) or datetime.now(UTC)


def _reset(response: requests.Response) -> float | None:
    """Seconds until the service counts requests anew, an ISO 8601 instant, where it says so."""
    try:
        until = datetime.fromisoformat(response.headers.get("X-RateLimit-Reset", ""))
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - _served_at(response)).total_seconds())
