"""An HTTP session for JSON APIs, with every fault mapped to an error of ``connectors.errors``.

What belongs here: sending requests with retries, and turning a response into the bytes of its JSON
or one of :mod:`connectors.errors`. What does not: decoding the JSON, paging, and anything that
only one service does.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
import requests
from requests import exceptions as faults
from requests.adapters import DEFAULT_POOLSIZE

from connectors.errors import (
    AccessError,
    ConfigurationError,
    CredentialError,
    MissingError,
    PermanentError,
    SourceError,
    TransientError,
    UnreadableResponseError,
    blaming,
)
from connectors.records import Figures
from connectors.secrets import bare_address, redact
from connectors.transport.bounds import (
    MOVED_TO,
    BoundedAdapter,
    PullTime,
    TooLargeBodyError,
    joined,
    shortened,
)
from connectors.transport.concurrency_limit import ConcurrencyLimiter
from connectors.transport.connections import unconnected, why_unconnected
from connectors.transport.credential import Credential
from connectors.transport.login_pages import (
    asks_to_log_in,
    is_login_page,
    is_of_jira,
    is_page,
    login_page,
    sent_to_log_in,
)
from connectors.transport.retry import (
    RetryPolicy,
    call_with_retries,
    parse_http_date,
    parse_retry_after,
)

T = TypeVar("T")

_TRANSIENT = frozenset({408, 409, 425, 429})  # and every 5xx that is not permanent
_PERMANENT_5XX = frozenset({501, 505})
# With this header in a 200, Jira says that the credential failed and an anonymous user is served.
_NO_RIGHT = (
    "Ask an administrator of the service why the account has no access any more: to the product,"
    " by its token's scopes, or from this address."
)
_SERAPH = "X-Seraph-LoginReason"
_SERAPH_REFUSALS = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")


class RefusedError(PermanentError):
    """The service accepted the credential and rejected the request (400, 413, 422 and the like).

    ``status`` is the HTTP status, ``details`` the service's own explanation, shortened.
    """

    def __init__(
        self, source: str, message: str, remedy: str = "", status: int = 400, details: str = ""
    ) -> None:
        super().__init__(source, message, remedy)
        self.status = status
        self.details = details


class Http:
    """A pooled session with one service, usable from several threads.

    Redirects are never followed: the credential stays with the host that the settings name, and a
    moved address is an error.

    Args:
        source: The service's name in errors.
        credential: Signs every request.
        figures: Counts requests and bytes.
        policy: How often and how long to retry.
        timeouts: Seconds to wait for a connection, and between two bytes of a response.
        sleep: Waits between attempts; replaced in tests. Ignored with a limiter, which has its own.
        limiter: Limits the requests in flight, from what the responses say of the service's limits.

    Attributes:
        last_date: The service's clock (``Date`` header) at its latest response; None before one.
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
            # Rejected here, because the HTTP library would quote it in its own error.
            sentence = "The token contains a line break or a non-ASCII character."
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
        self._time = PullTime(source)
        self._session = requests.Session()
        self.adopt(self._session)

    def get_json(self, url: str, params: Mapping[str, str] | None = None) -> bytes:
        """GET ``url``, and return the JSON as served.

        Raises:
            SourceError: One of :mod:`connectors.errors`, or :class:`RefusedError`.
        """
        return self._ask("GET", url, params=params)

    def post_json(self, url: str, body: Any) -> bytes:
        """POST ``body`` as JSON to ``url``, and return the JSON as served.

        Only for reads that a service offers as POST: the request is retried.

        Raises:
            SourceError: One of :mod:`connectors.errors`, or :class:`RefusedError`.
        """
        return self._ask("POST", url, data=msgspec.json.encode(body))

    def close(self) -> None:
        """Close connections."""
        self._session.close()

    def adopt(self, session: requests.Session) -> None:
        """Make a client library's ``session`` sign, bound and check requests as this one does.

        A response hook runs before redirects are followed and before the library reads the
        response.
        """
        connections = self._limiter.maximum if self._limiter else DEFAULT_POOLSIZE
        for scheme in ("http://", "https://"):
            session.mount(scheme, BoundedAdapter(pool_maxsize=connections))
        session.auth = self._credential
        session.hooks["response"].append(self._judge)

    def call(self, what: str, request: Callable[[], T]) -> T:
        """Call ``request``, which sends exactly one HTTP request, with retries.

        Args:
            what: The request's name in errors, such as ``GET https://host/path``.
            request: Sends it through this session or an adopted one.

        Raises:
            SourceError: One of :mod:`connectors.errors`, or :class:`RefusedError`.
        """

        def once() -> T:
            self._time.check()
            with self._limiter.slot() if self._limiter else nullcontext():
                with self._counting:
                    self._figures.requests += 1
                try:
                    return request()
                except faults.RequestException as fault:
                    if self._limiter and isinstance(fault, faults.Timeout):
                        self._limiter.throttled(None)
                    # `from None`: a requests exception holds the request with the credential.
                    raise self._connection_error(fault, what) from None

        own = Figures()  # a shared counter would lose increments between threads
        try:
            return call_with_retries(once, self._policy, own, sleep=self._sleep)
        finally:
            with self._counting:
                self._figures.retries += own.retries
                self._figures.waited += own.waited

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

        return self.call(f"{method} {bare_address(url)}", request)

    def _connection_error(self, fault: faults.RequestException, what: str) -> SourceError:
        name = type(fault).__name__
        if isinstance(fault, faults.InvalidURL | faults.InvalidSchema | faults.MissingSchema):
            error = ConfigurationError(
                self._source,
                f"{what} is not a web address.",
                "Set the service's url to something like https://example.atlassian.net.",
            )
            return blaming(error, "url")
        if isinstance(fault, TooLargeBodyError):
            return UnreadableResponseError(self._source, f"{what} {fault}.", "Check the url.")
        if isinstance(fault, faults.Timeout):
            said = f"{what} timed out ({name})."
            late = TransientError(
                self._source, said, "Check the url and the network, or try later."
            )
            return blaming(late, "url")
        return unconnected(self._source, what, why_unconnected(fault))

    def _judge(self, response: requests.Response, **_: Any) -> None:
        """Raise unless ``response`` is a successful one with JSON, for an authenticated user."""
        what = f"{response.request.method} {bare_address(response.url)}"
        body = response.content
        with self._counting:
            self._figures.bytes += len(body)
        self._steer(response)
        self.last_date = parse_http_date(response.headers.get("Date")) or self.last_date
        if response.status_code >= 300:
            raise self._status_error(response, body, what)
        if any(sign in response.headers.get(_SERAPH, "") for sign in _SERAPH_REFUSALS):
            raise self._refused(f"{what} was answered as for an anonymous user.")
        try:
            whole = _is_json(body)
        except RecursionError:
            sentence = f"{what} answered with JSON that nests too deeply to be read."
            raise UnreadableResponseError(self._source, sentence, "Check the url.") from None
        if not whole:
            raise self._not_json(response, body, what)

    def _steer(self, response: requests.Response) -> None:
        """Pass on to the limiter what the response says of the service's limits."""
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
        served = response.headers.get("Content-Type", "")
        if is_login_page(served, body):
            if is_of_jira(response.headers, body, response.url):
                return self._refused(f"{what} was answered with Jira's own log-in page.")
            said = f"{what} answered {response.status_code}"
            wait = self._retry_after(response)
            return login_page(self._source, said, response.url, body, wait)
        kind = "a web page" if is_page(served, body) else "a broken body"
        error = TransientError(
            self._source,
            f"{what} answered {response.status_code} with {kind} instead of JSON.",
            "Try later; if it persists, check the url.",
            self._retry_after(response),
        )
        return blaming(error, "url")

    def _status_error(self, response: requests.Response, body: bytes, what: str) -> SourceError:
        status = response.status_code
        said = f"{what} answered {status}"
        if 300 <= status < 400:
            return self._moved(response, said)
        details = _explanation(body)
        message = f"{said}: {details}" if details else f"{said}."
        if status in _TRANSIENT or (status >= 500 and status not in _PERMANENT_5XX):
            wait = self._retry_after(response)
            return TransientError(self._source, message, "Try later.", wait)
        if status == 401:
            return CredentialError(self._source, message, self._credential.renewal)
        if status == 403:
            return blaming(AccessError(self._source, message, _NO_RIGHT), "user", "token")
        if status in (404, 410):
            return MissingError(self._source, message, "Check the url and the ids in the settings.")
        return RefusedError(
            self._source, message, "Check the settings of this source.", status, details
        )

    def _moved(self, response: requests.Response, said: str) -> SourceError:
        target = joined(response.url, response.headers.get(MOVED_TO, ""))
        if asks_to_log_in(target.encode()):
            if is_of_jira(response.headers, response.content, response.url, target):
                return self._refused(f"{said}: Jira sends to its own log-in page.")
            return sent_to_log_in(self._source, said, response.url, target)
        error = MissingError(
            self._source,
            f"{said}: it has moved to {shortened(bare_address(target))}.",
            "Set the url to the new address; redirects are not followed.",
        )
        return blaming(error, "url")

    def _refused(self, said: str) -> SourceError:
        return CredentialError(self._source, said, self._credential.renewal)

    @staticmethod
    def _retry_after(response: requests.Response) -> float | None:
        wait = parse_retry_after(response.headers.get("Retry-After"), _served_at(response))
        if wait is not None or response.status_code != 429:
            return wait
        return _reset(response)


def _is_json(body: bytes) -> bool:
    """Whether ``body`` is one complete JSON value.

    Raises:
        RecursionError: It nests too deeply to tell.
    """
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _explanation(body: bytes) -> str:
    """The service's explanation in an error body; empty for a web page or an empty body."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    return shortened(redact(" ".join(_strings(found))))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}: {text}" for key in value for text in _strings(value[key])]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def _served_at(response: requests.Response) -> datetime:
    return parse_http_date(response.headers.get("Date")) or datetime.now(UTC)


def _reset(response: requests.Response) -> float | None:
    """Seconds until the rate limit resets (an ISO 8601 instant); None where it is not given."""
    try:
        until = datetime.fromisoformat(response.headers.get("X-RateLimit-Reset", ""))
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - _served_at(response)).total_seconds())
