"""The published tables as assets: materialized means readers see them.

What belongs here: publishing what was computed, and each table with its counts and the check that
it reads back. What does not: how tables are written (``pipelines.publish``).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from okr_model.tables import BY_NAME, TABLES, ColumnType
from okr_model.tables.lineage import lineage
from pipelines.assets.sources import PATIENCE
from pipelines.project import Project
from pipelines.review.nightly_review import update_tab
from pipelines.store.session import kept, put_now
from pipelines.telemetry.log import event
from published.tables import SCHEMA

if TYPE_CHECKING:
    from pipelines.publish.targets.write import Outcome

PUBLISHED_GROUP = "published"
_READ_BACK = "rows_read_back"
_DAGSTER_TYPE: dict[ColumnType, str] = {
    "text": "string",
    "integer": "int",
    "number": "float",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "bool",
    "text[]": "array<string>",
}


def table_key(name: str) -> dg.AssetKey:
    """The asset that a published table is, named as a query names the table."""
    return dg.AssetKey([SCHEMA, name])


def column_schema(table_name: str) -> dg.TableSchema:
    """A published table's declaration in Dagster's own words, with what each column comes from.

    Dagster's open-source page draws no graph of columns: there the description tells.
    """
    table, comes = BY_NAME[table_name], lineage(table_name)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                _DAGSTER_TYPE[column.type],
                description=column.described
                + (f". From {', '.join(comes[column.name])}" if column.name in comes else ""),
            )
            for column in table.columns
        ]
    )


def column_lineage(name: str) -> dg.TableColumnLineage:
    """A published table's declared lineage in Dagster's own words."""
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(asset_key=table_key(table), column_name=of)
                for table, _, of in (one.partition(".") for one in comes)
            ]
            for column, comes in lineage(name).items()
        }
    )


@dg.multi_asset(
    name="published",
    specs=[
        dg.AssetSpec(
            table_key(table.name),
            deps=["candidate_tables"],
            group_name=PUBLISHED_GROUP,
            description=f"One row per {table.row_is}.",
            metadata={
                "dagster/column_schema": column_schema(table.name),
                "dagster/column_lineage": column_lineage(table.name),
            },
        )
        for table in TABLES
    ],
    check_specs=[
        dg.AssetCheckSpec(
            _READ_BACK,
            asset=table_key(table.name),
            description="The published file holds every row that was to be published.",
        )
        for table in TABLES
    ],
)
def published(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[None]]:
    """The checked tables in the DuckDB file and in the Delta history."""
    from pipelines.datasets.former_ids import known_aliases
    from pipelines.maintenance.examine import record_state
    from pipelines.past_days import late_entries  # only where something is published: it takes long
    from pipelines.publish.blocked_run import note_published
    from pipelines.publish.targets.write import write_targets
    from published.tables import PublishedTables

    with (
        kept(project, PATIENCE),
        project.logging(context.run.run_id),
        project.exclusively(PATIENCE),
    ):
        with project.meter.step("publish"):
            counts = late_entries.publish_night(project, context.run.run_id)
        cost = project.meter.steps["publish"]
        event("published", seconds=cost.seconds, peak_memory=cost.peak_memory, **counts)
        note_published(project)
        put_now(project)  # before others are told of it
        update_tab(project, context.run.run_id)
        record_state(project)
        outcomes = write_targets(project, known_aliases)
        found = PublishedTables(project.paths.duckdb).row_counts()
    for table in TABLES:
        yield dg.MaterializeResult(
            asset_key=table_key(table.name),
            metadata={
                "dagster/row_count": dg.MetadataValue.int(counts[table.name]),
                "duckdb": dg.MetadataValue.path(str(project.paths.duckdb)),
                **_targets(outcomes, table.name),
            },
            check_results=[
                dg.AssetCheckResult(
                    asset_key=table_key(table.name),
                    check_name=_READ_BACK,
                    passed=found.get(table.name) == counts[table.name],
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={"rows": found.get(table.name, 0)},
                )
            ],
        )


def _targets(outcomes: "Sequence[Outcome]", table: str) -> dict[str, dg.MetadataValue[Any]]:
    """The rows of a table in each target; of one that was not written, why."""
    told = {one.name: one.error or one.rows.get(table) for one in outcomes}
    return {"targets": dg.MetadataValue.json(told)} if told else {}
