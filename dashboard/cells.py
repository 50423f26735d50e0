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
from published.selection import current_cycle

_LONGEST = 140
_WHOLE = 10_000
_NONE = Markup('<span class="none">–</span>')
_KEPT_TOGETHER = Markup('<span class="nw">{}</span>')
_KEY = Markup('<a class="nw" href="{}">{}</a>')
_OPEN = Markup('<a href="{}" rel="noreferrer">open ↗</a>')
_RUN = Markup('<a class="n" href="/tables/runs?run_id={}">{}</a>')
_ITEM = Markup('<span class="item">{}</span>')
_CELL = Markup('<td class="{}">{}</td>')
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
            found.append(_CELL.format(name, self.of(column, row)))
        return Markup("").join(found)

    def of(self, column: Column, row: Mapping[str, Any], *, whole: bool = False) -> Markup:
        """One cell, short enough for a row among others unless it is shown ``whole``."""
        name, value = column.name, row[column.name]
        if value is None:
            return _NONE
        if name == "key_result_id":
            link = self.here.link(f"/key-results/{quote(value)}", cycle=self._cycle_of(row))
            return _KEY.format(link, written(value))
        if name.endswith("url"):
            url = address(value)
            return _OPEN.format(url) if url else escape(_cut(written(value), _LONGEST))
        if name == "run_id" and self.table.name != "runs":
            return _RUN.format(quote(value), written(value if whole else value[:8]))
        return _of_type(column.type, value, whole=whole)

    def _cycle_of(self, row: Mapping[str, Any]) -> str | None:
        """The cycle in which the row's Key Result is looked at; None for the present one."""
        cycle, cycles = row.get("cycle_id"), self.here.site.organization.cycles
        if cycle is None or cycle == current_cycle(cycles, self.here.day):
            return None
        return str(cycle) if cycle in {one.id for one in cycles} else None


def _of_type(kind: str, value: Any, *, whole: bool) -> Markup:
    if kind == "number":
        return escape(value if whole else f"{value:.6g}")
    if kind == "integer":
        return escape(value)
    if kind == "boolean":
        return escape("yes" if value else "no")
    if kind == "timestamp":
        return _KEPT_TOGETHER.format(f"{value[:19].replace('T', ' ')}Z")
    if kind == "date":
        return _KEPT_TOGETHER.format(value)
    if kind == "text[]" and whole:
        return Markup("").join(_ITEM.format(written(one)) for one in value)
    text = " · ".join(map(written, value)) if kind == "text[]" else written(value)
    return escape(_cut(text, _WHOLE if whole else _LONGEST))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
