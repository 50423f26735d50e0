"""Requests to Notion through its official client.

What belongs here: the calls that a pull and what is written need, retries, the rate limiter,
counters, and mapping the client's exceptions to :mod:`connectors.errors`. What does not: paging,
and which data sources are read. Thread-safe.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from notion_client import Client
from notion_client.errors import (
    HTTPResponseError,
    InvalidPathParameterError,
    RequestTimeoutError,
)

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
from connectors.secrets import bare_address, remember
from connectors.transport.bounds import (
    MOVED_TO,
    PullTime,
    TooLargeBodyError,
    joined,
    shortened,
)
from connectors.transport.connections import unconnected
from connectors.transport.httpx_bridge import BoundedTransport, UnconnectedError
from connectors.transport.login_pages import (
    asks_to_log_in,
    is_login_page,
    login_page,
    sent_to_log_in,
)
from connectors.transport.paged_list import PagedList
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import (
    RetryPolicy,
    call_with_retries,
    parse_http_date,
    parse_retry_after,
)

NotionVersion = Literal["2025-09-03", "2026-03-11"]
"""The API versions with data sources; the later one has ``in_trash`` instead of ``archived``."""
PAGE_SIZE = 100

_TRANSIENT = frozenset({408, 409, 425, 429})  # and every 5xx, including 529
_TOO_FAST = frozenset({429, 529})
SHARE = (
    "Open it in Notion. If it is in the trash, restore it; else choose ··· → Connections, and"
    " share it with the integration. Check its id only if it was never read."
)
_LOG = logging.getLogger(__name__)

Json = dict[str, Any]


class _TooFastError(TransientError):
    """A request that was refused for its rate, unread."""


class NotionClient:
    """Requests to one workspace, each repeated as its kind allows.

    Args:
        url: The service's address, without ``/v1``.
        token: The integration's secret.
        figures: Counts every request sent, retries included.
        policy: How often and how long to retry.
        timeout: Seconds to wait for a connection, and between two bytes of a response.
        rate_limiter: Limits the requests per minute.
        version: The API version.
    """

    def __init__(
        self,
        url: str,
        token: str,
        figures: Figures,
        policy: RetryPolicy,
        timeout: float,
        rate_limiter: RateLimiter,
        version: NotionVersion = "2025-09-03",
    ) -> None:
        remember(token)
        self._figures = figures
        self._policy = policy
        self._rate_limiter = rate_limiter
        self._counting = threading.Lock()
        self._time = PullTime("notion")
        self._served_at: datetime | None = None
        hooks: dict[str, list[Callable[..., Any]]] = {
            "request": [self._count_request],
            "response": [self._note_response],
        }
        self._client = Client(
            client=httpx.Client(transport=BoundedTransport(), event_hooks=hooks),
            auth=token,
            base_url=url.rstrip("/"),
            notion_version=version,
            timeout_ms=round(timeout * 1000),
            retry=False,
            logger=_LOG,
            # The client would log a warning for every response that is then retried.
            log_level=logging.ERROR,
        )

    @property
    def served_at(self) -> datetime:
        """The service's clock at its latest response; this machine's clock before one."""
        return self._served_at or datetime.now(UTC)

    def shared_data_sources(self) -> Json:
        """The first 100 data sources that the integration may see, each with title and schema.

        Notion's search lags: a data source shared a moment ago may be missing.
        """
        wanted = {"property": "object", "value": "data_source"}
        return self._ask(
            "the list of data sources",
            lambda: self._client.search(filter=wanted, page_size=PAGE_SIZE),
        )

    def database(self, database_id: str) -> Json:
        """A database: its title and its data sources."""
        return self._ask(
            f"database {database_id}", lambda: self._client.databases.retrieve(database_id)
        )

    def data_source(self, data_source_id: str) -> Json:
        """A data source: its title and schema."""
        return self._ask(
            f"data source {data_source_id}",
            lambda: self._client.data_sources.retrieve(data_source_id),
        )

    def pages(self, data_source_id: str, since: str | None, start_cursor: str | None) -> Json:
        """One page of up to 100 pages of a data source, oldest first.

        ``since`` is a ``created_time``: only pages created then or later are returned.
        """
        question: Json = {
            "page_size": PAGE_SIZE,
            "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
            "start_cursor": start_cursor,
        }
        if since:
            question["filter"] = {
                "timestamp": "created_time",
                "created_time": {"on_or_after": since},
            }
        return self._ask(
            f"data source {data_source_id}",
            lambda: self._client.data_sources.query(data_source_id, **question),
        )

    def property_items(self, page_id: str, property_id: str, start_cursor: str | None) -> Json:
        """One page of up to 100 items of a page's property."""
        return self._ask(
            f"property {property_id} of page {page_id}",
            lambda: self._client.pages.properties.retrieve(
                page_id, property_id, start_cursor=start_cursor, page_size=PAGE_SIZE
            ),
        )

    def comments(self, page_id: str, start_cursor: str | None) -> Json:
        """Up to 100 comments on a page whose discussions are not resolved, oldest first."""
        return self._ask(
            f"the comments on page {page_id}",
            lambda: self._client.comments.list(
                block_id=page_id, start_cursor=start_cursor, page_size=PAGE_SIZE
            ),
        )

    def user(self, user_id: str) -> Json:
        """A person or bot."""
        return self._ask(f"user {user_id}", lambda: self._client.users.retrieve(user_id))

    def children(self, block_id: str, start_cursor: str | None) -> Json:
        """Up to 100 of the blocks of a page, in their order."""
        return self._ask(
            f"the content of page {block_id}",
            lambda: self._client.blocks.children.list(
                block_id, start_cursor=start_cursor, page_size=PAGE_SIZE
            ),
        )

    def create_page(self, parent: Json, properties: Json, children: Sequence[Json]) -> Json:
        """A new page with up to 100 blocks, all of it or nothing.

        It is not repeated where it may have been carried out without an answer: the caller looks
        first whether there is one.
        """
        return self._ask(
            f"a new page in {next(iter(parent.values()))}",
            lambda: self._client.pages.create(
                parent=parent, properties=properties, children=list(children)
            ),
            writes=True,
        )

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _ask(self, what: str, call: Callable[[], Any], *, writes: bool = False) -> Json:
        """What a call returns.

        Args:
            what: What is asked for, as errors name it.
            call: Sends the request.
            writes: Whether a second request does harm if the first was carried out without an
                answer; it is then repeated only where Notion refused it unread.
        """

        def once() -> Json:
            try:
                return self._attempt(what, call, own, writes)
            except _TooFastError:
                raise
            except TransientError as error:
                if not writes:
                    raise
                raise PermanentError("notion", error.message, error.remedy) from None

        # A shared counter would lose increments between threads.
        own = Figures()
        try:
            return call_with_retries(once, self._policy, own, sleep=self._rate_limiter.pause)
        finally:
            with self._counting:
                self._figures.retries += own.retries
                self._figures.waited += own.waited

    def _attempt(self, what: str, call: Callable[[], Any], own: Figures, writes: bool) -> Json:
        self._time.check()
        own.waited += self._rate_limiter.take()
        try:
            answer = call()
        # `from None`: the client's exceptions hold the request with the token.
        except TooLargeBodyError as fault:
            sentence = f"The response to the request for {what} is too large: it {fault}."
            raise UnreadableResponseError("notion", sentence, "Check the url.") from None
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise _connection_error(fault, what) from None
        except RequestTimeoutError:
            raise _timed_out(what) from None
        except InvalidPathParameterError:
            raise PermanentError("notion", f"{what} has an invalid id.") from None
        except HTTPResponseError as error:
            raise self._status_error(error, what, writes) from None
        except RecursionError:
            sentence = f"{what} was answered with JSON that nests too deeply to be read."
            raise UnreadableResponseError("notion", sentence, "Check the url.") from None
        except ValueError:
            raise _not_json(what) from None
        if not isinstance(answer, dict):
            raise _not_json(what)
        self._rate_limiter.answered()
        return answer

    def _status_error(self, error: HTTPResponseError, what: str, writes: bool) -> SourceError:
        status = error.status
        said = f"{what} answered {status}: {shortened(str(error))}"
        if status in _TRANSIENT or status >= 500:
            wait = parse_retry_after(error.headers.get("Retry-After"), self.served_at)
            if status in _TOO_FAST:
                self._rate_limiter.throttled(wait)
                return _TooFastError("notion", said, "Try later.", wait)
            return TransientError("notion", said, "Try later.", wait)
        if status == 401:
            return CredentialError("notion", said, _ONCE_REFUSED)
        if status == 403:
            capability = "Insert content" if writes else "Read content"
            return AccessError(
                "notion", said, f"The integration needs the capability {capability}. {SHARE}"
            )
        if status == 404:
            return MissingError(
                "notion",
                f"{said} Notion does not distinguish a wrong id from one that is not shared.",
                SHARE,
            )
        return PermanentError("notion", said, "Check the ids in the settings.")

    def _count_request(self, _request: httpx.Request) -> None:
        with self._counting:
            self._figures.requests += 1

    def _note_response(self, response: httpx.Response) -> None:
        self._served_at = parse_http_date(response.headers.get("Date")) or self._served_at
        body = response.read()
        with self._counting:
            self._figures.bytes += len(body)
        asked, said = str(response.request.url), f"{_sent(response.request)} answered"
        said = f"{said} {response.status_code}"
        if MOVED_TO in response.headers:
            raise _moved(asked, said, response.headers[MOVED_TO])
        page = is_login_page(response.headers.get("Content-Type", ""), body)
        if page and response.status_code < 500:
            raise login_page("notion", said, asked, body)


def paged_list(what: str) -> PagedList:
    """A list of Notion that is about to be read."""
    return PagedList("notion", what, "Split it in Notion, or check the url.")


def next_cursor(answer: Mapping[str, Any], pages: PagedList) -> str | None:
    """The cursor of the next page of a list, or None at its end.

    Raises:
        PermanentError: The service returned a cursor a second time, or the list does not end.
    """
    cursor = answer.get("next_cursor")
    if not answer.get("has_more") or not cursor:
        return None
    found = answer.get("results") or []
    first = found[0].get("id") if found and isinstance(found[0], Mapping) else None
    pages.page(found, first if isinstance(first, str) else None)
    pages.follow(str(cursor))
    return str(cursor)


def _connection_error(fault: Exception, what: str) -> SourceError:
    if isinstance(fault, httpx.InvalidURL | httpx.UnsupportedProtocol):
        wrong = ConfigurationError(
            "notion",
            f"{what} cannot be requested: the url is not a web address.",
            "Remove the url from the settings, or set it to https://api.notion.com.",
        )
        return blaming(wrong, "url")
    if isinstance(fault, UnconnectedError):
        return unconnected("notion", _sent(fault.request), fault.why)
    error = TransientError(
        "notion",
        f"{what} failed ({type(fault).__name__}).",
        "Check the url and the network, or try later.",
    )
    return blaming(error, "url")


def _sent(request: httpx.Request) -> str:
    """A request's name in errors, such as ``POST https://host/path``."""
    return f"{request.method} {bare_address(str(request.url))}"


def _moved(asked: str, said: str, to: str) -> SourceError:
    """The error of a redirect, which is not followed."""
    target = joined(asked, to)
    if asks_to_log_in(target.encode()):
        return sent_to_log_in("notion", said, asked, target)
    moved = MissingError(
        "notion",
        f"{said}: it has moved to {shortened(bare_address(target))}.",
        "Set the url to the new address; redirects are not followed.",
    )
    return blaming(moved, "url")


def _timed_out(what: str) -> SourceError:
    remedy = "Check the url and the network, or try later."
    return blaming(TransientError("notion", f"{what} timed out.", remedy), "url")


def _not_json(what: str) -> SourceError:
    error = TransientError(
        "notion",
        f"{what} was answered with something that is not JSON.",
        "Try later; if it persists, check the url.",
    )
    return blaming(error, "url")


_ONCE_REFUSED = (
    "The integration's secret is wrong, or was revoked. Copy it anew from the same integration at"
    " https://www.notion.so/my-integrations; make no new integration, which would have to be"
    " connected to every database again."
)
