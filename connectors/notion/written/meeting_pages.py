"""Pages that okr-sync writes below a page of the organization, each once.

What belongs here: finding the page of a title, and creating it. What does not: what stands in it.

A page is created whole or not at all, and never changed afterwards: from then on it is the
meeting's, for notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from connectors.notion.client import NotionClient, next_cursor, paged_list
from connectors.notion.facts import NotionSection
from connectors.records import Figures
from connectors.transport.rate_limit import RateLimiter
from connectors.transport.retry import RetryPolicy

BlockKind = Literal[
    "heading_2", "heading_3", "paragraph", "bulleted_list_item", "numbered_list_item"
]
_LONGEST = 2000  # characters of one piece of text
_MOST = 100  # blocks side by side in one request
_PATIENCE = RetryPolicy(attempts=4, deadline_seconds=120)
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Block:
    """A line of a page.

    Attributes:
        kind: What it is, in Notion's words.
        text: Its pieces of text, and whether each is bold.
        below: What is indented below it; of a list item alone.
    """

    kind: BlockKind
    text: tuple[tuple[str, bool], ...]
    below: tuple[Block, ...] = ()


class MeetingPages:
    """The pages below one page.

    Args:
        section: Where Notion is, and the integration's secret.
        parent: The id of the page.
    """

    def __init__(self, section: NotionSection, parent: str) -> None:
        self._parent = parent
        self._client = NotionClient(
            section.url,
            section.token.get_secret_value(),
            Figures(),
            _PATIENCE,
            _TIMEOUT_SECONDS,
            RateLimiter(section.requests_per_minute),
            section.version,
        )

    def titles(self) -> frozenset[str]:
        """The titles of the pages that are there, those in the trash left out.

        Raises:
            connectors.errors.SourceError: The page cannot be read.
        """
        found: set[str] = set()
        cursor, pages = None, paged_list(f"the pages below {self._parent}")
        while True:
            answer = self._client.children(self._parent, cursor)
            for one in answer.get("results") or []:
                page = one.get("child_page") if isinstance(one, Mapping) else None
                if isinstance(page, Mapping) and isinstance(page.get("title"), str):
                    found.add(page["title"])
            cursor = next_cursor(answer, pages)
            if cursor is None:
                return frozenset(found)

    def create(self, title: str, blocks: Sequence[Block], rest: str) -> str:
        """Create a page, and return its address.

        Args:
            title: Its title.
            blocks: Its content; of more than a request holds, ``rest`` takes the place of the last.
            rest: A sentence that says where all of it is.

        Raises:
            connectors.errors.SourceError: It could not be created, or nobody knows whether it was.
        """
        sent = list(blocks)
        if len(sent) > _MOST:
            sent = [*sent[: _MOST - 1], Block("paragraph", ((rest, False),))]
        answer = self._client.create_page(
            {"page_id": self._parent},
            {"title": {"title": _rich_text(((title, False),))}},
            [_json(one, rest) for one in sent],
        )
        return str(answer.get("url") or "")

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _json(block: Block, rest: str) -> dict[str, object]:
    content: dict[str, object] = {"rich_text": _rich_text(block.text)}
    below = list(block.below)
    if len(below) > _MOST:
        below = [*below[: _MOST - 1], Block("paragraph", ((rest, False),))]
    if below:
        content["children"] = [_json(one, rest) for one in below]
    return {"object": "block", "type": block.kind, block.kind: content}


def _rich_text(text: Sequence[tuple[str, bool]]) -> list[dict[str, object]]:
    return [
        {
            "type": "text",
            "text": {"content": piece[at : at + _LONGEST]},
            "annotations": {"bold": bold},
        }
        for piece, bold in text
        for at in range(0, len(piece), _LONGEST)
    ]
