"""``okr doctor``: what is wrong with the files of a project, and how it is mended.

What belongs here: looking at files and printing what is found. What does not: the looking itself
(``publish.scrub``, ``lake.private_files``), and findings about OKRs (``findings``).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.cli.shared.output import console
from pipelines.lake.private_files import open_to_others
from pipelines.nightly_run import dagster_home
from pipelines.project import Project
from pipelines.publish.scrub import scrub

_SHOWN = 10


def run_doctor(config: Path | None, *, mend: bool) -> int:
    """Look at the files, and print what is wrong with them.

    Args:
        config: The settings file.
        mend: Whether credentials that are found are replaced.

    Returns:
        The exit code: 0 if nothing is wrong any more, else 1.
    """
    project = Project(config)
    home, data = dagster_home(project), project.paths.data
    folders = [data] if home.is_relative_to(data) else [data, home]
    with project.exclusively():
        holding = scrub(folders, project.paths.duckdb, write=mend)
        left = scrub(folders, project.paths.duckdb, write=False) if holding and mend else holding
    group = project.settings.files.group
    opened = [path for folder in folders for path in open_to_others(folder, group)]
    screen = console()
    if holding and mend:
        screen.print(
            f"Credentials were replaced in {len(holding)} files:", *_some(holding), sep="\n"
        )
        screen.print("Revoke the credentials that were in them: whoever read the files has them.")
    if left:
        screen.print(f"{len(left)} files hold a credential:", *_some(left), sep="\n")
        screen.print("Replace it in them with: okr doctor --scrub")
    if opened:
        screen.print(f"Others may read {len(opened)} files or folders:", *_some(opened), sep="\n")
        rights = "u=rwX,g=rX,o=" if group else "go="
        screen.print(f"Take that right away with: chmod -R {rights} {folders[0]}", soft_wrap=True)
    if not (holding or opened):
        screen.print(f"{data}: no file holds a credential, and nobody else may read one.")
    return 1 if left or opened else 0


def _some(paths: list[Path]) -> list[str]:
    shown = [f"  {path}" for path in paths[:_SHOWN]]
    return [*shown, f"  … and {len(paths) - _SHOWN} more"] if len(paths) > _SHOWN else shown
