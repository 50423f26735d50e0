"""From a view's values to a page: the templates and what every one of them may use.

What belongs here: the template environment, filters, the bar at the top. What does not: values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from dashboard.access.gate import access_of, csrf_token
from dashboard.charts.sparkline import sparkline
from dashboard.marking import marked_id, marked_words
from dashboard.sentences import with_own_days
from dashboard.site import Site
from okr_model.progress.kinds import is_held
from published import formatting
from published.key_results.lines import Line
from published.key_results.movement import movement_words
from published.key_results.worst_first import Standing, Wording, standing
from published.organization import Organization, first_up, with_article

_LEVELS = {"high": "high", "medium": "mid", "low": "low"}
_ADDRESS = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:)\]])")
_SOURCES = {"sql": "SQL"}
_FIGURES = (
    *(
        "share",
        "chance",
        "chance_of",
        "number",
        "quantity",
        "declared",
        "value_of",
        "target_of",
    ),
    *("points", "day", "short_day", "month", "instant", "clock_time", "seconds"),
)
_TURNING = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), " ")


def site_of(request: Request) -> Site:
    """The site that a request is for."""
    site: Site = request.app.state.site
    return site


def render(
    request: Request, template: str, values: Mapping[str, Any], *, status: int = 200
) -> HTMLResponse:
    """A page."""
    organization = site_of(request).organization
    text = _TEMPLATES.get_template(template).render(
        request=request,
        organization=organization,
        own=organization.words,
        reader=getattr(request.state, "reader", None),
        csrf_token=csrf_token(request),
        signs_out=access_of(request).sign_in is not None,
        **values,
    )
    return HTMLResponse(text, status)


def address(url: Any) -> str | None:
    """A source's address, if it is one that a browser may open; what sources send is untrusted."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def written(text: Any) -> str:
    """A text of a source, without what would turn around or hide the text beside it."""
    shown = formatting.plain(text)
    return shown if shown.isascii() else shown.translate(_TURNING)


@pass_context
def prose(context: Context, text: Any) -> Markup:
    """A sentence of the model: addresses as links, days as the organization writes them."""
    return linked(with_own_days(written(text), context["organization"]))


def linked(text: Any) -> Markup:
    """A text with the addresses in it as links."""
    return Markup().join(  # what is joined is escaped, unless it is markup
        Markup('<a href="{}" rel="noreferrer">record</a>').format(part) if address(part) else part
        for part in _ADDRESS.split(written(text))
    )


def source_name(value_source: Any) -> str:
    """Where a value comes from in one word, ``Sheets``, from the column that says it whole."""
    if formatting.absent(value_source):
        return ""
    first = str(value_source).partition(",")[0].partition(" ")[0]
    return _SOURCES.get(first, first.capitalize())


@pass_context
def _sparkline(context: Context, line: Line) -> Markup:
    return sparkline(line, context["organization"].figures)


@pass_context
def _moved(context: Context, line: Line) -> str:
    """How far a Key Result's value is from where it was on the day of ``since``."""
    return movement_words(line.row, line.change, context["organization"].figures)


@pass_context
def _standing_of(context: Context, line: Line) -> Standing:
    """Why a Key Result stands where it does, in the organization's words and language."""
    told: Organization = context["organization"]
    return standing(line.row, Wording(told.confidence, told.figures, told.words))


def _filter_of(name: str) -> Callable[..., str]:
    """A filter that writes a figure or a day in the organization's language."""

    @pass_context
    def told(context: Context, *values: Any, **options: Any) -> str:
        text: str = getattr(context["organization"].figures, name)(*values, **options)
        return text

    return told


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["sparkline"] = _sparkline
    found.globals["moved"] = _moved
    found.globals["standing_of"] = _standing_of
    found.globals["counted"] = _filter_of("counted")
    found.globals["source_name"] = source_name
    found.globals["marked_id"] = marked_id
    found.globals["marked_words"] = marked_words
    found.globals["shape"] = lambda level: _LEVELS.get(level, "none")
    for name in _FIGURES:
        found.filters[name] = _filter_of(name)
    found.filters["absent"] = formatting.absent
    found.filters["held"] = is_held
    found.filters["level"] = formatting.level
    found.filters["first_up"] = first_up
    found.filters["a"] = with_article
    found.filters["address"] = address
    found.filters["written"] = written
    found.filters["linked"] = linked
    found.filters["prose"] = prose
    return found


_TEMPLATES = _environment()
