"""The candidate tables, step by step: content, links, activity, tables, and then publishing them.

What belongs here: handing the lake's records to the model and staging what it returns. What does
not: Dagster (``assets``), any rule or formula (``okr_model``), judging the result (``checks``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd

from okr_model import entities
from okr_model.assemble import (
    build_check_ins,
    build_kpis,
    build_measurements,
    build_objectives,
    build_rollups,
)
from okr_model.findings import Finding, findings_frame, join_findings
from okr_model.measures.shared_metrics import shared_metrics
from okr_model.progress.definition_changes import definition_changes
from okr_model.progress.value_series import all_measurements
from okr_model.quantities.cycles import Cycle
from okr_model.tables import BY_NAME, CHANGES
from okr_model.tables.columns import STALE_COLUMNS
from okr_model.tables.contract import conform
from pipelines.datasets import read_cells
from pipelines.datasets.initiatives import with_jira_parents
from pipelines.lake.duckdb_session import connect
from pipelines.lake.step_files import StepFiles
from pipelines.model.key_result_rows import compute_key_results
from pipelines.model.linked_work import load_linked_work
from pipelines.model.links import linked
from pipelines.model.measures import measured_values
from pipelines.project import Project
from pipelines.publish.reader import published_before
from pipelines.run_status.source_status import (
    problem_findings,
    runs_row,
    sources_table,
    stale_sources,
)
from pipelines.run_status.unchanged_inputs import inputs_digest
from pipelines.run_status.unreachable_places import stale_dependents
from pipelines.settings import Dataset

_DATED = ("measurements", "check_ins", "kpis")
_MORE = ("measurements", "depends")
_CONTENT = ("objectives", "key_results", "check_ins", "initiatives", "kpis")


def stage_content(
    project: Project, run_id: str, more_days: Sequence[dt.date] = ()
) -> dict[str, int]:
    """Read every dataset and every declared measure; returns row counts by table.

    ``more_days`` are further days to evaluate the measures on.
    """
    settings, connection, staging = project.settings, connect(), project.step_files(run_id)
    staging.begin()
    zone, cycles = settings.organization.timezone, declared_cycles(project)
    datasets = [each for each in settings.datasets if each.holds not in ("activity", "table")]
    cells, unreadable = _read(project, connection, datasets)
    objectives, f1 = entities.read_objectives(cells, cycles)
    key_results, f2 = entities.read_key_results(cells, objectives, cycles, zone)
    words = settings.organization.confidence
    check_ins, f3 = entities.read_check_ins(cells, key_results, words, zone)
    initiatives, f4 = entities.read_initiatives(cells, zone)
    initiatives = with_jira_parents(project, connection, initiatives)
    kpis, f5 = entities.read_kpis(cells, zone)
    read, f6 = entities.read_measurements(cells, key_results, zone)
    measured = measured_values(project, connection, key_results, cycles, more_days)
    both = _both(read, measured.values)
    measurements = all_measurements(key_results, both, check_ins, measured.check_ins)
    found = [findings_frame(unreadable), f1, f2, f3, f4, f5, f6, measured.findings]
    found.append(shared_metrics(measured.declared, key_results))
    findings = join_findings(found)
    frames = {
        "objectives": objectives,
        "key_results": key_results,
        "check_ins": check_ins,
        "initiatives": initiatives,
        "kpis": kpis,
        "measurements": measurements,
        "findings": findings,
        "depends": measured.sources,
    }
    return _stage(staging, "content", frames)


def stage_links(project: Project, run_id: str) -> dict[str, int]:
    """Resolve every claim into links, and suggest some; returns row counts by table."""
    staging, connection = project.step_files(run_id), connect()
    key_results = staging.read("content.key_results")
    initiatives = staging.read("content.initiatives")
    return _stage(staging, "links", linked(project, connection, key_results, initiatives))


def stage_activity(project: Project, run_id: str) -> dict[str, int]:
    """Count linked work; returns how many Key Results and initiatives have some."""
    staging, connection = project.step_files(run_id), connect()
    initiatives, own = staging.read("content.initiatives"), staging.read("links.own")
    work = load_linked_work(project, connection, initiatives, own)
    return _stage(staging, "activity", work.counted_on(project.clock.as_of))


def stage_tables(project: Project, run_id: str) -> dict[str, pd.DataFrame]:
    """Compute every published table; returns them as they would be published."""
    staging, as_of = project.step_files(run_id), project.clock.as_of
    content = {name: staging.read(f"content.{name}") for name in (*_CONTENT, *_MORE)}
    links = staging.read("links.links")
    before, known = published_before(project)
    changes = definition_changes(before, _defined(content["key_results"]), known, as_of, run_id)
    work = {name: staging.read(f"activity.{name}") for name in ("key_results", "initiatives")}
    found = [staging.read("content.findings"), staging.read("links.findings")]
    found.append(problem_findings(project))
    stale = _staleness(project, content, links)
    key_results, findings, judged = compute_key_results(
        project, content, links, work, changes, found, stale
    )
    adding = (project.settings.thresholds.rollup, project.settings.thresholds.pace_tolerance)
    objectives = build_objectives(content["objectives"], key_results, *adding)
    name = project.settings.organization.name
    tables = {
        "key_results": key_results,
        "links": links,
        "suggestions": staging.read("links.suggestions"),
        "objectives": objectives,
        "rollups": build_rollups(objectives, key_results, name, *adding),
        "initiatives": _initiatives(content["initiatives"], links, work["initiatives"], judged),
        "check_ins": build_check_ins(content["check_ins"], as_of),
        "measurements": build_measurements(content["measurements"], as_of),
        "kpis": build_kpis(content["kpis"], as_of),
        "findings": findings,
        "sources": sources_table(project),
        "runs": runs_row(project, run_id, len(key_results), len(findings)).assign(
            inputs=inputs_digest(project)
        ),
    }
    conformed = {
        name: conform(frame.assign(as_of=as_of, run_id=run_id), BY_NAME[name])
        for name, frame in tables.items()
    }
    conformed[CHANGES.name] = conform(changes, CHANGES)  # each keeps the run that saw it
    for name, frame in conformed.items():
        staging.write(f"tables.{name}", frame)
    return conformed


def _read(
    project: Project, connection: duckdb.DuckDBPyConnection, datasets: list[Dataset]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The cells: what carries a date as it is known now, all else as it stood on the day."""
    if not project.clock.is_past:
        return read_cells(project.lake, connection, datasets)
    dated = [dataset for dataset in datasets if dataset.holds in _DATED]
    standing = [dataset for dataset in datasets if dataset.holds not in _DATED]
    cells, findings = read_cells(project.lake_as_of, connection, standing)
    more, found = read_cells(project.lake, connection, dated)
    parts = [part for part in (cells, more) if len(part)]
    return (pd.concat(parts, ignore_index=True) if parts else cells), findings + found


def declared_cycles(project: Project) -> list[Cycle]:
    """The cycles of the settings."""
    return [Cycle(cycle.id, cycle.start, cycle.end) for cycle in project.settings.cycles]


def _staleness(
    project: Project, content: Mapping[str, pd.DataFrame], links: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What could not be read, and what depends on it; a day that is over lacks nothing any more."""
    if project.clock.is_past:
        return pd.DataFrame(columns=STALE_COLUMNS), content["depends"]
    unreached, from_there = stale_dependents(project, connect(), content, links)
    stale = pd.concat([stale_sources(project), unreached], ignore_index=True)
    return stale, pd.concat([content["depends"], from_there], ignore_index=True)


def _both(read: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    parts = [frame for frame in (read, measured) if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else read


def _defined(key_results: pd.DataFrame) -> pd.DataFrame:
    """Definitions as they are published: a baseline is a definition only if it was declared."""
    declared = key_results["baseline"].notna()
    source = pd.Series("declared", index=key_results.index).where(declared)
    days = {name: key_results[name].dt.date for name in ("starts_on", "due_on")}
    return key_results.assign(baseline_source=source, **days)


def _initiatives(
    initiatives: pd.DataFrame, links: pd.DataFrame, activity: pd.DataFrame, judged: pd.DataFrame
) -> pd.DataFrame:
    active = links[links["state"] == "active"]["initiative_id"].value_counts()
    work = activity.set_index("initiative_id")
    counts = {
        name: initiatives["initiative_id"].map(work[name]).fillna(0).astype("int64")
        for name in ("open_issues", "done_issues")
    }
    counts["active_links"] = initiatives["initiative_id"].map(active).fillna(0).astype("int64")
    return initiatives.assign(**counts, last_activity_on=judged["last_activity_on"])


def _stage(staging: StepFiles, step: str, frames: dict[str, pd.DataFrame]) -> dict[str, int]:
    return {name: staging.write(f"{step}.{name}", frame) for name, frame in frames.items()}
