"""Making and restoring a back-up, with progress on the screen and a summary at the end.

What belongs here: calling what does it, and printing the result. What does not: the work
(``pipelines.backup``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from pipelines.backup.contents import Contents
from pipelines.backup.make import BackedUp, back_up
from pipelines.backup.restore import Restored, StateExistsError, restore
from pipelines.cli.shared.output import console, print_json
from pipelines.cli.shared.progress import Progress
from pipelines.cli.shared.signals import unwound_by_signals
from pipelines.project import Project
from pipelines.settings import SettingsError
from pipelines.store import status
from pipelines.store.objects import open_objects
from pipelines.store.session import kept


def run_backup(config: Path | None, target: Path | None, *, write: bool, as_json: bool) -> int:
    """Back up and print what was.

    Returns:
        The exit code: 0.
    """
    screen = console(stderr=as_json)
    with unwound_by_signals(), Progress(screen) as progress:
        done = back_up(_project(config, progress), target, write=write)
    told = _told(done.contents) | {
        "backup": str(done.path),
        "outcome": "written" if write else "dry run",
        "files": done.files,
        "bytes": done.size,
    }
    if write:
        told["archive_bytes"] = done.path.stat().st_size
    if as_json:
        print_json(told)
        return 0
    screen.print(_backed_up(done, write=write), soft_wrap=True)
    return 0


def run_restore(
    config: Path | None, archive: Path, *, replace: bool, write: bool, as_json: bool
) -> int:
    """Restore and print what was.

    Returns:
        The exit code: 0.
    """
    screen = console(stderr=as_json)
    settings = (config or Path(os.environ.get("OKR_CONFIG", "okr.yaml"))).absolute()
    with (
        unwound_by_signals(),
        Progress(screen) as progress,
        _instead(settings, progress, replace=replace) if write else nullcontext(),
    ):
        done = restore(archive, settings, progress.report, replace=replace, write=write)
    if as_json:
        print_json(
            _told(done.contents)
            | {
                "backup": str(archive),
                "outcome": "restored" if write else "dry run",
                "data": str(done.data),
                "settings": str(done.settings),
                "settings_restored": done.settings_restored,
                "set_aside": [str(path) for path in done.set_aside],
                "decisions_before": done.decisions_before,
                "needs_replace": bool(done.in_the_way),
            }
        )
        return 0
    for sentence in _restored(done, archive, write=write):
        screen.print(sentence, soft_wrap=True)
    return 0


@contextmanager
def _instead(settings: Path, progress: Progress, *, replace: bool) -> Iterator[None]:
    """Put what is restored in the place of the state in the object store, if there is one.

    Raises:
        pipelines.backup.restore.StateExistsError: It holds state, and ``replace`` is not set.
    """
    if not settings.is_file():  # that of the back-up goes there, and its store is left alone
        yield
        return
    project = Project(settings, report=progress.report, with_secrets=False)
    if (url := project.settings.store) and not replace and status.is_used(open_objects(url)):
        raise StateExistsError(
            f"{url}: holds state already. Name another address by store: in okr.yaml, or have it"
            " replaced for every machine with --replace."
        )
    with kept(project, instead=True):
        yield


def _project(config: Path | None, progress: Progress) -> Project:
    """The project, with its credentials if they are at hand: what is backed up holds none."""
    project = Project(config, report=progress.report, with_page_secrets=True)
    try:
        _ = project.settings
    except SettingsError:
        return Project(config, report=progress.report, with_secrets=False)
    return project


def _told(contents: Contents) -> dict[str, Any]:
    return {
        "made_at": contents.made_at,
        "last_day": contents.last_day,
        "okr_sync": contents.okr_sync,
        "state": contents.state,
        "decisions": contents.decisions,
        "rows": contents.rows,
        "tables": {name: one.rows for name, one in contents.tables.items()},
        "published": contents.published,
    }


def _backed_up(done: BackedUp, *, write: bool) -> str:
    held = f"{_held(done.contents)}; {done.files:,} files of {done.size / 1e6:,.1f} MB"
    if not write:
        return f"Dry run: {done.path} would hold {held}. Nothing was written."
    packed = done.path.stat().st_size / 1e6
    return f"Backed up to {done.path} ({packed:,.1f} MB): {held}."


def _restored(done: Restored, archive: Path, *, write: bool) -> list[str]:
    held = f"{_held(done.contents)}, of {done.contents.made_at}"
    yaml = f"{done.settings} was restored" if write else f"{done.settings} would be restored"
    own = f"{yaml}, too." if done.settings_restored else f"{done.settings} stays as it is."
    folders = ", ".join(dict.fromkeys(str(path.parent) for path in done.set_aside))
    said = [f"Every file of {archive} is as it was backed up: {held}."]
    lost = done.decisions_before - done.contents.decisions
    if done.in_the_way:
        said.append(
            f"Dry run: {done.data} holds state already ({', '.join(done.in_the_way)}). To restore"
            f" it there, have that set aside with --replace. {own}"
        )
    elif not write:
        names = ", ".join(path.name for path in done.set_aside)
        aside = f" {names} there would be set aside." if names else ""
        said.append(f"Dry run: it would be restored to {done.data}.{aside} {own}")
    else:
        aside = f" What was there before is in {folders}." if folders else ""
        said.append(f"Restored to {done.data}.{aside} {own} Next: okr sync")
    if lost > 0:
        had = _decisions(done.decisions_before)
        said.append(f"The state there had {had}, {lost:,} more than the back-up.")
    return said


def _held(contents: Contents) -> str:
    day = f", published up to {contents.last_day}" if contents.last_day else ""
    return (
        f"{len(contents.tables)} tables of {contents.rows:,} rows,"
        f" {_decisions(contents.decisions)}{day}"
    )


def _decisions(count: int) -> str:
    return "1 decision" if count == 1 else f"{count:,} decisions"
