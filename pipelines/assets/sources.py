"""The sources as assets: materialized means read to the end and folded into the lake.

What belongs here: running the pulls side by side, and each source with its counts. What does not:
the pull itself (``pipelines.ingest``).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import dagster as dg

from connectors.registry import SOURCE_FACTS
from pipelines.ingest.pull import Outcome, pull_sources
from pipelines.maintenance.dagster_runs import prune_runs
from pipelines.maintenance.examine import begin_run
from pipelines.maintenance.tables import tidy_up
from pipelines.project import Project
from pipelines.review.nightly_review import record_answers
from pipelines.store.session import kept

SOURCE_GROUP = "sources"
PATIENCE = 6 * 3600.0
"""Seconds that a step waits for another run on the same data: longer than a first pull takes.
A run that is killed releases the lock at once."""


def pull_of(sources: Sequence[str]) -> dg.AssetsDefinition:
    """The asset of each source, all pulled by one step.

    Args:
        sources: Their names.
    """
    facts = [SOURCE_FACTS[name] for name in sources]

    @dg.multi_asset(
        name="pull",
        specs=[
            dg.AssetSpec(one.name, group_name=SOURCE_GROUP, description=one.about, skippable=True)
            for one in facts
        ],
        can_subset=True,
    )
    def pull(
        context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Pull every configured source at the same time; one that fails does not stop the others.

        So is the tab in which people decide about links, whose decisions count from this night on.
        Then what earlier nights left behind is tidied, whether or not this one will be published.
        """
        yield from _pull(context, project)

    return pull


def _pull(
    context: dg.AssetExecutionContext, project: Project
) -> Iterator[dg.MaterializeResult[None]]:
    wanted = {key.to_user_string() for key in context.selected_asset_keys}
    failures: list[Outcome] = []
    names = [name for name in project.settings.source_names if name in wanted]
    with (
        kept(project, PATIENCE),
        project.logging(context.run.run_id),
        project.exclusively(PATIENCE),
        ThreadPoolExecutor(1) as beside,
    ):
        begin_run(project)
        for remark in project.remarks:
            context.log.info(remark)
        taken = beside.submit(record_answers, project)
        with project.meter.step("pull"):
            for outcome in pull_sources(project, names):
                if outcome.error is None:
                    told = f"{outcome.source}: read to the end, {outcome.landed.rows} rows"
                    context.log.info(told)
                    yield dg.MaterializeResult(
                        asset_key=outcome.source, metadata=_metadata(outcome)
                    )
                else:
                    failures.append(outcome)
        taken.result()
        for sentence in tidy_up(project):
            context.log.warning(sentence)
        if failed := prune_runs(context.instance, project.settings.retention.dagster_runs):
            context.log.warning(failed)
    if failures:
        # Chained errors could carry request headers into the event log: from None drops them.
        raise dg.Failure(
            description=" ".join(str(outcome.error) for outcome in failures),
            metadata={outcome.source: str(outcome.error) for outcome in failures},
            allow_retries=False,
        ) from None


def _metadata(outcome: Outcome) -> dict[str, dg.MetadataValue]:
    landed = outcome.landed
    return {
        "dagster/row_count": dg.MetadataValue.int(landed.rows),
        "changed": dg.MetadataValue.int(landed.changed),
        "deleted": dg.MetadataValue.int(landed.deleted),
        "requests": dg.MetadataValue.int(outcome.figures["requests"]),
        "retries": dg.MetadataValue.int(outcome.figures["retries"]),
        "waited": dg.MetadataValue.float(round(outcome.figures["waited"], 3)),
        "bytes": dg.MetadataValue.int(outcome.figures["bytes"]),
        "seconds": dg.MetadataValue.float(round(outcome.seconds, 3)),
    }
