"""The model as assets: content, links, activity, and the candidate tables with their checks."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from okr_model.tables import BY_NAME, ColumnType
from okr_model.tables.lineage import lineage
from pipelines.assets.sources import PATIENCE
from pipelines.ingest.pull import reextract_references
from pipelines.project import Project
from pipelines.publish import checks

MODEL_GROUP = "model"


_ABOUT: dict[str, tuple[list[str], str]] = {
    "content": (
        ["jira", "notion", "sheets", "files"],
        "Objectives, Key Results, check-ins, initiatives and measurements, read and cleaned.",
    ),
    "links": (
        ["content"],
        "Which initiative serves which Key Result, with the evidence for every claim.",
    ),
    "activity": (
        ["jira", "links"],
        "What happened in linked work, counted per Key Result and per initiative.",
    ),
    "candidate_tables": (
        ["content", "links", "activity"],
        "Every table as it would be published, computed and checked, not yet published.",
    ),
}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(name, deps=deps, group_name=MODEL_GROUP, description=about)
        for name, (deps, about) in _ABOUT.items()
    ],
    check_specs=[
        dg.AssetCheckSpec(
            check.name, asset="candidate_tables", description=check.promise, blocking=True
        )
        for check in checks.CHECKS
    ],
)
def model(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[None]]:
    """What the records mean, up to tables that could be published.

    One step: its parts follow each other at once, and a step more costs more time than a part.
    """
    from pipelines.model import steps  # only where something is computed: it takes a while

    run_id = context.run.run_id
    with project.exclusively(PATIENCE):
        reextract_references(project)  # a pull has done so already, but there may have been none
        for name, stage in (
            ("content", steps.stage_content),
            ("links", steps.stage_links),
            ("activity", steps.stage_activity),
        ):
            yield dg.MaterializeResult(asset_key=name, metadata=_counts(stage(project, run_id)))
        tables = steps.stage_tables(project, run_id)
    yield dg.MaterializeResult(
        asset_key="candidate_tables",
        metadata={
            **_counts({name: len(frame) for name, frame in tables.items()}),
            "preview": dg.MetadataValue.md(preview(tables["key_results"])),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=check.name,
                passed=not violations,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={
                    "violations": dg.MetadataValue.md("\n".join(f"- {c}" for c in violations))
                },
            )
            for check, violations in checks.run(project, tables)
        ],
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
    """A published table's declaration in Dagster's own words, with what each column comes from.

    Dagster's open-source page draws no graph of columns: there the description tells.
    """
    table, comes = BY_NAME[table_name], lineage(table_name)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                _DAGSTER_TYPE[column.type],
                description=column.meaning
                + (f". From {', '.join(comes[column.name])}" if column.name in comes else ""),
            )
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
