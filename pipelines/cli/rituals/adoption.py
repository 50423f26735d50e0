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
from published.rituals.adoption import FEWEST, CycleOfATeam, NoAdoptionError, adoption_of
from published.selection import current_cycle, published_day

_SHARES = {"On time": "on_time", "Missed": "missed", "Updated": "updated", "Reached": "reached"}
_LEGEND = (
    "On time, missed: of the check-ins that were due. Updated: weeks of a Key Result with a"
    " check-in or a new value. Low early: days on which the team called one low while there was"
    f" time, which is what calls are for. In brackets: the cycle before. –: fewer than {FEWEST}."
)


def show_adoption(config: Path | None, cycle: str | None, *, as_json: bool) -> int:
    """Print what each team did in a cycle; returns 0.

    Raises:
        published.rituals.adoption.NoAdoptionError: Nothing is known of the cycle.
    """
    settings, tables = open_published(config)
    chosen = cycle or current_cycle(settings.cycles, published_day(tables))
    now = adoption_of(tables, chosen)
    starts = {one.id: one.start for one in settings.cycles}
    before: dict[str, CycleOfATeam] = {}
    earlier = [one for one in starts if chosen in starts and starts[one] < starts[chosen]]
    if earlier:
        last = max(earlier, key=lambda name: starts[name])
        try:
            before = {one.team: one for one in adoption_of(tables, last)}
        except NoAdoptionError:
            before = {}
    if as_json:
        print_json([asdict(one) for one in [*now, *before.values()]])
        return 0
    title = f"{settings.organization.name} · {chosen}: teams and their Key Results"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("Team", no_wrap=True)
    for name in ("Weeks", "Due", *_SHARES, "Low early", "Terms changed"):
        table.add_column(name, justify="right")
    for one in now:
        table.add_row(*_cells(one, before.get(one.team)))
    screen = console()
    screen.print(table)
    screen.print(_LEGEND)
    return 0


def _cells(one: CycleOfATeam, before: CycleOfATeam | None) -> list[str]:
    shares = [_beside(getattr(one, name), getattr(before, name, None)) for name in _SHARES.values()]
    low = f"{one.called_low_early} of {one.called_low}"
    return [one.team, str(one.weeks), str(one.due), *shares, low, str(one.redefined)]


def _beside(now: float | None, before: float | None) -> str:
    told = "–" if now is None else share(now)
    return told if before is None else f"{told} ({share(before)})"
