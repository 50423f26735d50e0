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
from published.formatting import plain


def print_issues(screen: Console, issues: Sequence[Mapping[str, Any]]) -> None:
    """Print the issues that a value aggregates, if any."""
    if issues:
        screen.print(f"  The issues it aggregates, {_shown(issues[0])}:")
    for issue in issues:
        screen.print(f"    {plain(_issue_line(issue))}  {plain(issue['url'])}", soft_wrap=True)


def print_rows_of_value(screen: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the rows that a value was computed from, if any."""
    if rows:
        screen.print("  The rows it was computed from:")
    for row in rows:
        where = row["field"] or row["record_id"]
        line = f"{figure(row['value']):>12}  {where}: {row['text'] or ''}"
        line += f"  true for {row['date']}" if row.get("date") else ""
        line += f"  in {row['counts_in']}" if row.get("counts_in") else ""
        screen.print(f"    {plain(line)}  {plain(row['url'] or '')}", soft_wrap=True)


def _shown(issue: Mapping[str, Any]) -> str:
    """What stands before each issue."""
    if "number" in issue:
        return "with the value of the field; those without a value do not count"
    return "with the move" if "moved_at" in issue else "with hours from creation to resolution"


def _issue_line(issue: Mapping[str, Any]) -> str:
    held = _figure_of(issue)
    began, ended = (_moment(issue[name]) for name in ("created_at", "resolved_at"))
    moved = f"  moved {_moment(issue['moved_at'])}" if "moved_at" in issue else ""
    named = titled(issue["key"], issue["title"])
    return f"{held:>12}  {named}{moved}  created {began}  resolved {ended}"


def _figure_of(issue: Mapping[str, Any]) -> str:
    if "number" in issue:
        return "no value" if pd.isna(issue["number"]) else figure(issue["number"])
    if "moved_at" in issue or pd.isna(issue["hours"]):
        return ""
    return f"{issue['hours']:.2f} h"


def _moment(at: Any) -> str:
    return "not yet" if pd.isna(at) else f"{at:%Y-%m-%d %H:%M} UTC"
