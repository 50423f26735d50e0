"""What was stale, blocked or unreadable, and why.

What belongs here: which findings an operator looks at, and which Key Results a missing source makes
stale. What does not: findings that a team or an OKR Lead answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from okr_model.finding_rules import Rule
from published.records import records
from published.snapshot import Snapshot

_STATES: Mapping[str, tuple[Rule, ...]] = {
    "Failed": (Rule.SOURCE_FAILED, Rule.PROJECT_NOT_VISIBLE, Rule.STATE_MADE_ANEW),
    "Emptied": (Rule.MASS_DISAPPEARANCE, Rule.EMPTIED_PLACE),
    "Unreadable": (
        Rule.UNREADABLE_DATASET,
        Rule.UNREACHABLE_PLACE,
        Rule.UNREADABLE_RECORD,
        Rule.UNREADABLE_FILE,
        Rule.UNREADABLE_CHANGE_LOG,
        Rule.UNREADABLE_REMOTE_LINKS,
        Rule.REMOTE_LINKS_NOT_READABLE,
        Rule.UNREADABLE_COMMENTS,
        Rule.UNREADABLE_VALUE,
        Rule.UNREADABLE_CHECK_IN,
        Rule.UNREADABLE_MEASURE,
        Rule.UNREADABLE_LINK,
        Rule.UNREADABLE_WEIGHT,
    ),
    "Not reached": (Rule.REVIEW_TAB_NOT_REACHED, Rule.REVIEW_TAB_OUT_OF_ORDER),
    "Blocked": (Rule.INITIATIVES_BLOCKED,),
    "Stale": (Rule.STALE_VALUE,),
    "Silent": (Rule.MISSED_CHECK_INS, Rule.INITIATIVES_SILENT),
}
_STATE_OF = {str(rule): state for state, rules in _STATES.items() for rule in rules}
_STALE = (
    "SELECT stale_since, stale_reason, key_result_id FROM key_results"
    " WHERE stale_since IS NOT NULL"
    " ORDER BY stale_since, length(key_result_id), key_result_id"
)
_ORDER = {state: place for place, state in enumerate(_STATES)}


@dataclass(frozen=True, slots=True)
class Stale:
    """Key Results that a source left as they were.

    Attributes:
        since: Since when the source could not be read.
        reason: Which source, in words.
        key_results: Their ids.
    """

    since: Any
    reason: str
    key_results: list[str]


def attention(
    tables: Snapshot, standing: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> list[tuple[str, dict[str, Any]]]:
    """What an operator looks at: a state in one word, and the row of ``findings``.

    What somebody acknowledged or dismissed is left out, unless that is pending: then the row says
    so, because it counts from the next run.

    Args:
        tables: The published tables.
        standing: Rows of ``findings`` as they stand after all decisions, with ``pending``.
    """
    rows = standing(tables.once("attention", lambda: _looked_at(tables)))
    found = [
        (_STATE_OF[row["rule"]], row)
        for row in rows
        if row["acknowledgement"] is None or row["pending"]
    ]
    return sorted(found, key=lambda one: _ORDER[one[0]])


def _looked_at(tables: Snapshot) -> list[dict[str, Any]]:
    rules = list(_STATE_OF)
    marks = ", ".join("?" * len(rules))
    rows = records(tables.table("findings", f"rule IN ({marks}) ORDER BY rule, subject_id", rules))
    return [row for row in rows if row.get("acknowledgement") is None]


def stale_key_results(tables: Snapshot) -> list[Stale]:
    """The Key Results of which a source could not be read, by source."""
    return tables.once("stale key results", lambda: _stale_key_results(tables))


def _stale_key_results(tables: Snapshot) -> list[Stale]:
    by_reason: dict[tuple[Any, str], list[str]] = {}
    for row in tables.rows(_STALE):
        key = row["stale_since"], row["stale_reason"] or "A source could not be read."
        by_reason.setdefault(key, []).append(row["key_result_id"])
    return [
        Stale(since, reason, list(dict.fromkeys(ids))) for (since, reason), ids in by_reason.items()
    ]


def open_findings(tables: Snapshot) -> dict[str, int]:
    """How many findings of each severity nobody acknowledged or dismissed."""
    return tables.once("open findings", lambda: _open_findings(tables))


def _open_findings(tables: Snapshot) -> dict[str, int]:
    # A file of an earlier version lacks the second column.
    columns = "lambda one: one IN ('severity', 'acknowledgement')"
    rows = tables.frame(f"SELECT COLUMNS({columns}) FROM findings")  # noqa: S608 - our own names
    if "acknowledgement" in rows:
        rows = rows[rows["acknowledgement"].isna()]
    return {str(one): int(number) for one, number in rows["severity"].value_counts().items()}
