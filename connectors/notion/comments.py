"""Comments on the pages of a data source, one request a page.

What belongs here: reading and decoding comments, and the names of those who wrote them. What does
not: for which places they are read (``source``), and what they say.

Notion serves the comments on a page itself whose discussions are open; a resolved one is not told
from a deleted one. An edit of a comment does not move its page's edit time, so all are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa

from connectors.cells import UNREADABLE, in_range
from connectors.errors import AccessError, MissingError
from connectors.notion.client import NotionClient, next_cursor, paged_list
from connectors.notion.properties import plain_text
from connectors.notion.streams import NOTION_COMMENTS
from connectors.records import Present, Problem, ProblemRule, Rows, as_served
from connectors.transport.in_flight import Prefetcher

STREAM = "notion_comments"
_AHEAD = 12  # pages whose comments are requested before the first is waited for

Json = Mapping[str, Any]


class Comments:
    """Reads the comments on pages.

    Args:
        client: Sends requests.
        prefetcher: The threads to send them on.
        people: Names by id of who is known already; those of others are added.
    """

    def __init__(
        self, client: NotionClient, prefetcher: Prefetcher, people: dict[str, str]
    ) -> None:
        self._client = client
        self._prefetcher = prefetcher
        self._people = people
        self._nameless: set[str] = set()
        self._refused = False

    def messages(
        self, data_source: str, addresses: Mapping[str, str | None]
    ) -> Iterator[Rows | Present | Problem]:
        """The comments on each page, and the census of them: its place is the page's id.

        Args:
            data_source: Where the pages are.
            addresses: Page id -> address.

        Raises:
            SourceError: The comments cannot be read.
        """
        pages = iter(addresses.items())
        while chunk := list(islice(pages, _AHEAD)):
            if self._refused:
                break
            begun = [(p, self._prefetcher.begin(partial(self._of_page, p[0]))) for p in chunk]
            for (page, address), future in begun:
                try:
                    found = self._prefetcher.result(future)
                    yield from self._decoded(page, address, found)
                except MissingError:
                    continue  # trashed since it was listed
                except AccessError:
                    self._refused = True
                except UNREADABLE as error:
                    yield _unreadable(page, address, error)
        if self._refused and addresses:
            yield _not_permitted(data_source)

    def _of_page(self, page: str) -> list[Json]:
        found: list[Json] = []
        listed = paged_list(f"The list of comments on page {page}")
        cursor: str | None = None
        while True:
            answer = self._client.comments(page, cursor)
            found += answer.get("results") or []
            cursor = next_cursor(answer, listed)
            if cursor is None:
                return found

    def _decoded(
        self, page: str, address: str | None, served: list[Json]
    ) -> Iterator[Rows | Present]:
        rows = [self._row(page, address, at, one) for at, one in enumerate(served)]
        if rows:
            yield Rows(STREAM, pa.Table.from_pylist(rows, schema=NOTION_COMMENTS))
        yield Present(STREAM, page, pa.array([row["id"] for row in rows], pa.string()))

    def _row(self, page: str, address: str | None, at: int, one: Json) -> dict[str, Any]:
        author = (one.get("created_by") or {}).get("id")
        edited = one.get("last_edited_time") or one["created_time"]
        discussion = str(one.get("discussion_id") or "").replace("-", "")
        return {
            "id": one["id"],
            "place": page,
            "url": f"{address}?d={discussion}" if address and discussion else address,
            "updated_at": in_range(datetime.fromisoformat(edited)),
            "texts": [],
            "cells": None,
            "raw": as_served(msgspec.json.encode(one)),
            "author_id": author,
            "author": self._name(author, one) or None,
            "created_at": in_range(datetime.fromisoformat(one["created_time"])),
            "position": at,
            "body": plain_text(one["rich_text"]),
        }

    def _name(self, author: str | None, one: Json) -> str:
        """Who wrote a comment: as it is shown, else as Notion knows the author, asked once."""
        shown = (one.get("display_name") or {}).get("resolved_name")
        known = shown or (one.get("created_by") or {}).get("name")
        if known or author is None:
            return str(known or "")
        if not self._people.get(author) and author not in self._nameless:
            try:
                name = self._client.user(author).get("name")
            except (AccessError, MissingError):
                name = None  # without the capability to read users, or a user who is gone
            if name:
                self._people[author] = str(name)
            else:
                self._nameless.add(author)  # asked again by the next pull
        return self._people.get(author, "")


def _not_permitted(data_source: str) -> Problem:
    return Problem(
        ProblemRule.UNREADABLE_COMMENTS,
        data_source,
        f"The comments on the pages of the Notion data source {data_source} cannot be read: the"
        " integration may not read comments. Enable “Read comments” among its capabilities in"
        " Notion's settings of the integration. Check-ins in comments stand as last read.",
        None,
        "error",
    )


def _unreadable(page: str, address: str | None, error: Exception) -> Problem:
    return Problem(
        ProblemRule.UNREADABLE_COMMENTS,
        page,
        f"The comments on a Notion page could not be read ({type(error).__name__}: {error}); those"
        " read before stand.",
        address,
    )
