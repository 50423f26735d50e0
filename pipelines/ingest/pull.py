"""Pulling the configured sources concurrently and independently of each other.

What belongs here: running the connectors and recording each attempt. What does not: building them
(``connectors`` in this folder) and landing their messages (``landing``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from typing import Any

from connectors.errors import SourceError
from pipelines.errors import our_fault
from pipelines.ingest.landing import Landed, Landing
from pipelines.ingest.set_by import brief_of, read_from, remedy_of, set_by, told
from pipelines.project import Project
from pipelines.telemetry.log import event
from pipelines.telemetry.meter import peak_memory

_NOT_LOGGED = ("state", "at", "read_from")
"""What the event says by itself, and the address, which is in no log."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one source's pull; ``error`` is None if it was complete."""

    source: str
    landed: Landed
    figures: dict[str, Any]
    seconds: float
    error: SourceError | None = None


def pull_sources(project: Project, names: Iterable[str]) -> Iterator[Outcome]:
    """Pull ``names`` concurrently; yield each outcome when it is done, failures included."""
    with ThreadPoolExecutor(thread_name_prefix="pull") as pool:
        futures = [pool.submit(_pull, project, name) for name in names]
        for future in as_completed(futures):
            yield future.result()


def reextract_references(project: Project) -> None:
    """Bring a lake of an older version up to date, and its references to the key pattern."""
    for name in project.settings.source_names:
        landing = landing_of(project, name)
        landing.evolve(name)
        landing.reextract_references(name)


def _pull(project: Project, name: str) -> Outcome:
    from pipelines.ingest.connectors import build_source  # heavy, and the page reads no source

    started = time.monotonic()
    landed, figures, error = Landed(), {}, None
    try:
        source = build_source(project, name)
        try:
            landed = landing_of(project, name).land(source)
        finally:
            figures = asdict(source.figures)
            source.close()
    except SourceError as failure:
        error = failure
    except Exception as fault:
        # A bug in one connector must not stop the others; it is recorded as a failed attempt.
        error = our_fault(name, fault)
    outcome = Outcome(name, landed, figures, time.monotonic() - started, error)
    attempt = _attempt(project, outcome)
    project.attempts.record(name, attempt)
    level = logging.ERROR if outcome.error else logging.INFO
    facts = {key: value for key, value in attempt.items() if key not in _NOT_LOGGED}
    event("source failed" if outcome.error else "source read", level=level, source=name, **facts)
    return outcome


def landing_of(project: Project, name: str) -> Landing:
    """What lands the pulls of the source ``name`` in this run."""
    return Landing(
        project.lake,
        project.settings.links.key_pattern,
        project.clock.started_at,
        progress=lambda rows: project.report(name, f"{rows:,} records"),
        mass_share=project.settings.thresholds.lost_share,
    )


def _read_from(project: Project, outcome: Outcome) -> Any:
    """The address of the last complete reading, which a failed attempt does not change."""
    if outcome.error:
        return project.attempts.latest(outcome.source).get("read_from")
    return read_from(project, outcome.source, project.clock.started_at)


def _attempt(project: Project, outcome: Outcome) -> dict[str, Any]:
    return {
        "state": "failed" if outcome.error else "complete",
        "at": project.clock.started_at.isoformat(),
        "error": told(project, outcome.error) if outcome.error else None,
        "remedy": remedy_of(project, outcome.error) if outcome.error else None,
        "read_from": _read_from(project, outcome),
        "brief": brief_of(project, outcome.error) if outcome.error else None,
        "set_by": set_by(project, outcome.error) if outcome.error else None,
        "requests": outcome.figures.get("requests", 0),
        "retries": outcome.figures.get("retries", 0),
        "waited": round(outcome.figures.get("waited", 0.0), 3),
        "bytes": outcome.figures.get("bytes", 0),
        "rows": outcome.landed.rows,
        "changed": outcome.landed.changed,
        "deleted": outcome.landed.deleted,
        "seconds": round(outcome.seconds, 3),
        "peak_memory": peak_memory(),
    }
