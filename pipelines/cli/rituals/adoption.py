"""``okr adoption``: how teams work with their Key Results, beside the cycle before.

What belongs here: choosing the cycles and printing. What does not: the figures
(``published.rituals.adoption``).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from okr_model.wording import share
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.published import open_published
from published.rituals.adoption import (
    FEWEST,
    CycleOfATeam,
    NoAdoptionError,
    adoption_of,
    known_cycles,
)
from published.rituals.treadmill import TREADMILL, WEEKS, Movement, treadmill_of
from published.selection import current_cycle, published_day

_SHARES = {
    **{"On time": "on_time", "Missed": "missed", "Updated": "updated", "Reached": "reached"},
    "Focus": "focus",
}
_LEGEND = (
    "Kick-off: days from the end of the team's cycle before to its first check-in. On time, missed:"
    " of the check-ins that were due. Updated: weeks of a Key Result with a"
    " check-in or a new value. Focus: of what happens in the team's initiatives in Jira, without"
    " apps and bulk edits, the share that serves a Key Result. Low early: days on which the team"
    " called one low while there was time, which is what calls are for. New unlinked: issues"
    " created that serve none. In brackets: the cycle before."
    f" –: unknown, or fewer than {FEWEST}."
)
_TREADMILL = (
    f"Work: what happened in linked work in the last {WEEKS} weeks; much is what one of the team's"
    " Key Results of this cycle sees on average. Moved: progress gained meanwhile; enough is half"
    " of what the straight path gains. Ask whether this work can move it."
)


def show_adoption(config: Path | None, cycle: str | None, *, as_json: bool) -> int:
    """Print what each team did in a cycle; returns 0.

    Raises:
        published.rituals.adoption.NoAdoptionError: Nothing is known of the cycle.
    """
    settings, tables = open_published(config)
    starts = {one.id: one.start for one in settings.cycles}
    ends = {one.id: one.end for one in settings.cycles}
    running = current_cycle(settings.cycles, published_day(tables))
    known = [one for one in known_cycles(tables) if one in starts]
    if running not in known and known:  # such as in the first days of a cycle without Key Results
        running = max(known, key=lambda name: starts[name])
    chosen = cycle or running
    now = adoption_of(tables, chosen)
    before: dict[str, CycleOfATeam] = {}
    earlier = [one for one in ends if chosen in starts and ends[one] < starts[chosen]]
    if earlier:
        last = max(earlier, key=lambda name: ends[name])
        try:
            before = {one.team: one for one in adoption_of(tables, last)}
        except NoAdoptionError:
            before = {}
    moving = treadmill_of(tables, chosen)
    if as_json:
        told = [asdict(one) | {"movement": _of_team(one, moving)} for one in now]
        print_json([*told, *(asdict(one) | {"movement": []} for one in before.values())])
        return 0
    title = f"{settings.organization.name} · {chosen}: teams and their Key Results"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("Team", no_wrap=True)
    for name in (
        "Weeks",
        "Kick-off",
        "Due",
        *_SHARES,
        "Low early",
        "Terms changed",
        "New unlinked",
    ):
        table.add_column(name, justify="right")
    for one in now:
        table.add_row(*_cells(one, before.get(one.team)))
    screen = console()
    screen.print(table)
    screen.print(_LEGEND)
    idle = [one for one in moving if one.quadrant == TREADMILL]
    if idle:
        screen.print(_treadmill(idle))
        screen.print(_TREADMILL)
    return 0


def _of_team(one: CycleOfATeam, moving: list[Movement]) -> list[dict[str, object]]:
    return [asdict(row) for row in moving if row.team == one.team]


def _treadmill(rows: list[Movement]) -> Table:
    title = "Much work, little movement"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("Team", no_wrap=True)
    for name in ("Key Result", "Work", "Much", "Moved", "Enough"):
        table.add_column(name, justify="right")
    for row in rows:
        moved = share(row.moved or 0)
        much = f"{row.level:.0f}"
        table.add_row(
            row.team, row.key_result_id, str(row.activity), much, moved, share(row.enough)
        )
    return table


def _cells(one: CycleOfATeam, before: CycleOfATeam | None) -> list[str]:
    shares = [_beside(getattr(one, name), getattr(before, name, None)) for name in _SHARES.values()]
    low = f"{one.called_low_early} of {one.called_low}"
    new = "–" if one.new_issues is None else f"{one.new_unlinked} of {one.new_issues}"
    days = [None if row is None else row.kick_off_days for row in (one, before)]
    began = "–" if days[0] is None else str(days[0])
    began += "" if days[1] is None else f" ({days[1]})"
    whole = (str(one.weeks), began, str(one.due))
    return [one.team, *whole, *shares, low, str(one.redefined), new]


def _beside(now: float | None, before: float | None) -> str:
    told = "–" if now is None else share(now)
    return told if before is None else f"{told} ({share(before)})"
