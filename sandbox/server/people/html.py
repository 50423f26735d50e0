"""Plain pages for people who follow a link to a record.

Here belongs how such a page looks: a title, facts, tables, every text escaped. Which facts a record
has belongs to the services beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  color: #1c1c1c; background: #fff; }
h1 { font-size: 1.5rem; margin: .2rem 0 1rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; } .scroll { overflow-x: auto; }
th, td { border: 1px solid #d5d5d5; padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { background: #f4f4f4; font-weight: 600; } .facts th { width: 11rem; }
:target td, :target th { background: #fff3bf; } .muted, .number { color: #666; }
nav { font-size: .9rem; color: #666; }
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; only ``http``, ``https`` and addresses on this site do."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table that an address can point at by ``anchor``."""

    anchor: str
    cells: Sequence[Shown]


Shown = str | int | float | None | Link | Sequence[Link]


def page(title: str, where: Sequence[Shown], *parts: str) -> HTMLResponse:
    """A page with ``where`` it stands above its title, and ``parts`` as the functions here make."""
    trail = " · ".join(_shown(one) for one in where)
    body = f"<nav>{trail}</nav><h1>{escape(title)}</h1>{''.join(parts)}"
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    # Nothing on the page runs or loads, whatever a record says.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>',
        headers={"Content-Security-Policy": policy},
    )


def missing(what: str) -> HTMLResponse:
    """The page for a record that is not there."""
    answer = page("Not found", ["The sample company"], paragraph(f"There is no {what} here."))
    answer.status_code = 404
    return answer


def facts(given: Mapping[str, Shown]) -> str:
    """Names and what they hold; empty ones stay, so that one can see that they are empty."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{_shown(value)}</td></tr>" for name, value in given.items()
    )
    return f'<table class="facts">{rows}</table>'


def table(title: str, header: Sequence[str], rows: Iterable[Row | Sequence[Shown]]) -> str:
    """A table below its own heading; one without rows says so."""
    body = "".join(_row(row) for row in rows)
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    inside = f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'
    return f"<h2>{escape(title)}</h2>{inside if body else paragraph('None.')}"


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def _row(row: Row | Sequence[Shown]) -> str:
    anchor, cells = ("", row) if not isinstance(row, Row) else (row.anchor, row.cells)
    mark = f' id="{escape(anchor)}"' if anchor else ""
    return f"<tr{mark}>{''.join(f'<td>{_shown(cell)}</td>' for cell in cells)}</tr>"


def _shown(value: Shown) -> str:
    if isinstance(value, Link):
        if not value.address.startswith(("http://", "https://", "/", "#")):
            return escape(value.text)
        return f'<a href="{escape(value.address)}">{escape(value.text)}</a>'
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(one) for one in value) or '<span class="muted">–</span>'
    text = "" if value is None else str(value)
    return escape(text).replace("\n", "<br>") or '<span class="muted">–</span>'
