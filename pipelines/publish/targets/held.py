"""What each target holds, compared with what is published.

What belongs here: asking targets, and how far each is behind. What does not: writing to them
(``write``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from connectors.secrets import redact
from pipelines.project import Project
from pipelines.publish.targets.manifest import Target
from pipelines.publish.targets.published_run import PublishedRun, open_run
from pipelines.publish.targets.state import Attempt, AttemptsAtTargets
from pipelines.publish.targets.write import target_of
from pipelines.settings.targets import TargetSettings
from published.errors import UserError
from published.tables import NotPublishedError


@dataclass(frozen=True, slots=True)
class Held:
    """What one target holds.

    Attributes:
        name: What the settings call it.
        kind: What it is.
        place: Where it is, without credentials.
        published_run: The run that is published; None if nothing is.
        asked: Whether the target itself said what follows; else it is what was last written there.
        run_id: The run that it holds; None if none.
        as_of: The day of that run's tables.
        written_at: When it was written.
        lag: How many nights were published since that run; None if it holds none.
        rows: How many rows each table has.
        error: Why it could not be asked, or else why the last attempt failed; None if neither.
        since: Since when attempts fail.
        whole: Whether it holds all that the published run would write.
        missing: What it should hold and does not, in words; None if nothing.
    """

    name: str
    kind: str
    place: str
    published_run: str | None = None
    asked: bool = False
    run_id: str | None = None
    as_of: dt.date | None = None
    written_at: dt.datetime | None = None
    lag: int | None = None
    rows: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    since: dt.datetime | None = None
    whole: bool = False
    missing: str | None = None

    @property
    def current(self) -> bool:
        """Whether it holds the published run."""
        return self.whole and self.asked

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        said = f"{self.name} ({self.kind}, {self.place}): "
        run = f"run {self.run_id} as of {self.as_of}"
        if not self.asked:
            said += f"cannot be asked; last written was {run}" if self.run_id else "cannot be asked"
        else:
            said += f"{run}, {self._behind}" if self.run_id else "holds nothing"
        return f"{said}. {self.error}" if self.error else said

    @property
    def _behind(self) -> str:
        if self.missing:
            return f"not whole: {self.missing}. Run: okr publish --to {self.name}"
        if self.lag:
            return f"{self.lag} {'night' if self.lag == 1 else 'nights'} behind"
        if self.whole:
            return "up to date"
        return f"not what is published. Run: okr publish --to {self.name}"


def held_by_targets(project: Project) -> list[Held]:
    """What each target of the settings holds; one that cannot be asked says why."""
    try:
        run = open_run(project.paths.duckdb)
    except NotPublishedError:
        run = None
    attempts = AttemptsAtTargets(project.paths.targets).latest()
    settings = project.settings
    return [
        _held(one, run, attempts.get(one.name), target_of(settings, one))
        for one in settings.publish.targets
    ]


def _held(
    settings: TargetSettings, run: PublishedRun | None, last: Attempt | None, target: Target
) -> Held:
    held = Held(settings.name, settings.kind, target.place, run.run_id if run else None)
    if last:
        held = replace(held, error=last.error, since=last.since)
    try:
        found = target.manifest()
        missing = target.missing(found) if found else None
    except UserError as error:
        held = replace(held, error=redact(str(error)))
        if last and last.written_at:
            held = replace(
                held,
                run_id=last.run_id,
                as_of=last.as_of,
                written_at=last.written_at,
                rows=last.rows,
            )
        return held
    if found is None:
        return replace(held, asked=True)
    return replace(
        held,
        asked=True,
        run_id=found.run_id,
        as_of=found.as_of,
        written_at=found.written_at,
        lag=run.nights_since(found.published_at) if run else None,
        rows=found.rows,
        whole=run is not None and missing is None and found.is_of(run.only(settings.tables)),
        missing=missing,
    )
