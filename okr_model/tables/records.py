"""The published tables of source records: initiatives, check-ins, measurements, KPIs; and findings.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from dataclasses import replace

from okr_model.tables.columns import LEVELS, RECORD, RUN, Column, Table
from okr_model.tables.vocabulary import ACKNOWLEDGEMENTS, SEVERITIES

IMPEDIMENT_KINDS = ("resource", "dependency", "clarity", "priorities", "external")
CAUSE, NEXT_ACTION = "cause", "next action"
"""What ``lacks`` may name."""

_CONTENT = (
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
    Column("impediment_owner", "text", "Who removes the impediment, likewise", person=True),
    Column(
        "impediment_since",
        "date",
        "Since when the impediment is open: the first check-in in a row that names it, or the day"
        " stated, whichever is earlier",
    ),
    Column("next_action", "text", "What was promised"),
    Column("action_owner", "text", "Who promised it", person=True),
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
CHECK_IN_CONTENT = tuple(replace(column, stability="experimental") for column in _CONTENT)
"""Experimental: forms of check-ins differ, and these have been tried on few."""

INITIATIVES = Table(
    "initiatives",
    "initiative: work meant to move a Key Result",
    ("initiative_id",),
    (
        Column(
            "initiative_id",
            "text",
            "source:id; the id is the source's own, in a sheet or file the id column's",
            required=True,
        ),
        Column("initiative", "text", "Its key (Jira) or title (elsewhere)", required=True),
        Column("title", "text", "What it is about"),
        Column("parent_id", "text", "The initiative it is a part of"),
        Column("team", "text", "The team doing it"),
        Column("owner", "text", "Who leads it", person=True),
        Column("status", "text", "As the source words it"),
        Column("status_category", "text", "new, indeterminate or done"),
        *(
            Column(name, "integer", meaning, unit="count", required=True)
            for name, meaning in (
                ("open_issues", "Issues below it that are not done, not counting its own"),
                ("done_issues", "Issues below it that are done, not counting its own"),
            )
        ),
        Column("due_on", "date", "Due date"),
        Column("last_activity_on", "date", "When anything last happened in it; null if not read"),
        Column("active_links", "integer", "Key Results it serves", unit="count", required=True),
        Column(
            "other_work",
            "boolean",
            "Whether a person decided that it serves no Key Result",
            required=True,
        ),
        Column("decision_id", "text", "That decision; see okr links decisions"),
        Column("decided_by", "text", "Who decided", person=True),
        Column("decided_at", "timestamp", "When"),
        Column("decided_why", "text", "Why, in their words"),
        *RECORD,
        *RUN,
    ),
)
CHECK_INS = Table(
    "check_ins",
    "dated human statement on one Key Result",
    ("key_result_id", "date", "record_id"),
    (
        Column("key_result_id", "text", "The Key Result", required=True),
        Column("cycle_id", "text", "Its cycle"),
        Column("date", "date", "The day it is about", required=True),
        Column("stated_at", "timestamp", "The time of that day, where the record has one"),
        Column(
            "number",
            "integer",
            "1 is the first on this Key Result and day; the call of the last one counts",
            unit="position",
            required=True,
        ),
        Column("confidence", "text", "The call: the confidence level stated", one_of=LEVELS),
        Column("confidence_text", "text", "The call as written"),
        Column(
            "value",
            "number",
            "The value stated",
            unit="unit of the Key Result",
        ),
        Column("note", "text", "The comment"),
        Column("author", "text", "Who wrote it", person=True),
        *CHECK_IN_CONTENT,
        *RECORD,
        Column("seen_at", "timestamp", "When this pipeline first read it"),
        *RUN,
    ),
)
MEASUREMENTS = Table(
    "measurements",
    "value of a Key Result that is true for one day, from one place",
    ("key_result_id", "date", "measure"),
    (
        Column("key_result_id", "text", "The Key Result", required=True),
        Column("cycle_id", "text", "Its cycle"),
        Column("date", "date", "The day it is true for", required=True),
        Column(
            "measure", "text", "Where it comes from, such as sheets or jira median", required=True
        ),
        Column(
            "value",
            "number",
            "The value",
            unit="unit of the Key Result",
            required=True,
        ),
        Column("unit", "text", "The Key Result's unit"),
        Column("text", "text", "As read, before conversion"),
        Column("conversion", "text", "How the text became the value, where they differ"),
        Column("field", "text", "Cell, property or aggregate it was read from"),
        Column("settles_on", "date", "From this day it is judged; null: from its own day"),
        *RECORD,
        Column("seen_at", "timestamp", "When this pipeline first read it"),
        *RUN,
    ),
)
KPIS = Table(
    "kpis",
    "health metric that is no Key Result, and day",
    ("kpi_id", "date"),
    (
        Column("kpi_id", "text", "Its id", required=True),
        Column("name", "text", "What it measures"),
        Column("team", "text", "Who watches it"),
        Column("date", "date", "The day it is true for", required=True),
        Column("value", "number", "The value", unit="unit of the KPI", required=True),
        Column("low", "number", "Lower edge of its corridor", unit="unit of the KPI"),
        Column("high", "number", "Upper edge of its corridor", unit="unit of the KPI"),
        Column("within", "boolean", "Whether it is inside its corridor"),
        *RECORD,
        *RUN,
    ),
)
FINDINGS = Table(
    "findings",
    "problem someone should look at",
    ("finding_id",),
    (
        Column("finding_id", "text", "Stable from run to run while it is open", required=True),
        Column("rule", "text", "What kind of problem it is", required=True),
        Column("severity", "text", "How bad", required=True, one_of=SEVERITIES),
        Column(
            "subject_type",
            "text",
            "key result, objective, initiative, team, wave, level, kpi, record, source",
            required=True,
        ),
        Column("subject_id", "text", "Which one", required=True),
        Column("sentence", "text", "What is wrong and what to do about it", required=True),
        Column("evidence", "text", "The exact text or numbers"),
        Column("url", "text", "Opens the record it is about"),
        Column(
            "acknowledgement",
            "text",
            "What somebody decided about it: acknowledged or dismissed. Null: it is open",
            one_of=ACKNOWLEDGEMENTS,
        ),
        Column("acknowledgement_id", "text", "The decision, which undo takes back"),
        Column("acknowledged_by", "text", "Who decided", person=True),
        Column("acknowledged_at", "timestamp", "When"),
        Column("acknowledged_until", "date", "The last day on which it holds. Null: no end is set"),
        Column("acknowledged_why", "text", "The reason they gave"),
        *RUN,
    ),
)
