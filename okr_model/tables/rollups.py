"""The published tables of roll-ups: Objectives, teams and the company; and of cycles.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from okr_model.tables.columns import LEVELS, PACES, RECORD, RUN, Column, Table

PHASES = (
    "coming",
    "preparation",
    "baseline",
    "execution",
    "mid-cycle review",
    "final push",
    "closing",
    "closed",
)

OBJECTIVES = Table(
    "objectives",
    "Objective",
    ("objective_id", "cycle_id"),
    (
        Column("objective_id", "text", "The organization's own id", required=True),
        Column("cycle_id", "text", "The cycle it belongs to", required=True),
        Column("title", "text", "The Objective in words"),
        Column("level", "text", "company or team"),
        Column("team", "text", "The team; null for the company"),
        Column("owner", "text", "Who answers for it", person=True),
        Column("parent_id", "text", "The Objective it contributes to"),
        Column("key_results", "integer", "Key Results under it", unit="count", required=True),
        Column(
            "progress",
            "number",
            "Weighted mean, or minimum, over the Key Results and Objectives under it that have any",
            unit="fraction",
        ),
        Column(
            "expected_progress",
            "number",
            "Expected progress of the same on as_of, from 0 to 1",
            unit="fraction",
        ),
        Column(
            "pace",
            "text",
            "Progress against expected progress; never on or ahead while something in it has no "
            "progress, never ahead while a Key Result in it is behind",
            one_of=PACES,
        ),
        Column(
            "without_progress",
            "integer",
            "Key Results in it and below it that have no progress",
            unit="count",
            required=True,
        ),
        Column("weakest", "text", "The Key Result with the least progress"),
        Column(
            "indicators",
            "text",
            "Whether its Key Results lead, lag or do both, by their words. Null: it has none",
            one_of=("mixed", "leading", "lagging", "unknown"),
            stability="experimental",
        ),
        Column(
            "closed_as",
            "text",
            "What becomes of it after its cycle: as decided with okr, else as its record says",
            one_of=("continue", "abandon", "done"),
        ),
        Column("lesson", "text", "What was learnt, from the same"),
        Column(
            "decision_id",
            "text",
            "The decision that says closed_as; null if a record does",
            refers="decisions.decision_id",
        ),
        *RECORD,
        *RUN,
    ),
)
ROLLUPS = Table(
    "rollups",
    "level, subject and cycle: the Key Results of an Objective, a team or the company, rolled up",
    ("level", "subject", "cycle_id"),
    (
        Column("level", "text", "Of what", required=True, one_of=("company", "team", "objective")),
        Column(
            "subject",
            "text",
            "The organization's name, the team, or the Objective's id",
            required=True,
        ),
        Column("cycle_id", "text", "The cycle", required=True),
        Column(
            "method",
            "text",
            "mean: the weighted mean (child Objectives weigh 1 each); weakest: the minimum",
            required=True,
            one_of=("mean", "weakest"),
        ),
        Column(
            "key_results",
            "integer",
            "Key Results in it, each counted once",
            unit="count",
            required=True,
        ),
        Column(
            "without_progress",
            "integer",
            "Those that have no progress",
            unit="count",
            required=True,
        ),
        Column(
            "progress", "number", "Progress of those that have any, by the method", unit="fraction"
        ),
        Column(
            "expected_progress",
            "number",
            "Expected progress of the same on as_of, from 0 to 1",
            unit="fraction",
        ),
        Column(
            "pace",
            "text",
            "Progress against expected progress; never on or ahead while one has no progress, "
            "never ahead while one is behind",
            one_of=PACES,
        ),
        Column("weakest", "text", "The Key Result with the least progress"),
        *(
            Column(
                pace, "integer", f"Key Results whose pace is {pace}", unit="count", required=True
            )
            for pace in PACES
        ),
        Column(
            "without_pace", "integer", "Key Results that have no pace", unit="count", required=True
        ),
        *(
            Column(
                level,
                "integer",
                f"Key Results of computed confidence {level}",
                unit="count",
                required=True,
            )
            for level in LEVELS
        ),
        Column(
            "without_confidence", "integer", "Key Results without one", unit="count", required=True
        ),
        Column(
            "computed_confidence",
            "text",
            "The lowest: low if one is low, else null if one has none",
            one_of=LEVELS,
        ),
        Column("stated_confidence", "text", "The same of the teams' calls", one_of=LEVELS),
        *RUN,
    ),
)
CYCLES = Table(
    "cycles",
    "cycle of the settings, as of the last run",
    ("cycle_id",),
    (
        Column("cycle_id", "text", "Its id, such as 2026-Q4", required=True),
        Column("cycle_start", "date", "Its first day", required=True),
        Column("cycle_end", "date", "Its last day", required=True),
        Column(
            "state",
            "text",
            "Where as_of lies",
            required=True,
            one_of=("coming", "running", "ended"),
        ),
        Column(
            "phase",
            "text",
            "Its phase on as_of, by the weeks of phases in the settings",
            required=True,
            one_of=PHASES,
        ),
        Column("phase_starts_on", "date", "First day of that phase. Null: coming"),
        Column("phase_ends_on", "date", "Last day of that phase. Null: closed"),
        Column("frozen_from", "date", "From this day on no target should change"),
        Column("close_by", "date", "The last day on which it should be scored and closed"),
        Column("length", "integer", "How long it is", unit="days", required=True),
        Column(
            "elapsed", "integer", "How much of it has begun by as_of", unit="days", required=True
        ),
        *RUN,
    ),
)
