"""A list that a service sends page by page, and where it is ended if the service does not.

What belongs here: counting pages, pages with nothing new, and entries against the service's own
count. What does not: requesting pages, and what a page token means to its service.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from connectors.errors import PermanentError, UnreadableResponseError
from connectors.transport import bounds

_SLACK = 1_000  # entries; a count may be older than the list, or an estimate


class PagedList:
    """The pages of one list so far.

    Args:
        source: The service's name in errors.
        what: The list as the subject of a sentence: ``Data source 4711``.
        remedy: What to do about one that does not end.

    Attributes:
        pages: How many there were.
    """

    def __init__(self, source: str, what: str, remedy: str = "Check the url.") -> None:
        self.pages = 0
        self._source, self._what, self._remedy = source, what, remedy
        self._entries = 0
        self._barren = 0
        self._firsts: set[Hashable] = set()  # of each page: a whole census would be too large
        self._tokens: set[str] = set()

    def page(
        self, entries: Sequence[Any], first: Hashable = None, count: int | None = None
    ) -> None:
        """Take note of a page.

        Args:
            entries: What it lists.
            first: The id of the first entry; a page that begins like an earlier one is nothing new.
            count: How many entries there are in all, if the service says so.

        Raises:
            UnreadableResponseError: The list does not end.
        """
        most = bounds.BOUNDS
        self.pages += 1
        self._entries += len(entries)
        known = first is not None and first in self._firsts
        self._firsts.add(first)
        self._barren = self._barren + 1 if known or not entries else 0
        if self.pages > most.pages:
            raise self._endless(f"has more than {most.pages:,} pages")
        if self._barren > most.barren_pages:
            raise self._endless(f"goes on after {most.barren_pages:,} pages with nothing new")
        if count is not None and self._entries > 2 * count + _SLACK:
            said = f"goes on after {self._entries:,} entries, and is said to have {count:,}"
            raise self._endless(said)

    def follow(self, token: str) -> None:
        """Take note of the token of the next page.

        Raises:
            PermanentError: It led to an earlier page.
        """
        if token in self._tokens:
            said = f"{self._what} answered with the same page twice."
            raise PermanentError(self._source, said, "Try later.")
        self._tokens.add(token)

    def go_on(self) -> None:
        """Forget the tokens: the list goes on with another request, which has tokens of its own."""
        self._tokens.clear()

    def _endless(self, how: str) -> UnreadableResponseError:
        return UnreadableResponseError(self._source, f"{self._what} {how}.", self._remedy)
