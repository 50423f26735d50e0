"""Canonical record URLs: which record a web address opens, in whatever form it is written.

What belongs here: the forms of address in which Notion and Jira open one record. What does not:
whether that record is a Key Result (:mod:`pipelines.datasets`), and ids within an address
(:mod:`okr_model.links.references`).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

_NOTION_HOSTS = ("notion.so", "notion.site", "notion.com")
_NOTION_ID = re.compile(
    r"(?<![0-9a-f])([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\Z",
    re.IGNORECASE,
)
_ISSUE_KEY = re.compile(r"[a-z][a-z0-9_]*-[0-9]+", re.IGNORECASE)


def record_address(address: str) -> str | None:
    """The canonical form of all addresses of one record; None if ``address`` is not a web address.

    A Notion page is identified by its id, whatever its title and workspace and whether it is opened
    by itself or over another page (``?p=``). A Jira issue is identified by site and key, on its own
    page or on a board (``?selectedIssue=``). Any other address is identified by host and path. All
    begin with ``@``, so that none is mistaken for a Key Result's id.

    >>> record_address("https://www.notion.so/acme/Grow-0123456789abcdef0123456789abcdef?pvs=4")
    '@notion/0123456789abcdef0123456789abcdef'
    >>> record_address("https://Acme.atlassian.net/browse/OKR-12#comment")
    '@acme.atlassian.net/browse/OKR-12'
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:  # such as an unbalanced bracket
        return None
    host = parts.netloc.rpartition("@")[2].lower()  # with the port, without user information
    if parts.scheme not in ("http", "https") or not host:
        return None
    return _notion_page(parts, host) or _issue(parts, host) or f"@{host}{parts.path.rstrip('/')}"


def _notion_page(parts: SplitResult, host: str) -> str | None:
    if not any(host == known or host.endswith(f".{known}") for known in _NOTION_HOSTS):
        return None
    over = parse_qs(parts.query).get("p", [""])[0]
    found = _NOTION_ID.search(over) or _NOTION_ID.search(parts.path.rstrip("/"))
    return f"@notion/{''.join(found.groups()).lower()}" if found else None


def _issue(parts: SplitResult, host: str) -> str | None:
    """A site may be below a path of its host, such as ``/jira`` on Data Center."""
    site, browse, key = parts.path.rstrip("/").partition("/browse/")
    if not browse:
        site = parts.path.partition("/secure/")[0] if "/secure/" in parts.path else ""
        key = parse_qs(parts.query).get("selectedIssue", [""])[0]
    return f"@{host}{site}/browse/{key.upper()}" if _ISSUE_KEY.fullmatch(key) else None
