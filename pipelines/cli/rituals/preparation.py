"""``okr prepare``: the steps before a cycle, with dates, and which each team has taken.

What belongs here: choosing the cycle and printing. What does not: judging the steps
(``published.rituals.preparation``).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from okr_model.governance.preparation import STEPS
from pipelines.cli.shared.output import console, print_json
from pipelines.model.organization import organization_of
from pipelines.project import Project
from published.export import machine
from published.formatting import ENGLISH, plain
from published.moment import last_day
from published.rituals.preparation import (
    StepOfATeam,
    cycle_to_prepare,
    missing_cycle,
    preparation_of,
)
from published.snapshot import Snapshots

_STYLES = {"done": "green", "late": "red", "unknown": "dim", "open": ""}


def show_preparation(
    config: Path | None, cycle: str | None, team: str | None, *, as_json: bool
) -> int:
    """Print the steps of each team; returns 0.

    Raises:
        published.rituals.preparation.NothingToPrepareError: There is no such cycle or team, or
            nothing is prepared before it.
    """
    project = Project(config, with_secrets=False)
    tables = Snapshots(project.paths.duckdb).current()
    organization, day = organization_of(project.settings), last_day(tables)
    chosen = cycle or cycle_to_prepare(organization, day)
    steps = preparation_of(tables, organization, chosen, day, team)
    if as_json:
        print_json([{name: machine(v) for name, v in asdict(one).items()} for one in steps])
        return 0
    screen = console()
    screen.print(f"{organization.name} · before {chosen}", style="bold")
    screen.print(_steps(steps))
    for name in dict.fromkeys(one.team for one in steps):
        screen.print(_of_team(name, [one for one in steps if one.team == name]))
    missing = None if cycle else missing_cycle(organization, day)
    if missing is not None:
        last, begins = missing
        screen.print(
            f"The settings have no cycle after {last}. If it is as long, its preparation begins on"
            f" {ENGLISH.day(begins)}: add it under cycles: in okr.yaml."
        )
    return 0


def _steps(steps: list[StepOfATeam]) -> Table:
    table = Table(box=None)
    for name in ("Step", "From", "Until", "What is done in it"):
        table.add_column(name, no_wrap=name != "What is done in it")
    for one in {one.step: one for one in steps}.values():
        first, last = ENGLISH.day(one.starts_on), ENGLISH.day(one.ends_on)
        table.add_row(one.step, first, last, STEPS[one.step])
    return table


def _of_team(name: str, steps: list[StepOfATeam]) -> Table:
    table = Table(title=plain(name), title_justify="left", title_style="bold", box=None)
    for column in ("Step", "State", "Because"):
        table.add_column(column, no_wrap=column != "Because")
    for one in steps:
        table.add_row(one.step, one.state, plain(one.because), style=_STYLES[one.state])
    return table
