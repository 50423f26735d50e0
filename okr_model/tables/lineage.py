"""The lineage of every published column: columns of its own row, or of another table.

What belongs here: the lineage declarations, beside the tables. What does not: where a single value
was read (its own row says: ``field``, ``url``), or displaying lineage (``pipelines.assets``).

A column that is not named here is read from the sources unchanged, or describes the run.
"""

from __future__ import annotations

from collections.abc import Mapping

from okr_model.tables import BY_NAME, LINK_HISTORY, LINKS, TABLES
from okr_model.tables.key_results import KEY_RESULTS, KEY_RESULTS_DAILY, KEY_RESULTS_RESTATED

Comes = dict[str, str]

_READINGS = "measurements.value measurements.date check_ins.value check_ins.date"
_WORK = "links.initiative_id links.state initiatives.initiative_id"
_VALUE = "current_value baseline target target_high kind unit"
_CALLS = "check_ins.confidence check_ins.date"
_KEY_RESULTS: Comes = {
    "former_ids": "key_results_daily.key_result_id",
    "objective": "objectives.title objectives.objective_id objective_id",
    "teams": "team objectives.team",
    "quality": "statement objectives.title target kind",
    "baseline": "measurements.value measurements.date",
    "baseline_source": "baseline",
    "target_before": "changes.old_value changes.field changes.number",
    "target_moved_on": "changes.changed_on changes.field",
    "current_value": _READINGS,
    "current_value_at": "measurements.date check_ins.date",
    "value_age_days": "current_value_at",
    "settle_days": "measurements.settles_on measurements.date",
    "current_value_seen_at": "measurements.seen_at check_ins.seen_at",
    "value_source": "measurements.measure measurements.field measurements.source check_ins.source",
    "value_url": "measurements.url check_ins.url",
    "value_state": _READINGS,
    "other_value": _READINGS,
    "other_value_at": "measurements.date check_ins.date",
    "other_value_source": "measurements.measure measurements.field check_ins.source",
    "other_value_url": "measurements.url check_ins.url",
    "other_value_difference": "other_value current_value",
    "other_value_apart": "other_value current_value",
    "precedence": "measurements.measure",
    "progress_raw": _VALUE,
    "progress": "progress_raw",
    "progress_state": _VALUE,
    "expected_progress": "cycle_start starts_on due_on phases baseline target settle_days",
    "pace": "progress_raw expected_progress",
    "pace_gap": "progress_raw expected_progress",
    "pace_gap_since": f"{_READINGS} baseline target expected_progress",
    "progress_28d": f"{_READINGS} baseline target",
    "weekly_noise": f"{_READINGS} baseline target",
    "prior_pace": f"{_READINGS} cycle_start starts_on",
    "prior_chance": "prior_pace baseline target due_on",
    "prior_reach_on": "prior_pace baseline target",
    "needed_pace": "current_value current_value_at target due_on",
    "best_pace": f"{_READINGS} needed_pace like_paths",
    "best_pace_of": "best_pace",
    "trend_per_week": _READINGS,
    "path": f"{_READINGS} kind unit",
    "path_reason": "path",
    **dict.fromkeys(
        [
            "pace_odds",
            "noise_factor",
            "pull_back",
            "recent_share",
            "formula_counts",
            "range_factor",
        ],
        f"{_READINGS} path due_on",
    ),
    **dict.fromkeys(
        ("like_paths", "like_met", "like_low", "like_high"), f"{_READINGS} path due_on"
    ),
    "like_examples": "like_paths",
    "forecast_value": "trend_per_week weekly_noise pace_odds pull_back recent_share due_on"
    " current_value",
    "forecast_low": "forecast_value noise_factor like_paths like_low range_factor",
    "forecast_high": "forecast_value noise_factor like_paths like_high range_factor",
    "attainment_probability": "forecast_value noise_factor like_met target target_high kind",
    "evidence_state": _READINGS,
    "stated_confidence": _CALLS,
    "stated_confidence_at": "check_ins.date",
    "confidence_change": _CALLS,
    "last_check_in_at": "check_ins.date",
    "check_ins_from": "cycle_start starts_on check_ins.date",
    "missed_check_ins": "check_ins.date check_ins_from due_on teams",
    "declined_from": _CALLS,
    "declining_since": _CALLS,
    "early_low_at": _CALLS,
    "computed_confidence": "attainment_probability pace value_state progress_state signals",
    "confidence_reasons": "computed_confidence signals",
    "signals": "pace_gap progress_28d weekly_noise value_age_days missed_check_ins declining_since"
    " early_low_at target_moved_on activity_28d added_28d finished_28d open_issues"
    " blocked_initiatives overdue_initiatives silent_initiatives initiatives silent_days"
    " activity_elsewhere_28d activity_elsewhere_before prior_chance needed_pace best_pace",
    "initiatives": _WORK,
    "activity_28d": _WORK,
    "open_issues": f"{_WORK} initiatives.open_issues",
    "done_issues": f"{_WORK} initiatives.done_issues",
    "added_28d": _WORK,
    "finished_28d": _WORK,
    "last_activity_on": f"{_WORK} initiatives.last_activity_on",
    "silent_days": "last_activity_on",
    "activity_elsewhere_28d": f"{_WORK} initiatives.team team",
    "activity_elsewhere_before": f"{_WORK} initiatives.team team",
    "open_initiatives": f"{_WORK} initiatives.status_category",
    "blocked_initiatives": f"{_WORK} initiatives.status",
    "overdue_initiatives": f"{_WORK} initiatives.due_on",
    "silent_initiatives": f"{_WORK} initiatives.last_activity_on",
    "stale_since": "sources.last_complete_at measurements.source check_ins.source links.source",
    "stale_reason": "sources.error",
    "score": "progress cycle_end",
    "findings": "findings.subject_id findings.subject_type",
}
_OF_KEY_RESULTS = "key_results.key_result_id key_results.cycle_id"
_SUMMED: Comes = {
    "key_results": _OF_KEY_RESULTS,
    "progress": "key_results.progress key_results.weight",
    "expected_progress": "key_results.expected_progress key_results.weight",
    "pace": "progress expected_progress without_progress",
    "without_progress": "key_results.progress",
    "weakest": "key_results.progress key_results.key_result_id",
}
_ROLLUPS: Comes = _SUMMED | {
    "subject": "objectives.objective_id objectives.team key_results.team",
    "cycle_id": "key_results.cycle_id",
    **dict.fromkeys(("ahead", "on", "behind", "without_pace"), "key_results.pace"),
    **dict.fromkeys(
        ("high", "medium", "low", "without_confidence", "computed_confidence"),
        "key_results.computed_confidence",
    ),
    "stated_confidence": "key_results.stated_confidence",
}
_CHANGES: Comes = {
    "key_result_id": "key_results.key_result_id",
    "cycle_id": "key_results.cycle_id",
    **dict.fromkeys(
        ("old", "new", "old_value", "new_value"),
        "key_results.target key_results.target_high key_results.baseline key_results.due_on"
        " key_results.owner key_results.statement",
    ),
    "unit": "key_results.unit",
    "rationale": "key_results.rationale",
    "url": "key_results.url",
}
_CALIBRATION: Comes = {
    "cycle_id": "key_results_daily.cycle_id",
    **dict.fromkeys(
        ("calls", "key_results", "brier", "base_rate_brier", "stated", "observed", "sharpness"),
        "key_results_daily.attainment_probability key_results_daily.computed_confidence"
        " key_results_daily.stated_confidence key_results_daily.pace key_results_daily.as_of"
        " key_results_daily.progress_raw",
    ),
}
_ORIGINAL = ("kind", "unit", "baseline", "target", "target_high")
_TERMS_THEN = "changes.old changes.field changes.changed_on"
_CLOSED: Comes = {
    "closed_as": "decisions.closed_as decisions.in_force",
    "lesson": "decisions.lesson decisions.in_force",
    "decision_id": "decisions.decision_id decisions.in_force",
}
_SCORES: Comes = {
    **{
        name: f"key_results.{name}"
        for name in ("team", "objective_id", "ambition", "unit", "current_value", "progress")
    },
    "terms_changed": _TERMS_THEN,
    **{f"original_{name}": f"key_results.{name} {_TERMS_THEN}" for name in _ORIGINAL},
    "progress_original": "current_value original_kind original_unit original_baseline"
    " original_target original_target_high",
    "score": "key_results.score",
    "score_original": "progress_original score",
    "band": "score ambition",
    "band_original": "score_original ambition",
    **_CLOSED,
    "carried_to": "carried_from key_results.key_result_id key_results.cycle_start",
    "check_ins_due": "key_results.cycle_start key_results.due_on",
    "check_ins_made": "check_ins.date check_ins_due",
    "rhythm": "check_ins_made check_ins_due",
    "miss_suggests": "band rhythm",
}
_OF_WAVES = (
    "teams adoption.on_time adoption.late adoption.missed adoption.week_starts_on"
    " key_results.owner key_results.progress_state key_results.value_state key_results.measure"
    " key_results.target key_results.quality key_results.signals key_results.initiatives"
    " check_ins.confidence check_ins.date changes.changed_on scores.score scores.closed_as"
    " scores.lesson decisions.item decisions.wave decisions.in_force"
)
_ROLLOUT: Comes = {
    "teams": "teams.team teams.parent teams.level teams.state",
    **dict.fromkeys(("part", "whole", "missing"), _OF_WAVES),
    "value": "part whole",
    "state": "value bound due_on",
    "sentence": "state part whole bound within_days",
    "decided_by": "decisions.decided_by decisions.item decisions.wave",
}
DECLARED: Mapping[str, Comes] = {
    KEY_RESULTS.name: _KEY_RESULTS,
    KEY_RESULTS_DAILY.name: {name: f"key_results.{name}" for name in KEY_RESULTS.column_names},
    KEY_RESULTS_RESTATED.name: {
        name: f"key_results_daily.{name}" for name in KEY_RESULTS_DAILY.column_names
    },
    LINK_HISTORY.name: {
        name: f"links.{name}" for name in LINK_HISTORY.column_names if name in LINKS.column_names
    }
    | {"valid_from": "links.as_of", "valid_to": "links.as_of"},
    "links": {
        "initiative_id": "initiatives.initiative_id",
        "initiative": "initiatives.initiative",
        "key_result_id": "key_results.key_result_id",
        "cycle_id": "key_results.cycle_id",
    },
    "suggestions": {
        "initiative_id": "initiatives.initiative_id",
        "initiative": "initiatives.initiative",
        "key_result_id": "key_results.key_result_id",
        "score": "initiatives.title key_results.statement key_results.objective",
        "share": "score",
        "chance": "share suggestion_trials.share suggestion_trials.right",
        "rank": "chance",
        "shared": "initiatives.title key_results.statement",
        "same_team": "initiatives.team key_results.team",
        "resembles": "links.state initiatives.title",
    },
    "suggestion_trials": {
        "initiative_id": "initiatives.initiative_id",
        "initiative": "initiatives.initiative",
        "key_result_id": "key_results.key_result_id",
        "score": "initiatives.title key_results.statement key_results.objective",
        "share": "score",
        "chance": "share right",
        "rank": "score",
        "right": "links.state links.rule links.decision",
        "right_ones": "right",
    },
    "objectives": _SUMMED
    | _CLOSED
    | {"indicators": "key_results.statement key_results.objective_id key_results.cycle_id"},
    "rollups": _ROLLUPS,
    "teams": {
        "team": "key_results.team key_results.teams",
        "state": "starts_on ends_on",
        "key_results": _OF_KEY_RESULTS,
        **dict.fromkeys(
            (
                *("check_in_state", "next_check_in_due_on", "check_ins_on_time"),
                *("check_ins_late", "check_ins_missed", "check_ins_not_yet_due"),
            ),
            "check_ins.date check_in_every_days check_in_weekday check_in_grace_days",
        ),
    },
    "initiatives": {"active_links": "links.initiative_id links.state", "other_work": "decision_id"},
    "check_ins": {
        "key_result_id": "key_results.key_result_id",
        "cycle_id": "key_results.cycle_id key_results.cycle_start key_results.cycle_end",
        "impediment_kind": "impediment_kind_text impediment date number",
        "impediment_owner": "impediment date number",
        "impediment_since": "impediment date number",
        "action_done": "last_action_done date number",
        "lacks": "cause next_action",
    },
    "measurements": {
        "key_result_id": "key_results.key_result_id",
        "cycle_id": "key_results.cycle_id key_results.cycle_start key_results.cycle_end",
        "unit": "key_results.unit",
    },
    "cycles": {
        "state": "cycle_start cycle_end as_of",
        "phase": "cycle_start cycle_end as_of",
        "phase_starts_on": "cycle_start cycle_end as_of",
        "phase_ends_on": "cycle_start cycle_end as_of",
        "frozen_from": "cycle_start cycle_end",
        "close_by": "cycle_start cycle_end",
        "length": "cycle_start cycle_end",
        "elapsed": "cycle_start cycle_end as_of",
    },
    "adoption": {
        "team": "key_results.teams key_results.team",
        "week_starts_on": "key_results.cycle_start key_results.due_on",
        "key_results": "key_results.cycle_start key_results.due_on",
        "updated": "check_ins.date measurements.date measurements.value",
        **dict.fromkeys(("on_time", "late", "missed"), "check_ins.date"),
        **dict.fromkeys(("called_low", "called_low_early"), "check_ins.confidence check_ins.date"),
        **dict.fromkeys(("work", "new_issues"), "initiatives.team initiatives.initiative_id"),
        **dict.fromkeys(("linked_work", "new_unlinked"), f"{_WORK} initiatives.team"),
    },
    "rollout": _ROLLOUT,
    "initiative_weeks": {
        "initiative_id": "initiatives.initiative_id",
        "key_results": "link_history.key_result_id link_history.state week_starts_on",
        "linked": "key_results",
    },
    "new_work": {
        "initiative_id": "initiatives.initiative_id links.state initiatives.other_work",
        "teams": "initiatives.team links.key_result_id",
    },
    "key_result_weeks": {
        "value": "key_results_daily.current_value",
        **{
            name: f"key_results_daily.{name}"
            for name in (
                *("key_result_id", "cycle_id", "expected_progress", "progress"),
                *("stated_confidence", "computed_confidence"),
            )
        },
        **dict.fromkeys(("activity", "done", "people", "automatic"), _WORK),
    },
    "decisions": {"in_force": "action undoes until as_of"},
    "kpis": {"within": "value low high"},
    "changes": _CHANGES,
    "calibration": _CALIBRATION,
    "scores": _SCORES,
    "runs": {
        "key_results": "key_results.key_result_id",
        "findings": "findings.finding_id",
        "failed_sources": "sources.state sources.source",
        "requests": "sources.requests",
        "retries": "sources.retries",
        "rows": "sources.rows",
        "seconds": "started_at published_at",
        "peak_memory": "steps",
        "promise_kept": "published_at promised_at",
    },
}
"""Table -> column -> its upstream columns: of its own row by name, others as ``table.column``."""


def upstream(table: str, column: str) -> tuple[str, ...]:
    """The columns of other tables from which a column derives, directly or through its own row.

    Returns:
        ``table.column`` each, in the order of the declaration; empty for a column read unchanged.
    """
    declared = DECLARED.get(table, {})
    found: dict[str, None] = {}
    seen, left = {column}, [column]
    while left:
        for name in declared.get(left.pop(0), "").split():
            if "." in name:
                found[name] = None
            elif name not in seen:
                seen.add(name)
                left.append(name)
    return tuple(found)


def lineage(table: str) -> dict[str, tuple[str, ...]]:
    """The derived columns of a table, each with :func:`upstream`."""
    known = BY_NAME[table].column_names
    return {name: columns for name in known if (columns := upstream(table, name))}


def undeclared_columns() -> list[str]:
    """Names in the lineage declarations that are not a column of any table."""
    columns = {table.name: set(table.column_names) for table in TABLES}
    found = []
    for table, declared in DECLARED.items():
        for column, words in declared.items():
            for word in (column, *words.split()):
                of, _, name = word.rpartition(".")
                if name not in columns.get(of or table, ()):
                    found.append(f"{table}.{column} names {word}, which no table has")
    return found
