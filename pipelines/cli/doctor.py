"""``okr doctor``: what is wrong with the files of a project, and how it is mended.

What belongs here: looking at files and printing what is found. What does not: the looking itself
(``publish.scrub``, ``lake.private_files``), and findings about OKRs (``findings``).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.cli.shared.output import console
from pipelines.lake.private_files import open_to_others
from pipelines.maintenance.examine import record_rewritten
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
        left = holding
        if holding and mend:
            left = scrub(folders, project.paths.duckdb, write=False)
            if project.paths.manifest.exists():
                record_rewritten(project)  # else the next run would take the files for damaged
    group = project.settings.files.group
    opened = [path for folder in folders for path in open_to_others(folder, group)]
    screen = console()
    if holding and mend:
        screen.print(
            f"Credentials were replaced in {_files(len(holding))}:", *_some(holding), sep="\n"
        )
        screen.print("Revoke the credentials that were in them: whoever read the files has them.")
    if left:
        screen.print(f"A credential stands in {_files(len(left))}:", *_some(left), sep="\n")
        screen.print("Replace it in them with: okr doctor --scrub")
    if opened:
        screen.print(
            f"Others may enter or read {len(opened)} of the files and folders:",
            *_some(opened),
            sep="\n",
        )
        rights = "u=rwX,g=rX,o=" if group else "go="
        screen.print(
            f"Take that right away with: chmod -R {rights} {' '.join(map(str, folders))}",
            soft_wrap=True,
        )
    if not (holding or opened):
        screen.print(f"{data}: no file holds a credential, and nobody else may read one.")
    return 1 if left or opened else 0


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _some(paths: list[Path]) -> list[str]:
    shown = [f"  {path}" for path in paths[:_SHOWN]]
    return [*shown, f"  … and {len(paths) - _SHOWN} more"] if len(paths) > _SHOWN else shown
