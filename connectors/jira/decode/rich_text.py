"""Jira's rich text, Atlassian Document Format (ADF) or wiki markup, as text segments and links.

What belongs here: extracting text segments and link addresses. What does not: finding references
in them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

# Inline nodes; every other node starts and ends a segment.
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
# the template's prompt, not text that anyone wrote.
_SKIPPED = frozenset({"codeBlock", "placeholder"})
_WIKI_CODE = re.compile(r"\{(code|noformat)(:[^{}\n]*)?\}")
_WIKI_LINK = re.compile(r"\[(?:[^\[\]|\n]*\|)?(https?://[^\[\]|\s]+)(?:\|[^\[\]\n]*)?\]")
_WIKI_MACRO = re.compile(r"\{[a-z]+(?::[^{}\n]*)?\}")
_WIKI_LINE = re.compile(r"^\s*(?:h[1-6]\.|bq\.|[*#-]+(?=\s))\s*")
_WIKI_EMPHASIS = re.compile(r"(?<!\w)([*_+])(?=\S)(.+?)(?<=\S)\1(?!\w)")
_BREAK: Any = object()  # on the stack of the walk: a segment ends here


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words from one block, or the address of one link.

    Attributes:
        role: ``text`` for words, ``link`` for an address.
        text: The words with normalized white space; or the address as written.
    """

    role: Literal["text", "link"]
    text: str


def segments(document: Any) -> list[Segment]:
    """The words and links of an ADF document, in reading order.

    Words of different blocks (paragraphs, headings, list items, table cells, panels) never share
    a segment. Within a block, marks such as bold do not split a word, while mentions, cards, dates
    and status lozenges are separated by spaces. Code blocks are skipped.

    Args:
        document: A decoded ADF tree, a string of wiki markup (as Data Center serves), or None.
    """
    if isinstance(document, str):
        return _of_markup(document)
    return _of_document(document, _INLINE)


def lines(document: Any) -> list[str]:
    """The words of a document, line by line as a person sees them, without marks.

    Args:
        document: See :func:`segments`.
    """
    if isinstance(document, str):
        shown = (_unmarked(line) for line in _without_code(document).splitlines())
        return [line for line in shown if line]
    found = _of_document(document, _INLINE - {"hardBreak"})
    return [one.text for one in found if one.role == "text"]


def _of_document(document: Any, inline: frozenset[str]) -> list[Segment]:
    found: list[Segment] = []
    words: list[str] = []
    stack = [document]  # no recursion: documents may be nested deeply
    while stack:
        node = stack.pop()
        if node is _BREAK:
            found += _text(words)
            words = []
        elif isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict) and (kind := _kind(node)) not in _SKIPPED:
            if kind not in inline:
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
    """Words and ``[words|address]`` links; ``{code}`` and ``{noformat}`` blocks are skipped."""
    prose = _without_code(text)
    return _text([prose]) + [Segment("link", found) for found in _WIKI_LINK.findall(prose)]


def _unmarked(line: str) -> str:
    """A line of wiki markup without macros, heading, list and emphasis marks."""
    plain = _WIKI_LINE.sub("", _WIKI_MACRO.sub("", line))
    return " ".join(_WIKI_EMPHASIS.sub(r"\2", plain).split())


def _without_code(text: str) -> str:
    """Remove code blocks in one pass; a regex would rescan the rest for every unclosed block."""
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
    """The words of ``node`` itself, without its children."""
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
    """Addresses that ``node`` links to: of a card, or of link marks on its text."""
    attributes = _mapping(node.get("attrs"))
    # A card without `url` has linked data with one.
    found = [attributes.get("url") or _mapping(attributes.get("data")).get("url")]
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if _kind(_mapping(mark)) == "link":
            found.append(_mapping(mark.get("attrs")).get("href"))
    return [address for address in found if isinstance(address, str) and address]


def _day(timestamp: Any) -> str:
    """The day of a date node, whose timestamp is midnight UTC in milliseconds, as a string."""
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
