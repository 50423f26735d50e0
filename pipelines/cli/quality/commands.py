"""``okr quality``: its options.

What belongs here: declaring the command. What does not: what it prints (``answers``).
"""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.shared.options import Config, Csv, Json, format_of


def quality(
    config: Config = None,
    text: Annotated[
        str | None, typer.Option(help="A line to try, published or not; needs no settings.")
    ] = None,
    objective: Annotated[
        bool, typer.Option("--objective", help="The line is an Objective, not a Key Result.")
    ] = False,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Ask how well Objectives and Key Results are written, with a better question for each.

    Exit codes: 0 answered, whatever the answers; 2 the language of --text is not known.
    """
    from pipelines.cli.quality.answers import show_quality, try_line

    form = format_of(as_json, as_csv)
    if text is None:
        raise typer.Exit(show_quality(config, form))
    raise typer.Exit(try_line(text, "objective" if objective else "key result", form))
