"""The step ``candidate_tables``: every table as it would be published.

What belongs here: bringing the other steps' results into the declared tables. What does not: the
columns (``okr_model.tables``), judging the tables and writing them (``publish``).
"""

from __future__ import annotations

import pandas as pd

from okr_model.activity.initiative_weeks import with_key_results
from okr_model.activity.new_work import first_new_instant, new_elsewhere, new_work
from okr_model.adoption.team_weeks import WeekInputs, build_adoption
from okr_model.assemble import (
    build_check_ins,
    build_kpis,
    build_measurements,
    build_objectives,
    build_rollups,
)
from okr_model.governance.closings import closed_objectives, closings
from okr_model.governance.phases import build_cycles
from okr_model.governance.quality.indicators import mixes
from okr_model.governance.scores import build_scores
from okr_model.review.decision_table import build_decisions
from okr_model.tables import BY_NAME, CHANGES, LINK_HISTORY
from okr_model.tables.contract import conform
from okr_model.teams.rhythm import build_teams
from pipelines.lake.decision_log import DecisionLog
from pipelines.model.content.aliases import aliases_in
from pipelines.model.content.id_holders import under_current_ids
from pipelines.model.organization import declared_teams, phase_weeks
from pipelines.model.rollout import rollout_tables
from pipelines.model.steps import Frames, StepInputs
from pipelines.project import Project
from pipelines.publish import history
from pipelines.run_status.source_status import runs_row, sources_table
from pipelines.run_status.unchanged_inputs import inputs_digest
from published.tables import new_work_before


def build_tables(inputs: StepInputs) -> Frames:
    """Every table that a run computes whole, with its declared columns and types."""
    project, frames, run_id = inputs.project, inputs.frames, inputs.run_id
    as_of, thresholds = project.clock.as_of, project.settings.thresholds
    key_results, findings = frames["confidence.key_results"], frames["confidence.findings"]
    log = DecisionLog(project.paths.decisions).frame(project.clock.cutoff)
    adding = (thresholds.rollup, thresholds.pace_tolerance)
    aliases = aliases_in(frames["content.aliases"])
    closed = closed_objectives(frames["content.objectives"], log, aliases)
    closed = closed.assign(indicators=mixes(closed, key_results))
    objectives = build_objectives(closed, key_results, *adding)
    name = project.settings.organization.name
    unread = [*frames["content.unread"]["name"], *frames["values.unread"]["name"]]
    tables = {
        "key_results": key_results,
        "links": frames["links.links"],
        "suggestions": frames["links.suggestions"],
        "suggestion_trials": frames["links.suggestion_trials"],
        "objectives": objectives,
        "rollups": build_rollups(objectives, key_results, name, *adding),
        "decisions": build_decisions(log, as_of),
        "initiatives": _initiatives(frames),
        "initiative_weeks": _initiative_weeks(project, frames),
        "new_work": _new_work(project, frames),
        "check_ins": build_check_ins(frames["content.check_ins"], as_of),
        "measurements": build_measurements(frames["values.measurements"], as_of),
        "kpis": build_kpis(frames["content.kpis"], as_of),
        "sources": sources_table(project),
    }
    ended = closings(frames["content.key_results"], log, aliases)
    tables |= _of_cycles(project, frames, ended)
    of_teams = {**_of_teams(project, frames, tables), "closed": ended}
    tables["rollout"], found = rollout_tables(project, of_teams)
    tables["findings"] = pd.concat([findings, found], ignore_index=True)
    counts = len(key_results), len(tables["findings"])
    tables["runs"] = runs_row(project, run_id, *counts, unread).assign(
        inputs=inputs_digest(project, unread=bool(unread))
    )
    conformed = {
        name: conform(frame.assign(as_of=as_of, run_id=run_id), BY_NAME[name])
        for name, frame in tables.items()
    }
    conformed[CHANGES.name] = conform(frames["confidence.changes"], CHANGES)
    return conformed


def _of_cycles(project: Project, frames: Frames, closed: pd.DataFrame) -> Frames:
    """The tables about cycles and the teams in them."""
    as_of, settings = project.clock.as_of, project.settings
    key_results, check_ins = frames["confidence.key_results"], frames["content.check_ins"]
    teams, weeks = declared_teams(settings), phase_weeks(settings)
    changes = _changes_by_current_ids(frames)
    happened = WeekInputs(
        key_results,
        check_ins,
        frames["values.measurements"],
        teams,
        settings.signals.early_share,
        frames["activity.team_weeks"],
    )
    cycles = ((one.id, one.start, one.end) for one in settings.cycles)
    return {
        "adoption": build_adoption(happened, as_of),
        "cycles": build_cycles(cycles, as_of, weeks),
        "scores": build_scores(key_results, closed, changes, check_ins, teams, weeks, as_of),
        "teams": build_teams(teams, key_results, check_ins, as_of),
    }


def _of_teams(project: Project, frames: Frames, tables: Frames) -> Frames:
    """What a roll-out looks at; check-ins as they are read, and changes under present ids."""
    named = {name: tables[name] for name in ("key_results", "adoption", "scores")}
    changes = _changes_by_current_ids(frames)
    of_content = {name: frames[f"content.{name}"] for name in ("check_ins", "aliases")}
    return named | of_content | {"changes": changes}


def _changes_by_current_ids(frames: Frames) -> pd.DataFrame:
    changes = frames["confidence.changes"]
    if changes.empty:
        return changes
    aliases = aliases_in(frames["content.aliases"])
    return under_current_ids(changes, frames["content.key_results"], aliases)


def _initiative_weeks(project: Project, frames: Frames) -> pd.DataFrame:
    wanted = ("initiative_id", "key_result_id", "state", "valid_from", "valid_to")
    before = history.history(project.paths.history, LINK_HISTORY, wanted)
    weeks, links = frames["activity.initiative_weeks"], frames["links.links"]
    # Without the pandas metadata, from which pandas cannot restore its Arrow types.
    spans = before.replace_schema_metadata(None).to_pandas()
    return with_key_results(weeks, links, spans, project.clock.as_of)


def _new_work(project: Project, frames: Frames) -> pd.DataFrame:
    before, new_before = new_work_before(project.paths.duckdb)
    first = first_new_instant(project.clock.as_of, project.settings.organization.timezone)
    elsewhere = new_elsewhere(
        frames["content.initiatives"], before, new_before, project.clock.started_at, first
    )
    rows = pd.concat([frames["activity.new_issues"], elsewhere], ignore_index=True)
    teams, links = frames["activity.initiative_teams"], frames["links.links"]
    return new_work(rows, teams, links, frames["links.other_work"])


def _initiatives(frames: Frames) -> pd.DataFrame:
    """Initiatives with how many Key Results they serve and what their work is doing."""
    initiatives, links = frames["content.initiatives"], frames["links.links"]
    active = links[links["state"] == "active"]["initiative_id"].value_counts()
    work = frames["activity.initiatives"].set_index("initiative_id")
    counts = {
        name: initiatives["initiative_id"].map(work[name]).fillna(0).astype("int64")
        for name in ("open_issues", "done_issues")
    }
    counts["active_links"] = initiatives["initiative_id"].map(active).fillna(0).astype("int64")
    judged = frames["confidence.initiatives"]
    decided = frames["links.other_work"].set_index("initiative_id")
    decided = decided.reindex(initiatives["initiative_id"]).set_axis(initiatives.index)
    other = decided["decision"].notna()
    return initiatives.assign(
        **counts,
        **decided.drop(columns="decision"),
        other_work=other,
        last_activity_on=judged["last_activity_on"],
    )
