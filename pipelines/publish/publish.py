"""Publishing the staged tables of a run.

What belongs here: the order in which the published copies are written. What does not: writing each
of them (``history``, ``duckdb_file``).
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from okr_model.tables import ACCUMULATED, BY_NAME, CALIBRATION, KEY_RESULT_WEEKS, RUNS
from okr_model.tables.contract import arrow_schema
from okr_model.tables.key_results import KEY_RESULTS_DAILY
from pipelines.project import Project
from pipelines.publish import history
from pipelines.publish.calibration import calibration_table
from pipelines.publish.duckdb_file import write_duckdb
from pipelines.publish.key_result_weeks import key_result_weeks_table
from pipelines.publish.readings import attempts_of_run
from pipelines.telemetry.meter import as_json, most_memory, with_pull


def publish(project: Project, run_id: str) -> dict[str, int]:
    """Publish the staged tables; returns row counts by table.

    The Delta history is written first and the DuckDB file last: readers see the new tables from the
    moment at which that file is renamed.
    """
    staging = project.step_files(run_id)
    staged = {
        name: staging.rows(f"candidate_tables.{name}").cast(arrow_schema(table))
        for name, table in BY_NAME.items()
        if name not in ACCUMULATED
    }
    staged[RUNS.name] = _with_steps(staged[RUNS.name], project)
    tables = history.with_history(staged, project.paths.history, run_id)
    daily = tables[KEY_RESULTS_DAILY.name]
    tables[CALIBRATION.name] = calibration_table(project.settings, daily)
    is_newest = pc.max(daily["as_of"]).as_py() == project.clock.as_of
    work = staging.read("activity.key_result_weeks") if is_newest else None
    tables[KEY_RESULT_WEEKS.name] = key_result_weeks_table(
        daily, project.paths.history, run_id, work
    )
    kept = project.settings.retention.published_versions_days
    tables = history.write_delta(tables, project.paths.history, run_id, project.instant, kept)
    write_duckdb(tables, project.paths.duckdb)
    return {name: rows.num_rows for name, rows in tables.items()}


def _with_steps(run: pa.Table, project: Project) -> pa.Table:
    """The run's row with all its steps: the last of them had not ended when it made the row."""
    if not project.meter.steps:
        return run  # it is published by another process, or again
    steps = with_pull(project.meter.steps, attempts_of_run(project))
    run = history.with_value(run, "steps", as_json(steps))
    return history.with_value(run, "peak_memory", most_memory(steps))
