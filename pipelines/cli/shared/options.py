"""The options that several commands share.

What belongs here: an option's type, names and help. What does not: any command.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
