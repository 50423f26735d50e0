"""The cells of a published table as a page shows them.

What belongs here: one value as text or link. What does not: which rows and columns
(``views.tables``). A template would do the same, and take four times as long for a thousand cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from dashboard.context import Context
from dashboard.rendering import address, written
from okr_model.tables import Column, Table

_LONGEST = 140
_WHOLE = 10_000
_NONE = Markup('<span class="none">–</span>')
_TOGETHER = '<span class="nw">'
_LONG = 32  # letters that a narrow column takes


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one table.

    Attributes:
        here: Where it is looked at.
        table: The table.
    """

    here: Context
    table: Table

    def row(self, columns: Sequence[Column], row: Mapping[str, Any]) -> Markup:
        """The cells of one row among others, in the order of ``columns``."""
        found = []
        for column in columns:
            kind, value = column.type, row[column.name]
            is_long = kind in ("text", "text[]") and len(str(value)) > _LONG
            name = "r" if kind in ("number", "integer") else "long" if is_long else ""
            found.append(f'<td class="{name}">{self.of(column, row)}</td>')
        return Markup("".join(found))  # noqa: S704 - a word of ours and cells, which are markup

    def of(self, column: Column, row: Mapping[str, Any], *, whole: bool = False) -> Markup:
        """One cell, short enough for a row among others unless it is shown ``whole``."""
        name, value = column.name, row[column.name]
        if value is None:
            return _NONE
        if name == "key_result_id":
            link = self.here.to_key_result(value, row.get("cycle_id"))
            opening = f'<a class="nw" href="{escape(link)}">'
            return _wrapped(opening, written(value), "</a>") if link else escape(written(value))
        if name.endswith("url"):
            url = address(value)
            if url is None:
                return escape(_cut(written(value), _LONGEST))
            return _wrapped(f'<a href="{escape(url)}" rel="noreferrer">', "open ↗", "</a>")
        if name == "run_id" and self.table.name != "runs":
            link = f"/tables/runs?run_id={quote(value)}"
            text = written(value if whole else value[:8])
            return _wrapped(f'<a class="n" href="{escape(link)}">', text, "</a>")
        return _of_type(column.type, value, whole=whole)


def _of_type(kind: str, value: Any, *, whole: bool) -> Markup:
    if kind == "number":
        return escape(value if whole else f"{value:.6g}")
    if kind == "integer":
        return escape(value)
    if kind == "boolean":
        return escape("yes" if value else "no")
    if kind == "timestamp":
        return _wrapped(_TOGETHER, f"{value[:19].replace('T', ' ')}Z", "</span>")
    if kind == "date":
        return _wrapped(_TOGETHER, value, "</span>")
    if kind == "text[]" and whole:
        items = (_wrapped('<span class="item">', written(one), "</span>") for one in value)
        return Markup("").join(items)
    text = " · ".join(map(written, value)) if kind == "text[]" else written(value)
    return escape(_cut(text, _WHOLE if whole else _LONGEST))


def _wrapped(opening: str, text: Any, closing: str) -> Markup:
    """A text between tags of ours. ``Markup.format`` would do the same in ten times the time."""
    return Markup(f"{opening}{escape(text)}{closing}")  # noqa: S704 - its text is escaped


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
