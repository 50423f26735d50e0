"""``okr alignment``: the tree of Objectives, and what ties teams to each other.

What belongs here: choosing the cycle and printing. What does not: the tree
(``published.key_results.alignment``) and the ties (``published.key_results.between_teams``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from pipelines.cli.shared.output import console, print_json
from pipelines.model.organization import organization_of
from pipelines.project import Project
from published.errors import UserError
from published.export import machine
from published.formatting import absent, day, plain, share
from published.key_results.alignment import Alignment, Branch, alignment
from published.key_results.between_teams import BetweenTeams, between_teams
from published.key_results.lines import Line, lines_of
from published.moment import Moment, last_day
from published.selection import current_cycle
from published.snapshot import Snapshots
from published.titles import cut

_LONGEST = 60
_CONFIRMED = {True: "yes", False: "no", None: "nobody said"}
_FIGURES = ("key_results", "without_progress", "progress", "expected_progress", "pace")
_LEGEND = (
    "Own: Key Results of the Objective itself. In all: with those of the Objectives below it, each"
    " counted once. Progress: see okr rollup."
)


def show_alignment(config: Path | None, cycle: str | None, *, as_json: bool) -> int:
    """Print what each Objective of a cycle contributes to, and what ties teams; returns 0.

    Raises:
        UserError: There is no such cycle.
        published.tables.NotPublishedError: Nothing is published yet.
    """
    project = Project(config, with_secrets=False)
    tables = Snapshots(project.paths.duckdb).current()
    organization = organization_of(project.settings).in_english()
    known = [one.id for one in organization.cycles]
    as_of = last_day(tables)
    chosen = cycle or current_cycle(organization.cycles, as_of)
    if chosen not in known:
        raise UserError(f"{chosen}: no such cycle; there are {', '.join(known)}.")
    lines = lines_of(tables, organization, Moment(), chosen)
    tree = alignment(tables, lines, chosen, latest=True)
    ties = between_teams(tables, lines, chosen, as_of)
    if as_json:
        print_json(_record(tree, ties, chosen))
        return 0
    screen = console()
    if not lines and not tree.roots:
        screen.print(f"No Objective and no Key Result of {chosen} is published.")
        return 0
    title = (
        f"{organization.name} · {chosen} · as of {as_of:%a} {day(as_of)}: what contributes to what"
    )
    screen.print(_tree_table(tree, title, as_of > _end(organization.cycles, chosen)))
    for text in (_LEGEND, *_counted(tree)):
        screen.print(text)
    for table in _ties(ties):
        screen.print(table)
    return 0


def _end(cycles: Sequence[Any], chosen: str) -> Any:
    return next(one.end for one in cycles if one.id == chosen)


def _tree_table(tree: Alignment, title: str, ended: bool) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("Objective", no_wrap=True, max_width=_LONGEST)
    table.add_column("Of", no_wrap=True)
    for name in ("Own", "In all", "Progress", "Expected"):
        table.add_column(name, justify="right")
    table.add_column("Pace")
    for depth, one in _walked(tree.roots):
        row: Any = one.rollup or {}
        name = plain(one.objective["objective_id"])
        if not absent(title := one.objective["title"]):
            name += f" {plain(title)}"
        if one.parent:
            of = f" of {one.parent_cycle}" if one.parent_cycle else ""
            name += f" (for {one.parent}{of})"
        table.add_row(
            cut("  " * depth + name, _LONGEST),
            plain(one.objective["team"] or one.objective["level"]),
            str(len(one.lines)),
            str(row.get("key_results", 0)),
            share(row.get("progress")),
            share(row.get("expected_progress")),
            "ended" if ended else plain(row.get("pace")),
        )
    if tree.without:
        table.add_row("(no Objective)", "–", str(len(tree.without)), "–", "–", "–", "–")
    return table


def _walked(branches: Sequence[Branch], depth: int = 0) -> Iterator[tuple[int, Branch]]:
    for one in branches:
        yield depth, one
        yield from _walked(one.below, depth + 1)


def _counted(tree: Alignment) -> Iterator[str]:
    """How many Key Results there are, where counting by team would give more."""
    whole = int((tree.company or {}).get("key_results") or 0)
    by_team = sum(int(row["key_results"]) for row in tree.teams)
    if by_team > whole:
        yield (
            f"{whole} Key Results, each counted once. By team they are {by_team}, because those"
            " of several teams count once in each."
        )
    elsewhere = sum(1 for _, one in _walked(tree.roots) if one.parent)
    if elsewhere:
        yield "(for …): that is no Objective of this cycle, so nothing is rolled up into it."


def _ties(ties: BetweenTeams) -> Iterator[Table]:
    if ties.needed:
        table = Table(
            title="Needs another team", title_justify="left", title_style="bold", box=None
        )
        for name in ("Key Result", "Of", "Needs", "Agreed", "Said on"):
            table.add_column(name, no_wrap=True, max_width=_LONGEST)
        for one in ties.needed:
            said = _CONFIRMED[one.confirmed]
            table.add_row(
                *(
                    one.key_result_id,
                    ", ".join(one.teams) or "–",
                    plain(one.on),
                    said,
                    day(one.said_on),
                )
            )
        yield table
    if ties.shared:
        table = Table(title="Several teams", title_justify="left", title_style="bold", box=None)
        for name in ("Key Result", "Of"):
            table.add_column(name, no_wrap=True, max_width=_LONGEST)
        for both in ties.shared:
            table.add_row(both.key_result_id, ", ".join(both.teams))
        yield table


def _record(tree: Alignment, ties: BetweenTeams, cycle: str) -> dict[str, Any]:
    """The same for programs; figures are the published ones, unrounded."""
    return {
        "cycle_id": cycle,
        "company": _figures(tree.company),
        "teams": [{"team": row["subject"], **(_figures(row) or {})} for row in tree.teams],
        "objectives": [_branch(one) for one in tree.roots],
        "without_objective": _ids(tree.without),
        "needed": [asdict(one) | {"said_on": machine(one.said_on)} for one in ties.needed],
        "shared": [asdict(one) for one in ties.shared],
    }


def _branch(one: Branch) -> dict[str, Any]:
    return {
        **{
            name: machine(one.objective[name])
            for name in ("objective_id", "title", "team", "level", "parent_id")
        },
        "own_key_results": _ids(one.lines),
        "rollup": _figures(one.rollup),
        "below": [_branch(child) for child in one.below],
    }


def _figures(row: Any) -> dict[str, Any] | None:
    return None if row is None else {name: machine(row[name]) for name in _FIGURES}


def _ids(lines: Sequence[Line]) -> list[str]:
    return sorted((str(line.row["key_result_id"]) for line in lines), key=lambda x: (len(x), x))
