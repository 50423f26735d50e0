"""Streams of the lake that are lost or damaged: read anew from their source.

What belongs here: finding them, setting them aside, and having their source read from the start.
What does not: reading (``ingest``).

``current`` follows from the log and is folded anew. A damaged log is set aside with all that it
held; its source is then read from the start, because its cursor covers rows that are lost. Until
that is done to the end nothing is published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from deltalake import DeltaTable

from connectors.registry import SOURCE_FACTS, STREAMS
from pipelines.ingest.pull import landing_of
from pipelines.lake.commit_metadata import is_older
from pipelines.lake.manifest import Manifest, Notice, set_aside, table_trouble
from pipelines.lake.streams import last_complete
from pipelines.project import Project
from published.errors import UserError

PULLS = "lake/pulls"
"""The pull log, by its path in the data folder."""
_FOLDED = "current"


class LostStreamError(UserError):
    """A stream is lost and its source has not been read again."""


def stream_folders(project: Project) -> Iterator[tuple[str, Path]]:
    """The tables of every stream, by their path in the data folder."""
    for source in SOURCE_FACTS.values():
        for stream in source.streams:
            folder = project.paths.lake / stream
            parts = {"log", _FOLDED, *(one.parent.name for one in folder.glob("*/_delta_log"))}
            for part in sorted(parts):
                yield f"lake/{stream}/{part}", folder / part


def mend_streams(project: Project, manifest: Manifest) -> None:
    """Set aside what is damaged, fold anew what can be, and note which sources to read anew."""
    _mend_pulls(project, manifest)
    for source in project.settings.source_names:
        lost = _lost(project, manifest, source)
        lost += [one for one in _behind_cursor(project, source) if one not in lost]
        if lost:
            _begin_anew(project, manifest, source, lost)
    project.lake.forget()


def _mend_pulls(project: Project, manifest: Manifest) -> None:
    """Make the pull log anew, where it is damaged: the rows of the logs tell when they were read.

    What the cursors covered is not known any more, so every source is read from the start.
    """
    trouble = table_trouble(project.paths.data / PULLS, manifest.tables.get(PULLS))
    if not trouble and not _lacks_pulls(project):
        return
    trouble = trouble or "is gone"
    aside = _aside(project, manifest, PULLS)
    project.lake.forget()
    sources = project.settings.source_names
    intact = [
        source
        for source in sources
        if not table_trouble(project.lake.path(SOURCE_FACTS[source].primary_stream, "log"), None)
    ]
    project.lake.restore_pulls(intact)
    if manifest.known_since:
        known_since = dt.datetime.fromisoformat(manifest.known_since)
        project.lake.pulls.lose_before(sources[0], known_since)
    said = f"{PULLS} {trouble}: every source is read anew from its beginning.{aside}"
    manifest.notices.append(Notice(PULLS, said))


def holds_streams(project: Project, part: str = "log") -> bool:
    """Whether there is a stream that this version wrote; older ones kept no manifest."""
    folders = (project.lake.path(stream, part) for stream in STREAMS)
    return any(
        table_trouble(folder, None) is None and not is_older(DeltaTable(str(folder)))
        for folder in folders
        if DeltaTable.is_deltatable(str(folder))
    )


def _lacks_pulls(project: Project) -> bool:
    """Whether there must have been a pull log, which the manifest may not know any more.

    A first night that was killed has a log, and may have neither pulls nor anything folded.
    """
    if project.lake.pulls.path.exists():
        return False
    published = project.paths.history.exists() and holds_streams(project)
    return published or holds_streams(project, _FOLDED)


def not_read_anew(project: Project, manifest: Manifest) -> dict[str, str]:
    """The sources of which a stream was lost, and that were not read to their end since."""
    names = set(project.settings.source_names)
    return {
        source: since
        for source, since in manifest.to_read_anew.items()
        if source in names and not _is_read_since(project, source, since)
    }


def _is_read_since(project: Project, source: str, since: str) -> bool:
    last = last_complete(project.lake, source)
    return last is not None and dt.datetime.fromisoformat(last) >= dt.datetime.fromisoformat(since)


def damage_of(
    project: Project, manifest: Manifest, source: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """The streams of a source of which a table is damaged or gone: what is wrong with which."""
    for stream in SOURCE_FACTS[source].streams:
        found = {
            name: trouble
            for name, folder in stream_folders(project)
            if name.startswith(f"lake/{stream}/")
            and (trouble := table_trouble(folder, manifest.tables.get(name)))
        }
        if found:
            yield stream, found


def is_lost(stream: str, found: Mapping[str, str]) -> bool:
    """Whether a damaged stream cannot be made anew without its source, as ``current`` can."""
    return set(found) != {f"lake/{stream}/{_FOLDED}"}


def words_of_waiting(sources: Iterable[str]) -> str:
    """That sources of which a stream was lost have to be read to their end."""
    return (
        f"What was read of {', '.join(sources)} is lost in part and has not been read again to"
        " its end, so nothing is published. Run okr sync when it can be reached."
    )


def _lost(project: Project, manifest: Manifest, source: str) -> list[str]:
    """The streams of a source whose log is damaged or gone; they are set aside.

    Where only ``current`` is, it is folded anew.
    """
    lost, fold = [], False
    for stream, found in damage_of(project, manifest, source):
        if not is_lost(stream, found):
            ((name, trouble),) = found.items()
            aside = _aside(project, manifest, name)
            said = f"{name} {trouble}: it is made anew from the stream's log.{aside}"
            manifest.notices.append(Notice(name, said))
            fold = True
        else:
            lost.append(stream)
    if fold and not lost:
        project.lake.forget()
        landing_of(project, source).fold(source)
    return lost


def _behind_cursor(project: Project, source: str) -> list[str]:
    """The streams whose log ends before what the source's last complete pull says of them."""
    primary = SOURCE_FACTS[source].primary_stream
    if table_trouble(project.paths.lake / primary / "log", None):
        return []
    project.lake.forget()
    pulls = project.lake.pulls.complete(source)
    return [
        stream
        for stream, number in (pulls[0].upto.items() if pulls else ())
        if not table_trouble(project.paths.lake / stream / "log", None)
        and project.lake.landed(stream) < number
    ]


def _begin_anew(project: Project, manifest: Manifest, source: str, lost: list[str]) -> None:
    """Set the streams aside and have their source read from the start."""
    asides = [_aside(project, manifest, f"lake/{stream}") for stream in lost]
    project.lake.forget()
    landing_of(project, source).start_anew(source, project.clock.started_at)
    manifest.to_read_anew[source] = project.clock.started_at.isoformat()
    for stream, aside in zip(lost, asides, strict=True):
        name = f"lake/{stream}"
        said = f"{name} is damaged or gone: {source} is read anew from its beginning.{aside}"
        more = (
            " What was known of its records on past days is lost with it: days before"
            f" {project.clock.today} are not computed any more, and stand as published."
        )
        manifest.notices.append(Notice(name, said + more))


def _aside(project: Project, manifest: Manifest, name: str) -> str:
    """Set a table or a stream aside and forget what was known of it; says where it is."""
    for known in [one for one in manifest.tables if one == name or one.startswith(f"{name}/")]:
        manifest.tables.pop(known)
    folder = project.paths.data / name
    if not folder.exists():
        return ""
    left = set_aside(folder, project.paths.data, project.clock.today)
    return f" What is left of it is in {left}."
