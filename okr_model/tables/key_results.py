"""The published tables of Key Results: latest, daily history, and replaced rows of that history.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from okr_model.tables.columns import LEVELS, PACES, RECORD, RUN, Column, Table
from okr_model.tables.vocabulary import EVIDENCE_STATES, KINDS, PROGRESS_STATES, VALUE_STATES

KEY_RESULTS = Table(
    "key_results",
    "Key Result and cycle, as of the last run: the single source of truth",
    ("key_result_id", "cycle_id"),
    (
        Column("key_result_id", "text", "The organization's own id, such as KR-17", required=True),
        Column("cycle_id", "text", "The cycle it belongs to", required=True),
        Column("cycle_start", "date", "First day of that cycle", required=True),
        Column("cycle_end", "date", "Last day of that cycle", required=True),
        Column("statement", "text", "The Key Result in words"),
        Column("objective_id", "text", "The Objective it belongs to"),
        Column("objective", "text", "That Objective's title"),
        Column("team", "text", "The team that answers for it, as written; of several see teams"),
        Column("teams", "text[]", "The teams that answer for it; null where none is named"),
        Column("owner", "text", "The person who answers for it", person=True),
        *RECORD,
        Column(
            "former_ids",
            "text[]",
            "The ids under which it was published in this cycle before it was renamed or moved, the"
            " latest first; key_results_daily has those days under them. Null if none is known",
        ),
        Column("kind", "text", "What counts as better", one_of=KINDS),
        Column("unit", "text", "Unit of every value in this row, such as %, hours, count, USD"),
        Column("baseline", "number", "Where it started", unit="unit of the Key Result"),
        Column("baseline_source", "text", "declared, or first measurement of the cycle"),
        Column("baseline_text", "text", "The declared baseline as read, with its conversion"),
        Column("target", "number", "Where it should arrive", unit="unit of the Key Result"),
        Column("target_text", "text", "The target as read, with its conversion"),
        Column(
            "target_high", "number", "Upper edge, where kind is band", unit="unit of the Key Result"
        ),
        Column(
            "target_before",
            "number",
            "The target before it last moved",
            unit="unit of the Key Result",
        ),
        Column(
            "target_moved_on",
            "date",
            "When it was moved, by the source's change log, else seen; see changes",
        ),
        Column("rationale", "text", "Why its definition is as it is now, as its record says"),
        Column("measure", "text", "How it is measured, as its record says"),
        Column(
            "quality",
            "text[]",
            "Questions that its statement fails, such as outcome; null: language not known",
        ),
        Column(
            "weight",
            "number",
            "How much it counts in its Objective; null counts as 1",
            unit="weight",
        ),
        Column(
            "ambition", "text", "committed or aspirational", one_of=("committed", "aspirational")
        ),
        Column("starts_on", "date", "First day of its expected path; null means cycle_start"),
        Column("due_on", "date", "Due date"),
        Column("due_source", "text", "declared, or end of cycle"),
        Column("phases", "text", "Intermediate targets by day, in unit; null: a straight path"),
        Column(
            "current_value",
            "number",
            "The latest value that is settled and true for a day up to as_of",
            unit="unit of the Key Result",
        ),
        Column("current_value_at", "date", "The day that value is true for"),
        Column(
            "value_age_days",
            "integer",
            "Days from current_value_at to as_of, or to the end of the cycle",
            unit="days",
        ),
        Column(
            "settle_days",
            "integer",
            "Days after which a value is settled: younger ones are not judged; null: at once",
            unit="days",
        ),
        Column(
            "current_value_seen_at",
            "timestamp",
            "When this pipeline first read that value; null for an aggregate",
        ),
        Column("value_source", "text", "Source, field and place the value was read from, in words"),
        Column("value_url", "text", "Opens the record the value was read from"),
        Column(
            "value_state", "text", "Whether there is a value", required=True, one_of=VALUE_STATES
        ),
        Column(
            "other_value",
            "number",
            "Value of another measure that differs by more than the tolerance; null if none does",
            unit="unit of the Key Result",
        ),
        Column("other_value_at", "date", "The latest day for which both have a value"),
        Column("other_value_source", "text", "That other measure; see measurements"),
        Column("other_value_url", "text", "Opens the record of that other value"),
        Column(
            "other_value_difference",
            "number",
            "other_value minus the value used for that day",
            unit="unit of the Key Result",
        ),
        Column(
            "other_value_apart",
            "number",
            "The same as a share of the larger value, from 0 to 2",
            unit="fraction",
        ),
        Column("precedence", "text", "Which of the two takes precedence, and why"),
        Column(
            "progress_raw",
            "number",
            "Unclamped. increase, decrease, at least, at most: (current − baseline) / (target −"
            " baseline), or 1 or 0 if the baseline already meets the target. band: 1 − distance"
            " from it / its width. milestones: the stated share. yes/no: 1 or 0",
            unit="fraction",
        ),
        Column("progress", "number", "progress_raw clamped to 0 and 1", unit="fraction"),
        Column(
            "progress_state",
            "text",
            "How progress was computed, or why there is none",
            required=True,
            one_of=PROGRESS_STATES,
        ),
        Column(
            "expected_progress",
            "number",
            "Where a straight or phased path would be on as_of, or settle_days before, from 0 on"
            " its first day to 1 on its due day",
            unit="fraction",
        ),
        Column("pace", "text", "Progress against expected progress, with tolerance", one_of=PACES),
        Column(
            "pace_gap",
            "number",
            "Expected progress on current_value_at minus progress_raw; negative means ahead",
            unit="fraction",
        ),
        Column("pace_gap_since", "date", "The day of the value with which the current gap began"),
        Column(
            "progress_28d",
            "number",
            "progress_raw minus progress_raw 28 days earlier",
            unit="fraction",
        ),
        Column(
            "weekly_noise",
            "number",
            "Typical deviation of one week's change from the pace so far",
            unit="unit of the Key Result",
        ),
        Column(
            "prior_pace",
            "number",
            "Mean change a week towards the target, in the readings before the cycle",
            unit="unit of the Key Result per week",
        ),
        Column(
            "prior_chance",
            "number",
            "Probability of meeting the target by those readings alone, as of the cycle's start",
            unit="fraction",
        ),
        Column("prior_reach_on", "date", "The day on which prior_pace reaches the target"),
        Column(
            "needed_pace",
            "number",
            "Change a week towards the target that it takes from the current value to due_on",
            unit="unit of the Key Result per week",
        ),
        Column(
            "best_pace",
            "number",
            "The fastest such change over as many days, ever",
            unit="unit of the Key Result per week",
        ),
        Column(
            "best_pace_of",
            "text",
            "Whose fastest change that is",
            one_of=("own readings", "like paths"),
        ),
        Column(
            "trend_per_week",
            "number",
            "Change per week in the cycle so far, by least squares",
            unit="unit of the Key Result per week",
        ),
        Column(
            "path",
            "text",
            "Whether it is a running total or a figure that moves both ways",
            one_of=("counter", "level"),
        ),
        Column("path_reason", "text", "Why it is taken for a counter or a level"),
        Column(
            "pace_odds",
            "number",
            "Factor on the odds that the pace of a level continues, learned from past cycles",
            unit="factor",
        ),
        Column(
            "noise_factor", "number", "Factor on the noise, learned from past cycles", unit="factor"
        ),
        Column(
            "pull_back",
            "number",
            "Share of the way back to its usual value a level goes",
            unit="fraction",
        ),
        Column("recent_share", "number", "Weight of the recent pace of a counter", unit="fraction"),
        Column(
            "like_paths",
            "integer",
            "Past paths of its kind that stood like this one; 0: too few",
            unit="count",
        ),
        Column(
            "formula_counts",
            "number",
            "As how many like paths the formula counts beside them",
            unit="count",
        ),
        Column("range_factor", "number", "Factor on the width of the range", unit="factor"),
        Column(
            "like_met",
            "number",
            "Share of those that got as far as this one must get",
            unit="fraction",
        ),
        Column(
            "like_low",
            "number",
            "10th percentile of where they would end here",
            unit="unit of the Key Result",
        ),
        Column("like_high", "number", "90th percentile of the same", unit="unit of the Key Result"),
        Column("like_examples", "text[]", "The nearest of those past paths: Key Result and cycle"),
        Column(
            "forecast_value", "number", "Central forecast for due_on", unit="unit of the Key Result"
        ),
        Column(
            "forecast_low", "number", "Lower end of its 80 % range", unit="unit of the Key Result"
        ),
        Column(
            "forecast_high",
            "number",
            "Upper end of the same",
            unit="unit of the Key Result",
        ),
        Column(
            "attainment_probability",
            "number",
            "Probability that the target is met on due_on",
            unit="fraction",
        ),
        Column(
            "evidence_state",
            "text",
            "Whether there are enough measurements for a probability",
            required=True,
            one_of=EVIDENCE_STATES,
        ),
        Column("stated_confidence", "text", "The team's latest call", one_of=LEVELS),
        Column("stated_confidence_at", "date", "The day of that call"),
        Column(
            "confidence_change",
            "text",
            "Latest call compared with the one before",
            one_of=("up", "same", "down"),
        ),
        Column("last_check_in_at", "date", "The day of the team's last check-in in the cycle"),
        Column("check_ins_from", "date", "From this day on check-ins on it are expected"),
        Column("missed_check_ins", "integer", "The last ones due, all missed", unit="count"),
        Column(
            "declined_from",
            "text",
            "The level from which the latest calls have only fallen; null if they have not",
            one_of=LEVELS,
        ),
        Column("declining_since", "date", "The day of the first call below declined_from"),
        Column("early_low_at", "date", "The day of the team's first low call, if it was early"),
        Column("computed_confidence", "text", "The level from the evidence alone", one_of=LEVELS),
        Column("confidence_reasons", "text[]", "Why that level, and its signals, as sentences"),
        Column("signals", "text[]", "Names of the firing signals; see docs/confidence.md"),
        Column(
            "initiatives",
            "integer",
            "Initiatives actively linked to it",
            unit="count",
            required=True,
        ),
        *(
            Column(name, "integer", meaning, unit="count", required=True)
            for name, meaning in (
                (
                    "activity_28d",
                    "Issues created and fields changed in linked work in the last 28 days. Those of"
                    " apps and bulk edits count here, unlike in key_result_weeks.activity",
                ),
                (
                    "open_issues",
                    "Linked issues not done. As in all four counts of linked issues, those of"
                    " initiatives themselves count; in initiatives.open_issues they do not",
                ),
                ("done_issues", "Linked issues done"),
                ("added_28d", "Linked issues created in the last 28 days"),
                (
                    "finished_28d",
                    "Linked issues that are done and were resolved in the last 28 days",
                ),
            )
        ),
        Column("last_activity_on", "date", "When anything last happened in a linked initiative"),
        Column("silent_days", "integer", "Days since last_activity_on", unit="days"),
        Column(
            "activity_elsewhere_28d",
            "integer",
            "Issues created and fields changed in the last 28 days in initiatives of its teams that"
            " do not serve it, their own issues left out. Those of apps and bulk edits count",
            unit="count",
        ),
        Column(
            "activity_elsewhere_before",
            "integer",
            "The same in the 28 days before those",
            unit="count",
        ),
        *(
            Column(name, "integer", meaning, unit="count", required=True)
            for name, meaning in (
                ("open_initiatives", "Linked initiatives not done"),
                ("blocked_initiatives", "Open ones whose status says so"),
                ("overdue_initiatives", "Open ones past their due date"),
                ("silent_initiatives", "Open ones without recent events"),
            )
        ),
        Column("stale_since", "timestamp", "Since when a source it depends on could not be read"),
        Column("stale_reason", "text", "Which source, in words"),
        Column(
            "score",
            "number",
            "How far it got, from 0 to 1, once the cycle has ended",
            unit="fraction",
        ),
        Column("findings", "integer", "Open findings on it", unit="count", required=True),
        *RUN,
    ),
)
KEY_RESULTS_DAILY = Table(
    "key_results_daily",
    "Key Result and day: what was true then, as it was known when the row was last written",
    ("key_result_id", "cycle_id", "as_of"),
    KEY_RESULTS.columns,
)
KEY_RESULTS_RESTATED = Table(
    "key_results_restated",
    "row of key_results_daily that was replaced by a different one: what was believed before",
    ("key_result_id", "cycle_id", "as_of", "run_id"),
    (
        *KEY_RESULTS.columns,
        Column(
            "restated_by",
            "text",
            "The run that replaced the row",
            required=True,
            refers="runs.run_id",
        ),
    ),
)
