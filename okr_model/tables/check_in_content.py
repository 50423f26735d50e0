"""The columns of what a check-in holds beside its call.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from dataclasses import replace

from okr_model.tables.columns import Column

IMPEDIMENT_KINDS = ("resource", "dependency", "clarity", "priorities", "external")
CAUSE, NEXT_ACTION = "cause", "next action"
"""What ``lacks`` may name."""

_COLUMNS = (
    Column("changed", "text", "What changed since the check-in before"),
    Column("cause", "text", "Why it changed"),
    Column("impediment", "text", "What slows it. Null: none is named"),
    Column(
        "impediment_kind",
        "text",
        "The kind of impediment: as this check-in says, else an earlier one in the row",
        one_of=IMPEDIMENT_KINDS,
    ),
    Column("impediment_kind_text", "text", "The kind as written"),
    Column("impediment_owner", "text", "Who removes the impediment, likewise"),
    Column(
        "impediment_since",
        "date",
        "Since when the impediment is open: the first check-in in a row that names it, or the day"
        " stated, whichever is earlier",
    ),
    Column("next_action", "text", "What was promised"),
    Column("action_owner", "text", "Who promised it"),
    Column("action_due_on", "date", "By when"),
    Column(
        "action_done",
        "boolean",
        "Whether it was done: as the next check-in says, else as this record says now. Null:"
        " nobody said",
    ),
    Column(
        "last_action_done",
        "boolean",
        "Whether this check-in says that what the one before promised is done. Null: it does not"
        " say",
    ),
    Column("adjustment", "text", "What the team adjusts"),
    Column("depends_on", "text", "Which other team it depends on"),
    Column(
        "dependency_confirmed",
        "boolean",
        "Whether that team has confirmed. Null: nobody said",
    ),
    Column(
        "lacks",
        "text[]",
        "What the check-in does not state of: cause, next action. Empty: it states both",
    ),
)
CONTENT = tuple(replace(column, stability="experimental") for column in _COLUMNS)
"""Experimental: forms of check-ins differ, and these have been tried on few."""
