"""Whether the lake is whole, for whoever reads it and mends nothing.

What belongs here: telling what is damaged, what a run without sources refuses for it, and what to
do. What does not: mending (``streams``), which a run does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from connectors.registry import SOURCE_FACTS
from pipelines.lake.manifest import Manifest, read_manifest, table_trouble
from pipelines.maintenance.streams import (
    PULLS,
    LostStreamError,
    damage_of,
    is_lost,
    not_read_anew,
    words_of_waiting,
)
from pipelines.project import Project
from published.errors import UserError

_REMEDY = "Run okr sync: it makes anew what can be, and reads the rest from its source again."


def ensure_whole(project: Project) -> None:
    """Make sure that what was read is all there; changes nothing.

    Raises:
        LostStreamError: It is not; the message says what is damaged and what to do.
    """
    manifest = read_manifest(project.paths.manifest) or Manifest()
    damaged = _damaged(project, manifest)
    if damaged:
        told = "; ".join(f"{name} {trouble}" for name, trouble in damaged.items())
        raise LostStreamError(f"{project.paths.data}: {told}. {_REMEDY}")
    if waiting := not_read_anew(project, manifest):
        raise LostStreamError(words_of_waiting(waiting))


@contextmanager
def told_if_damaged(project: Project) -> Iterator[None]:
    """Let what fails by damage of the lake fail with what :func:`ensure_whole` says.

    For whoever reads only a part of it, which may be whole.
    """
    try:
        yield
    except UserError:
        raise
    except Exception:  # whatever a library makes of a damaged file; else it is raised again
        ensure_whole(project)
        raise


def lost_sources(project: Project, manifest: Manifest) -> list[str]:
    """The sources without whose reading nothing is published: one of their streams is lost."""
    lost = [
        source
        for source in project.settings.source_names
        if any(is_lost(stream, found) for stream, found in damage_of(project, manifest, source))
    ]
    damaged_pulls = table_trouble(project.paths.data / PULLS, manifest.tables.get(PULLS))
    # Without the pull log nobody knows of any that it was read since.
    waiting = manifest.to_read_anew if damaged_pulls else not_read_anew(project, manifest)
    return [name for name in project.settings.source_names if name in {*lost, *waiting}]


def _damaged(project: Project, manifest: Manifest) -> Mapping[str, str]:
    """What is wrong with tables of the lake, by their path in the data folder."""
    trouble = table_trouble(project.paths.data / PULLS, manifest.tables.get(PULLS))
    found = {PULLS: trouble} if trouble else {}
    for source in SOURCE_FACTS:
        if source in project.settings.source_names:
            for _, of_stream in damage_of(project, manifest, source):
                found |= of_stream
    return found
