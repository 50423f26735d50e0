"""Pulling the configured sources, at the same time and independently of each other.

What belongs here: building connectors from settings, running them side by side, recording how
each attempt went. What does not: how a service is spoken to.
"""

from __future__ import annotations

import datetime as dt
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from connectors.errors import PermanentError, SourceError
from connectors.records import Source
from pipelines.datasets.records import JIRA_COLUMNS
from pipelines.ingest.landing import PRIMARY_STREAM, STREAMS_OF, Landed, Landing
from pipelines.project import Project
from pipelines.settings import SheetPlace
from pipelines.settings.datasets import Dataset


@dataclass(frozen=True)
class Outcome:
    """How one source's pull ended; ``error`` is None when it was read to the end."""

    source: str
    landed: Landed
    figures: dict[str, int]
    seconds: float
    error: SourceError | None = None


def pull_sources(project: Project, names: Iterable[str]) -> Iterator[Outcome]:
    """Pull ``names`` side by side; yield each outcome as it ends, failures included."""
    with ThreadPoolExecutor(thread_name_prefix="pull") as pool:
        futures = [pool.submit(_pull, project, name) for name in names]
        for future in as_completed(futures):
            yield future.result()


def find_references_anew(project: Project) -> None:
    """Have the lake name what records refer to as the settings and this program now say."""
    for name in project.settings.source_names:
        _landing(project, name).find_references_anew(name)


def build_source(project: Project, name: str) -> Source:
    """The connector for a configured source."""
    build = {"jira": _jira, "notion": _notion, "sheets": _sheets, "files": _files}[name]
    return build(project)


def _pull(project: Project, name: str) -> Outcome:
    started = time.monotonic()
    landed, figures, error = Landed(), {}, None
    try:
        source = build_source(project, name)
        try:
            landed = _landing(project, name).land(source)
        finally:
            figures = asdict(source.figures)
            source.close()
    except SourceError as failure:
        error = failure
    except Exception as fault:
        # A defect of ours in one source must not stop the others; it is told as a failed attempt.
        error = our_fault(name, fault)
    outcome = Outcome(name, landed, figures, time.monotonic() - started, error)
    project.record_attempt(name, _attempt(project, outcome))
    return outcome


def _landing(project: Project, name: str) -> Landing:
    return Landing(
        project.lake,
        project.settings.links.key_pattern,
        project.started_at,
        progress=lambda rows: project.report(name, f"{rows:,} records"),
    )


def our_fault(name: str, fault: Exception) -> SourceError:
    """A defect as a failed attempt: its kind and place, not its words, which may hold a secret."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return PermanentError(
        name,
        f"okr-sync itself failed ({type(fault).__name__} at {place}).",
        "Please report it; what was read before stands.",
    )


def _attempt(project: Project, outcome: Outcome) -> dict[str, Any]:
    return {
        "state": "failed" if outcome.error else "complete",
        "at": project.started_at.isoformat(),
        "error": str(outcome.error) if outcome.error else None,
        "requests": outcome.figures.get("requests", 0),
        "retries": outcome.figures.get("retries", 0),
        "rows": outcome.landed.rows,
        "changed": outcome.landed.changed,
        "deleted": outcome.landed.deleted,
        "seconds": round(outcome.seconds, 3),
    }


def last_complete(project: Project, source: str) -> str | None:
    """When ``source`` was last read to the end, as an ISO instant; None if it never was."""
    instant: str | None = project.lake.last_metadata(PRIMARY_STREAM[source], "complete_at")
    return instant


def complete_pulls(project: Project) -> dict[str, list[dt.datetime]]:
    """For each stream, when each pull that read its source to the end began."""
    return {
        stream: [
            dt.datetime.fromisoformat(instant)
            for instant in project.lake.every_metadata(PRIMARY_STREAM[source], "complete_at")
        ]
        for source in project.settings.source_names
        for stream in STREAMS_OF[source]
    }


def _jira(project: Project) -> Source:
    from connectors.jira import JiraSettings, JiraSource

    settings = project.settings.sources.jira
    assert settings is not None  # noqa: S101 - only configured sources are built
    datasets = project.settings.datasets_from("jira")
    return JiraSource(
        JiraSettings(
            url=settings.url,
            user=settings.user,
            token=settings.token.get_secret_value(),
            jql=settings.jql,
            deployment=settings.deployment,
            fields=tuple(
                dict.fromkeys(
                    field
                    for dataset in datasets
                    for field in _fields(dataset)
                    if field not in JIRA_COLUMNS  # every issue brings those
                )
            ),
            initiatives=_initiative_types(datasets),
        )
    )


def _fields(dataset: Dataset) -> list[str]:
    return [*dataset.single_fields.values(), *dataset.link_fields]


def _initiative_types(datasets: list[Dataset]) -> tuple[str, ...]:
    types: list[str] = []
    for dataset in datasets:
        if dataset.holds == "initiatives":
            wanted = dataset.where.get("issue_type", ())
            types.extend([wanted] if isinstance(wanted, str) else wanted)
    return tuple(dict.fromkeys(types))


def _notion(project: Project) -> Source:
    from connectors.notion import NotionSettings, NotionSource

    settings = project.settings.sources.notion
    assert settings is not None  # noqa: S101 - only configured sources are built
    datasets = project.settings.datasets_from("notion")
    places = [str(dataset.place) for dataset in datasets]
    return NotionSource(
        NotionSettings(
            token=settings.token.get_secret_value(),
            places=tuple(dict.fromkeys(places)),
            url=settings.url,
            version=settings.version,
            fields=tuple(dict.fromkeys(field for d in datasets for field in _fields(d))),
            requests_per_minute=settings.requests_per_minute,
        )
    )


def _sheets(project: Project) -> Source:
    from connectors.sheets import SheetsSettings, SheetsSource

    settings = project.settings.sources.sheets
    assert settings is not None  # noqa: S101 - only configured sources are built
    places = [dataset.place for dataset in project.settings.datasets_from("sheets")]
    spreadsheets = [place.spreadsheet for place in places if isinstance(place, SheetPlace)]
    return SheetsSource(
        SheetsSettings(
            credentials=settings.credentials,
            spreadsheets=tuple(dict.fromkeys(spreadsheets)),
            url=settings.url,
            requests_per_minute=settings.requests_per_minute,
        )
    )


def _files(project: Project) -> Source:
    from connectors.files import FilesSettings, FilesSource

    settings = project.settings.sources.files
    assert settings is not None  # noqa: S101 - only configured sources are built
    places = [str(dataset.place) for dataset in project.settings.datasets_from("files")]
    return FilesSource(
        FilesSettings(settings.folder, tuple(dict.fromkeys(places)), settings.locale)
    )
