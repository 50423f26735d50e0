"""Output: JSON and CSV for programs, the console for people.

What belongs here: printing rows, and what no output may have: characters that a terminal obeys,
credentials. What does not: what a command shows, rows as JSON and CSV (``published.export``), and
how rich draws (``console``).

Texts come from anyone who can write in a source. Nothing is printed by other means than these.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd

from connectors.secrets import redact
from pipelines.cli.shared.options import Format
from published.export import csv_text, json_text, records, spelled_out

if TYPE_CHECKING:
    from rich.console import Console


def harmless(text: str) -> str:
    r"""``text`` for a terminal or a file: what would be obeyed is spelled out, without credentials.

    >>> print(harmless("\x1b[31mred"))
    \u001b[31mred
    """
    return spelled_out(redact(text))


def say(text: str, *, stderr: bool = False) -> None:
    """Print one text as it is, but for what :func:`harmless` replaces."""
    (sys.stderr if stderr else sys.stdout).write(f"{harmless(text)}\n")


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
    from pipelines.cli.shared.console import HarmlessConsole  # the page has no use for rich

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 140
    return HarmlessConsole(stderr=stderr, markup=False, emoji=False, highlight=False, width=width)


def print_rows(frame: pd.DataFrame, form: Format) -> None:
    """Print every column of ``frame`` as JSON or CSV."""
    rows = records(frame)
    if form is Format.JSON:
        print_json(rows)
        return
    sys.stdout.write(redact(csv_text(frame.columns, rows)))


def print_json(value: Any) -> None:
    """Print ``value`` as JSON; a number that is not finite is null, as JSON knows none."""
    sys.stdout.write(f"{redact(json_text(value, indent=1))}\n")
