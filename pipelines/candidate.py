"""The candidate tables, step by step: content, links, activity, tables, and then publishing them.

What belongs here: handing the lake's records to the model and staging what it returns. What does
not: Dagster (``assets``), any rule or formula (``okr_model``), judging the result (``checks``).
"""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from okr_model import entities
from okr_model.activity import initiative_activity, key_result_activity
from okr_model.assemble import (
    Signalling,
    build_check_ins,
    build_key_results,
    build_kpis,
    build_measurements,
    build_objectives,
)
from okr_model.changes import definition_changes, moved_findings, moved_targets
from okr_model.contract import conform
from okr_model.cycle import Cycle
from okr_model.findings import findings_frame, identify, join_findings
from okr_model.hierarchy import effective_links
from okr_model.links import own_links, resolve_links
from okr_model.signal_findings import signal_findings
from okr_model.signals import DISAGREE
from okr_model.tables import BY_NAME, CALIBRATION, CHANGES, KEY_RESULTS_DAILY
from okr_model.thresholds import SignalThresholds
from okr_model.values import all_measurements
from okr_model.work import judge_initiatives
from pipelines import publishing
from pipelines.calibrating import calibration_table
from pipelines.duck import connect
from pipelines.health import problem_findings, runs_row, sources_table, stale_sources
from pipelines.measuring import measured_values
from pipelines.project import Project
from pipelines.reach import dependents
from pipelines.readers import NotPublishedError, PublishedTables
from pipelines.reading import read_cells, read_claims
from pipelines.staging import Staging
from pipelines.standing import inputs_digest

_CONTENT = ("objectives", "key_results", "check_ins", "initiatives", "kpis")


def stage_content(project: Project, run_id: str) -> dict[str, int]:
    """Read every dataset and every declared measure; returns row counts by table."""
    settings, connection, staging = project.settings, connect(), project.staging(run_id)
    staging.begin()
    zone, cycles = settings.organization.timezone, _cycles(project)
    datasets = [dataset for dataset in settings.datasets if dataset.holds != "activity"]
    cells, unreadable = read_cells(project.lake, connection, datasets)
    objectives, f1 = entities.read_objectives(cells, cycles)
    key_results, f2 = entities.read_key_results(cells, objectives, cycles, zone)
    words = settings.organization.confidence
    check_ins, f3 = entities.read_check_ins(cells, key_results, words, zone)
    initiatives, f4 = entities.read_initiatives(cells, zone)
    kpis, f5 = entities.read_kpis(cells, zone)
    read, f6 = entities.read_measurements(cells, key_results, zone)
    measured = measured_values(project, connection, key_results, cycles)
    measurements = all_measurements(key_results, _both(read, measured), check_ins)
    findings = join_findings([findings_frame(unreadable), f1, f2, f3, f4, f5, f6])
    frames = {
        "objectives": objectives,
        "key_results": key_results,
        "check_ins": check_ins,
        "initiatives": initiatives,
        "kpis": kpis,
        "measurements": measurements,
        "findings": findings,
    }
    return _stage(staging, "content", frames)


def stage_links(project: Project, run_id: str) -> dict[str, int]:
    """Resolve every claim into links; returns row counts by table."""
    staging, connection = project.staging(run_id), connect()
    key_results = staging.read("content.key_results")
    initiatives = staging.read("content.initiatives")
    claims = read_claims(project.lake, connection, project.settings, key_results)
    links, findings = resolve_links(claims, key_results, initiatives)
    own = own_links(links, claims, key_results, "jira")
    return _stage(staging, "links", {"links": links, "own": own, "findings": findings})


def stage_activity(project: Project, run_id: str) -> dict[str, int]:
    """Count linked work; returns how many Key Results and initiatives have some."""
    staging, connection = project.staging(run_id), connect()
    lake, zone = project.lake, project.settings.organization.timezone
    initiatives = staging.read("content.initiatives")
    own = staging.read("links.own")
    of_jira = initiatives.loc[initiatives["source"] == "jira", ["initiative_id", "record_id"]]
    connection.register("own", own)
    connection.register("of_jira", of_jira.rename(columns={"record_id": "issue_id"}))
    issues = nw.from_native(
        connection.sql(
            "SELECT id, parent_id, status_category, created_at, resolved_at "  # noqa: S608 - our own files
            f"FROM {lake.scan('jira_issues')} WHERE NOT deleted"
        )
    )
    changes = nw.from_native(
        connection.sql(f"SELECT id, issue_id, changed_at FROM {lake.scan('jira_changes')}")  # noqa: S608
    )
    effective = effective_links(issues, nw.from_native(connection.sql("FROM own")))
    linked = effective.select("issue_id", "key_result_id")
    roots = nw.from_native(connection.sql("FROM of_jira"))
    frames = {
        "key_results": key_result_activity(issues, changes, linked, project.as_of, zone),
        "initiatives": initiative_activity(issues, changes, roots, project.as_of, zone),
    }
    return _stage(staging, "activity", frames)


def stage_tables(project: Project, run_id: str) -> dict[str, pd.DataFrame]:
    """Compute every published table; returns them as they would be published."""
    staging, as_of, settings = project.staging(run_id), project.as_of, project.settings
    content = {name: staging.read(f"content.{name}") for name in (*_CONTENT, "measurements")}
    links = staging.read("links.links")
    unreached, from_there = dependents(project, connect(), content, links)
    stale = pd.concat([stale_sources(project), unreached], ignore_index=True)
    work = staging.read("activity.initiatives")
    thresholds = _thresholds(project)
    judged = judge_initiatives(
        content["initiatives"], work, as_of, settings.organization.timezone, thresholds
    )
    earlier = [staging.read("content.findings"), staging.read("links.findings")]
    before, known = _published_before(project)
    defined = _defined(content["key_results"])
    changes = definition_changes(before, defined, known, as_of, run_id)
    key_results = build_key_results(
        content["key_results"],
        content["measurements"],
        content["check_ins"],
        links,
        staging.read("activity.key_results"),
        stale,
        as_of,
        depends=pd.concat([_depends(project), from_there], ignore_index=True),
        tolerance=settings.thresholds.pace_tolerance,
        signals=_signalling(
            project, judged, earlier, moved_targets(changes, content["key_results"])
        ),
    )
    earlier += [
        problem_findings(project),
        signal_findings(key_results, content["check_ins"], as_of),
        moved_findings(key_results, changes),
    ]
    findings = identify(join_findings(earlier))
    tables = {
        "key_results": _count_findings(key_results, findings),
        "links": links,
        "objectives": build_objectives(content["objectives"], key_results),
        "initiatives": _initiatives(content["initiatives"], links, work, judged),
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


def publish(project: Project, run_id: str) -> dict[str, int]:
    """Publish the staged tables; returns row counts by table.

    The Delta history goes first and the DuckDB file last: the rename of that file is the instant
    at which readers see the new tables.
    """
    staging = project.staging(run_id)
    staged = {
        name: publishing.to_arrow(conform(staging.read(f"tables.{name}"), table), table)
        for name, table in BY_NAME.items()
        if name not in (KEY_RESULTS_DAILY.name, CALIBRATION.name)
    }
    tables = publishing.with_history(staged, project.history)
    daily = tables[KEY_RESULTS_DAILY.name]
    tables[CALIBRATION.name] = calibration_table(project.settings, daily)
    publishing.write_delta(tables, project.history, run_id)
    publishing.write_duckdb(tables, project.duckdb)
    return {name: rows.num_rows for name, rows in tables.items()}


def _cycles(project: Project) -> list[Cycle]:
    return [Cycle(cycle.id, cycle.start, cycle.end) for cycle in project.settings.cycles]


def _both(read: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    parts = [frame for frame in (read, measured) if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else read


def _depends(project: Project) -> pd.DataFrame:
    """Which Key Results depend on Jira because the settings measure them there."""
    rows = [
        (key_result, measure.source)
        for measure in project.settings.measures
        for key_result in measure.key_result
    ]
    return pd.DataFrame(rows, columns=["key_result_id", "source"], dtype="str").drop_duplicates()


def _published_before(project: Project) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The Key Results and the changes that readers see now; empty before the first night."""
    nothing = pd.DataFrame(columns=CHANGES.column_names)
    try:
        published = PublishedTables(project.duckdb)
    except NotPublishedError:
        return pd.DataFrame(), nothing
    known = published.frame(CHANGES.name) if published.has(CHANGES.name) else nothing
    return published.frame("key_results"), known


def _defined(key_results: pd.DataFrame) -> pd.DataFrame:
    """Definitions as they are published: a baseline is a definition only if it was declared."""
    declared = key_results["baseline"].notna()
    source = pd.Series("declared", index=key_results.index).where(declared)
    return key_results.assign(baseline_source=source, due_on=key_results["due_on"].dt.date)


def _thresholds(project: Project) -> SignalThresholds:
    return SignalThresholds(**project.settings.signals.model_dump())


def _signalling(
    project: Project,
    judged: pd.DataFrame,
    findings: list[pd.DataFrame],
    moved: pd.DataFrame,
) -> Signalling:
    """What the signals need to know beside the Key Results themselves."""
    said = join_findings(findings)
    disagreeing = said.loc[said["rule"] == DISAGREE, "subject_id"]
    return Signalling(
        thresholds=_thresholds(project),
        judged=judged,
        moved=moved,
        disagreeing=tuple(disagreeing),
        expects_check_ins=any(one.holds == "check_ins" for one in project.settings.datasets),
    )


def _count_findings(key_results: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    about = findings[findings["subject_type"] == "key result"]["subject_id"].value_counts()
    counts = key_results["key_result_id"].map(about).fillna(0).astype("int64")
    return key_results.assign(findings=counts)


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


def _stage(staging: Staging, step: str, frames: dict[str, pd.DataFrame]) -> dict[str, int]:
    return {name: staging.write(f"{step}.{name}", frame) for name, frame in frames.items()}
