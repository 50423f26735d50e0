"""One row for each Key Result, computed from content, links and activity.

What belongs here: gathering what one row needs and calling the model, for tonight and for past
days alike. What does not: the columns' meaning (``okr_model.assemble``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from okr_model.assemble import KeyResultParts, SignalInputs, build_key_results
from okr_model.confidence.firing import running
from okr_model.confidence.initiative_health import judge_initiatives
from okr_model.confidence.signal_findings import signal_findings
from okr_model.confidence.thresholds import SignalThresholds
from okr_model.confidence.work_elsewhere import WORK
from okr_model.finding_rules import Rule
from okr_model.findings import identify, join_findings, known_by, still_asked
from okr_model.governance.closings import closings
from okr_model.governance.phase_findings import (
    PhaseInputs,
    before_execution,
    late_moves,
    phase_findings,
)
from okr_model.links.work_teams import usual_teams
from okr_model.progress.definition_changes import moved_findings, moved_targets
from okr_model.progress.disagreements import (
    disagreement_findings,
    disagreements,
    other_values,
)
from okr_model.review.finding_verdicts import with_acknowledgements
from okr_model.tables.columns import STALE_COLUMNS
from okr_model.teams.check_in_course import content_findings
from okr_model.teams.teams import closed_team_findings, unused_team_findings
from pipelines.lake.decision_log import DecisionLog
from pipelines.model.content.id_holders import under_current_ids
from pipelines.model.organization import declared_teams, phase_weeks
from pipelines.project import Project


@dataclass(frozen=True, slots=True)
class KeyResultInputs:
    """What the rows of one day are computed from.

    Attributes:
        content: ``key_results, check_ins, initiatives, measurements``: what was read and measured.
        links: Every link.
        work: ``key_results`` and ``initiatives``: the work behind them, counted.
        changes: The changes of definitions up to the day.
        findings: The findings so far; those about later days are left out.
        aliases: Former id -> the one to follow it to on the day.
        stale: What could not be read; None for a past day.
        depends: Which Key Results depend on it.
    """

    content: Mapping[str, pd.DataFrame]
    links: pd.DataFrame
    work: Mapping[str, pd.DataFrame]
    changes: pd.DataFrame
    findings: Sequence[pd.DataFrame]
    aliases: Mapping[str, str]
    stale: pd.DataFrame | None = None
    depends: pd.DataFrame | None = None


def compute_key_results(
    project: Project, inputs: KeyResultInputs
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """One row for each Key Result as of the project's day; see :func:`build_key_results`.

    Returns:
        The rows with the count of their findings, all findings, and the judged initiatives.
    """
    settings, as_of = project.settings, project.clock.as_of
    zone, thresholds = settings.organization.timezone, _thresholds(project)
    content, work = inputs.content, inputs.work
    stale = pd.DataFrame(columns=STALE_COLUMNS) if inputs.stale is None else inputs.stale
    found = [known_by(frame, as_of) for frame in inputs.findings]
    judged = judge_initiatives(content["initiatives"], work["initiatives"], as_of, zone, thresholds)
    apart = disagreements(
        content["key_results"],
        content["measurements"],
        as_of,
        settings.thresholds.measure_tolerance,
    )
    found.append(disagreement_findings(apart))
    changes = inputs.changes
    if len(changes):
        changes = under_current_ids(changes, content["key_results"], inputs.aliases)
    moved = moved_targets(changes, content["key_results"])
    signals = replace(
        _signalling(project, judged, found, moved, other_values(apart)), work=_team_work(inputs)
    )
    key_results = build_key_results(
        KeyResultParts(
            key_results=content["key_results"],
            measurements=content["measurements"],
            check_ins=content["check_ins"],
            links=inputs.links,
            activity=work["key_results"],
            stale=stale,
            depends=inputs.depends,
        ),
        as_of,
        tolerance=settings.thresholds.pace_tolerance,
        signals=signals,
    )
    found += [
        signal_findings(key_results, content["check_ins"], as_of, settings.organization.confidence),
        content_findings(key_results, content["check_ins"], as_of),
        closed_team_findings(
            key_results[running(key_results, as_of)], declared_teams(settings), as_of
        ),
        unused_team_findings(
            declared_teams(settings), as_of, content["key_results"], content["initiatives"]
        ),
    ]
    log = DecisionLog(project.paths.decisions).frame(project.clock.cutoff)
    closed = closings(content["key_results"], log, inputs.aliases)
    found += _of_phases(project, key_results, closed, changes)
    findings = identify(_asked(project, join_findings(found), content["key_results"]))
    findings = with_acknowledgements(findings, log, as_of)
    return _count_findings(key_results, findings), findings, judged


def _of_phases(
    project: Project,
    key_results: pd.DataFrame,
    closed: pd.DataFrame,
    changes: pd.DataFrame,
) -> list[pd.DataFrame]:
    """The findings of phases, and of moved targets: a move in the final push is one finding."""
    weeks = phase_weeks(project.settings)
    inputs = PhaseInputs(
        key_results=key_results,
        changes=changes,
        closed=closed,
        weeks=weeks,
        unlikely=project.settings.signals.unlikely,
        keeps_closings=keeps_closings(project, closed),
    )
    late = late_moves(key_results, changes, weeks)
    earlier = changes[~changes.index.isin(late.index)]
    return [phase_findings(inputs, project.clock.as_of), moved_findings(key_results, earlier)]


def keeps_closings(project: Project, closed: pd.DataFrame) -> bool:
    """Whether it is kept what becomes of Key Results: in a dataset, or by any decision."""
    return maps_closings(project, "key_results") or bool(closed["decision_id"].notna().any())


def maps_closings(project: Project, holds: str) -> bool:
    """Whether a dataset that holds these says what becomes of them at the end of a cycle."""
    datasets = project.settings.datasets
    return any("closed_as" in one.fields for one in datasets if one.holds == holds)


def _asked(project: Project, findings: pd.DataFrame, definitions: pd.DataFrame) -> pd.DataFrame:
    """The findings without those that nobody asks about yet, or any more."""
    as_of = project.clock.as_of
    early = before_execution(definitions, phase_weeks(project.settings), as_of)
    waits = (findings["rule"] == Rule.KEY_RESULT_WITHOUT_INITIATIVE) & findings["subject_id"].isin(
        early
    )
    return still_asked(findings[~waits], definitions, as_of)


def _thresholds(project: Project) -> SignalThresholds:
    return SignalThresholds(**project.settings.signals.model_dump())


def _signalling(
    project: Project,
    judged: pd.DataFrame,
    findings: list[pd.DataFrame],
    moved: pd.DataFrame,
    others: pd.DataFrame,
) -> SignalInputs:
    """What the signals need to know beside the Key Results themselves."""
    said = join_findings(findings)
    disagreeing = said.loc[said["rule"] == Rule.SOURCES_DISAGREE, "subject_id"]
    return SignalInputs(
        thresholds=_thresholds(project),
        judged=judged,
        moved=moved,
        others=others,
        disagreeing=tuple(disagreeing),
        expects_check_ins=any(one.holds == "check_ins" for one in project.settings.datasets),
        teams=declared_teams(project.settings),
        words=project.settings.organization.confidence,
    )


def _team_work(inputs: KeyResultInputs) -> pd.DataFrame:
    """Every initiative with its team and what happened in it."""
    initiatives = inputs.content["initiatives"]
    active = inputs.links[inputs.links["state"] == "active"]
    teams = usual_teams(initiatives, active, inputs.content["key_results"])
    named = initiatives[["initiative_id", "parent_id"]].assign(team=teams)
    return named.merge(inputs.work["initiatives"], on="initiative_id", how="left")[WORK]


def _count_findings(key_results: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    left = findings[findings["acknowledgement"].isna()]
    about = left[left["subject_type"] == "key result"]["subject_id"].value_counts()
    counts = key_results["key_result_id"].map(about).fillna(0).astype("int64")
    return key_results.assign(findings=counts)
