"""``okr doctor``: every check, in order.

What belongs here: which checks run, and when. What does not: a check (``local_checks``,
``service_checks``), and printing what they found (``cli.setup.doctor``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipelines.dagster_home import dagster_home
from pipelines.lake.run_lock import AlreadyRunningError
from pipelines.maintenance.whole import told_if_damaged
from pipelines.project import Project
from pipelines.settings import SettingsError, find_settings
from pipelines.setup import local_checks as local
from pipelines.setup.checks import Check, Line, guarded
from pipelines.setup.service_checks import check_publish_target, check_source
from pipelines.setup.store_checks import check_store
from published.errors import UserError

_LOCAL: tuple[tuple[Check, Callable[[Project], Iterable[Line]]], ...] = (
    (Check.VERSION, local.check_versions),
    (Check.SETTINGS, local.check_rollout),
    (Check.MEASURE, local.check_measures),
    (Check.SCHEDULE, local.check_schedule),
    (Check.ALERTS, local.check_alerts),
    (Check.DISK, local.check_disk),
    (Check.STATE, local.check_state),
    (Check.DECISIONS, local.check_decisions),
    (Check.LAST_RUN, local.check_last_run),
    (Check.OPEN_ALERT, local.check_open_alerts),
    (Check.TARGET, local.check_targets),
)


def examine_project(config: Path | None, *, offline: bool) -> list[Line]:
    """Run every check.

    Args:
        config: The settings file.
        offline: Whether the services are left out.
    """
    project, lines = _opened(config, offline=offline)
    if project is None:
        return lines
    try:
        _ = project.paths
    except UserError as error:  # no check can read what is there
        return [*lines, Line(Check.STATE, str(project.settings.data), "fail", str(error))]
    for check, look in _LOCAL:
        lines += guarded(check, str(check), partial(look, project))
    lines += guarded(Check.CREDENTIAL_IN_FILE, "files", partial(_files, project))
    if not offline and project.with_secrets:
        lines = _with_services(project, lines)
    if project.settings.store and not offline:
        lines += guarded(Check.STORE, "store", partial(check_store, project))
    for target in project.settings.publish.targets:
        if not (offline and target.is_remote):
            look = partial(check_publish_target, project, target)
            lines += guarded(Check.PUBLISH_TARGET, target.name, look)
    return lines


def _with_services(project: Project, lines: list[Line]) -> list[Line]:
    """The lines, with those of the services, by which the last run's are judged."""
    names = project.settings.source_names
    with ThreadPoolExecutor(thread_name_prefix="doctor") as pool:
        found = dict(zip(names, pool.map(partial(_of_source, project), names), strict=True))
    well = {name for name in names if all(line.state != "fail" for line in found[name])}
    judged = [local.after_checks(project, line, well) for line in lines]
    return [*judged, *(line for name in names for line in found[name])]


def _of_source(project: Project, name: str) -> list[Line]:
    """The lines of a source; that it cannot be compared with a damaged lake is one, too."""

    def look() -> Iterable[Line]:
        with told_if_damaged(project):
            return check_source(project, name)

    return guarded(Check.STATE, name, look)


def folders_of(project: Project) -> list[Path]:
    """The folders in which a run writes."""
    home, data = dagster_home(project), project.paths.data
    return [data] if home.is_relative_to(data) else [data, home]


def _opened(config: Path | None, *, offline: bool) -> tuple[Project | None, list[Line]]:
    """The project; one without credentials where only these are missing, which is a line."""
    project = Project(config)
    try:
        return project, [_sound(project, config)]
    except SettingsError as error:
        failed = Line(Check.SETTINGS, _name(config), "fail", str(error))
    bare = Project(config, with_secrets=False)
    try:
        _ = bare.settings
    except SettingsError:
        return None, [failed]
    return bare, [replace(failed, state="warn") if offline else failed]


def _name(config: Path | None) -> str:
    """That of the settings file, which need not be there."""
    try:
        return find_settings(config).name
    except SettingsError:
        return (config or Path("okr.yaml")).name


def _sound(project: Project, config: Path | None) -> Line:
    settings = project.settings
    said = f"{len(settings.datasets)} datasets from {', '.join(settings.source_names)}"
    return Line(Check.SETTINGS, _name(config), "ok", said)


def _files(project: Project) -> Iterable[Line]:
    if not project.paths.data.exists():  # which locking would make
        said = "There is no file yet."
        return [Line(Check.CREDENTIAL_IN_FILE, str(project.paths.data), "ok", said)]
    try:
        with project.exclusively():
            lines = list(local.check_files(project, folders_of(project)))
    except AlreadyRunningError as error:
        said = f"Files were not looked into: {error}"
        return [Line(Check.CREDENTIAL_IN_FILE, "files", "warn", said)]
    if not project.with_secrets:
        said = "The credentials are not set, so files could be searched for other ones only."
        remedy = "The line settings tells what is missing."
        lines.append(Line(Check.CREDENTIAL_IN_FILE, "files", "warn", said, remedy))
    return lines
