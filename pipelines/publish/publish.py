"""Publishing the staged tables of a run."""

from __future__ import annotations

from okr_model.tables import BY_NAME, CALIBRATION, LINK_HISTORY
from okr_model.tables.contract import conform
from okr_model.tables.key_results import KEY_RESULTS_DAILY, KEY_RESULTS_RESTATED
from pipelines.project import Project
from pipelines.publish import history
from pipelines.publish.calibration import calibration_table
from pipelines.publish.duckdb_file import write_duckdb

_ACCUMULATED = (
    *(KEY_RESULTS_DAILY.name, KEY_RESULTS_RESTATED.name),
    *(CALIBRATION.name, LINK_HISTORY.name),
)


def publish(project: Project, run_id: str) -> dict[str, int]:
    """Publish the staged tables; returns row counts by table.

    The Delta history goes first and the DuckDB file last: the rename of that file is the instant
    at which readers see the new tables.
    """
    staging = project.step_files(run_id)
    staged = {
        name: history.to_arrow(conform(staging.read(f"tables.{name}"), table), table)
        for name, table in BY_NAME.items()
        if name not in _ACCUMULATED
    }
    tables = history.with_history(staged, project.paths.history, run_id)
    daily = tables[KEY_RESULTS_DAILY.name]
    tables[CALIBRATION.name] = calibration_table(project.settings, daily)
    history.write_delta(tables, project.paths.history, run_id)
    write_duckdb(tables, project.paths.duckdb)
    return {name: rows.num_rows for name, rows in tables.items()}
