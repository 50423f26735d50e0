"""Rebuilding past days from the lake alone.

What belongs here: choosing the days, loading what was known on each, and publishing the rows. What
does not: the computation, which is that of a nightly run (``model.steps``), and what happens to
replaced rows (``publish.restatement``).

A day is rebuilt from what is known now: a value that was entered late, or corrected since, counts
from the day for which it is true. What carries no date of its own (definitions, links) is read as
of the end of that day; issues, and definitions that are issues, have the state that their change
log gives for it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from okr_model.measures.evaluation_days import as_evaluated
from okr_model.quantities.day_bounds import start_of_day
from okr_model.quantities.days import midnight, to_days
from okr_model.tables import BY_NAME, CALIBRATION, KEY_RESULT_WEEKS, RUNS
from okr_model.tables.contract import conform, violations
from okr_model.tables.key_results import KEY_RESULTS, KEY_RESULTS_DAILY, KEY_RESULTS_RESTATED
from pipelines.engines.opening import open_engine
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.duckdb_session import arrow, connect
from pipelines.maintenance.examine import ensure_read_anew, examine
from pipelines.model.confidence import asked_of_content
from pipelines.model.content.aliases import aliases_in
from pipelines.model.content.definition_log import definition_instants
from pipelines.model.content.records import declared_cycles
from pipelines.model.key_result_rows import KeyResultInputs, compute_key_results
from pipelines.model.linked_work import load_linked_work
from pipelines.model.links import link_initiatives
from pipelines.model.nightly_steps import CONTENT, LINKS, VALUES
from pipelines.model.steps import run_steps
from pipelines.model.values import compute_values
from pipelines.project import Project
from pipelines.publish import history
from pipelines.publish.calibration import calibration_table
from pipelines.publish.duckdb_file import write_duckdb
from pipelines.publish.key_result_weeks import key_result_weeks_table
from pipelines.publish.restatement import Restated, restate
from pipelines.run_status.provenance import provenance
from pipelines.store.session import kept
from published.errors import UserError
from published.tables import NotPublishedError, published_before

_CONTENT = ("key_results", "check_ins", "initiatives")
_LINKS = replace(
    LINKS, run=partial(link_initiatives, suggests=False), gives=("links", "own", "findings")
)


class NoSuchDaysError(UserError):
    """The requested days cannot be rebuilt."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The result of a rebuild: row counts, and the restated rows with their differences."""

    run_id: str
    days: list[dt.date]
    rows: int
    new: int
    unchanged: int
    restated: list[dict[str, Any]]
    violations: list[str]
    published: bool


def rebuild(
    project: Project, first: dt.date | None, last: dt.date | None, *, publish: bool = True
) -> Rebuilt:
    """Rebuild ``key_results_daily`` for each day from ``first`` to ``last``.

    Args:
        project: The project; only its lake is read.
        first: The first day; None means that of the first cycle, or the first that is kept.
        last: The last day; None means the day before the latest published one.
        publish: Whether to publish the rows.

    Raises:
        NoSuchDaysError: The days are not over, or ``first`` comes after ``last``.
        NotPublishedError: Nothing has been published yet.
        pipelines.project.NotKeptError: What ``first`` needs has been dropped.
    """
    with kept(project), project.exclusively():
        examine(project)
        ensure_read_anew(project)
        return rebuild_days(project, _days(project, first, last), publish=publish)


def rebuild_days(
    project: Project,
    days: list[dt.date],
    *,
    publish: bool = True,
    changes: pd.DataFrame | None = None,
) -> Rebuilt:
    """The same for any past days, in ascending order.

    ``changes`` are the changes of definitions; None for the published ones.
    """
    with project.exclusively():
        run_id = str(uuid.uuid4())
        if changes is None:
            _, changes = published_before(project.paths.duckdb)
        frames = [
            rows
            for group in _with_same_content(project, days)
            for rows in _rows(project, group, run_id, changes)
        ]
        project.step_files(run_id).forget()
        frame = pd.concat(frames, ignore_index=True)
        violated = [found.sentence for found in violations(frame, KEY_RESULTS_DAILY)]
        computed = history.to_arrow(frame, KEY_RESULTS)
        before = history.history(project.paths.history, KEY_RESULTS_DAILY)
        outcome = restate(before, computed, run_id)
        changes = outcome.new or outcome.restated.num_rows
        if publish and changes and not violated:
            _publish(project, outcome, run_id, days[-1])
    return Rebuilt(
        run_id,
        days,
        computed.num_rows,
        outcome.new,
        outcome.unchanged,
        _differences(outcome),
        violated,
        publish and not violated,
    )


def _days(project: Project, first: dt.date | None, last: dt.date | None) -> list[dt.date]:
    runs = history.history(project.paths.history, RUNS).to_pandas(date_as_object=True)
    if runs.empty:
        raise NotPublishedError("nothing is published yet, so nothing to rebuild. Run: okr sync")
    end = min(runs["as_of"].max(), project.clock.today) - dt.timedelta(days=1)
    begin = first or min(cycle.start for cycle in project.settings.cycles)
    if first is None and project.first_kept_day:
        begin = max(begin, project.first_kept_day)
    project.on(begin).ensure_kept()
    until = last or end
    if until > end:
        raise NoSuchDaysError(
            f"{until} is not over: {end} is the last day that can be rebuilt. "
            "The days after it are published by okr sync."
        )
    if begin > until:
        raise NoSuchDaysError(f"{begin} comes after {until}. Give --from an earlier day.")
    return [begin + dt.timedelta(days=n) for n in range((until - begin).days + 1)]


def _with_same_content(project: Project, days: list[dt.date]) -> Iterator[list[dt.date]]:
    """The days in groups between which undated content changed; a group shares its content."""
    streams = ("jira_issues", "jira_remote_links", "notion_pages", "sheet_rows", "file_rows")
    queries = [f"SELECT DISTINCT seen_at FROM {project.lake.scan(s, 'log')}" for s in streams]  # noqa: S608 - our own files
    seen = arrow(connect(), " UNION ".join(queries)).column(0).to_pylist()
    seen += DecisionLog(project.paths.decisions).frame()["decided_at"].tolist()
    seen += definition_instants(project, connect())
    zone = project.settings.organization.timezone

    def known(day: dt.date) -> tuple[int, list[str]]:
        end = start_of_day(day + dt.timedelta(days=1), zone)
        cycles = [cycle.id for cycle in declared_cycles(project) if cycle.contains(day)]
        return sum(instant <= end for instant in seen), cycles

    for _, group in itertools.groupby(days, key=known):
        yield list(group)


def _rows(
    project: Project, days: list[dt.date], run_id: str, changes: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """The rows of a group of days that share their content."""
    last = project.on(days[-1])
    project.report("rebuild", f"{days[0]} to {days[-1]}: reading what was known")
    values = replace(VALUES, run=partial(compute_values, more_days=days))
    run_steps((CONTENT, _LINKS, values), last, run_id)
    staged = last.step_files(run_id)
    content = {name: staged.read(f"content.{name}") for name in _CONTENT}
    measurements, links = staged.read("values.measurements"), staged.read("links.links")
    own, aliases = staged.read("links.own"), aliases_in(staged.read("content.aliases"))
    found = [staged.read(f"{step}.findings") for step in ("content", "values", "links")]
    read = content | {"objectives": staged.read("content.objectives")}
    cycles = declared_cycles(project)
    with open_engine(project.settings) as engine:
        work = load_linked_work(last, engine, content["initiatives"], own)
        for day in days:
            project.report("rebuild", f"{day}")
            inputs = KeyResultInputs(
                content=content | {"measurements": as_evaluated(measurements, cycles, day)},
                links=links,
                work=work.counted_on(day),
                changes=changes[to_days(changes["changed_on"]) <= midnight(day)],
                findings=[*found, *asked_of_content(project.on(day), read, aliases)],
                aliases=aliases,
            )
            rows, _, _ = compute_key_results(project.on(day), inputs)
            yield conform(rows.assign(as_of=day, run_id=run_id), KEY_RESULTS)


def _publish(project: Project, outcome: Restated, run_id: str, day: dt.date) -> None:
    tables = {
        name: history.history(project.paths.history, table) for name, table in BY_NAME.items()
    }
    run = pa.Table.from_pylist(
        [
            {
                "run_id": run_id,
                "as_of": day,
                "kind": "rebuild",
                "started_at": project.clock.started_at,
                "published_at": project.instant(),
                "outcome": "complete",
                "failed_sources": [],
                "key_results": outcome.new + outcome.restated.num_rows,
                "findings": 0,
                **provenance(project),
            }
        ],
        schema=tables[RUNS.name].schema,
    )
    written = {
        KEY_RESULTS_DAILY.name: outcome.daily,
        KEY_RESULTS_RESTATED.name: history.joined(
            tables[KEY_RESULTS_RESTATED.name], outcome.restated
        ),
        RUNS.name: history.joined(tables[RUNS.name], run),
        CALIBRATION.name: calibration_table(project.settings, outcome.daily),
        KEY_RESULT_WEEKS.name: key_result_weeks_table(
            outcome.daily, project.paths.history, run_id, None
        ),
    }
    kept = project.settings.retention.published_versions_days
    written = history.write_delta(written, project.paths.history, run_id, project.instant, kept)
    write_duckdb(tables | written, project.paths.duckdb)


def _differences(outcome: Restated) -> list[dict[str, Any]]:
    """Each restated row with the columns that differ: the value before, and the one now."""
    key = list(KEY_RESULTS_DAILY.key)
    before = outcome.restated.to_pylist()
    days = pc.is_in(outcome.daily["as_of"], value_set=outcome.restated["as_of"].combine_chunks())
    rows = outcome.daily.filter(days).to_pylist()
    now = {tuple(row[name] for name in key): row for row in rows}
    found = []
    for row in before:
        after = now.get(tuple(row[name] for name in key), {})
        found.append(
            {name: row[name] for name in key}
            | {
                "changed": {
                    name: {"before": row[name], "now": after.get(name)}
                    for name in KEY_RESULTS.column_names
                    if name not in (*key, "run_id") and row[name] != after.get(name)
                }
            }
        )
    return found
