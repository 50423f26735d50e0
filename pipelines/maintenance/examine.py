"""Examining the data folder before a run, and recording its state after.

What belongs here: the order in which state is examined, what cannot be made anew, and the small
files. What does not: making streams (``streams``) and published tables (``published``) anew.

No run fails because of state that can be made anew: what is damaged is set aside under the name of
the day, and one notice tells of it in the run's findings. Only what people decided exists nowhere
else: if it is lost, nothing is published.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import UnwritableError, ensure_space
from pipelines.lake.manifest import (
    Manifest,
    Notice,
    is_begun,
    mark_file,
    mark_table,
    read_manifest,
    rows_of,
    set_aside,
    table_trouble,
    write_manifest,
)
from pipelines.lake.private_files import tighten
from pipelines.maintenance.days import ensure_plausible_day, last_day_of
from pipelines.maintenance.published import mend_published
from pipelines.maintenance.streams import (
    PULLS,
    LostStreamError,
    holds_streams,
    mend_streams,
    not_read_anew,
    stream_folders,
    words_of_waiting,
)
from pipelines.project import Project
from pipelines.publish.duckdb_file import remove_leftovers
from published.errors import UserError

ROOM_BYTES = 50_000_000
"""Bytes that a night needs beside three copies of what is published: Dagster's, and the lake's."""
_DECISIONS = "lake/decisions"
_EXAMINED = "state examined"


class LostDecisionsError(UserError):
    """Decisions that people made are not there any more."""


def begin_run(project: Project) -> tuple[str, ...]:
    """Examine the state before a night, and its day; call it under the run lock.

    Returns:
        One sentence for each thing that was damaged or gone and is made anew.

    Raises:
        pipelines.maintenance.days.ImplausibleDayError: The clock must be wrong.
        LostDecisionsError: See :func:`ensure_decisions`.
        pipelines.errors.DiskFullError: A night might not find room on the disk.
        pipelines.errors.UnwritableError: A folder of the state cannot be written.
    """
    manifest = read_manifest(project.paths.manifest)
    ensure_plausible_day(project, manifest)
    return examine(project)


def examine(project: Project) -> tuple[str, ...]:
    """The same for any run that computes; the steps of one run examine the state once."""
    manifest = _known(project)
    if _EXAMINED in project.done:
        return tuple(notice.sentence for notice in manifest.notices)
    _ensure_folders_writable(project)
    _tighten(project)
    _ensure_room(project)
    _remove_leftovers(project)
    if project.paths.manifest.exists():
        _remove_begun_tables(project, manifest)
    ensure_decisions(project, manifest)
    mend_streams(project, manifest)
    mend_published(project, manifest)
    _mend_small_files(project, manifest)
    write_manifest(project.paths.manifest, manifest)
    project.done.add(_EXAMINED)
    return tuple(notice.sentence for notice in manifest.notices)


def ensure_read_anew(project: Project) -> None:
    """Make sure that every source of which a stream was lost was read to its end since.

    Raises:
        LostStreamError: One was not, so its records would be taken for gone.
    """
    manifest = _known(project)
    waiting = not_read_anew(project, manifest)
    if waiting != manifest.to_read_anew:
        for source in manifest.to_read_anew.keys() - waiting.keys():
            # Days between the loss and now were not read either.
            project.lake.pulls.lose_before(source, project.clock.started_at)
        manifest.to_read_anew = waiting
        write_manifest(project.paths.manifest, manifest)
    if waiting:
        raise LostStreamError(words_of_waiting(waiting))


def ensure_decisions(project: Project, given: Manifest | None = None) -> None:
    """Make sure that every decision that was ever recorded is still there.

    Args:
        project: Whose decisions.
        given: The manifest of a run, which may give them up; None for whoever is to record one.

    Raises:
        LostDecisionsError: Some are not; the message names the copy to restore.
    """
    manifest = given or _known(project)
    folder, copy = project.paths.decisions, project.paths.decisions_backup
    known = manifest.tables.get(_DECISIONS)
    kept = rows_of(copy)
    trouble = table_trouble(folder, known)
    if trouble is None and kept and rows_of(folder) < kept:
        trouble = "is gone" if not folder.exists() else "has fewer rows than its copy"
    if trouble is None:
        return
    if given and project.settings.thresholds.lost_share >= 1:
        _give_up_decisions(project, given, trouble)
        return
    put = (
        f"Put a copy of {copy} ({kept:,} decisions) in its place, or restore" if kept else "Restore"
    )
    raise LostDecisionsError(
        f"{folder} {trouble}: it holds what people decided about links, and nothing is published"
        f" without it, because links that they rejected would come back. {put} it"
        " from your own back-up. If the decisions are to be forgotten, set"
        " thresholds: {lost_share: 1} for one run."
    )


def _give_up_decisions(project: Project, manifest: Manifest, trouble: str) -> None:
    """Begin a new decision log, as the settings say, and tell of it."""
    folder, data, today = project.paths.decisions, project.paths.data, project.clock.today
    for path in (folder, project.paths.decisions_backup):
        if path.exists() and (path != folder or table_trouble(folder, None)):
            set_aside(path, data, today)
    manifest.tables.pop(_DECISIONS, None)
    said = f"{_DECISIONS} {trouble}: as lost_share: 1 says, decisions that are lost count no more."
    left = f" What is left is in {data / 'set-aside' / str(today)}."
    manifest.notices.append(Notice(_DECISIONS, said + left))


def record_state(project: Project) -> None:
    """Write the manifest after a run was published, and copy the decision log."""
    before = _known(project)
    data = project.paths.data
    folders = {**dict(stream_folders(project)), _DECISIONS: project.paths.decisions}
    folders[PULLS] = project.lake.pulls.path
    folders |= {f"published/{one.name}": one for one in _folders_in(project.paths.history)}
    tables = {
        name: mark
        for name, folder in folders.items()
        if (mark := mark_table(folder, before.tables.get(name)))
    }
    files = {
        _named(path, data): found
        for path in (project.paths.duckdb, *_attempt_files(project))
        if (found := mark_file(path))
    }
    _copy_decisions(project, tables[_DECISIONS].rows if _DECISIONS in tables else 0)
    write_manifest(
        project.paths.manifest,
        Manifest(
            written_at=project.clock.started_at.isoformat(),
            last_day=last_day_of(project),
            tables=tables,
            files=files,
            to_read_anew=before.to_read_anew,
            known_since=known[0].isoformat() if (known := project.known_since) else None,
        ),
    )


def record_rewritten(project: Project) -> None:
    """Write the manifest after files were written again with the same rows, outside of a run.

    What is lost or damaged stays as it was recorded, so that the next run notices it.
    """
    manifest, data = _known(project), project.paths.data
    for name, known in manifest.tables.items():
        now = None if table_trouble(data / name, None) else mark_table(data / name, known)
        if now and (now.id, now.rows) == (known.id, known.rows) and now.version >= known.version:
            manifest.tables[name] = now
    if (duckdb := _named(project.paths.duckdb, data)) in manifest.files:
        manifest.files[duckdb] = mark_file(project.paths.duckdb) or manifest.files[duckdb]
    write_manifest(project.paths.manifest, manifest)


def pending_notices(project: Project) -> list[Notice]:
    """What the next published tables are to tell of losses."""
    return _known(project).notices


def _known(project: Project) -> Manifest:
    """The manifest; a new one if there is none, which says so if there must have been one."""
    path = project.paths.manifest
    manifest = read_manifest(path)
    if manifest is not None:
        return manifest
    fresh = Manifest()
    if path.exists():
        aside = set_aside(path, project.paths.data, project.clock.today)
        fresh.notices.append(_noticed(path.name, f"cannot be read and is set aside as {aside}"))
    elif _was_recorded(project):
        fresh.notices.append(_noticed(path.name, "is gone"))
    return fresh


def _was_recorded(project: Project) -> bool:
    """Whether there must have been a manifest: it is written before anything is read."""
    traces = (project.paths.decisions_backup, project.lake.pulls.path)
    return any(trace.exists() for trace in traces) or holds_streams(project)


def _noticed(name: str, what: str) -> Notice:
    return Notice(name, f"{name} {what}: losses before this run may go unnoticed.")


def _ensure_folders_writable(project: Project) -> None:
    """The folders in which a night writes; those of single tables, too."""
    paths = project.paths
    tables = [folder for _, folder in stream_folders(project)]
    tables += [project.lake.pulls.path, paths.decisions, *_folders_in(paths.history)]
    inner = [one for table in tables for one in (table, table / "_delta_log") if one.is_dir()]
    for folder in (paths.data, paths.lake, paths.history, paths.staging, *inner):
        if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            what = "cannot be written" if folder.is_dir() else "is no folder"
            raise UnwritableError(
                f"{folder}: {what}. Give this account the right to write there, or name another"
                " folder by data: in okr.yaml."
            )


def _tighten(project: Project) -> None:
    """Take from others what an older version let them do with the data folder; says so once."""
    data, own = project.paths.data, project.paths.own
    if data.is_dir() and {path.name for path in data.iterdir()} <= {path.name for path in own}:
        own = [data]
    group = project.settings.files.group
    if changed := tighten(own, group):
        readers = f"the group {group} may" if group else "nobody else may"
        project.remarks.append(
            f"{changed:,} files and folders in {data} were open to other accounts, as an earlier"
            f" version made them; now {readers} read them."
        )


def _ensure_room(project: Project) -> None:
    duckdb = project.paths.duckdb
    size = duckdb.stat().st_size if duckdb.is_file() else 0
    for folder in {project.paths.data, duckdb.parent}:
        if folder.is_dir():
            ensure_space(folder, ROOM_BYTES + 3 * size)


def _remove_leftovers(project: Project) -> None:
    """Delete what killed runs left half written."""
    remove_leftovers(project.paths.duckdb)
    for folder in (project.paths.data, project.paths.lake):
        for left in folder.glob("*.tmp"):
            left.unlink(missing_ok=True) if left.is_file() else shutil.rmtree(left)
    shutil.rmtree(_beside(project.paths.decisions_backup), ignore_errors=True)


def _remove_begun_tables(project: Project, manifest: Manifest) -> None:
    """Delete tables that a killed run had begun: files without any commit, so nothing is lost.

    A table that the manifest knows, or any table when the manifest is gone, is not one: its commits
    were deleted. The decision log is never touched: a lost decision exists nowhere else.
    """
    folders = [folder for name, folder in stream_folders(project) if name not in manifest.tables]
    if PULLS not in manifest.tables:
        folders.append(project.lake.pulls.path)
    folders += [
        folder
        for folder in _folders_in(project.paths.history)
        if f"published/{folder.name}" not in manifest.tables
    ]
    for folder in folders:
        if is_begun(folder):
            shutil.rmtree(folder)


def _mend_small_files(project: Project, manifest: Manifest) -> None:
    """Set aside attempts and the blocked run if they cannot be read; tell of attempts gone."""
    data = project.paths.data
    for path in (*_attempt_files(project), project.paths.blocked_run):
        if path.exists() and not _is_object(path):
            aside = set_aside(path, data, project.clock.today)
            manifest.notices.append(_made_anew(_named(path, data), aside))
    for name in [name for name in manifest.files if name.endswith(".attempt.json")]:
        if not (data / name).exists() and not any(one.subject == name for one in manifest.notices):
            manifest.notices.append(
                Notice(name, f"{name} is gone: how its last attempt ended is known again tonight.")
            )
        manifest.files.pop(name)


def _made_anew(name: str, aside: Path) -> Notice:
    return Notice(name, f"{name} cannot be read: it is set aside as {aside} and made anew.")


def _is_object(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text("utf-8")), dict)
    except (OSError, ValueError, RecursionError):
        return False


def _attempt_files(project: Project) -> list[Path]:
    return sorted(project.paths.lake.glob("*.attempt.json"))


def _folders_in(folder: Path) -> Iterator[Path]:
    return (one for one in sorted(folder.glob("*")) if one.is_dir())


def _named(path: Path, data: Path) -> str:
    return path.relative_to(data).as_posix() if path.is_relative_to(data) else path.name


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.tmp")


def _copy_decisions(project: Project, rows: int) -> None:
    """Copy the decision log if the copy does not have its ``rows``."""
    copy = project.paths.decisions_backup
    if rows_of(copy) == rows:
        return
    beside = _beside(copy)
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(project.paths.decisions, beside)
    if rows_of(beside) < rows:  # somebody decided meanwhile; the next night copies again
        shutil.rmtree(beside)
        return
    shutil.rmtree(copy, ignore_errors=True)
    beside.replace(copy)
