"""The published tables as an asset: materialized means readers see them."""

import dagster as dg

from pipelines.assets.model import column_schema
from pipelines.assets.sources import PATIENCE
from pipelines.project import Project
from pipelines.reviewing import bring_up


@dg.asset(group_name="published", deps=["candidate_tables"])
def published(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> dg.MaterializeResult[None]:
    """The checked tables in the DuckDB file and in the Delta history."""
    from pipelines import late  # only where something is published: it takes a while

    with project.exclusively(PATIENCE):
        counts = late.publish_night(project, context.run.run_id)
        bring_up(project, context.run.run_id)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": dg.MetadataValue.int(counts["key_results"]),
            "dagster/column_schema": column_schema("key_results"),
            "duckdb": dg.MetadataValue.path(str(project.duckdb)),
            **{name: dg.MetadataValue.int(count) for name, count in counts.items()},
        }
    )
