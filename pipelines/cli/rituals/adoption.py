"""``okr adoption``: how teams work with their Key Results, beside the cycle before.

What belongs here: choosing the cycles and printing. What does not: the figures
(``published.rituals.adoption.team_cycles``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from okr_model.wording import share
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.published import open_published
from published.rituals.adoption.team_cycles import (
    FEWEST,
    CycleOfATeam,
    NoAdoptionError,
    adoption_of,
    known_cycles,
)
from published.rituals.adoption.treadmill import TREADMILL, WEEKS, Movement, treadmill_of
from published.selection import current_cycle, known_cycle, published_day

_RHYTHM = {"On time": "on_time", "Missed": "missed", "Updated": "updated"}
_RHYTHM_LEGEND = (
    "Kick-off: days from the end of the team's cycle before to its first check-in. First value:"
    " days into the cycle, the median of its Key Results. On time, missed: of the check-ins that"
    " were due. Updated: weeks of a Key Result with a check-in or a new value. In brackets: the"
    f" cycle before. –: unknown, or fewer than {FEWEST}."
)
_OUTCOME = {"Reached": "reached", "Focus": "focus"}
_OUTCOME_LEGEND = (
    "Asked about: Key Results whose wording is asked about. Calls: the Brier score of the team's"
    " calls; 0 is perfect, 0.25 what always fifty-fifty would have. Low early: days on which the"
    " team called one low while there was time, which is what calls are for. Focus: of what happens"
    " in the team's initiatives in Jira, without apps and bulk edits, the share that serves a Key"
    " Result. New unlinked: issues created that serve none."
)
_MISSING = "What may be missing, as events suggest: no verdict, but a question for the team."
_TREADMILL = (
    f"Work: what happened in linked work in the last {WEEKS} weeks. Much: what one of the team's"
    " Key Results of this cycle sees on average. Moved: progress gained meanwhile. Enough: half"
    " of what the straight path gains. Listed is what has at least so much work and moved less than"
    " enough. Ask whether this work can move it."
)


def show_adoption(config: Path | None, cycle: str | None, *, as_json: bool) -> int:
    """Print what each team did in a cycle; returns 0.

    Raises:
        published.rituals.adoption.team_cycles.NoAdoptionError: Nothing is known of the cycle.
        UserError: There is no such cycle.
    """
    settings, tables = open_published(config)
    starts = {one.id: one.start for one in settings.cycles}
    ends = {one.id: one.end for one in settings.cycles}
    running = current_cycle(settings.cycles, published_day(tables))
    known = [one for one in known_cycles(tables) if one in starts]
    if running not in known and known:  # such as in the first days of a cycle without Key Results
        running = max(known, key=lambda name: starts[name])
    chosen = known_cycle(settings.cycles, cycle) or running
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
    screen = console()
    rhythm = _table(
        f"{settings.organization.name} · {chosen}: teams and their Key Results",
        ("Weeks", "Kick-off", "First value", "Due", *_RHYTHM),
    )
    outcome = _table(
        "What came of it",
        ("Asked about", "Terms changed", "Calls", "Low early", *_OUTCOME, "New unlinked"),
    )
    for one in now:
        rhythm.add_row(*_rhythm_cells(one, before.get(one.team)))
        outcome.add_row(*_outcome_cells(one, before.get(one.team)))
    for part in (rhythm, _RHYTHM_LEGEND, outcome, _OUTCOME_LEGEND):
        screen.print(part)
    if any(one.missing for one in now):
        screen.print(_missing(now))
        screen.print(_MISSING)
    idle = [one for one in moving if one.quadrant == TREADMILL]
    if idle:
        screen.print(_treadmill(idle))
        screen.print(_TREADMILL)
    return 0


def _of_team(one: CycleOfATeam, moving: list[Movement]) -> list[dict[str, object]]:
    return [asdict(row) for row in moving if row.team == one.team]


def _treadmill(rows: list[Movement]) -> Table:
    table = _table("Much work, little movement", ("Key Result", "Work", "Much", "Moved", "Enough"))
    for row in rows:
        moved = share(row.moved or 0)
        much = f"{row.level:.0f}"
        table.add_row(
            row.team, row.key_result_id, str(row.activity), much, moved, share(row.enough)
        )
    return table


def _missing(rows: list[CycleOfATeam]) -> Table:
    table = Table(title="What to ask", title_justify="left", title_style="bold", box=None)
    table.add_column("Team", no_wrap=True)
    for name in ("May be missing", "Question", "Evidence"):
        table.add_column(name)
    for row in rows:
        for one in row.missing:
            table.add_row(row.team, one.condition, one.question, one.evidence)
    return table


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("Team", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right")
    return table


def _rhythm_cells(one: CycleOfATeam, before: CycleOfATeam | None) -> list[str]:
    days = [
        _beside(getattr(one, name), getattr(before, name, None), str)
        for name in ("kick_off_days", "first_value_days")
    ]
    return [one.team, str(one.weeks), *days, str(one.due), *_shares(_RHYTHM, one, before)]


def _outcome_cells(one: CycleOfATeam, before: CycleOfATeam | None) -> list[str]:
    asked = _of(one.asked_about, one.key_results)
    if before is not None:
        asked += f" ({_of(before.asked_about, before.key_results)})"
    changed = _beside(one.redefined, None if before is None else before.redefined, str)
    calls = _beside(
        one.calls_brier, None if before is None else before.calls_brier, "{:.2f}".format
    )
    low = _of(one.called_low_early, one.called_low)
    new = "–" if one.new_unlinked is None else _of(one.new_unlinked, one.new_issues or 0)
    return [one.team, asked, changed, calls, low, *_shares(_OUTCOME, one, before), new]


def _shares(names: Mapping[str, str], one: CycleOfATeam, before: CycleOfATeam | None) -> list[str]:
    return [
        _beside(getattr(one, name), getattr(before, name, None), share) for name in names.values()
    ]


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


def _beside(now: Any, before: Any, told: Callable[[Any], str]) -> str:
    said = "–" if now is None else told(now)
    return said if before is None else f"{said} ({told(before)})"
