"""Where on the stand-ins the record is that an address of the real service names."""

from __future__ import annotations

import re

_NOTION = re.compile(r"https?://(?:\w+\.)?notion\.(?:so|com|site)/.*?([0-9a-f]{32})(?:[?#].*)?\Z")
_SHEETS = re.compile(r"https?://docs\.google\.com(/spreadsheets/d/[\w-]+)(?:/edit)?(.*)\Z")
_ROW = re.compile(r"range='?[A-Z]+(\d+)")


def local_address(url: str) -> str:
    """The same record's address here; any other address as it is."""
    if found := _NOTION.match(url):
        return f"/notion/p/{found[1]}"
    if found := _SHEETS.match(url):
        row = _ROW.search(found[2])
        tab = re.search(r"gid=(\d+)", found[2])
        anchor = f"#{tab[1]}-{row[1]}" if row and tab else f"#{tab[1]}" if tab else ""
        return f"/google{found[1]}/edit{anchor}"
    return url
