"""``okr alignment`` and ``okr rollup``: their options.

What belongs here: declaring the commands. What does not: what they print (``tree``, ``rollup``).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pipelines.cli.shared.options import Config, Csv, Json, format_of


class Level(StrEnum):
    """The levels of the roll-up."""

    ALL = "all"
    COMPANY = "company"
    TEAM = "team"
    OBJECTIVE = "objective"


def rollup(
    config: Config = None,
    level: Annotated[Level, typer.Option(help="Only this level.")] = Level.ALL,
    cycle: Annotated[
        str | None, typer.Option(help="This cycle, or all. Default: the current one.")
    ] = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Print the roll-up of the Key Results for the company, its teams and its Objectives."""
    from pipelines.cli.alignment.rollup import show_rollups

    raise typer.Exit(show_rollups(config, level.value, cycle, format_of(as_json, as_csv)))


def alignment(
    config: Config = None,
    cycle: Annotated[
        str | None, typer.Option("--cycle", help="Such as 2026-Q3. Default: the current one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print what each Objective contributes to, and what ties teams to each other."""
    from pipelines.cli.alignment.tree import show_alignment

    raise typer.Exit(show_alignment(config, cycle, as_json=as_json))
