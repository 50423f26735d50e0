"""The step ``confidence``: one row for each Key Result, from its value to its signals.

What belongs here: what changed in definitions since the last published run, and what is stale. What
does not: the rows themselves (``key_result_rows``) and every rule (``okr_model``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from okr_model.findings import findings_frame
from okr_model.governance.architecture import architecture_findings
from okr_model.governance.closings import closed_objectives
from okr_model.governance.late_arrivals import late_arrivals
from okr_model.governance.phase_findings import objectives_not_closed
from okr_model.governance.phases import phase_on
from okr_model.governance.preparation import late_kick_offs
from okr_model.governance.quality.quality_findings import QualityInputs, quality_findings
from okr_model.progress.definition_changes import (
    as_published,
    definition_changes,
    gone_findings,
)
from okr_model.progress.value_series import KEY
from okr_model.tables.columns import STALE_COLUMNS
from okr_model.tables.key_results import KEY_RESULTS_DAILY
from pipelines.lake.decision_log import DecisionLog
from pipelines.lake.duckdb_session import connect
from pipelines.model.content.aliases import aliases_in
from pipelines.model.content.id_holders import under_current_ids
from pipelines.model.content.records import declared_cycles
from pipelines.model.key_result_rows import (
    KeyResultInputs,
    compute_key_results,
    maps_closings,
)
from pipelines.model.organization import declared_teams, limits_of, phase_weeks
from pipelines.model.steps import Frames, StepInputs
from pipelines.project import Project
from pipelines.publish import history
from pipelines.run_status.source_status import problem_findings, stale_sources
from pipelines.run_status.unread import stale_dependents
from published.tables import last_published, published_before

_CONTENT = ("key_results", "check_ins", "initiatives")
_NIGHT = ("key_result_id", "source", "record_id", "as_of")


def compute_confidence(inputs: StepInputs) -> Frames:
    """The rows of ``key_results`` with the findings, the judged initiatives and the changes."""
    project, frames = inputs.project, inputs.frames
    content = {name: frames[f"content.{name}"] for name in _CONTENT}
    content["measurements"] = frames["values.measurements"]
    links, aliases = frames["links.links"], aliases_in(frames["content.aliases"])
    before, known = published_before(project.paths.duckdb)
    if len(before):  # empty before the first run
        before = under_current_ids(before, content["key_results"], aliases)
        before = before.drop_duplicates(["key_result_id", "cycle_id"])
    defined = as_published(content["key_results"])
    as_of, logged = project.clock.as_of, frames["content.logged_changes"]
    asked = _with_returned(project, before, defined)
    changes = definition_changes(asked, defined, known, as_of, inputs.run_id, logged)
    unread = pd.concat([frames[f"{step}.unread"] for step in ("content", "values")])
    read = {"objectives": frames["content.objectives"], **content}
    stale, depends = _staleness(project, read, links, frames["values.depends"], unread)
    found = [frames[f"{step}.findings"] for step in ("content", "values", "links")]
    found += asked_of_content(project, read, aliases)
    if not project.clock.is_past:
        found.append(gone_findings(before, content["key_results"]))
        found.append(_late_arrivals(project, content["key_results"], aliases))
    key_results, findings, judged = compute_key_results(
        project,
        KeyResultInputs(
            content=content,
            links=links,
            work={name: frames[f"activity.{name}"] for name in ("key_results", "initiatives")},
            changes=changes,
            findings=[*found, problem_findings(project)],
            aliases=aliases,
            stale=stale,
            depends=depends,
        ),
    )
    return {
        "key_results": key_results,
        "findings": findings,
        "initiatives": judged,
        "changes": changes,
    }


def asked_of_content(
    project: Project, read: Mapping[str, pd.DataFrame], aliases: Mapping[str, str]
) -> list[pd.DataFrame]:
    """What is asked about OKRs on a day, past days included, whatever was published before.

    Args:
        project: At the day.
        read: What was known of it: ``objectives, key_results, check_ins``.
        aliases: Former id -> the one to follow it to on the day.
    """
    found = [
        _quality(project, read),
        _not_closed(project, read["objectives"], aliases),
        _against_architecture(project, read),
    ]
    if any(one.holds == "check_ins" for one in project.settings.datasets):
        teams, weeks = declared_teams(project.settings), phase_weeks(project.settings)
        said, as_of = read["check_ins"], project.clock.as_of
        found.append(late_kick_offs(read["key_results"], said, teams, weeks, as_of))
    return found


def _quality(project: Project, read: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What is asked about how the OKRs are written."""
    settings = project.settings.quality
    if not settings.ask:
        return findings_frame()
    inputs = QualityInputs(
        key_results=read["key_results"],
        objectives=read["objectives"],
        cycles=declared_cycles(project),
        limits=limits_of(project.settings),
        leave_out=settings.leave_out,
    )
    return quality_findings(inputs, project.clock.as_of)


def _against_architecture(project: Project, read: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What stands where the chosen architecture has nothing."""
    chosen = project.settings.organization.architecture
    if chosen is None:
        return findings_frame()
    of, teams = (read["objectives"], read["key_results"]), declared_teams(project.settings)
    cycles, as_of = declared_cycles(project), project.clock.as_of
    return architecture_findings(chosen, *of, cycles, teams, as_of)


def _with_returned(project: Project, before: pd.DataFrame, defined: pd.DataFrame) -> pd.DataFrame:
    """``before`` with those that were gone since, as they were when they were last there."""
    if before.empty or project.clock.is_past:
        return before
    there = pd.MultiIndex.from_frame(before[KEY])
    new = defined[~pd.MultiIndex.from_frame(defined[KEY]).isin(there)]
    if new.empty:
        return before
    back = last_published(project.paths.duckdb, list(new["key_result_id"]))
    return pd.concat([before, back.merge(new[KEY], on=KEY)]) if len(back) else before


def _not_closed(
    project: Project, objectives: pd.DataFrame, aliases: Mapping[str, str]
) -> pd.DataFrame:
    """The Objectives that nobody has closed; asked for once somebody closes any."""
    log = DecisionLog(project.paths.decisions).frame(project.clock.cutoff)
    closed = closed_objectives(objectives, log, aliases)
    if not (maps_closings(project, "objectives") or closed["decision_id"].notna().any()):
        return findings_frame()
    cycles, weeks = declared_cycles(project), phase_weeks(project.settings)
    return objectives_not_closed(closed, cycles, weeks, project.clock.as_of)


def _late_arrivals(
    project: Project, definitions: pd.DataFrame, aliases: Mapping[str, str]
) -> pd.DataFrame:
    """The Key Results that are new in the final push, by what earlier nights published."""
    weeks, as_of = phase_weeks(project.settings), project.clock.as_of
    phases = [phase_on(one.start, one.end, as_of, weeks) for one in declared_cycles(project)]
    if not any(one.phase == "final push" for one in phases):
        return findings_frame()  # else the history of every night would be read for nothing
    nights = history.history(project.paths.history, KEY_RESULTS_DAILY, _NIGHT)
    rows = nights.to_pandas(date_as_object=True)
    rows = under_current_ids(rows, definitions, aliases)
    return late_arrivals(definitions, rows, weeks, as_of)


def _staleness(
    project: Project,
    content: Mapping[str, pd.DataFrame],
    links: pd.DataFrame,
    depends: pd.DataFrame,
    unread: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What could not be read, and what depends on it; for a past day nothing is stale."""
    if project.clock.is_past:
        return pd.DataFrame(columns=STALE_COLUMNS), depends
    places, from_there = stale_dependents(project, connect(), content, links, unread)
    stale = pd.concat([stale_sources(project), places], ignore_index=True)
    return stale, pd.concat([depends, from_there], ignore_index=True)
