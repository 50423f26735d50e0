"""``okr links suggestions``: which Key Results unlinked work might serve, and why.

What belongs here: selecting and printing published suggestions. What does not: making them
(:mod:`okr_model.links.suggestions`).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.table import Table

from pipelines.cli.shared.options import Format
from pipelines.cli.shared.output import console, print_rows
from pipelines.cli.shared.published import open_published, require_key_result
from pipelines.project import Project
from pipelines.review.any_name import find_by_any_name
from published.formatting import plain
from published.titles import Titles


def show_suggestions(
    config: Path | None, key_result: str | None, initiative: str | None, form: Format
) -> None:
    """Print the published suggestions, most likely first.

    Raises:
        published.tables.UnknownKeyResultError: No such Key Result is published.
        published.selection.UnknownInitiativeError: No such initiative, or several.
    """
    _, tables = open_published(config)
    frame = tables.frame("suggestions")
    frame = frame.sort_values(
        ["asked_for", "initiative", "rank", "key_result_id"], ignore_index=True
    )
    of_key_results = frame["asked_for"] == "key result"
    by_key = frame[of_key_results].sort_values(["key_result_id", "rank"])
    frame = frame[~of_key_results]
    if key_result:
        wanted = require_key_result(tables, key_result)["key_result_id"].iloc[0]
        frame = frame[frame["key_result_id"] == wanted]
        by_key = by_key[by_key["key_result_id"] == wanted]
    if initiative:
        project = Project(config, with_secrets=False)
        named = find_by_any_name(project, tables.frame("initiatives"), initiative)
        found = named["initiative_id"]
        frame = frame[frame["initiative_id"] == found]
        by_key = by_key[by_key["initiative_id"] == found]
    if form is Format.TABLE:
        _print(frame, by_key, Titles(tables.path))
    else:
        print_rows(pd.concat([frame, by_key], ignore_index=True), form)


def _print(by_initiative: pd.DataFrame, by_key_result: pd.DataFrame, titles: Titles) -> None:
    screen = console()
    for rows, names in (
        (by_initiative, ("Initiative", "Might serve")),
        (by_key_result, ("Key Result", "Might be served by")),
    ):
        if rows.empty:
            continue
        table = Table(box=None)
        for name in (*names, "Score", "Why", "Where"):
            table.add_column(name, overflow="fold")
        for row in rows.to_dict("records"):
            pair = (
                titles.initiative(row["initiative_id"], row["initiative"]),
                titles.key_result(row["key_result_id"]),
            )
            shown = pair if rows is by_initiative else pair[::-1]
            score = f"{row['score']:.2f}"
            table.add_row(*shown, score, plain(row["reason"]), plain(row["url"]))
        screen.print(table)
        screen.print()
    screen.print(
        "Each chance is of that pair alone; together they need not make 100 %.\n"
        "None of these counts before it is accepted: okr links accept --help"
    )
