"""Following ``nextPageToken`` from page to page, and noticing when it leads nowhere."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from connectors.http import RefusedError


class Page(Protocol):
    """An answer that may have a next one.

    Attributes:
        next_token: Asks for the next page; None on the last one.
        is_last: Jira's own word on whether this is the last one; None where it says nothing.
    """

    next_token: str | None
    is_last: bool | None


P = TypeVar("P", bound=Page)


class LostPlaceError(Exception):
    """A token expired or led back to where it was before; whoever pages must begin again."""


def follow(ask: Callable[[str | None], P], token: str | None = None) -> Iterator[P]:
    """Every page that ``ask`` gives, from the one that ``token`` names (None: the first).

    A short or even empty page with a token is not the last one.

    Raises:
        LostPlaceError: A token was refused, or came back a second time.
        SourceError: Whatever ``ask`` raises.
    """
    used: set[str | None] = set()
    while True:
        used.add(token)
        try:
            page = ask(token)
        except RefusedError as error:
            if token is None:
                raise
            raise LostPlaceError(error.message) from None
        yield page
        token = page.next_token
        if token is None or (token in used and page.is_last):
            return
        if token in used:
            raise LostPlaceError("A page token came back that had been used before.")
