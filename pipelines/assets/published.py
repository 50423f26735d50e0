"""The published tables as assets: materialized means readers see them."""

from collections.abc import Iterator

import dagster as dg

from okr_model.tables import TABLES
from okr_model.tables.lineage import lineage
from pipelines.assets.model import column_schema
from pipelines.assets.sources import PATIENCE
from pipelines.project import Project
from pipelines.publish.duckdb_file import SCHEMA
from pipelines.review.nightly_review import update_tab


def table_key(name: str) -> dg.AssetKey:
    """The asset that a published table is, named as a query names the table."""
    return dg.AssetKey([SCHEMA, name])


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
            group_name="published",
            description=f"One row per {table.row_is}.",
            metadata={
                "dagster/column_schema": column_schema(table.name),
                "dagster/column_lineage": column_lineage(table.name),
            },
        )
        for table in TABLES
    ],
)
def published(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[None]]:
    """The checked tables in the DuckDB file and in the Delta history."""
    from pipelines.past_days import (
        late_entries,  # only where something is published: it takes a while
    )

    with project.exclusively(PATIENCE):
        counts = late_entries.publish_night(project, context.run.run_id)
        update_tab(project, context.run.run_id)
    for table in TABLES:
        yield dg.MaterializeResult(
            asset_key=table_key(table.name),
            metadata={
                "dagster/row_count": dg.MetadataValue.int(counts[table.name]),
                "duckdb": dg.MetadataValue.path(str(project.paths.duckdb)),
            },
        )
