"""A team's agenda as lines of a Notion page and of plain text.

What belongs here: the same words as those of its Markdown, in other forms. What does not: the words
(``published.rituals.agenda_text``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from connectors.notion.written.meeting_pages import Block, BlockKind

_ITEMS: dict[str, BlockKind] = {
    "ordered_list": "numbered_list_item",
    "bullet_list": "bulleted_list_item",
}


def agenda_blocks(markdown: str) -> tuple[str, tuple[Block, ...]]:
    """The title of an agenda, and its lines.

    Args:
        markdown: As :func:`published.rituals.agenda_text.agenda_markdown` writes it.
    """
    tree = SyntaxTreeNode(_parser().parse(markdown))
    title, *others = tree.children
    return "".join(text for text, _ in _pieces(title)), tuple(_blocks(others))


def plain_lines(blocks: Sequence[Block], indent: str = "") -> Iterator[str]:
    """The same lines for mail and chat, which may not know Markdown."""
    number = 0
    for one in blocks:
        text = "".join(piece for piece, _ in one.text)
        number = number + 1 if one.kind == "numbered_list_item" else 0
        if one.kind.startswith("heading"):
            yield from ("", text)
        elif one.kind == "paragraph":
            yield f"{indent}{text}"
        else:
            yield f"{indent}{f'{number}.' if number else '-'} {text}"
        yield from plain_lines(one.below, f"{indent}   ")


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Block]:
    for node in nodes:
        if node.type in _ITEMS:
            yield from (_item(one, _ITEMS[node.type]) for one in node.children)
        else:
            kind: BlockKind = "heading_2" if node.type == "heading" else "paragraph"
            yield Block(kind, _pieces(node))


def _item(item: SyntaxTreeNode, kind: BlockKind) -> Block:
    first, *below = item.children
    return Block(kind, _pieces(first), tuple(_blocks(below)))


def _pieces(node: SyntaxTreeNode) -> tuple[tuple[str, bool], ...]:
    """The text of a heading or paragraph; its first child is what stands in the line."""
    found: list[tuple[str, bool]] = []
    for one in node.children[0].children:
        bold = one.type == "strong"
        text = "".join(part.content for part in one.children) if bold else one.content
        if one.type in ("softbreak", "hardbreak"):
            text = " "
        if found and found[-1][1] is bold:
            found[-1] = found[-1][0] + text, bold
        else:
            found.append((text, bold))
    return tuple(found)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark")
