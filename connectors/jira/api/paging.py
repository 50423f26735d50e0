"""Following ``nextPageToken`` from page to page, and detecting expired or repeated tokens."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import md5
from itertools import count
from typing import Protocol, TypeVar

import msgspec

from connectors.errors import TransientError
from connectors.transport.http import RefusedError
from connectors.transport.in_flight import OrderedRequests
from connectors.transport.paged_list import PagedList


class Page(Protocol):
    """A response that may have a next page.

    Attributes:
        entries: What it lists.
        next_token: Names the next page; None on the last one.
        is_last: Whether Jira reports this page as the last one; None where it does not say.
    """

    next_token: str | None
    is_last: bool | None

    @property
    def entries(self) -> Sequence[msgspec.Raw]:
        """See above."""
        ...


P = TypeVar("P", bound=Page)


class LostPlaceError(Exception):
    """A token expired, or led back to an earlier page; paging must start again."""


def follow(
    ask: Callable[[str | None], P],
    token: str | None = None,
    requests: OrderedRequests | None = None,
    most: int | None = None,
) -> Iterator[P]:
    """Every page, from the one that ``token`` names (None: the first).

    A short or empty page with a token is not the last one.

    Args:
        ask: Requests the page that a token names.
        token: The page to start from.
        requests: Prefetches the next page while one is being read; None for no prefetching.
        most: The most pages to yield.

    Raises:
        LostPlaceError: A token was refused, or came back a second time.
        UnreadableResponseError: The list does not end.
        SourceError: Raised by ``ask``.
    """
    used: set[str | None] = set()
    pages = PagedList("jira", "A list", "Narrow the jql in the settings, or check the url.")
    answer: Callable[[], P] = partial(ask, token)
    for number in count(1):
        used.add(token)
        try:
            page = answer()
        except RefusedError as error:
            if token is None:
                raise
            raise LostPlaceError(error.message) from None
        token = page.next_token
        ended = token is None or (token in used and page.is_last) or number == most
        if not ended and token not in used:
            answer = partial(ask, token)
            if requests is not None:
                answer = requests.begin(answer).result
        yield page
        if ended:
            return
        pages.page(page.entries, _digest(page.entries[:1]))
        if token in used:
            raise LostPlaceError("A page token came back that had been used before.")


def _digest(first: Sequence[msgspec.Raw]) -> str | None:
    """What tells a page from another that begins with another entry."""
    return next((md5(one, usedforsecurity=False).hexdigest() for one in first), None)


def lost(what: str, error: LostPlaceError) -> TransientError:
    """A list that cannot be paged through, as the end of this attempt."""
    later = "The pull was not completed; the next run tries again."
    return TransientError("jira", f"{what} cannot be paged through: {error}", later)
