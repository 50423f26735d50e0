"""The status of the sources and of the run, as tables and findings.

What belongs here: freshness, outcomes, open problems. What does not: which Key Results a stale
source affects (:mod:`okr_model.assemble`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from connectors.records import Problem
from okr_model.finding_rules import Rule
from okr_model.findings import Finding, findings_frame
from okr_model.tables import SOURCES
from okr_model.tables.columns import STALE_COLUMNS
from pipelines.datasets.cells import problem_finding
from pipelines.lake.streams import last_complete
from pipelines.maintenance.examine import pending_notices
from pipelines.project import Project
from pipelines.publish.readings import attempts_of_run
from pipelines.review.state import review_findings
from pipelines.run_status.provenance import provenance
from pipelines.run_status.unread import unreachable_places
from pipelines.telemetry.meter import as_json, most_memory, with_pull


def stale_sources(project: Project) -> pd.DataFrame:
    """The configured sources whose last attempt failed: ``source, since, reason``.

    ``since`` is the source's last complete pull; without one, the source is stale since this run.
    """
    rows = []
    for name in project.settings.source_names:
        attempt = project.attempts.latest(name)
        if attempt.get("state") != "failed":
            continue
        since = last_complete(project.lake, name)
        reason = f"{name} could not be read. {attempt['error']}"
        rows.append((name, since or project.clock.started_at.isoformat(), reason))
    return pd.DataFrame(rows, columns=STALE_COLUMNS)


def sources_table(project: Project) -> pd.DataFrame:
    """The ``sources`` table without the columns of the run."""
    rows = []
    for name in project.settings.source_names:
        attempt = project.attempts.latest(name)
        rows.append(
            {
                "source": name,
                "state": attempt.get("state", "never read"),
                "last_complete_at": last_complete(project.lake, name),
                "last_attempt_at": attempt.get("at"),
                **{
                    column: attempt.get(column)
                    for column in ("error", "requests", "retries", "rows", "changed", "deleted")
                },
                "seconds": attempt.get("seconds"),
            }
        )
    return pd.DataFrame(rows, columns=[c for c in SOURCES.column_names if c not in _RUN])


def problem_findings(project: Project) -> pd.DataFrame:
    """Findings for open problems, failed sources, the review tab, and state made anew."""
    findings = []
    unreached = {(one.source, one.rule, one.place): one for one in unreachable_places(project)}
    for name in project.settings.source_names:
        for problem in map(_problem, project.lake.pulls.state(name).problems):
            named = unreached.get((name, problem.rule, problem.subject))
            told = replace(problem, sentence=named.sentence) if named else problem
            findings.append(problem_finding(told))
        attempt = project.attempts.latest(name)
        if attempt.get("state") == "failed":
            findings.append(
                Finding(
                    rule=Rule.SOURCE_FAILED,
                    severity="error",
                    subject_type="source",
                    subject_id=name,
                    sentence=attempt["error"],
                )
            )
    findings.extend(review_findings(project))
    findings.extend(
        Finding(
            rule=Rule.STATE_MADE_ANEW,
            severity="warning",
            subject_type="source",
            subject_id=notice.subject,
            sentence=notice.sentence,
        )
        for notice in pending_notices(project)
    )
    return findings_frame(findings)


def _problem(kept: Mapping[str, Any]) -> Problem:
    """A problem as the lake keeps it."""
    return Problem(**kept)


def runs_row(
    project: Project, run_id: str, key_results: int, findings: int, unread: Iterable[str] = ()
) -> pd.DataFrame:
    """This run's row of the ``runs`` table; ``unread`` are the names of unread datasets."""
    failed = stale_sources(project)["source"].tolist()
    failed += [place.name for place in unreachable_places(project)]
    failed += dict.fromkeys(unread)
    return pd.DataFrame(
        [
            {
                "run_id": run_id,
                "as_of": project.clock.as_of,
                "kind": "night",
                "started_at": project.clock.started_at,
                "published_at": project.instant(),
                "outcome": "sources missing" if failed else "complete",
                "failed_sources": failed,
                "key_results": key_results,
                "findings": findings,
                **_figures(project),
                "promised_at": promised_at(project),
                **provenance(project),
            }
        ]
    )


def _figures(project: Project) -> dict[str, float | str | None]:
    """What reading, if there was any, and the steps so far cost."""
    attempts = attempts_of_run(project)
    steps = with_pull(project.meter.steps, attempts)
    sums = {
        name: sum(one.get(name) or 0 for one in attempts)
        for name in ("requests", "retries", "waited", "rows", "bytes")
    }
    return sums | {"peak_memory": most_memory(steps), "steps": as_json(steps)}


def promised_at(project: Project) -> dt.datetime | None:
    """By when the day's tables are promised; None without a promise, or for a past day."""
    by = project.settings.publish.by
    if by is None or project.clock.is_past:
        return None
    zone = project.settings.organization.zone
    local = dt.datetime.combine(project.clock.as_of, dt.time.fromisoformat(by), zone)
    return local.astimezone(dt.UTC)


_RUN = ("as_of", "run_id")
