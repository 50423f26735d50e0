"""``okr agenda``: its options.

What belongs here: declaring the command. What does not: what it prints (``agenda``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.shared.options import Config, Json, format_of


def agenda(
    team: Annotated[str, typer.Argument(help="Such as Sales.")],
    config: Config = None,
    day: Annotated[
        dt.datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="A past day. Default: the last run's."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write it to this file.", dir_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the agenda of a team's check-in as Markdown: critical Key Results first, four steps."""
    from pipelines.cli.rituals.agenda import show_agenda

    on = day.date() if day else None
    raise typer.Exit(show_agenda(config, team, on, format_of(as_json), output))
