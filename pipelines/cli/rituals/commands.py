"""``okr agenda``, ``okr score``, ``okr retro`` and ``okr adoption``: their options.

What belongs here: declaring the commands. What does not: what they print (the modules of their
names).
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


def score(
    config: Config = None,
    cycle: Annotated[
        str | None,
        typer.Option("--cycle", help="Such as 2026-Q3. Default: the latest that has scores."),
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Such as Sales.")] = None,
    as_json: Json = False,
) -> None:
    """Print the scores of a cycle: under present and original terms, bands, what is learnt."""
    from pipelines.cli.rituals.score import show_scores

    raise typer.Exit(show_scores(config, cycle, team, format_of(as_json)))


def retro(
    config: Config = None,
    cycle: Annotated[
        str | None,
        typer.Option("--cycle", help="Such as 2026-Q3. Default: the latest that has scores."),
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Such as Sales. Default: all.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write it to this file.", dir_okay=False)
    ] = None,
) -> None:
    """Print what a retrospective needs as Markdown: scores, changes, calls, lessons, decisions."""
    from pipelines.cli.rituals.retro import show_retrospective

    raise typer.Exit(show_retrospective(config, cycle, team, output))


def adoption(
    config: Config = None,
    cycle: Annotated[
        str | None, typer.Option("--cycle", help="Such as 2026-Q3. Default: the last run's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print how each team works with its Key Results, beside the cycle before; never by person."""
    from pipelines.cli.rituals.adoption import show_adoption

    raise typer.Exit(show_adoption(config, cycle, as_json=as_json))
