"""The roll-out of the settings, as the model knows it, and its rows and findings of a run.

What belongs here: which setting takes each of the nine decisions. What does not: what is computed
of a roll-out (``okr_model.adoption``), and what its settings may say (``pipelines.settings``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import pyarrow.compute as pc

from okr_model.adoption.rollout import (
    AUDIENCES,
    DECISIONS,
    Decision,
    GateBounds,
    Rollout,
    RolloutFacts,
    Row,
    Wave,
)
from okr_model.adoption.rollout_gate import gate_findings
from okr_model.adoption.rollout_table import build_rollout
from okr_model.findings import findings_frame, identify
from okr_model.governance.architecture import in_words
from okr_model.governance.checklist import attestations_in_force
from okr_model.quantities.days import monday
from okr_model.review.finding_verdicts import with_acknowledgements
from okr_model.tables import KEY_RESULT_WEEKS
from okr_model.tables.organization.rollout import ROLLOUT
from pipelines.lake.decision_log import DecisionLog
from pipelines.model.content.aliases import aliases_in
from pipelines.model.content.id_holders import under_current_ids
from pipelines.model.key_result_rows import keeps_closings
from pipelines.model.organization import declared_teams
from pipelines.model.steps import Frames
from pipelines.project import Project
from pipelines.publish import history
from pipelines.settings import Settings
from pipelines.settings.organization.rollout import RolloutSettings, WaveSettings
from published.selection import is_usual

Shown = tuple[str | None, str]
"""What the settings show of a decision, or None; and which setting would show it."""


def rollout_tables(project: Project, tables: Frames) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of ``rollout`` and the findings about it; none where no roll-out is declared.

    Args:
        project: At the day.
        tables: ``key_results, check_ins, changes, adoption, scores`` of the run, ``closed`` from
            :func:`okr_model.governance.closings.closings`, and the ``aliases`` of the day.

    Returns:
        Rows without the columns of the run; findings with ids and what was decided about them.
    """
    rollout, as_of = declared_rollout(project.settings), project.clock.as_of
    log = DecisionLog(project.paths.decisions).frame(project.clock.cutoff)
    rows: list[Row] = []
    found = identify(findings_frame())
    if rollout is not None:
        facts = RolloutFacts(
            key_results=tables["key_results"],
            check_ins=tables["check_ins"],
            changes=tables["changes"],
            adoption=tables["adoption"],
            scores=tables["scores"],
            hidden=under_current_ids(
                _hidden(project), tables["key_results"], aliases_in(tables["aliases"])
            ),
            attested=attestations_in_force(log),
            teams=declared_teams(project.settings),
            keeps_closings=keeps_closings(project, tables["closed"]),
            keeps_check_ins=any(one.holds == "check_ins" for one in project.settings.datasets),
            as_of=as_of,
        )
        rows = build_rollout(rollout, facts)
        found = identify(gate_findings(rollout, rows, as_of))
    names = [name for name in ROLLOUT.column_names if name not in ("as_of", "run_id")]
    return pd.DataFrame(rows, columns=names), with_acknowledgements(found, log, as_of)


def _hidden(project: Project) -> pd.DataFrame:
    """The weeks before this one that ended with a call of high over low evidence."""
    names = ["key_result_id", "cycle_id", "week_starts_on"]
    told = [*names, "stated_confidence", "computed_confidence"]
    weeks = history.history(project.paths.history, KEY_RESULT_WEEKS, told)
    if weeks.num_columns < len(told):
        return pd.DataFrame(columns=names)  # an earlier version kept none of these
    before = pc.less(weeks["week_starts_on"], monday(project.clock.as_of))
    hiding = pc.and_(
        pc.equal(weeks["stated_confidence"], "high"), pc.equal(weeks["computed_confidence"], "low")
    )
    found = weeks.filter(pc.and_(before, hiding)).select(names)
    return found.replace_schema_metadata(None).to_pandas()


def declared_rollout(settings: Settings) -> Rollout | None:
    """The roll-out that the settings declare; None without one."""
    told = settings.organization.rollout
    if told is None:
        return None
    return Rollout(
        waves=tuple(
            Wave(one.name, one.teams, one.starts, one.training)
            for one in sorted(told.waves, key=lambda wave: wave.starts)
        ),
        decisions=tuple(_decision(name, settings, told) for name in DECISIONS),
        due_days=told.due_days,
        gate=GateBounds(**told.gate.model_dump()),
    )


def _decision(name: str, settings: Settings, told: RolloutSettings) -> Decision:
    """What is written about it by name goes before what other settings show."""
    written = told.decided.get(name)
    if written is not None:
        return Decision(name, written.note, is_open=False, on=written.day, by=written.by)
    says, where = _SHOWN[name](settings)
    or_else = f"open; write {where}, or under rollout: decided: {name}"
    return Decision(name, says or or_else, is_open=says is None)


def _levels(settings: Settings) -> Shown:
    levels = [team.level for team in settings.teams if "level" in team.model_fields_set]
    says = f"levels of teams: {', '.join(dict.fromkeys(levels))}" if levels else None
    return says, "teams: level"


def _limits(settings: Settings) -> Shown:
    told = settings.quality
    written = {"most_objectives", "fewest_key_results", "most_key_results"} & told.model_fields_set
    says = (
        f"up to {told.most_objectives} Objectives a team, {told.fewest_key_results} to"
        f" {told.most_key_results} Key Results an Objective"
    )
    return says if written else None, "quality: most_objectives, most_key_results"


def _rhythm(settings: Settings) -> Shown:
    """Cycles are always written; check-ins have a default."""
    every = "check_in_every_days" in settings.signals.model_fields_set
    own = any(team.check_ins.model_fields_set for team in settings.teams)
    first = settings.cycles[0]
    weeks = max(round(((first.end - first.start).days + 1) / 7), 1)
    says = f"a cycle has about {weeks} {'week' if weeks == 1 else 'weeks'}, such as {first.id}"
    others = [one.id for one in settings.cycles if not is_usual(settings.cycles, one)]
    if others:
        says += f"; longer or shorter ones run beside it: {', '.join(others)}"
    if every:
        says += f"; check-ins every {settings.signals.check_in_every_days} days"
    if own:
        says += "; teams have check-in days of their own"
    return says if every or own else None, "signals: check_in_every_days or teams: check_ins"


def _boards(settings: Settings) -> Shown:
    """Settings know where agendas are written, not which meetings read them."""
    has_page = settings.messages.agenda_page is not None
    says = "agendas are pages in Notion" if has_page else None
    return says, "messages: agenda_page"


def _truth(settings: Settings) -> Shown:
    targets = [f"{one.name} ({one.kind})" for one in settings.publish.targets]
    places = [*filter(None, [settings.page.address]), *targets]
    return ", ".join(places) or None, "page: address or publish: targets"


def _kpis(settings: Settings) -> Shown:
    there = [one.source for one in settings.datasets if one.holds == "kpis"]
    says = (
        f"kept apart from them, and read from {', '.join(dict.fromkeys(there))}" if there else None
    )
    return says, "a dataset that holds: kpis"


def _alignment(settings: Settings) -> Shown:
    chosen = settings.organization.architecture
    return chosen and in_words(chosen), "organization: architecture"


def _training(settings: Settings) -> Shown:
    """Decided once every audience of every wave has a day; no wave is named, as one may be hidden.

    The rows of each wave say which day is missing.
    """
    if any(name not in wave.training for wave in _waves(settings) for name in AUDIENCES):
        return None, "waves: training, a day for every audience of every wave"
    return "every audience of every wave has a day", ""


def _tracking(_: Settings) -> Shown:
    """By the table that this is a row of; likewise without a name."""
    return "by okr rollout and the table rollout, which hold each wave's steps and gate", ""


def _waves(settings: Settings) -> tuple[WaveSettings, ...]:
    rollout = settings.organization.rollout
    return rollout.waves if rollout else ()


_SHOWN: Mapping[str, Callable[[Settings], Shown]] = {
    "levels": _levels,
    "limits": _limits,
    "rhythm": _rhythm,
    "boards and meetings": _boards,
    "source of truth": _truth,
    "kpis": _kpis,
    "alignment": _alignment,
    "training": _training,
    "tracking": _tracking,
}
