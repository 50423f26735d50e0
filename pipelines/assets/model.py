"""The model as assets: content, links, activity, and the candidate tables with their checks."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from okr_model.tables import TABLES, ColumnType
from pipelines import candidate, checks
from pipelines.assets.sources import PATIENCE
from pipelines.project import Project

MODEL_GROUP = "model"


@dg.asset(group_name=MODEL_GROUP, deps=["jira", "notion", "sheets", "files"])
def content(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> dg.MaterializeResult[None]:
    """Objectives, Key Results, check-ins, initiatives and measurements, read and cleaned."""
    with project.exclusively(PATIENCE):
        counts = candidate.stage_content(project, context.run.run_id)
    return dg.MaterializeResult(metadata=_counts(counts))


@dg.asset(group_name=MODEL_GROUP, deps=[content])
def links(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> dg.MaterializeResult[None]:
    """Which initiative serves which Key Result, with the evidence for every claim."""
    with project.exclusively(PATIENCE):
        counts = candidate.stage_links(project, context.run.run_id)
    return dg.MaterializeResult(metadata=_counts(counts))


@dg.asset(group_name=MODEL_GROUP, deps=["jira", links])
def activity(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> dg.MaterializeResult[None]:
    """What happened in linked work, counted per Key Result and per initiative."""
    with project.exclusively(PATIENCE):
        counts = candidate.stage_activity(project, context.run.run_id)
    return dg.MaterializeResult(metadata=_counts(counts))


@dg.asset(
    group_name=MODEL_GROUP,
    deps=[content, links, activity],
    check_specs=[
        dg.AssetCheckSpec(
            check.name, asset="candidate_tables", description=check.promise, blocking=True
        )
        for check in checks.CHECKS
    ],
)
def candidate_tables(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[None]]:
    """Every table as it would be published, computed and checked, not yet published."""
    with project.exclusively(PATIENCE):
        tables = candidate.stage_tables(project, context.run.run_id)
    results = [
        dg.AssetCheckResult(
            check_name=check.name,
            passed=not complaints,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"complaints": dg.MetadataValue.md("\n".join(f"- {c}" for c in complaints))},
        )
        for check, complaints in checks.run(project, tables)
    ]
    yield dg.MaterializeResult(
        metadata={
            **_counts({name: len(frame) for name, frame in tables.items()}),
            "preview": dg.MetadataValue.md(preview(tables["key_results"])),
        },
        check_results=results,
    )


def preview(key_results: pd.DataFrame) -> str:
    """The table's heart as Markdown, for the UI."""
    columns = ["key_result_id", "team", "current_value", "unit", "progress", "pace"]
    columns += ["attainment_probability", "computed_confidence", "initiatives"]
    head = "| " + " | ".join(columns) + " |\n|" + "---|" * len(columns)
    rows = [
        "| " + " | ".join(_cell(value) for value in row) + " |"
        for row in key_results[columns].itertuples(index=False)
    ]
    return "\n".join([head, *rows])


def column_schema(table_name: str) -> dg.TableSchema:
    """A published table's declaration in Dagster's own words."""
    table = next(table for table in TABLES if table.name == table_name)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(column.name, _DAGSTER_TYPE[column.type], description=column.meaning)
            for column in table.columns
        ]
    )


_DAGSTER_TYPE: dict[ColumnType, str] = {
    "text": "string",
    "integer": "int",
    "number": "float",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "bool",
    "text[]": "array<string>",
}


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")


def _counts(counts: dict[str, int]) -> dict[str, dg.MetadataValue]:
    return {name: dg.MetadataValue.int(count) for name, count in counts.items()}
