"""Publishing a nightly run together with the past days that its late entries change.

What belongs here: choosing the published days to recompute, and the order of publishing. What does
not: comparing entries (:mod:`okr_model.progress.late_entries`) and computing past days
(``rebuild``).

Past days are published first: if a run is killed between the two, the next run finds the same late
entries again.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from okr_model.progress.late_entries import COMPARED, earliest_late
from pipelines.model.content.id_holders import under_current_ids
from pipelines.project import Project
from pipelines.publish.publish import publish
from published.former_ids import present_ids
from published.tables import PublishedTables, held_open


def publish_night(project: Project, run_id: str) -> dict[str, int]:
    """Restate the past days that late entries change, then publish the staged tables.

    Returns:
        Row counts by table; see :func:`pipelines.publish.publish.publish`.
    """
    with held_open(project.paths.duckdb):  # but not while any day is published
        days = late_days(project, run_id)
    if days:
        from pipelines.past_days.rebuild import rebuild_days  # slow to import, rarely needed

        span = f"{days[0]} to {days[-1]}" if len(days) > 1 else f"{days[0]}"
        project.report("restate", f"late entries: recomputing {span}")
        changes = project.step_files(run_id).read("candidate_tables.changes")
        done = rebuild_days(project, days, changes=changes)
        project.report("restate", f"{len(done.restated)} published rows restated")
        for violation in done.violations:
            project.report("restate", f"not restated: {violation}")
    return publish(project, run_id)


def late_days(project: Project, run_id: str) -> list[dt.date]:
    """The published days before this run's that its entries change, oldest first.

    Days further back than ``publish.restate_days`` are left to ``okr rebuild``; the command to run
    is reported.
    """
    restate_days = project.settings.publish.restate_days
    if not project.paths.duckdb.is_file() or not restate_days:
        return []
    published, staging = PublishedTables(project.paths.duckdb), project.step_files(run_id)
    staged = {
        name: (columns, staging.path(f"candidate_tables.{name}"))
        for name, columns in COMPARED.items()
    }
    differing = published.differing(staged)
    redefined = _redefined(staging.read("candidate_tables.changes"), run_id)
    if redefined.empty and not any(len(rows) for both in differing.values() for rows in both):
        return []
    before = {name: rows for name, (rows, _) in differing.items()}
    now = {name: rows for name, (_, rows) in differing.items()}
    before["key_results"] = published.frame("key_results")
    now["key_results"] = staging.read("candidate_tables.key_results")
    computed = before["key_results"]["as_of"]
    last = min(computed.max(), project.clock.as_of) if len(computed) else None
    if last is None or (project.clock.is_past and computed.max() > last):
        return []  # this run computes a past day
    # What was merged into another has no entries under its id, and none of the other's came late.
    renamed = {old: new for (old, _), new in present_ids(now["key_results"]).items()}
    before = {
        name: under_current_ids(rows, now["key_results"], renamed) for name, rows in before.items()
    }
    late = [earliest_late(before, now, last)]
    there = redefined["key_result_id"].isin(before["key_results"]["key_result_id"])
    late += [day for day in redefined.loc[there, "changed_on"] if day <= last]
    if not any(late):
        return []
    first = min(day for day in late if day is not None)
    bound = project.clock.as_of - dt.timedelta(days=restate_days)
    kept, known = project.first_kept_day, project.known_since
    if kept and known and first < kept:
        project.report(
            "restate",
            f"entries of {first} came too late: days before {kept} are not computed any more"
            f" ({known[1]}). They stand as published.",
        )
        first = kept
    if first < bound:
        command = f"okr rebuild --from {first} --to {bound - dt.timedelta(days=1)}"
        project.report("restate", f"entries of {first} are older than {bound}. Run: {command}")
    days = published.days("key_results_daily")
    return [day for day in days if max(first, bound) <= day < project.clock.as_of]


def _redefined(changes: pd.DataFrame, run_id: str) -> pd.DataFrame:
    """The changes of definitions that this run learnt from a change log, which dates them."""
    return changes[(changes["run_id"] == run_id) & changes["changed_at"].notna()]
