"""``okr show``: the published Key Results as one table.

What belongs here: selecting Key Results and laying out the table. What does not: formatting single
values (``shared.formatting``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from okr_model.languages.folding import same_id
from okr_model.progress.end_state import end_state, has_ended
from okr_model.quantities.teams import by_team
from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.cli.shared.published import open_published
from pipelines.settings import Settings
from published.errors import UserError
from published.formatting import (
    absent,
    chance_of,
    day,
    instant,
    level,
    plain,
    share,
    target_of,
    value_of,
)
from published.selection import current_cycle, in_order, published_day

_PACE = {"ahead": ("▲ ahead", "green"), "on": ("● on", "green"), "behind": ("▼ behind", "yellow")}
_END = {"met": ("✓ met", "green"), "missed": ("✗ missed", "red")}
# The usual column widths; the statement gets the rest of the line, if that is wide enough.
_WIDTHS = {
    "KR": 6,
    "Now": 13,
    "Target": 9,
    "Progress": 15,
    "Pace": 8,
    "Chance": 6,
    "Said → computed": 21,
    "Links": 5,
}
_RAW = 7
"""The width of progress before it is kept within 0 and 100 %; shown where a row has another."""
_LEAST_STATEMENT = 20
_LEVEL_STYLE = {"high": "green", "medium": "yellow", "low": "red"}


def show_key_results(config: Path | None, team: str | None, cycle: str | None, form: Format) -> int:
    """Print the published Key Results; returns 0.

    Raises:
        UserError: No such team or cycle; the message lists the existing ones.
    """
    settings, tables = open_published(config)
    frame = tables.frame("key_results")
    as_of = published_day(tables)
    chosen = cycle or current_cycle(settings.cycles, as_of)
    every = frame
    if chosen != "all":
        frame = _only(frame, "cycle_id", chosen, "cycle")
    if team:
        frame = _of_team(frame, every, team, chosen)
    frame = in_order(frame)
    if form is not Format.TABLE:
        print_rows(frame, form)
        return 0
    print_table(console(), settings, frame, as_of, chosen)
    if cycle is None:
        _print_beside(console(), every, as_of, chosen)
    return 0


def _print_beside(screen: Console, rows: pd.DataFrame, as_of: dt.date, chosen: str) -> None:
    """Which other cycles run on the day, so that nobody takes the table for all of it."""
    runs = (rows["cycle_start"] <= as_of) & (rows["cycle_end"] >= as_of)
    counts = rows.loc[runs & (rows["cycle_id"] != chosen), "cycle_id"].value_counts(sort=False)
    if len(counts):
        told = ", ".join(f"{plain(name)} ({count})" for name, count in counts.sort_index().items())
        screen.print(f"Other cycles run beside it: {told}. With --cycle all they are here, too.")


def print_table(
    screen: Console, settings: Settings, frame: pd.DataFrame, as_of: dt.date, cycle: str
) -> None:
    """Print the table and, below it, which Key Results are stale."""
    raw = bool((frame["progress_raw"] != frame["progress"])[frame["progress"].notna()].any())
    layout = _Layout.fitting(screen.width - (_RAW + 1 if raw else 0), raw=raw)
    table = layout.table(f"{settings.organization.name} · {cycle} · as of {as_of:%a} {day(as_of)}")
    team: Any = None
    for row in frame.to_dict("records"):
        cells = _cells(row, settings.organization.confidence, compact=layout.compact)
        if layout.raw:
            cells.insert(4, _raw(row))
        if layout.statement:
            if row["team"] != team:
                team = row["team"]
                table.add_row("", Text(plain(team), style="bold"))
            cells.insert(1, plain(row["statement"]))
        table.add_row(*cells)
    screen.print(table)
    _print_stale(screen, settings, frame)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What fits: ``compact`` omits bars and words; ``statement`` is its width, 0 to omit it."""

    compact: bool
    statement: int
    raw: bool

    @classmethod
    def fitting(cls, width: int, *, raw: bool) -> _Layout:
        room = width - sum(needed + 1 for needed in _WIDTHS.values())
        compact = room < _LEAST_STATEMENT
        if compact:
            room += _WIDTHS["Progress"] - len("Progress") + _WIDTHS["Pace"] - 1
        return cls(compact, min(room, 60) if room >= _LEAST_STATEMENT else 0, raw)

    def table(self, title: str) -> Table:
        table = Table(title=title, title_justify="left", title_style="bold", box=None)
        table.padding = (0, 1, 0, 0)
        for name in _WIDTHS:
            heading = "" if self.compact and name == "Pace" else name
            right = name in ("Now", "Target", "Chance", "Links")
            table.add_column(heading, no_wrap=True, justify="right" if right else "left")
            if name == "KR" and self.statement:
                table.add_column("Key Result", no_wrap=True, max_width=self.statement)
            if name == "Progress" and self.raw:
                table.add_column("Raw", no_wrap=True, justify="right")
        return table


def _cells(
    row: dict[str, Any], wording: tuple[str, str, str], *, compact: bool
) -> list[Text | str]:
    mark = "" if absent(row["stale_since"]) else " ⚠"
    over = has_ended(row)
    return [
        plain(row["key_result_id"]) + mark,
        value_of(row),
        target_of(row),
        _progress(row, compact=compact),
        _pace(row, compact=compact),
        chance_of(row),
        _calls(row, wording),
        Text(str(row["initiatives"]), style="" if row["initiatives"] or over else "red"),
    ]


def _progress(row: dict[str, Any], *, compact: bool) -> Text:
    if absent(row["progress"]):
        return Text("–" if compact else str(row["progress_state"]), style="dim")
    if compact:
        return Text(f"{share(row['progress']):>6}")
    filled = int(row["progress"] * 8)
    return Text("█" * filled + "░" * (8 - filled) + f" {share(row['progress']):>6}")


def _raw(row: dict[str, Any]) -> str:
    """Progress as computed, where that is not within 0 and 1 and so is not what the row shows."""
    return "" if row["progress_raw"] == row["progress"] else share(row["progress_raw"])


def _pace(row: dict[str, Any], *, compact: bool) -> Text:
    """The pace, or what became of it once its cycle has ended."""
    ended = end_state(row)
    words, style = _END.get(ended, (ended, "dim")) if ended else _PACE.get(row["pace"], ("–", ""))
    sign = "–" if words[0].isalpha() else words[0]
    return Text(sign if compact else words, style=style)


def _calls(row: dict[str, Any], wording: tuple[str, str, str]) -> Text:
    stated, computed = row["stated_confidence"], row["computed_confidence"]
    return Text.assemble(
        (level(stated, wording), _LEVEL_STYLE.get(stated, "dim")),
        " → ",
        (level(computed, wording), _LEVEL_STYLE.get(computed, "dim")),
    )


def _print_stale(screen: Console, settings: Settings, frame: pd.DataFrame) -> None:
    stale = frame[frame["stale_since"].notna()]
    for (since, reason), rows in stale.groupby(["stale_since", "stale_reason"]):
        names = ", ".join(rows["key_result_id"])
        when = instant(since, settings.organization.zone)
        screen.print(f"⚠ stale since {when}: {names}. {plain(reason)}", style="yellow")


def _of_team(frame: pd.DataFrame, every: pd.DataFrame, wanted: str, cycle: str) -> pd.DataFrame:
    """The rows of a team in a cycle, shared ones too; a closed team has none in the present one."""
    rows = by_team(every)
    named = rows[rows["team"].map(same_id) == same_id(wanted)]
    if len(named) and frame.index.intersection(named.index).empty:
        name, others = named["team"].iloc[0], sorted(named["cycle_id"].unique())
        raise UserError(
            f"{name} has no Key Result in {cycle}. With --cycle {others[-1]} they are here; it has"
            f" some in: {', '.join(others)}."
        )
    return frame.loc[_only(by_team(frame), "team", wanted, "team").index]


def _only(frame: pd.DataFrame, column: str, wanted: str, word: str) -> pd.DataFrame:
    known = sorted({str(value) for value in frame[column].dropna()})
    match = next((value for value in known if same_id(value) == same_id(wanted)), None)
    if match is None:
        raise UserError(f"no {word} {wanted!r} is published. There are: {', '.join(known)}.")
    return frame[frame[column] == match]
