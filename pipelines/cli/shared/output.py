"""Output: JSON and CSV for programs, the console for people.

What belongs here: serializing rows, and the rich console. What does not: what a command shows.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import sys
from typing import Any

import pandas as pd
from rich.console import Console

from pipelines.cli.shared.formatting import absent
from pipelines.cli.shared.options import Format

# A spreadsheet program that opens the CSV would take a cell starting so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def console(*, stderr: bool = False) -> Console:
    """A console that does not interpret markup or emoji in text from the sources.

    If it is no terminal (a pipe, a log) and ``COLUMNS`` is not set, lines are 140 wide.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 140
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width)


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
    sys.stdout.write(text.getvalue())


def print_json(value: Any) -> None:
    """Print ``value`` as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=machine) + "\n")


def machine(value: Any) -> Any:
    """A value for JSON: null for every kind of null, ISO 8601 for dates and times."""
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        items = value if isinstance(value, (list, tuple)) else value.tolist()
        return [machine(item) for item in items] if isinstance(items, (list, tuple)) else items
    if absent(value):
        return None
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return value


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _for_csv(value: Any) -> Any:
    if isinstance(value, list):
        value = " | ".join(str(item) for item in value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
