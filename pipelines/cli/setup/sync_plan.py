"""``okr sync --plan``: prints what a run would read and change.

What belongs here: printing. What does not: the plan (``pipelines.setup.plan``).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from pipelines.cli.changes.rows import for_people
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.progress import Progress
from pipelines.cli.shared.signals import ended_by_signals
from pipelines.project import Project
from pipelines.setup.plan import Plan, make_plan
from published.audit.visibility import names_of
from published.changes.rows import TableChange
from published.snapshot import Snapshots

_SHOWN = 5
_LONGEST = 60


def run_plan(config: Path | None, *, as_json: bool) -> int:
    """Compute the plan and print it.

    Returns:
        The exit code: 1 if a check would keep the run from being published, else 0.
    """
    screen = console(stderr=as_json)
    with ended_by_signals(), Progress(screen) as progress:
        project = Project(config, report=progress.report)
        plan = make_plan(project)
    if as_json:
        print_json(asdict(plan))
    else:
        _print(screen, project, plan)
    return int(bool(plan.violations or plan.crash))


def _print(screen: Console, project: Project, plan: Plan) -> None:
    zone = project.settings.organization.zone
    screen.print("Would be read")
    for one in plan.readings:
        since = (
            f"what changed since {one.since.astimezone(zone):%Y-%m-%d %H:%M}" if one.since else ""
        )
        screen.print(f"  {one.source:<7} {one.place}: {since or 'all of it'}", soft_wrap=True)
    if plan.day is None:
        screen.print("Nothing is published yet, so there is nothing to compare with.")
        return
    screen.print(f"Would change in the tables of {plan.day}, from what has been read so far")
    names = names_of(Snapshots(project.paths.duckdb).current())
    for change in (told := list(for_people(plan.tables, names, zone))):
        print_table_change(screen, change)
    if plan.tables and not told:
        only = ", ".join(change.table for change in plan.tables)
        screen.print(f"  only what programs read: {only}; --json has it", soft_wrap=True)
    if not plan.tables and not plan.crash:
        screen.print("  nothing")
    for check, violations in plan.violations.items():
        screen.print(f"Would not be published: {check.replace('_', ' ')}", style="red")
        screen.print(f"  {violations}")
    if plan.crash:
        screen.print(f"Could not be computed: {plan.crash}", style="red")


def print_table_change(screen: Console, change: TableChange) -> None:
    """Print how many rows of a table differ, and a few of them."""
    counts = {"added": len(change.added), "gone": len(change.gone)} | change.changed
    told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    screen.print(f"  {change.table}: {told}", soft_wrap=True)
    for word, rows in (("added", change.added), ("gone", change.gone)):
        if rows:
            more = f", … and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
            screen.print(f"    {word}: {', '.join(rows[:_SHOWN])}{more}", soft_wrap=True)
    for one in change.examples:
        was, is_now = _short(one.before), _short(one.after)
        screen.print(f"    {one.row}: {one.column} {was} → {is_now}", soft_wrap=True)


def _short(value: Any) -> str:
    text = (
        "nothing" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    )
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
