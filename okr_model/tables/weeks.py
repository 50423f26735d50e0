"""The published tables by week: what teams did with their Key Results, and what work did.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from dataclasses import replace

from okr_model.tables.columns import INITIATIVE_ID, LEVELS, RUN, Column, Table

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
        *(
            Column(name, "integer", meaning, unit="count", stability="experimental")
            for name, meaning in (
                (
                    "work",
                    "Issues created and fields changed in its initiatives in Jira, each once,"
                    " without those of apps and bulk edits. Null, as the next three: none was seen",
                ),
                ("linked_work", "Those of them in issues that serve a Key Result now"),
                ("new_issues", "Issues that were created in them, likewise"),
                ("new_unlinked", "Those of them that serve no Key Result now"),
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
        INITIATIVE_ID,
        Column("week_starts_on", "date", "The Monday of the week", required=True),
        *(
            Column(name, "integer", meaning, unit="count", required=True, stability="experimental")
            for name, meaning in (
                ("created", "Issues that were created"),
                ("done", "Issues that moved to a status of the category done"),
                ("reopened", "Issues that moved from there to another"),
                ("activity", "Issues created and fields changed, not counting those in automatic"),
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
NEW_WORK = Table(
    "new_work",
    "initiative and night that first read something new in it which serves no Key Result: itself,"
    " or issues below it in Jira. Created within the last 28 days, and not decided as other work",
    ("initiative_id", "first_seen_at"),
    (
        INITIATIVE_ID,
        Column("first_seen_at", "timestamp", "The start of that night", required=True),
        *(
            replace(column, stability="experimental")
            for column in (
                Column(
                    "teams",
                    "text[]",
                    "The teams doing it: those it names, else those that its links tell. Empty:"
                    " nothing tells",
                    required=True,
                ),
                Column(
                    "is_new",
                    "boolean",
                    "Whether the initiative itself is new, and a person made it",
                    required=True,
                ),
                Column(
                    "new_issues",
                    "integer",
                    "New issues below it, and below no other initiative in between, made by people",
                    unit="count",
                    required=True,
                ),
                Column(
                    "automatic",
                    "integer",
                    "What apps made, or somebody made in bulk, ten or more within a minute: issues,"
                    " itself among them. It counts in no other column",
                    unit="count",
                    required=True,
                ),
            )
        ),
        *RUN,
    ),
)
KEY_RESULT_WEEKS = Table(
    "key_result_weeks",
    "Key Result and week of its cycle that was published, or in which anything happened in its"
    " linked work",
    ("key_result_id", "cycle_id", "week_starts_on"),
    (
        Column("key_result_id", "text", "The Key Result", required=True),
        Column("cycle_id", "text", "Its cycle", required=True),
        Column("week_starts_on", "date", "The Monday of the week", required=True),
        *(
            replace(column, stability="experimental")
            for column in (
                Column(
                    "value",
                    "number",
                    "current_value of the last published day of the week. Null, as all figures: no"
                    " day of it was published, or it was unknown",
                    unit="unit of the Key Result",
                ),
                Column("expected_progress", "number", "The same of this column", unit="fraction"),
                Column("progress", "number", "The same of this column", unit="fraction"),
                Column("stated_confidence", "text", "The same of this column", one_of=LEVELS),
                Column("computed_confidence", "text", "The same of this column", one_of=LEVELS),
                Column(
                    "activity",
                    "integer",
                    "Issues created and fields changed in the work that is linked to it now, each"
                    " once, not counting those in automatic; activity_28d of key_results has them."
                    " Null, as all counts: it is not defined any more",
                    unit="count",
                ),
                Column("done", "integer", "Issues that moved to the category done", unit="count"),
                Column("people", "integer", "How many people did this", unit="count"),
                Column(
                    "automatic",
                    "integer",
                    "What apps and bulk edits did, as in initiative_weeks",
                    unit="count",
                ),
            )
        ),
        *RUN,
    ),
)
