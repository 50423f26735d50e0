"""The issues and rows behind a value, as lines of text.

What belongs here: printing them. What does not: finding them (``model.measures``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console

from okr_model.entities.initiatives import titled
from okr_model.quantities.units import figure
from pipelines.cli.shared.formatting import plain


def print_issues(screen: Console, issues: Sequence[Mapping[str, Any]]) -> None:
    """Print the issues that a value aggregates, if any."""
    if issues:
        screen.print("  The issues it aggregates, with hours from creation to resolution:")
    for issue in issues:
        screen.print(f"    {plain(_issue_line(issue))}  {plain(issue['url'])}", soft_wrap=True)


def print_rows_of_value(screen: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the rows that a value was computed from, if any."""
    if rows:
        screen.print("  The rows it was computed from:")
    for row in rows:
        line = (
            f"{figure(row['value']):>12}  {row['field'] or row['record_id']}: {row['text'] or ''}"
        )
        screen.print(f"    {plain(line)}  {plain(row['url'] or '')}", soft_wrap=True)


def _issue_line(issue: Mapping[str, Any]) -> str:
    began, ended = (
        "not yet" if pd.isna(issue[name]) else f"{issue[name]:%Y-%m-%d %H:%M} UTC"
        for name in ("created_at", "resolved_at")
    )
    hours = "" if pd.isna(issue["hours"]) else f"{issue['hours']:.2f} h"
    number = issue.get("number")
    held = "" if number is None else f"  {'no value' if pd.isna(number) else figure(number)}"
    named = titled(issue["key"], issue["title"])
    return f"{hours:>12}{held}  {named}  created {began}  resolved {ended}"
