"""The model as assets: each step with its counts, and the checks on what they check.

What belongs here: one asset per step, and its checks as asset checks. What does not: the steps
themselves (``pipelines.model``), and what a check promises (``pipelines.publish.checks``).
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import dagster as dg
import pandas as pd

from pipelines.assets.sources import PATIENCE
from pipelines.ingest.pull import reextract_references
from pipelines.maintenance.examine import begin_run, ensure_read_anew
from pipelines.model.nightly_steps import NIGHTLY
from pipelines.model.steps import run_step
from pipelines.project import Project
from pipelines.publish import checks
from pipelines.publish.blocked_run import BlockedRun, changed_settings, keep_blocked
from pipelines.publish.losses import lost_ids
from pipelines.store.session import kept
from pipelines.telemetry.log import event
from pipelines.telemetry.meter import Cost
from published.tables import held_open

MODEL_GROUP = "model"


@dg.multi_asset(
    specs=[
        dg.AssetSpec(step.name, deps=step.upstream, group_name=MODEL_GROUP, description=step.about)
        for step in NIGHTLY
    ],
    check_specs=[
        dg.AssetCheckSpec(check.name, asset=check.step, description=check.promise, blocking=True)
        for check in checks.CHECKS
    ],
)
def model(
    context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What the records mean, up to tables that could be published.

    One Dagster step: the model's steps follow each other at once, and a Dagster step more costs
    more time than most of them take.
    """
    run_id = context.run.run_id
    with (
        kept(project, PATIENCE),
        project.logging(run_id),
        project.exclusively(PATIENCE),
        ExitStack() as held,
    ):
        begin_run(project)
        ensure_read_anew(project)
        reextract_references(project)  # a pull has done so already, but there may have been none
        held.enter_context(held_open(project.paths.duckdb))
        for step in NIGHTLY:
            given = run_step(step, project, run_id)
            metadata = _counts(given) | cost_metadata(project.meter.steps[step.name])
            yield dg.MaterializeResult(asset_key=step.name, metadata=metadata)
        # The last step gives the candidate tables. Every check is evaluated after it: one that
        # fails early would hide what else is wrong.
        judged = list(checks.run(project, given))
        failed = {check.name: violations for check, violations in judged if violations}
        if failed:
            day = project.clock.as_of.isoformat()
            lost, changed = lost_ids(project, given), changed_settings(project)
            blocked = BlockedRun(day, failed, given["findings"], lost, changed)
            keep_blocked(project.paths.blocked_run, blocked)
        for check, violations in judged:
            if violations:
                event("check failed", level=logging.ERROR, check=check.name, found=violations)
            yield dg.AssetCheckResult(
                asset_key=check.step,
                check_name=check.name,
                passed=not violations,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={
                    "violations": dg.MetadataValue.md("\n".join(f"- {v}" for v in violations))
                },
            )


def _counts(given: Mapping[str, pd.DataFrame]) -> dict[str, dg.MetadataValue]:
    counts: dict[str, dg.MetadataValue] = {
        name: dg.MetadataValue.int(len(frame)) for name, frame in given.items()
    }
    counts["dagster/row_count"] = dg.MetadataValue.int(sum(map(len, given.values())))
    if "computed_confidence" in getattr(given.get("key_results"), "columns", ()):
        counts["preview"] = dg.MetadataValue.md(preview(given["key_results"]))
    return counts


def cost_metadata(cost: Cost) -> dict[str, dg.MetadataValue]:
    """What a step cost."""
    most = (
        {} if cost.peak_memory is None else {"peak_memory": dg.MetadataValue.int(cost.peak_memory)}
    )
    return {"seconds": dg.MetadataValue.float(cost.seconds), **most}


def preview(key_results: pd.DataFrame) -> str:
    """The heart of the table as Markdown, for Dagster's page."""
    columns = ["key_result_id", "team", "current_value", "unit", "progress", "pace"]
    columns += ["attainment_probability", "computed_confidence", "initiatives"]
    head = "| " + " | ".join(columns) + " |\n|" + "---|" * len(columns)
    rows = [
        "| " + " | ".join(_cell(value) for value in row) + " |"
        for row in key_results[columns].itertuples(index=False)
    ]
    return "\n".join([head, *rows])


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")
