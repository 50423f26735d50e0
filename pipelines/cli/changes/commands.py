"""``okr changes`` and ``okr diff``: their options.

What belongs here: declaring the commands. What does not: what they print (``printing``).
"""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.shared.options import Config, Json


def changes(
    since: Annotated[
        str,
        typer.Option(help="A weekday such as monday, a day such as 2026-11-20, or a run's id."),
    ],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print what changed since a day or a run: rows, and how far figures moved and why.

    A weekday is the last one before today. Exit codes: 0 compared; 2 no such run or day.
    """
    from pipelines.cli.changes.printing import show_changes

    raise typer.Exit(show_changes(config, since, as_json=as_json))


def diff(
    first: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or how it begins.")],
    last: Annotated[str, typer.Argument(metavar="RUN", help="Another run.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print what changed from one run to another, as okr changes does.

    Exit codes: 0 compared; 2 no such run.
    """
    from pipelines.cli.changes.printing import show_diff

    raise typer.Exit(show_diff(config, first, last, as_json=as_json))
