"""Atlassian Document Format (ADF), Jira's format of rich text.

What belongs here: the few node types that the sample company uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Node = dict[str, Any]


def document(*blocks: Node) -> Node:
    """A document."""
    return {"type": "doc", "version": 1, "content": list(blocks)}


def paragraph(*inline: Node | str) -> Node:
    """A paragraph; strings are plain text."""
    return {"type": "paragraph", "content": [_inline(each) for each in inline]}


def bullets(*items: str) -> Node:
    """A bulleted list."""
    return {
        "type": "bulletList",
        "content": [{"type": "listItem", "content": [paragraph(item)]} for item in items],
    }


def table(rows: Sequence[Sequence[str]]) -> Node:
    """A table whose first row is its header."""
    return {
        "type": "table",
        "attrs": {"isNumberColumnEnabled": False, "layout": "default"},
        "content": [
            {
                "type": "tableRow",
                "content": [
                    {
                        "type": "tableHeader" if number == 0 else "tableCell",
                        "attrs": {},
                        "content": [paragraph(cell)],
                    }
                    for cell in row
                ],
            }
            for number, row in enumerate(rows)
        ],
    }


def mention(account_id: str, name: str) -> Node:
    """A mention of a person."""
    return {"type": "mention", "attrs": {"id": account_id, "text": f"@{name}", "accessLevel": ""}}


def card(url: str) -> Node:
    """A smart link."""
    return {"type": "inlineCard", "attrs": {"url": url}}


def strong(text: str) -> Node:
    """Bold text."""
    return {"type": "text", "text": text, "marks": [{"type": "strong"}]}


def _inline(node: Node | str) -> Node:
    return {"type": "text", "text": node} if isinstance(node, str) else node
