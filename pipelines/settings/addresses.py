"""Ids out of the addresses that people copy from a browser.

What belongs here: reading them. What does not: whether there is such a thing (``connectors``).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import UUID

_IN_NOTION = re.compile(r"(?:^|[-/])([0-9a-f]{32})$")
_IN_GOOGLE = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([\w-]+)")


def notion_id(written: str) -> str | None:
    """The id in the address of a page or database, or of an id as it is; None if there is none.

    >>> notion_id("https://www.notion.so/acme/Check-ins-0123456789abcdef0123456789abcdef?pvs=4")
    '0123456789abcdef0123456789abcdef'
    """
    text = written.strip()
    try:
        return UUID(text).hex
    except ValueError:
        found = _IN_NOTION.search(urlsplit(text).path.casefold())
    return found[1] if found else None


def spreadsheet_id(written: str) -> str:
    """The id in the address of a spreadsheet; anything else as it is.

    >>> spreadsheet_id("https://docs.google.com/spreadsheets/d/1aBc_d-E/edit#gid=0")
    '1aBc_d-E'
    """
    found = _IN_GOOGLE.search(written)
    return found[1] if found else written.strip()
