"""``okr sync --plan``: what a run would read, and what changed settings change in published rows.

What belongs here: comparing what would be published with what is. What does not: computing it
(``nightly_run``), and printing (``cli.setup.sync_plan``).

Rows are computed offline, from what has been read, for the day that was last published: whatever
differs then comes from the settings, from decisions, or from the version of okr-sync. What a
setting makes the run read anew is not known before it is read; the plan says what that is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from connectors.registry import SOURCE_FACTS
from okr_model.tables import ACCUMULATED, TABLES
from pipelines.ingest.connectors import wanted_of
from pipelines.maintenance.whole import told_if_damaged
from pipelines.nightly_run import run_nightly
from pipelines.project import Project
from published.changes.rows import TableChange, compare
from published.tables import PublishedTables

_OF_RUNS = {"runs", "sources", "changes", *ACCUMULATED}


@dataclass(frozen=True, slots=True)
class Reading:
    """How one place would be read: ``since`` is None for all of it, from the beginning."""

    source: str
    place: str
    since: dt.datetime | None


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        readings: Each place.
        day: For which day rows were compared; None if nothing is published yet.
        tables: What would change.
        violations: Why it would not be published, if a check fails.
        crash: What ended the computation, if something did.
    """

    readings: list[Reading]
    day: dt.date | None = None
    tables: list[TableChange] = field(default_factory=list)
    violations: dict[str, str] = field(default_factory=dict)
    crash: str | None = None


def make_plan(project: Project) -> Plan:
    """What a run of the project would read and change; publishes nothing.

    Raises:
        published.errors.UserError: The rows cannot be computed; see :func:`run_nightly`.
    """
    with told_if_damaged(project):
        readings = list(_readings(project))
    if not project.paths.duckdb.is_file():
        return Plan(readings)
    published = PublishedTables(project.paths.duckdb)
    day = max(published.days("key_results"))
    trial = replace(project, day=day)
    night = run_nightly(trial, read=False, publish=False)
    if night.run_id is None or night.crash:
        return Plan(readings, day, crash=night.crash)
    staged = trial.step_files(night.run_id)
    tables = []
    for table in TABLES:
        if table.name in _OF_RUNS or not published.has(table.name):
            continue
        after = staged.read(f"candidate_tables.{table.name}")
        change = compare(table, published.frame(table.name), after)
        if not change.is_none:
            tables.append(change)
    return Plan(readings, day, tables, night.violations)


def _readings(project: Project) -> Iterator[Reading]:
    """Each place of each source, and since when what changed is read."""
    for name in project.settings.source_names:
        facts = SOURCE_FACTS[name]
        section = getattr(project.settings.sources, name)
        wanted = wanted_of(project, name)
        cursor = dict(project.lake.pulls.state(name).cursor)
        for place in wanted.places or (getattr(section, "jql", name),):
            yield Reading(name, place, facts.reads_since(section, wanted, cursor, place))
