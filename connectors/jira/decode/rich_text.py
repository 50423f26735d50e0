"""The words in Jira's rich text: Atlassian Document Format (ADF), or Data Center's wiki markup.

What belongs here: walking an ADF tree, or a text with markup, into text segments and link
addresses. What does not: looking for anything in them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

# Nodes that stand within a line; every other node begins and ends a segment.
_INLINE = frozenset(
    {
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "inlineExtension",
        "mediaInline",
        "unknownInline",
    }
)
# Code is quoted from machines: what looks like a reference in it rarely is one. A placeholder is
# the template's own prompt, which nobody wrote.
_SKIPPED = frozenset({"codeBlock", "placeholder"})
_WIKI_CODE = re.compile(r"\{(code|noformat)(:[^{}\n]*)?\}")
_WIKI_LINK = re.compile(r"\[(?:[^\[\]|\n]*\|)?(https?://[^\[\]|\s]+)(?:\|[^\[\]\n]*)?\]")
_BREAK: Any = object()  # on the walk's stack: here a segment ends


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words from one block, or the address of one link.

    Attributes:
        role: ``text`` for words, ``link`` for an address.
        text: The words, white space made single; or the address as written.
    """

    role: Literal["text", "link"]
    text: str


def segments(document: Any) -> list[Segment]:
    """The words and links of an ADF document, in reading order.

    Words of different blocks (paragraphs, headings, list items, table cells, panels) never share
    a segment; within a block, marks such as bold do not part a word, while mentions, cards, dates
    and status lozenges are set apart by spaces. Code blocks are skipped.

    Args:
        document: A decoded ADF tree, a string of wiki markup (as Data Center serves), or None.
    """
    if isinstance(document, str):
        return _of_markup(document)
    found: list[Segment] = []
    words: list[str] = []
    stack = [document]  # no recursion, however deep
    while stack:
        node = stack.pop()
        if node is _BREAK:
            found += _text(words)
            words = []
        elif isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict) and (kind := _kind(node)) not in _SKIPPED:
            if kind not in _INLINE:
                found += _text(words)
                words = []
                stack.append(_BREAK)
            if content := node.get("content"):
                stack.append(content)
            words.append(_words(node, kind))
            if "marks" in node or "attrs" in node:
                found += [Segment("link", address) for address in _addresses(node)]
    return found + _text(words)


def _of_markup(text: str) -> list[Segment]:
    """Words and ``[words|address]``; what ``{code}`` or ``{noformat}`` encloses is skipped."""
    prose = _without_code(text)
    return _text([prose]) + [Segment("link", found) for found in _WIKI_LINK.findall(prose)]


def _without_code(text: str) -> str:
    """Goes through once, whatever is never closed: a pattern could search the rest every time."""
    kept: list[str] = []
    end, opened = 0, None
    for found in _WIKI_CODE.finditer(text):
        if opened is None:
            opened = found
        elif found[1] == opened[1] and not found[2]:
            kept.append(text[end : opened.start()])
            end, opened = found.end(), None
    return " ".join([*kept, text[end:]])


def _words(node: dict[str, Any], kind: str) -> str:
    """The words that ``node`` itself shows, its children aside."""
    if kind == "text":
        text = node.get("text")
        return text if isinstance(text, str) else ""
    if "attrs" not in node:
        return " "
    attributes = _mapping(node.get("attrs"))
    if kind == "date":
        return f" {_day(attributes.get('timestamp'))} "
    for name in ("text", "title", "alt", "shortName"):
        text = attributes.get(name)
        if isinstance(text, str) and text:
            return f" {text} "
    return " "


def _addresses(node: dict[str, Any]) -> list[str]:
    """Addresses that ``node`` leads to: of a card, or of link marks on its text."""
    attributes = _mapping(node.get("attrs"))
    # A card without `url` carries linked data that has one.
    found = [attributes.get("url") or _mapping(attributes.get("data")).get("url")]
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if _kind(_mapping(mark)) == "link":
            found.append(_mapping(mark.get("attrs")).get("href"))
    return [address for address in found if isinstance(address, str) and address]


def _day(timestamp: Any) -> str:
    """The day of a date node, whose timestamp is milliseconds of midnight UTC, as digits."""
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def _text(words: list[str]) -> list[Segment]:
    if not words:
        return []
    joined = " ".join("".join(words).split())
    return [Segment("text", joined)] if joined else []


def _kind(node: dict[str, Any]) -> str:
    kind = node.get("type")
    return kind if isinstance(kind, str) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
