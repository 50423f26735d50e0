"""What changed between two runs, as text and as JSON.

What belongs here: printing it. What does not: comparing (``published.changes``).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from pipelines.cli.changes.rows import for_people
from pipelines.cli.setup.sync_plan import print_table_change
from pipelines.cli.shared.output import console, print_json
from pipelines.project import Project
from published.audit.visibility import names_of
from published.changes.answer import Changes, KeyResultChange, changes_between
from published.changes.movements import LevelChange, Movement
from published.changes.runs import Run, newest_run, published_runs, run_named, run_since
from published.formatting import ENGLISH, chance, day, level, plain, quantity, share
from published.snapshot import Snapshot
from published.tables import PublishedTables

_NAMES = {
    "current_value": "value",
    "attainment_probability": "chance",
    "computed_confidence": "computed",
    "stated_confidence": "said",
}


def show_changes(config: Path | None, since: str, *, as_json: bool) -> int:
    """Print what changed since a day or run; returns 0.

    Raises:
        UserError: Nothing is published, or no such run or day is.
    """
    project, tables = _open(config)
    runs = published_runs(tables)
    first, last = run_since(runs, since, project.clock.today), newest_run(tables, runs)
    found = changes_between(tables, project.paths.history, first, last)
    return _show(project, tables, found, as_json)


def show_diff(config: Path | None, first: str, last: str, *, as_json: bool) -> int:
    """Print what changed from one run to another; returns 0.

    Raises:
        UserError: Nothing is published, or no such run is.
    """
    project, tables = _open(config)
    runs = published_runs(tables)
    one, other = run_named(runs, first), run_named(runs, last)
    found = changes_between(tables, project.paths.history, one, other)
    return _show(project, tables, found, as_json)


def _open(config: Path | None) -> tuple[Project, Snapshot]:
    project = Project(config, with_secrets=False)
    return project, Snapshot(PublishedTables(project.paths.duckdb).path)


def _show(project: Project, tables: Snapshot, found: Changes, as_json: bool) -> int:
    if as_json:
        print_json(_as_json(found))
    else:
        zone = project.settings.organization.zone
        rows = tuple(for_people(found.tables, names_of(tables), zone))
        _print(console(), project, replace(found, tables=rows))
    return 0


def _as_json(found: Changes) -> dict[str, Any]:
    told = asdict(found)
    told["from"], told["to"] = told.pop("first"), told.pop("last")
    return {name: told[name] for name in ("from", "to", *told)}


def _print(screen: Console, project: Project, found: Changes) -> None:
    screen.print(f"From {_run(found.first)} to {_run(found.last)}", style="bold")
    if found.with_what:
        words = {"version": "the version of okr-sync", "code": "the program"}
        differing = ", ".join(words.get(name, name) for name in found.with_what)
        screen.print(f"Computed with others: {differing}")
    screen.print("\nKey Results", style="bold")
    for one in found.key_results:
        _print_key_result(screen, one, project.settings.organization.confidence)
    if not found.key_results:
        screen.print("  nothing changed")
    if found.new_work:
        screen.print("\nNew work that serves no Key Result", style="bold")
    for team in found.new_work:
        screen.print(f"  {plain(team.team or 'of no team')}")
        for line in team.words:
            screen.print(f"    {plain(line)}", soft_wrap=True)
    screen.print("\nRows", style="bold")
    for table in found.tables:
        print_table_change(screen, table)
    if not found.tables:
        screen.print("  nothing changed")
    if found.not_kept:
        names = ", ".join(found.not_kept)
        screen.print(
            f"  Not compared, as one of the runs has no rows of them any more: {names}",
            soft_wrap=True,
        )


def _run(run: Run) -> str:
    return f"{run.as_of:%a} {day(run.as_of)} (run {plain(run.run_id)})"


def _print_key_result(screen: Console, one: KeyResultChange, levels: tuple[str, str, str]) -> None:
    state = "" if one.state == "there" else f" · {one.state}"
    was = f" (was {one.was})" if one.was else ""
    title = f"  {one.key_result_id}{was} · {one.cycle_id}{state}  {plain(one.statement)}"
    screen.print(plain(title), soft_wrap=True)
    for figure in one.figures:
        _print_figure(screen, figure, one.unit)
    for change in one.levels:
        screen.print(f"    {_level(change, levels)}", soft_wrap=True)
    for link in one.links:
        screen.print(f"    {link.what} {day(link.day)}: {plain(link.initiative)}", soft_wrap=True)


def _print_figure(screen: Console, moved: Movement, unit: str | None) -> None:
    before, after = (_figure(moved.figure, value, unit) for value in (moved.before, moved.after))
    name = _NAMES.get(moved.figure, moved.figure)
    if moved.change is None:
        screen.print(f"    {name:<9} {before} → {after}: {', '.join(moved.why)}", soft_wrap=True)
        return
    change = _change(moved.figure, moved.change, unit)
    screen.print(f"    {name:<9} {before} → {after}  {change}", soft_wrap=True)
    for part in moved.parts:
        days = ", ".join(ENGLISH.short_day(one) for one in part.days[:3])
        more = f" and {len(part.days) - 3} more days" if len(part.days) > 3 else ""
        told = _change(moved.figure, part.change, unit)
        screen.print(f"      {' and '.join(part.why)} {told} ({days}{more})", soft_wrap=True)


def _figure(figure: str, value: float | None, unit: str | None) -> str:
    if figure == "current_value":
        return quantity(value, unit)
    return share(value) if figure == "progress" else chance(value)


def _change(figure: str, value: float, unit: str | None) -> str:
    if figure == "current_value":
        return ENGLISH.movement(value, unit)
    return ENGLISH.points(value) if value else "no movement"


def _level(change: LevelChange, levels: tuple[str, str, str]) -> str:
    name = _NAMES.get(change.level, change.level)
    before, after = (
        plain(one) if change.level == "pace" else level(one, levels)
        for one in (change.before, change.after)
    )
    return (
        f"{name:<9} {before} → {after} ({ENGLISH.short_day(change.day)}): {', '.join(change.why)}"
    )
