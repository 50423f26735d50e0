"""What has changed since an earlier published day, in a few lines.

What belongs here: comparing two published days and printing the differences. What does not: the
history that holds them (``pipelines.publish.history``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
from deltalake import DeltaTable
from rich.console import Console

from okr_model.links.history import changes, links_on
from okr_model.tables.vocabulary import SEVERITIES
from pipelines.settings import Settings
from published.formatting import absent, day, level, plain, quantity, share
from published.tables import PublishedTables
from published.titles import Titles

_MOST = 8
_SHOWN = ["current_value", "progress", "computed_confidence"]


def print_week(
    screen: Console, settings: Settings, tables: PublishedTables, history: Path, until: dt.date
) -> None:
    """Print what is different from the last published day at least a week before ``until``.

    Args:
        screen: Where to.
        settings: The organization's words for confidence.
        tables: What is published.
        history: The folder of published Delta tables.
        until: The last published day.
    """
    days = [each for each in tables.days("key_results_daily") if (until - each).days >= 7]
    if not days:
        return
    since = max(days)
    screen.print(f"\nWhat changed since {since:%a} {day(since)}")
    daily = tables.frame("key_results_daily", "as_of = ? OR as_of = ?", [since, until])
    _print(screen, "Key Results", _moves(daily, since, until, settings))
    seen = tables.frame("changes", "seen_on > ?", [since])
    _print(screen, "Definitions", [_definition(row) for row in seen.to_dict("records")])
    moved = changes(links_on(tables.frame("link_history"), since), tables.frame("links"))
    titles = Titles(tables.path)
    _print(screen, "Links", [_link(row, titles) for row in moved.to_dict("records")])
    _print(screen, "Findings", _findings(tables.frame("findings"), history, since))


def _print(screen: Console, what: str, lines: list[str]) -> None:
    for place, line in enumerate(lines[:_MOST] or ["nothing changed"]):
        screen.print(f"  {what if not place else '':<12} {line}", no_wrap=True, overflow="ellipsis")
    if len(lines) > _MOST:
        screen.print(f"  {'':<12} … and {len(lines) - _MOST} more")


def _moves(daily: pd.DataFrame, since: dt.date, until: dt.date, settings: Settings) -> list[str]:
    """Key Results with another value or confidence; changed confidence first, then by distance."""
    key = ["key_result_id", "cycle_id"]
    rows = daily[[*key, "as_of", "unit", "target", "target_high", *_SHOWN]]
    before, now = rows[rows["as_of"] == since], rows[rows["as_of"] == until]
    both = now.merge(before, on=key, suffixes=("", "_before"))
    told: list[tuple[bool, float, str]] = []
    for row in both.to_dict("records"):
        value = not _same(row["current_value"], row["current_value_before"])
        call = not _same(row["computed_confidence"], row["computed_confidence_before"])
        if value or call:
            far = row["progress"], row["progress_before"]
            distance = 0.0 if absent(far[0]) or absent(far[1]) else abs(far[0] - far[1])
            told.append((not call, -distance, _move(row, settings)))
    return [sentence for _, _, sentence in sorted(told)]


def _move(row: dict[str, Any], settings: Settings) -> str:
    unit, wording = row["unit"], settings.organization.confidence
    edges = row["target"], row["target_high"]
    before = quantity(row["current_value_before"], None, *edges)
    values = f"{before} → {quantity(row['current_value'], unit, *edges)}"
    progress = f"progress {share(row['progress_before'])} → {share(row['progress'])}"
    calls = [level(row[f"computed_confidence{when}"], wording) for when in ("_before", "")]
    call = "" if calls[0] == calls[1] else f", computed confidence {calls[0]} → {calls[1]}"
    return f"{plain(row['key_result_id'])} {values}, {progress}{call}"


def _definition(row: dict[str, Any]) -> str:
    said = f"{plain(row['field'])} {plain(row['old'])} → {plain(row['new'])}"
    when = "seen" if absent(row["changed_at"]) else "on"
    return f"{plain(row['key_result_id'])} {said}, {when} {day(row['changed_on'])}"


def _link(row: dict[str, Any], titles: Titles) -> str:
    states = [
        "none" if absent(row[f"state{when}"]) else f"{row[f'state{when}']} by {row[f'rule{when}']}"
        for when in ("_before", "")
    ]
    named = titles.initiative(row["initiative_id"], row["initiative"])
    return f"{named} → {plain(row['key_result_id'])}: {states[0]}, now {states[1]}"


def _findings(now: pd.DataFrame, history: Path, since: dt.date) -> list[str]:
    before = _findings_on(history, since)
    if before is None:
        return ["not known of that day"]
    rank = now["severity"].map({name: place for place, name in enumerate(SEVERITIES)})
    now = now.assign(rank=rank).sort_values(["rank", "rule", "subject_id"])
    new = now[~now["finding_id"].isin(before["finding_id"])]
    gone = before[~before["finding_id"].isin(now["finding_id"])]
    told = [f"new: {plain(row['sentence'])}" for row in new.to_dict("records")]
    return [*told, *(f"gone: {plain(row['sentence'])}" for row in gone.to_dict("records"))]


def _findings_on(history: Path, day: dt.date) -> pd.DataFrame | None:
    """The findings as that day's last run published them; None if no version is of that day."""
    path = str(history / "findings")
    for version in range(DeltaTable(path).version(), -1, -1):
        frame = DeltaTable(path, version=version).to_pandas()
        if len(frame) and frame["as_of"].iloc[0] == day:
            return frame
    return None


def _same(one: Any, other: Any) -> bool:
    return bool((absent(one) and absent(other)) or one == other)
