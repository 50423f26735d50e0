"""What ``okr doctor`` checks without a service: settings, machine, files, and the last run.

What belongs here: looking, without changing anything. What does not: mending
(``pipelines.maintenance``, ``publish.scrub``).
"""

from __future__ import annotations

import datetime as dt
import platform
import shutil
from collections.abc import Collection, Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from okr_model.finding_rules import Rule
from okr_model.measures.parser import parse_measure
from pipelines.alerts.causes import STALE, Kind
from pipelines.alerts.course import is_open
from pipelines.alerts.digest import begun, in_utc
from pipelines.alerts.senders import addresses_of, unusable
from pipelines.alerts.state import AlertState
from pipelines.engines.spark_session import missing, versions
from pipelines.lake.manifest import Manifest, mark_file, read_manifest, table_trouble
from pipelines.lake.private_files import open_to_others
from pipelines.maintenance.examine import ROOM_BYTES, ensure_decisions
from pipelines.maintenance.whole import lost_sources, told_if_damaged
from pipelines.messages.outgoing import addresses_of_teams
from pipelines.project import Project
from pipelines.publish.blocked_run import changed_settings, read_blocked
from pipelines.publish.scrub import scrub
from pipelines.run_status.unread import unreachable_places
from pipelines.settings import Settings
from pipelines.settings.organization.rollout import odd_days
from pipelines.setup.checks import Check, Line
from published.tables import PublishedTables

_PACKAGE = "okr-sync"
_SHOWN = 10
_NIGHTS = 200  # for how many more nights there should be room, of some 0.5 MB each
_NIGHT_BYTES = 500_000
_STALE = dt.timedelta(hours=36)
_AGAIN = "Run: okr sync"
_OF_TARGETS = (Rule.NO_TARGET, Rule.UNREADABLE_MEASURE, Rule.BASELINE_EQUALS_TARGET)
_DEFINITIONS = ("target", "baseline", "unit", "phases", "tolerance", "weight")


def check_measures(project: Project) -> Iterator[Line]:
    """Whether each measure of the settings can be parsed, and reads what there is."""
    for one in project.settings.measures:
        for text in one.measure:
            keys = ", ".join(one.key_result)
            try:
                project.settings.check_measure(parse_measure(text))
            except ValueError as error:
                said = str(error)
                remedy = "Correct it under measures: in okr.yaml; okr measure tries one."
                yield Line(Check.MEASURE, keys, "fail", said, remedy)
            else:
                yield Line(Check.MEASURE, keys, "ok", text)


def check_rollout(project: Project) -> Iterator[Line]:
    """Whether the days of a roll-out can be meant as they are written."""
    rollout = project.settings.organization.rollout
    for said in odd_days(rollout) if rollout else ():
        remedy = "Correct the day under organization: rollout: in the settings."
        yield Line(Check.SETTINGS, "rollout", "warn", said, remedy)


def check_versions(project: Project) -> Iterator[Line]:
    """Whether what is installed is what okr-sync needs."""
    yield from _of_engine(project.settings)
    try:
        own, needed = version(_PACKAGE), requires(_PACKAGE) or []
    except PackageNotFoundError:
        yield Line(Check.VERSION, _PACKAGE, "warn", "okr-sync is not installed as a package.")
        return
    wrong = sorted(filter(None, map(_unfit, needed)))
    if wrong:
        said = f"okr-sync {own} does not work with what is installed: {'; '.join(wrong)}."
        remedy = "Install again with pip install --require-hashes -r requirements.lock."
        yield Line(Check.VERSION, _PACKAGE, "fail", said, remedy)
        return
    said = f"okr-sync {own}, Dagster {version('dagster')}, Python {platform.python_version()}"
    yield Line(Check.VERSION, _PACKAGE, "ok", said)


def _of_engine(settings: Settings) -> Iterator[Line]:
    """Whether the engine is there; nothing of DuckDB, which always is."""
    if settings.engine == "spark":
        trouble = missing(settings.spark.address)
        said = trouble or versions(settings.spark.address)
        yield Line(Check.VERSION, "engine: spark", "fail" if trouble else "ok", said)


def _unfit(needed: str) -> str | None:
    """A requirement that is not met; None if it is, or is none here."""
    try:
        one = Requirement(needed)
    except InvalidRequirement:
        return None
    if one.marker and not one.marker.evaluate({"extra": ""}):
        return None
    try:
        there = distribution(one.name).version
    except PackageNotFoundError:
        return f"{one.name} is missing"
    fits = one.specifier.contains(there, prereleases=True)
    return None if fits else f"{one.name} {there} is not {one.specifier}"


def check_disk(project: Project) -> Iterator[Line]:
    """Whether there is room for a night, and for many."""
    duckdb = project.paths.duckdb
    size = duckdb.stat().st_size if duckdb.is_file() else 0
    needed = ROOM_BYTES + 3 * size
    for folder in dict.fromkeys((project.paths.data, duckdb.parent)):
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(there).free
        said = f"{free / 1e6:,.0f} MB are free, and a run needs {needed / 1e6:,.0f} MB."
        if free < needed:
            remedy = "Free some space there, or name another folder by data: in okr.yaml."
            yield Line(Check.DISK, str(folder), "fail", said, remedy)
        elif free < needed + _NIGHTS * _NIGHT_BYTES:
            yield Line(Check.DISK, str(folder), "warn", said, "Free some space there soon.")
        else:
            yield Line(Check.DISK, str(folder), "ok", said)


def check_files(project: Project, folders: list[Path]) -> Iterator[Line]:
    """Whether a file holds a credential, or may be read by others."""
    data = project.paths.data
    looked = scrub(folders, project.paths.duckdb, write=False)
    if looked.holding:
        said = f"A credential stands in {count_of(looked.holding)}: {_some(looked.holding)}"
        remedy = "Replace it in them with: okr doctor --scrub"
        yield Line(Check.CREDENTIAL_IN_FILE, str(data), "fail", said, remedy)
    if looked.unread:  # what is damaged is told by its own line
        said = f"Not looked through, as it cannot be read: {_some(looked.unread)}"
        remedy = "Run okr sync: it makes anew what can be, and says so. Then run okr doctor again."
        yield Line(Check.CREDENTIAL_IN_FILE, str(data), "warn", said, remedy)
    if not (looked.holding or looked.unread):
        yield Line(Check.CREDENTIAL_IN_FILE, str(data), "ok", "No file holds a credential.")
    group = project.settings.files.group
    opened = [path for folder in folders for path in open_to_others(folder, group)]
    if opened:
        said = f"Others may enter or read {len(opened)} of the files and folders: {_some(opened)}"
        rights = "u=rwX,g=rX,o=" if group else "go="
        remedy = f"Take that right away with: chmod -R {rights} {' '.join(map(str, folders))}"
        yield Line(Check.FILE_RIGHTS, str(data), "fail", said, remedy)
    else:
        readers = f"Nobody but the group {group}" if group else "Nobody else"
        yield Line(Check.FILE_RIGHTS, str(data), "ok", f"{readers} may read them.")


def check_state(project: Project) -> Iterator[Line]:
    """Whether the data folder is as the last run left it."""
    data, path = project.paths.data, project.paths.manifest
    manifest = read_manifest(path)
    if manifest is None:
        if path.exists():
            said = f"{path.name} cannot be read."
            remedy = "The next run sets it aside; run okr sync."
            yield Line(Check.STATE, str(data), "warn", said, remedy)
        elif project.paths.history.exists():
            said = f"There is no {path.name}, as okr-sync 0.1.0 wrote none. The next run makes one."
            yield Line(Check.STATE, str(data), "ok", said)
        elif data.exists():
            yield Line(Check.STATE, str(data), "ok", "There was no run yet.")
        else:
            remedy = "Run okr sync; if there were runs, correct data: in okr.yaml."
            yield Line(Check.STATE, str(data), "warn", "There is no such folder yet.", remedy)
        return
    wrong = [*_wrong_tables(data, manifest), *_wrong_files(data, manifest)]
    if manifest.to_read_anew:
        wrong.append(f"lost in part, to be read anew: {', '.join(manifest.to_read_anew)}")
    if wrong:
        said = f"Not as the run of {manifest.day} left it: {'; '.join(wrong[:_SHOWN])}."
        remedy, lost = "Run okr sync: it makes anew what can be, and says so.", ""
        if sources := ", ".join(lost_sources(project, manifest)):
            lost = f" Nothing is published until these are read to their end again: {sources}."
        yield Line(Check.STATE, str(data), "fail" if lost else "warn", said, f"{remedy}{lost}")
    else:
        said = f"{len(manifest.tables)} tables are as the run of {manifest.day} left them."
        yield Line(Check.STATE, str(data), "ok", said)


def _wrong_tables(data: Path, manifest: Manifest) -> Iterator[str]:
    for name, known in manifest.tables.items():
        if name != "lake/decisions" and (trouble := table_trouble(data / name, known)):
            yield f"{name} {trouble}"


def _wrong_files(data: Path, manifest: Manifest) -> Iterator[str]:
    for name, known in manifest.files.items():
        if not (data / name).exists():
            yield f"{name} is gone"
        elif name.endswith(".duckdb") and (mark_file(data / name, known) or known)[2] != known[2]:
            yield f"{name} was changed"


def check_decisions(project: Project) -> Iterator[Line]:
    """Whether every decision about links is still there."""
    ensure_decisions(project)
    yield Line(Check.DECISIONS, str(project.paths.decisions), "ok", "No decision is lost.")


def check_last_run(project: Project) -> Iterator[Line]:
    """When each source was last read, and whether something was published since."""
    now, zone = project.instant(), project.settings.organization.zone
    with told_if_damaged(project):
        unreached = unreachable_places(project)
    for name in project.settings.source_names:
        attempt = project.attempts.latest(name)
        if not attempt:
            yield Line(Check.LAST_RUN, name, "warn", "It was never read.", "Run okr sync.")
            continue
        at = dt.datetime.fromisoformat(attempt["at"])
        when = f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
        unread = [one.called for one in unreached if one.source == name]
        if attempt["state"] == "failed":
            said = f"The run of {when} failed: {attempt['error']}"
            yield Line(Check.LAST_RUN, name, "fail", said, str(attempt.get("set_by") or ""))
        elif now - at > _STALE:
            said, remedy = f"Last read {when}.", "Look whether the schedule runs; run okr sync."
            yield Line(Check.LAST_RUN, name, "warn", said, remedy)
        elif unread:
            said = f"Read {when}, but for {', '.join(unread)}."
            yield Line(Check.LAST_RUN, name, "warn", said, "See the line of it, then run: okr sync")
        else:
            yield Line(Check.LAST_RUN, name, "ok", f"Read to its end {when}.")
    path = project.paths.blocked_run
    if path.exists():
        blocked = read_blocked(path)
        found = [one for lines in blocked.violations.values() for one in lines] if blocked else []
        at = dt.datetime.fromtimestamp(path.stat().st_mtime, zone)
        said = f"The run of {at:%Y-%m-%d %H:%M %Z} was not published; a check failed. It said:"
        said = " ".join([said, *found[:1]])
        if changed_since(project):
            said = f"{said} okr.yaml was changed since."
            yield Line(Check.LAST_RUN, "published", "warn", said, _AGAIN)
            return
        remedy = " ".join([*(blocked.advice if blocked else []), "More: okr findings"])
        yield Line(Check.LAST_RUN, "published", "fail", said, remedy)


def changed_since(project: Project) -> bool:
    """Whether okr.yaml is another than that of the run that was blocked."""
    blocked = read_blocked(project.paths.blocked_run)
    then = None if blocked is None else blocked.changed
    now = changed_settings(project)
    return then is not None and now is not None and list(then) != now


def after_checks(project: Project, line: Line, well: Collection[str]) -> Line:
    """A line of the last run or of an open alert, once this doctor knows what is well now.

    Args:
        project: Whose.
        line: What the last runs said.
        well: The sources of which every check of this doctor passed.
    """
    if line.check == Check.LAST_RUN and line.state == "fail" and line.subject in well:
        said = f"{line.sentence} What it named is well now."
        return Line(line.check, line.subject, "warn", said, _AGAIN)
    kind, _, subject = line.subject.partition(": ")
    if line.check != Check.OPEN_ALERT or line.state == "ok":
        return line
    mended = kind in STALE and subject.partition(" ")[0] in well
    if mended or (kind == Kind.BLOCKED and changed_since(project)):
        said = f"{line.sentence} {'That is well now' if mended else 'okr.yaml was changed since'}."
        return Line(line.check, line.subject, "warn", said, _AGAIN)
    return line


def check_targets(project: Project) -> Iterator[Line]:
    """Whether the Key Results' targets and measures could be parsed when last published."""
    path = project.paths.duckdb
    if not path.is_file():
        said = "Nothing is published yet, so no target has been read."
        yield Line(Check.TARGET, "Key Results", "warn", said, "Run okr sync.")
        return
    tables = PublishedTables(path)
    findings = tables.frame("findings")
    unread = findings["rule"] == Rule.UNREADABLE_VALUE
    of_definitions = findings["sentence"].str.contains("|".join(_DEFINITIONS), case=False)
    wrong = findings[findings["rule"].isin(_OF_TARGETS) | (unread & of_definitions)]
    for row in wrong.to_dict("records"):
        remedy = "Correct it where it is written, then run okr sync."
        yield Line(Check.TARGET, str(row["subject_id"]), "warn", str(row["sentence"]), remedy)
    if wrong.empty:
        count = len(tables.frame("key_results"))
        said = f"The targets and measures of {count} Key Results could be parsed."
        yield Line(Check.TARGET, "Key Results", "ok", said)


def check_schedule(project: Project) -> Iterator[Line]:
    """When the nightly run starts, and whether the day is a fixed one."""
    settings = project.settings
    if settings.as_of:
        said = f"The day is fixed: every run computes {settings.as_of}."
        yield Line(Check.SCHEDULE, "as_of", "warn", said, "Remove the line from okr.yaml.")
    today = project.clock.today
    if not any(cycle.start <= today <= cycle.end for cycle in settings.cycles):
        said, remedy = f"No cycle contains {today}.", "Add it under cycles: in okr.yaml."
        yield Line(Check.SCHEDULE, "cycles", "warn", said, remedy)
    if settings.schedule:
        said = f"Every day at {settings.schedule.at}, {settings.organization.timezone}."
        yield Line(Check.SCHEDULE, "schedule", "ok", said)
    else:
        said = "Dagster's schedule is off, as schedule: is left out."
        remedy = "That is right if cron or another scheduler runs okr sync."
        yield Line(Check.SCHEDULE, "schedule", "ok", said, remedy)


def check_alerts(project: Project) -> Iterator[Line]:
    """Whether each address could be sent something, as far as that is known without sending."""
    addresses = addresses_of(project.settings.alerts)
    if not addresses:
        said, remedy = "Nobody is told of what goes wrong.", "Add alerts: {to: […]} to okr.yaml."
        yield Line(Check.ALERTS, "alerts", "ok", said, remedy)
    for address in addresses:
        if reason := unusable(address):
            remedy = "Set it where runs are started; okr alerts test sends a message."
            yield Line(
                Check.ALERTS, address.label, "warn", f"Nothing can be sent: {reason}", remedy
            )
        else:
            yield Line(Check.ALERTS, address.label, "ok", "okr alerts test sends a message there.")
    for address in (one for to in addresses_of_teams(project).values() for one in to):
        if reason := unusable(address):
            remedy = "Set it where runs are started; okr messages --dry-run shows what is sent."
            said = f"Nothing can be sent: {reason}"
            yield Line(Check.ALERTS, address.label, "warn", said, remedy)


def check_open_alerts(project: Project) -> Iterator[Line]:
    """What the last runs found wrong and have not found mended, as it was told."""
    opened = [one for one in AlertState(project.paths.alerts).courses() if is_open(one)]
    for one in opened:
        happened, _, more = one.cause.happened.partition("\n")
        happened = more.partition("\n")[0] if one.cause.kind == Kind.BLOCKED else happened
        happened = f"Open since {in_utc(begun(one))}. The run said: {happened}"
        yield Line(Check.OPEN_ALERT, one.cause.id, "warn", happened, one.cause.remedy)
    if not opened:
        yield Line(Check.OPEN_ALERT, "alerts", "ok", "No alert is open.")


def count_of(paths: list[Path]) -> str:
    """Such as ``1 file``."""
    return "1 file" if len(paths) == 1 else f"{len(paths)} files"


def _some(paths: list[Path]) -> str:
    more = f", … and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(map(str, paths[:_SHOWN])) + more
