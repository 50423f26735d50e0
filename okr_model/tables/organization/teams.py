"""The published table of teams.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from dataclasses import replace

from okr_model.tables.columns import RUN, Column, Table

TEAM_LEVELS = ("company", "division", "department", "team")
TEAM_STATES = ("open", "closed", "not begun")
CHECK_IN_STATES = ("on time", "late", "missed", "not yet due")
_COLUMNS = (
    Column(
        "declared",
        "boolean",
        "Whether the settings name it; else only Key Results do",
        required=True,
    ),
    Column("state", "text", "Whether there is such a team now", required=True, one_of=TEAM_STATES),
    Column("parent", "text", "The team that it is a part of"),
    Column("level", "text", "Its level", one_of=TEAM_LEVELS),
    Column("lead", "text", "Who leads it", person=True),
    Column("champion", "text", "Its OKR Champion", person=True),
    Column("sponsor", "text", "Its sponsor", person=True),
    Column("starts_on", "date", "Its first day. Null: none is declared"),
    Column("ends_on", "date", "Its last day. Null: none is declared"),
    Column("key_results", "integer", "Its Key Results of running cycles", unit="count"),
    Column(
        "check_in_every_days",
        "integer",
        "How often it checks in on each. Null: no check-ins are expected",
        unit="days",
    ),
    Column(
        "check_in_weekday", "text", "The day of the week. Null: counted from the cycle's first day"
    ),
    Column("check_in_grace_days", "integer", "How much later is only late", unit="days"),
    Column(
        "check_in_state",
        "text",
        "What became of the last check-in that was due on any of its running Key Results, the worst"
        " of these. Null: nothing is expected",
        one_of=CHECK_IN_STATES,
    ),
    Column(
        "next_check_in_due_on", "date", "When the next one is due, or was and may still be late"
    ),
    Column(
        "check_ins_on_time",
        "integer",
        "Check-ins on time in the running cycles, one a Key Result and due day",
        unit="count",
    ),
    Column("check_ins_late", "integer", "Late ones, within the days of grace", unit="count"),
    Column("check_ins_missed", "integer", "Missed ones", unit="count"),
    Column("check_ins_not_yet_due", "integer", "The next ones", unit="count"),
)
TEAMS = Table(
    "teams",
    "team, as of the last run",
    ("team",),
    (
        Column("team", "text", "Its name", required=True),
        *(replace(column, stability="experimental") for column in _COLUMNS),
        *RUN,
    ),
)
