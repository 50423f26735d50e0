"""The options that several commands share.

What belongs here: an option's type, names and help; groups with a default command. What does not:
any command.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file. Default: $OKR_CONFIG, else ./okr.yaml."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Day = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day to compute. Default: today."),
]
By = Annotated[str, typer.Option("--by", help="Who decides: a name people know.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for whoever asks later.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check and say what would be recorded; record nothing.")
]


class ShowsByDefault(TyperGroup):
    """A command group with a default command, so that ``okr links KR-17`` works."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the default command if the first argument is no command.

        ``--config`` may come before the command, as in the other groups.
        """
        if args[:1] in (["-c"], ["--config"]) and args[2:3] and args[2] in self.commands:
            args = [args[2], *args[:2], *args[3:]]
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["show", *args])


def pass_on(context: typer.Context, **options: Any) -> None:
    """Let options before a subcommand count for it, unless it is given its own.

    ``okr alerts -c other.yaml check`` would else check ``./okr.yaml``.
    """
    given = {name: value for name, value in options.items() if value}
    context.default_map = {str(context.invoked_subcommand): given}


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def format_of(as_json: bool, as_csv: bool = False) -> Format:
    """The output format that ``--json`` and ``--csv`` select."""
    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv.")
    return Format.JSON if as_json else Format.CSV if as_csv else Format.TABLE
