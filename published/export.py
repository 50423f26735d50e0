"""Rows for programs: JSON and CSV, the same from the command and the page.

What belongs here: values as JSON and CSV can hold them, and what neither may have: numbers that
JSON does not know, cells that a spreadsheet program would take for a formula, characters that a
terminal obeys. What does not: values for people (``formatting``), and which rows are exported.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from published.formatting import absent

# A spreadsheet program that opens the CSV would take a cell starting so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# What a terminal, an editor or a browser obeys instead of showing it: the control characters but
# for tab and line feed, line separators, marks of writing direction, half pairs of surrogates.
_OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def spelled_out(text: str) -> str:
    r"""``text`` with every character that would be obeyed instead of shown as its escape.

    >>> print(spelled_out("\x1b[31mred"))
    \u001b[31mred
    """
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame for JSON."""
    return [
        {name: machine(value) for name, value in zip(frame.columns, row, strict=True)}
        for row in frame.itertuples(index=False)
    ]


def for_json(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as dicts in which unknown is None, for JSON: dates and times as texts."""
    return [
        {
            name: value.isoformat() if isinstance(value, dt.date) else _finite(value)
            for name, value in row.items()
        }
        for row in rows
    ]


def json_text(value: Any, indent: int | None = None) -> str:
    """``value`` as JSON; a number that is not finite is null, as JSON knows none."""
    told = json.dumps(_finite(value), ensure_ascii=False, indent=indent, default=machine)
    return spelled_out(told)  # what it replaces is an escape of JSON, too


def csv_text(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, header: bool = True
) -> str:
    """Rows of :func:`records` as CSV; a list is joined by bars, a formula quoted."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(columns), lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return spelled_out(text.getvalue())


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = " | ".join(str(item) for item in value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
