"""The published table of the roll-out of OKRs.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from dataclasses import replace

from okr_model.tables.columns import RUN, Column, Table

KINDS = ("decision", "wave", "training", "day", "gate")
STATES = (
    *("planned", "first days", "running", "through the gate"),
    *("decided", "open", "held", "missing"),
    *("done", "late", "not yet due", "unknown"),
    *("passed", "not passed", "not enough evidence"),
)
_KEY = ("wave", "kind", "item")
_COLUMNS = (
    Column("kind", "text", "What it is about", required=True, one_of=KINDS),
    Column(
        "item",
        "text",
        "Which decision, audience, step of the first days or condition",
        required=True,
    ),
    Column("number", "integer", "Its place in the roll-out", unit="position", required=True),
    Column("state", "text", "What became of it", required=True, one_of=STATES),
    Column("teams", "text[]", "The teams of the wave. Null: of the whole organization"),
    Column("due_on", "date", "When it is due or, of training, held; of a wave its first day"),
    Column(
        "how",
        "text",
        "By what that is told: published rows, a person, or the settings",
        required=True,
        one_of=("computed", "attested", "settings"),
    ),
    Column("part", "integer", "How many are as they should be", unit="count"),
    Column("whole", "integer", "Of how many", unit="count"),
    Column("value", "number", "part of whole", unit="fraction"),
    Column("bound", "number", "From which value on it is done or passed", unit="fraction"),
    Column("within_days", "integer", "Within how many days something is asked", unit="days"),
    Column("missing", "text[]", "Which Key Results, teams, audiences or decisions are not so"),
    Column("sentence", "text", "The same in words", required=True),
    Column("decided_by", "text", "Who decided or attested it", person=True),
)
ROLLOUT = Table(
    "rollout",
    "decision of a roll-out; of each of its waves the stage, training, step of its first days and"
    " condition of the gate",
    _KEY,
    (
        Column(
            "wave", "text", "The wave; empty for the decisions, which are of all", required=True
        ),
        *(
            column if column.name in _KEY else replace(column, stability="experimental")
            for column in _COLUMNS
        ),
        *RUN,
    ),
)
