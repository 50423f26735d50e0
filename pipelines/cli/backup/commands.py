"""``okr backup`` and ``okr restore``: commands and their options.

What belongs here: arguments, options and their help. What does not: what they do and print
(``run``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.shared.options import Config, Json


def backup(
    target: Annotated[
        Path | None,
        typer.Argument(
            help="A file that is not there yet, or a folder. Default: the folder of okr.yaml."
        ),
    ] = None,
    config: Config = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be backed up; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write decisions, lake, published history and settings into one ZIP file.

    Exit codes: 0 written; 2 refused: there is a file, no room, or damaged state.
    """
    from pipelines.cli.backup.run import run_backup

    raise typer.Exit(run_backup(config, target, write=not dry_run, as_json=as_json))


def restore(
    archive: Annotated[Path, typer.Argument(metavar="BACKUP", help="What okr backup wrote.")],
    config: Config = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set aside what the data folder holds.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only verify the back-up, whatever is there; restore nothing."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Verify a back-up and put it back; its okr.yaml only where there is none.

    Exit codes: 0 restored, or verified; 2 refused: the back-up is damaged or of a newer version,
    there is state already, a run is at work, or there is no room.
    """
    from pipelines.cli.backup.run import run_restore

    code = run_restore(config, archive, replace=replace, write=not dry_run, as_json=as_json)
    raise typer.Exit(code)
