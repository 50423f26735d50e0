"""Output: JSON and CSV for programs, the console for people.

What belongs here: serializing rows, the rich console, and what no output may have: characters that
a terminal obeys, numbers that JSON does not know, credentials. What does not: what a command shows.

Texts come from anyone who can write in a source. Nothing is printed by other means than these.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import logging
import math
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from connectors.secrets import redact
from pipelines.cli.shared.options import Format
from published.formatting import absent

# A spreadsheet program that opens the CSV would take a cell starting so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# What a terminal, an editor or a browser obeys instead of showing it: the control characters but
# for tab and line feed, line separators, marks of writing direction, half pairs of surrogates.
_OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def harmless(text: str) -> str:
    r"""``text`` for a terminal or a file: what would be obeyed is spelled out, without credentials.

    >>> print(harmless("\x1b[31mred"))
    \u001b[31mred
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", redact(text))


def say(text: str, *, stderr: bool = False) -> None:
    """Print one text as it is, but for what :func:`harmless` replaces."""
    (sys.stderr if stderr else sys.stdout).write(f"{harmless(text)}\n")


class _Console(Console):
    """Shows texts harmlessly, whether they come as such or within something renderable."""

    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(harmless(text), **how)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        for one in super().render(renderable, options):
            yield one if one.control else Segment(harmless(one.text), one.style)


class _LogLine(logging.Formatter):
    """A log message of a library, which may quote what a service sent."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


def show_logs_harmlessly() -> None:
    """Let warnings of libraries appear on the standard error as harmlessly as all else."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_LogLine())


def console(*, stderr: bool = False) -> Console:
    """A console that does not interpret markup or emoji in text from the sources.

    If it is no terminal (a pipe, a log) and ``COLUMNS`` is not set, lines are 140 wide.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 140
    return _Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width)


def print_rows(frame: pd.DataFrame, form: Format) -> None:
    """Print every column of ``frame`` as JSON or CSV."""
    rows = [{name: machine(value) for name, value in row.items()} for row in _records(frame)]
    if form is Format.JSON:
        print_json(rows)
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(frame.columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _for_csv(value) for name, value in row.items()} for row in rows)
    sys.stdout.write(harmless(text.getvalue()))


def print_json(value: Any) -> None:
    """Print ``value`` as JSON; a number that is not finite is null, as JSON knows none."""
    told = json.dumps(_finite(value), ensure_ascii=False, indent=1, default=machine)
    sys.stdout.write(f"{harmless(told)}\n")  # what it replaces is an escape of JSON, too


def machine(value: Any) -> Any:
    """A value for JSON: null for every kind of null, ISO 8601 for dates and times."""
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        items = value if isinstance(value, (list, tuple)) else value.tolist()
        return [machine(item) for item in items] if isinstance(items, (list, tuple)) else items
    if absent(value):
        return None
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return _finite(value)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _for_csv(value: Any) -> Any:
    if isinstance(value, list):
        value = " | ".join(str(item) for item in value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
