"""Making a back-up.

What belongs here: the order of the steps, the settings, and the name of the file. What does not:
the steps (``snapshot``, ``archive``).
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from pathlib import Path

from connectors.secrets import redact
from pipelines.backup.archive import ensure_new, size_of, write_archive
from pipelines.backup.contents import (
    DATA,
    DUCKDB,
    FORMAT,
    SETTINGS,
    Contents,
    published_rows,
    tables_in,
)
from pipelines.backup.snapshot import snapshot
from pipelines.errors import RESERVE, ensure_space, ensure_writable
from pipelines.lake.manifest import BEFORE_MANIFESTS, installed_version, read_manifest
from pipelines.project import Project
from pipelines.settings import find_settings


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A back-up that was made, or would be.

    Attributes:
        path: Where it is.
        contents: What is in it; without the checksums of files if it was not written.
        files: How many files it holds.
        size: Their bytes, unpacked.
    """

    path: Path
    contents: Contents
    files: int
    size: int


def back_up(project: Project, target: Path | None, *, write: bool) -> BackedUp:
    """Back up the state as of now; a run that is at work goes on.

    Args:
        project: Whose state.
        target: The file to write, or a folder; None means the folder of the settings.
        write: Whether it is written, or only said what would be.

    Raises:
        pipelines.backup.archive.BackupExistsError: There is a file at ``target``.
        pipelines.backup.snapshot.DamagedStateError: There is nothing to back up, or it is damaged.
        pipelines.backup.snapshot.UnsteadyStateError: There was no pause between commits.
        pipelines.errors.DiskFullError: There is no room for it.
        pipelines.errors.UnwritableError: Nothing can be written there.
    """
    settings = find_settings(project.settings_path).resolve()
    path = _named(project, target or settings.parent).resolve()
    ensure_new(path)
    if write:
        ensure_writable(path.parent, "TARGET")
    text = redact(settings.read_text("utf-8")).encode()
    paths = project.paths
    with snapshot(paths, project.report) as folder:
        files: dict[str, Path | bytes] = {SETTINGS: text} | {
            file.relative_to(folder).as_posix(): file
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }
        manifest = read_manifest(folder / DATA / paths.manifest.name)
        contents = Contents(
            format=FORMAT,
            okr_sync=installed_version(),
            state=manifest.version if manifest else BEFORE_MANIFESTS,
            made_at=project.instant().isoformat(timespec="seconds"),
            last_day=manifest.last_day if manifest else None,
            tables=tables_in(folder / DATA),
            published=published_rows(folder / DUCKDB),
        )
        if write:
            contents = write_archive(path, files, contents, project.report)
            size = contents.size
        else:
            size = sum(map(size_of, files.values()))
            ensure_space(path.parent, RESERVE + size)
    return BackedUp(path, contents, len(files), size)


def _named(project: Project, target: Path) -> Path:
    """The file itself; in a folder it is named by the instant, and numbered if that is taken."""
    if not target.is_dir() and target.suffix:
        return target
    stem = f"okr-backup-{project.instant().astimezone(dt.UTC):%Y-%m-%dT%H%M%SZ}"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(path for name in names if not (path := target / f"{name}.zip").exists())
