"""``okr doctor``: what is wrong with a project, and how it is mended.

What belongs here: printing what the checks found, and replacing credentials in files. What does
not: the checks (``pipelines.setup``), and findings about OKRs (``findings``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

from pipelines.cli.shared.output import console, print_json
from pipelines.maintenance.examine import record_rewritten
from pipelines.project import Project
from pipelines.publish.scrub import scrub
from pipelines.setup.checks import Line
from pipelines.setup.doctor import examine_project, folders_of
from pipelines.setup.local_checks import count_of
from pipelines.store.session import kept
from pipelines.store.shown import remember_published

_STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}


def run_doctor(config: Path | None, *, mend: bool, offline: bool, as_json: bool) -> int:
    """Check everything, and print what was found.

    Args:
        config: The settings file.
        mend: Whether credentials that are found in files are replaced first.
        offline: Whether the services are left out.
        as_json: Print JSON.

    Returns:
        The exit code: 1 if a check failed, else 0.
    """
    if mend:
        _scrub(config, as_json=as_json)
    lines = examine_project(config, offline=offline)
    if as_json:
        print_json([{**asdict(line), "page": line.page} for line in lines])
    else:
        _print(lines)
    return int(any(line.state == "fail" for line in lines))


def _print(lines: list[Line]) -> None:
    screen = console()
    width = max(len(line.check) for line in lines)
    for line in lines:
        head = f"{line.state:<4}  {line.check:<{width}}  {line.subject}: {line.sentence}"
        screen.print(head, style=_STYLES[line.state], soft_wrap=True)
        if line.state != "ok":
            more = f"{line.remedy} " if line.remedy else ""
            screen.print(f"{'':<{width + 8}}{more}({line.page})", soft_wrap=True)
    counts = Counter[str](line.state for line in lines)
    screen.print(", ".join(f"{counts[state]} {state}" for state in _STYLES))


def _scrub(config: Path | None, *, as_json: bool) -> None:
    project = Project(config)
    with kept(project), project.exclusively():
        holding = scrub(folders_of(project), project.paths.duckdb, write=True).holding
        if holding and project.paths.manifest.exists():
            record_rewritten(project)  # else the next run would take the files for damaged
        if project.settings.store:  # these are shown, whether they can be uploaded or not
            remember_published(project.paths)
    if holding:
        screen = console(stderr=as_json)
        shown = [f"  {path}" for path in holding]
        screen.print(f"Credentials were replaced in {count_of(holding)}:", *shown, sep="\n")
        screen.print("Revoke the credentials that were in them: whoever read the files has them.")
