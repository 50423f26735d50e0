"""The published tables by week: what teams did with their Key Results, and what work did.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from okr_model.tables.columns import RUN, Column, Table

ADOPTION = Table(
    "adoption",
    "team, cycle and week: what the team did with its Key Results, from events",
    ("team", "cycle_id", "week_starts_on"),
    (
        Column("team", "text", "The team", required=True),
        Column("cycle_id", "text", "The cycle", required=True),
        Column("week_starts_on", "date", "The Monday of the week", required=True),
        *(
            Column(name, "integer", meaning, unit="count", required=True, stability="experimental")
            for name, meaning in (
                ("key_results", "Its Key Results that ran in this week"),
                ("updated", "Those of them with a check-in or a new value for a day of it"),
                ("on_time", "Check-ins due in it that were on time, one a Key Result and due day"),
                ("late", "Those that were late, within the days of grace"),
                ("missed", "Those that were missed"),
                ("called_low", "Days on which it called a Key Result low, one a Key Result"),
                ("called_low_early", "Those of them early in the cycle, while there was time"),
            )
        ),
        *RUN,
    ),
)
INITIATIVE_WEEKS = Table(
    "initiative_weeks",
    "initiative in Jira and week in which anything happened in it: in its own issue, and in those"
    " below it",
    ("initiative_id", "week_starts_on"),
    (
        Column(
            "initiative_id",
            "text",
            "The initiative",
            required=True,
            refers="initiatives.initiative_id",
        ),
        Column("week_starts_on", "date", "The Monday of the week", required=True),
        *(
            Column(name, "integer", meaning, unit="count", required=True, stability="experimental")
            for name, meaning in (
                ("created", "Issues that were created"),
                ("done", "Issues that moved to a status of the category done"),
                ("reopened", "Issues that moved from there to another"),
                ("activity", "Issues created and fields changed"),
                ("people", "How many people did this"),
                (
                    "automatic",
                    "Issues created and fields changed by apps, or in bulk: by one author in ten"
                    " issues or more within a minute. They count in no other column",
                ),
            )
        ),
        Column(
            "blocked_days",
            "integer",
            "Days at whose end one of its issues was blocked, by blocked_statuses of the settings,"
            " whoever set it",
            unit="days",
            required=True,
            stability="experimental",
        ),
        Column(
            "cycle_time",
            "number",
            "Of the issues done: the median time since each was first in progress. Null: none was",
            unit="days",
            stability="experimental",
        ),
        Column(
            "key_results",
            "integer",
            "Key Results that it served at the end of the week, or of as_of. Null: links were not"
            " published yet",
            unit="count",
            stability="experimental",
        ),
        Column("linked", "boolean", "Whether it served one, likewise", stability="experimental"),
        *RUN,
    ),
)
