"""The published tables that span runs or cycles: definition changes, calibration, scores.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from okr_model.tables.columns import RUN, Column, Table

CHANGES = Table(
    "changes",
    "change of one field of a Key Result's definition, as a change log tells it or found by "
    "comparing runs; never removed",
    ("key_result_id", "cycle_id", "number"),
    (
        Column("key_result_id", "text", "The Key Result", required=True),
        Column("cycle_id", "text", "Its cycle", required=True),
        Column(
            "number",
            "integer",
            "1 for its first change, 2 for the next",
            unit="position",
            required=True,
        ),
        Column("field", "text", "The column of key_results that changed", required=True),
        Column(
            "old",
            "text",
            "The value before; numbers in unit, or else in the one before",
            person=True,  # of a changed owner
        ),
        Column("new", "text", "The value after", person=True),
        Column(
            "old_value",
            "number",
            "old as a number, where it is one in unit",
            unit="unit of the Key Result",
        ),
        Column(
            "new_value", "number", "new as a number, where it is one", unit="unit of the Key Result"
        ),
        Column("unit", "text", "The Key Result's unit when the change was seen"),
        Column("seen_on", "date", "as_of of the run that detected it", required=True),
        Column("changed_on", "date", "The day of changed_at; without one, seen_on", required=True),
        Column("changed_at", "timestamp", "When it was made, where the source has a change log"),
        Column(
            "rationale",
            "text",
            "Why: the reason written with it or, where there was none, the first one after it",
        ),
        Column("url", "text", "Opens the Key Result's record"),
        Column("run_id", "text", "The run that detected it", required=True, refers="runs.run_id"),
    ),
)
CALIBRATION = Table(
    "calibration",
    "ended cycle, method and group of calls: how often these calls came true",
    ("cycle_id", "method", "part", "value"),
    (
        Column("cycle_id", "text", "The cycle", required=True),
        Column(
            "method",
            "text",
            "Whose calls: the computed probability, the team's confidence, or the pace (1 or 0)",
            required=True,
            one_of=("computed", "team", "pace"),
        ),
        Column(
            "part",
            "text",
            "How calls are grouped: all, in common (weeks in which both evidence and team made "
            "one), or by week, team or probability",
            required=True,
            one_of=("all", "in common", "week", "team", "probability"),
        ),
        Column("value", "text", "Which week, team or range of probability", required=True),
        Column("calls", "integer", "Weekly calls", unit="count", required=True),
        Column("key_results", "integer", "Key Results they are about", unit="count", required=True),
        Column(
            "unanswered",
            "integer",
            "Weeks of a Key Result without a call",
            unit="count",
            required=True,
        ),
        Column(
            "state",
            "text",
            "Whether there are enough Key Results for a score",
            required=True,
            one_of=("enough", "too few"),
        ),
        Column(
            "brier", "number", "Mean of (probability − outcome)²; lower is better", unit="score"
        ),
        Column(
            "base_rate_brier",
            "number",
            "The same if every call were the observed share",
            unit="score",
        ),
        Column("stated", "number", "Mean probability", unit="fraction"),
        Column("observed", "number", "Share of the calls whose target was met", unit="fraction"),
        Column(
            "sharpness",
            "number",
            "Root mean square distance of the probability from ½",
            unit="fraction",
        ),
    ),
)
BANDS = ("reached", "satisfactory", "some progress", "none", "failed")
_ORIGINAL = "as it was when the baseline phase ended"
SCORES = Table(
    "scores",
    "Key Result and cycle that has begun: its score under present and original terms",
    ("key_result_id", "cycle_id"),
    (
        Column("key_result_id", "text", "The Key Result", required=True),
        Column("cycle_id", "text", "The cycle", required=True),
        Column("team", "text", "Its team, as in key_results"),
        Column("objective_id", "text", "Its Objective"),
        Column("ambition", "text", "committed or aspirational"),
        Column("unit", "text", "The unit of its figures now"),
        Column("current_value", "number", "As in key_results", unit="unit of the Key Result"),
        Column(
            "terms_changed",
            "integer",
            "Changes of kind, unit, baseline or target after the baseline phase",
            unit="count",
            required=True,
        ),
        Column("original_kind", "text", f"Its kind {_ORIGINAL}"),
        Column("original_unit", "text", f"Its unit {_ORIGINAL}"),
        Column(
            "original_baseline",
            "number",
            f"Its baseline {_ORIGINAL}; null if its unit does not convert",
            unit="unit of the Key Result",
        ),
        Column(
            "original_target",
            "number",
            f"Its target {_ORIGINAL}; null if its unit does not convert",
            unit="unit of the Key Result",
        ),
        Column(
            "original_target_high",
            "number",
            f"The upper edge of its band {_ORIGINAL}",
            unit="unit of the Key Result",
        ),
        Column("progress", "number", "As in key_results", unit="fraction"),
        Column(
            "progress_original",
            "number",
            "The same from the original baseline to the original target",
            unit="fraction",
        ),
        Column("score", "number", "progress, once the cycle has ended", unit="fraction"),
        Column(
            "score_original",
            "number",
            "progress_original, once the cycle has ended",
            unit="fraction",
        ),
        Column("band", "text", "What the score means for its ambition", one_of=BANDS),
        Column("band_original", "text", "What score_original means", one_of=BANDS),
        Column(
            "closed_as",
            "text",
            "What its team decided at the end: as decided with okr, else as its record says",
            one_of=("continue", "abandon", "done"),
        ),
        Column("lesson", "text", "What its team learnt, from the same"),
        Column(
            "decision_id",
            "text",
            "The decision that says closed_as; null if a record does",
            refers="decisions.decision_id",
        ),
        Column("carried_from", "text", "The Key Result of an earlier cycle that it goes on with"),
        Column("carried_to", "text", "The Key Result of a later cycle that goes on with it"),
        Column(
            "check_ins_due",
            "integer",
            "Check-ins that were due in the cycle",
            unit="count",
            required=True,
        ),
        Column(
            "check_ins_made",
            "integer",
            "Those of them that were made, on time or late",
            unit="count",
            required=True,
        ),
        Column(
            "rhythm",
            "text",
            "strong from 70 % of the due check-ins on; null: fewer than three were due",
            one_of=("strong", "weak"),
        ),
        Column(
            "miss_suggests",
            "text",
            "Of a miss: with a strong rhythm the Key Result was wrong, with a weak one the cadence",
            one_of=("the Key Result", "the cadence"),
        ),
        *RUN,
    ),
)
