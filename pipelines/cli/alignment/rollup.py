"""``okr rollup``: the roll-up for the company, its teams and its Objectives.

What belongs here: selecting and printing the published roll-ups. What does not: computing them
(:mod:`okr_model.progress.rollup`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.cli.shared.published import open_published
from published.errors import UserError
from published.formatting import day, level, plain, share
from published.selection import current_cycle, published_day
from published.titles import Titles

_LEVELS = ("company", "team", "objective")
_LONGEST = 40  # of an id with its title in a column
_METHODS = {
    "mean": "Progress: the weighted mean of the rows' own progress, each within 0 and 100 %.",
    "weakest": "Progress: the least of the rows' own progress, each within 0 and 100 %.",
}


def show_rollups(config: Path | None, of: str, cycle: str | None, form: Format) -> int:
    """Print the published roll-ups of one level, or of ``all``; returns 0.

    Raises:
        UserError: No such cycle, or an earlier version without roll-ups published the tables.
    """
    settings, tables = open_published(config)
    if not tables.has("rollups"):
        raise UserError("the published tables are older than the roll-ups. Run: okr sync")
    frame, as_of = tables.frame("rollups"), published_day(tables)
    chosen = cycle or current_cycle(settings.cycles, as_of)
    known = sorted(frame["cycle_id"].unique())
    if chosen not in (*known, "all"):
        raise UserError(f"{chosen}: no such cycle; there are {', '.join(known)}.")
    frame = frame[(frame["cycle_id"] == chosen) | (chosen == "all")]
    frame = frame[(frame["level"] == of) | (of == "all")]
    order = frame["level"].map({name: n for n, name in enumerate(_LEVELS)})
    frame = frame.assign(_order=order).sort_values(["cycle_id", "_order", "subject"])
    frame = frame.drop(columns="_order").reset_index(drop=True)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return 0
    title = f"{settings.organization.name} · {chosen} · as of {as_of:%a} {day(as_of)}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for name in ("Level", "Of", "Progress", "Expected", "Pace"):
        table.add_column(name, no_wrap=True, max_width=_LONGEST)
    for name in ("KRs", "Unknown", "Behind"):
        table.add_column(name, justify="right")
    for name in ("Computed", "Said", "Weakest"):
        table.add_column(name, no_wrap=True, max_width=_LONGEST)
    titles = Titles(tables.path)
    ended = {cycle.id for cycle in settings.cycles if cycle.end < as_of}
    for row in frame.to_dict("records"):
        named = titles.objective(row["subject"]) if row["level"] == "objective" else row["subject"]
        shown = row | {"subject": named, "weakest": titles.key_result(row["weakest"])}
        table.add_row(*_cells(shown, settings.organization.confidence, row["cycle_id"] in ended))
    screen = console()
    screen.print(table)
    screen.print(_METHODS[str(frame["method"].iloc[0])] if len(frame) else "")
    return 0


def _cells(row: dict[str, Any], wording: tuple[str, str, str], ended: bool) -> list[str]:
    counts = ("key_results", "without_progress")
    return [
        row["level"],
        plain(row["subject"]),
        share(row["progress"]),
        share(row["expected_progress"]),
        "ended" if ended else plain(row["pace"]),
        *(str(row[name]) for name in counts),
        "–" if ended else str(row["behind"]),
        level(row["computed_confidence"], wording),
        level(row["stated_confidence"], wording),
        plain(row["weakest"]),
    ]
