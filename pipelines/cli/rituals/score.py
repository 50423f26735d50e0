"""``okr score``: the scores of a cycle under present and original terms.

What belongs here: choosing the cycle and printing the scores. What does not: which scores there are
and what they say together (``published.rituals.scores``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.cli.shared.published import open_published
from published.formatting import plain
from published.rituals.scores import last_scored, said_of_all, score_text, scores_of
from published.selection import current_cycle, known_cycle, published_day
from published.titles import cut

_LONGEST = 40  # of a statement in a column
_COLUMNS = ("KR", "Key Result", "Ambition", "Score", "Band", "Original", "Closed as", "Check-ins")


def show_scores(config: Path | None, cycle: str | None, team: str | None, form: Format) -> int:
    """Print the scores of a cycle; returns 0.

    Without a cycle, the one of :func:`published.rituals.scores.last_scored`; while there is none,
    the one of the last run.

    Raises:
        published.rituals.scores.NoScoresError: There are none of this cycle or team.
    """
    settings, tables = open_published(config)
    chosen = known_cycle(settings.cycles, cycle) or last_scored(tables, settings.cycles, team)
    chosen = chosen or current_cycle(settings.cycles, published_day(tables))
    rows = scores_of(tables, chosen, team)
    if form is not Format.TABLE:
        print_rows(rows, form)
        return 0
    screen = console()
    screen.print(_table(rows, f"{settings.organization.name} · scores of {chosen}"))
    for sentence in said_of_all(rows):
        screen.print(sentence)
    for row in rows[rows["lesson"].notna()].to_dict("records"):
        screen.print(f"{row['key_result_id']}, learnt: {row['lesson']}")
    return 0


def _table(rows: pd.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for name in _COLUMNS:
        table.add_column(name, no_wrap=True, justify="right" if name == "Score" else "left")
    last = None
    for row in rows.to_dict("records"):
        if row["team"] != last:
            table.add_row("", plain(row["team"]), style="bold")
            last = row["team"]
        table.add_row(*_cells(row))
    return table


def _cells(row: dict[str, Any]) -> list[str]:
    carried = f", as {row['carried_to']}" if isinstance(row["carried_to"], str) else ""
    original = f"{score_text(row['score_original'])} {plain(row['band_original'])}"
    return [
        row["key_result_id"],
        cut(plain(row["statement"]), _LONGEST),
        plain(row["ambition"]),
        score_text(row["score"]),
        plain(row["band"]),
        original if row["terms_changed"] else "the same",
        f"{plain(row['closed_as'])}{carried}",
        f"{row['check_ins_made']} of {row['check_ins_due']}",
    ]
