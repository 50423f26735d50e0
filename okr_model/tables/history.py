"""The published tables that span runs: definition changes, and how often calls came true.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from okr_model.tables.columns import Column, Table

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
        Column("old", "text", "The value before; numbers in unit, or else in the one before"),
        Column("new", "text", "The value after"),
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
        Column("rationale", "text", "Why, if someone wrote a reason since the previous run"),
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
