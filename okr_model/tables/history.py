"""The published tables that compare nights: what was redefined, and how often calls came true.

See :mod:`okr_model.tables`, which lists them all.
"""

from __future__ import annotations

from okr_model.tables.columns import Column, Table

CHANGES = Table(
    "changes",
    "change of one field of a Key Result's definition, found by comparing nights; never removed",
    ("key_result_id", "cycle_id", "number"),
    (
        Column("key_result_id", "text", "The Key Result", required=True),
        Column("cycle_id", "text", "Its cycle", required=True),
        Column("number", "integer", "1 for its first change, 2 for the next", required=True),
        Column("field", "text", "The column of key_results that changed", required=True),
        Column("old", "text", "What it said before, figures in the present unit"),
        Column("new", "text", "What it says now"),
        Column("old_value", "number", "The same as a number, of figures", unit="unit"),
        Column("new_value", "number", "The same as a number, of figures", unit="unit"),
        Column("unit", "text", "The Key Result's unit when the change was seen"),
        Column("seen_on", "date", "The day computed by the night that saw it", required=True),
        Column("rationale", "text", "Why, where someone wrote so since the night before"),
        Column("url", "text", "Opens the Key Result's record"),
        Column("run_id", "text", "The run that saw it; see runs", required=True),
    ),
)
CALIBRATION = Table(
    "calibration",
    "cycle that has ended, method and part of its calls: how often they came true",
    ("cycle_id", "method", "part", "value"),
    (
        Column("cycle_id", "text", "The cycle", required=True),
        Column(
            "method",
            "text",
            "Who called: the computed probability, the team's confidence, or the pace (1 or 0)",
            required=True,
            one_of=("computed", "team", "pace"),
        ),
        Column(
            "part",
            "text",
            "Which calls: all, those in common of evidence and team, by week, team or probability",
            required=True,
            one_of=("all", "in common", "week", "team", "probability"),
        ),
        Column("value", "text", "Which week, team or tenth of the probability", required=True),
        Column("calls", "integer", "Weekly calls with a number", required=True),
        Column("key_results", "integer", "Key Results they speak of", required=True),
        Column("unanswered", "integer", "Weekly occasions without a number", required=True),
        Column(
            "state",
            "text",
            "Whether there are enough Key Results for a score",
            required=True,
            one_of=("enough", "too few"),
        ),
        Column("brier", "number", "Mean of (probability − outcome)²; less is better"),
        Column("base_rate_brier", "number", "The same for always saying the share that was met"),
        Column("stated", "number", "Mean probability"),
        Column("observed", "number", "Share of the calls whose target was met"),
        Column("sharpness", "number", "Root mean square distance of the probability from ½"),
    ),
)
