"""Whether published tables tell of what a row of the decision log is about.

What belongs here: that, for each kind of decision, and what initiatives are called. What does not:
who may see which rows (``published.restricted``), and what is still to be decided (``queues``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okr_model.entities.initiatives import titled
from okr_model.languages.folding import same_id
from published.snapshot import Snapshot


def sees(tables: Snapshot, row: Mapping[str, Any]) -> bool:
    """Whether the tables tell of all that a row of the log is about."""
    if isinstance(row.get("finding_rule"), str):
        return _about(row) in tables.once("subjects of findings", lambda: _subjects_told(tables))
    if isinstance(row.get("wave"), str):
        return same_id(row["wave"]) in tables.once("waves", lambda: _waves_told(tables))
    keys = [row[name] for name in ("key_result_id", "wrong_key_result_id")]
    told = all(tables.sees(key) for key in keys if isinstance(key, str))
    if isinstance(row.get("objective_id"), str):
        return told and tables.sees_objective(row["objective_id"])
    if not isinstance(row["initiative_id"], str):  # about the end of a Key Result
        return told
    return told and row["initiative_id"] in names_of(tables)


def _waves_told(tables: Snapshot) -> set[str]:
    """The waves of the roll-out that the tables tell of; an earlier version has no such table."""
    there = tables.rows("SELECT 1 FROM information_schema.tables WHERE table_name = 'rollout'")
    rows = tables.rows("SELECT DISTINCT wave FROM rollout") if there else []
    return {same_id(row["wave"]) for row in rows if row["wave"]}


def names_of(tables: Snapshot) -> dict[str, str]:
    """What each initiative is called in a sentence, by its id."""

    def read() -> dict[str, str]:
        rows = tables.frame("SELECT initiative_id, initiative, title FROM initiatives")
        return {key: titled(*names) for key, *names in rows.to_numpy().tolist()}

    return tables.once("names of initiatives", read)


def _about(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("finding_rule", "finding_subject_type", "finding_subject"))


def _subjects_told(tables: Snapshot) -> set[tuple[Any, ...]]:
    """Rule, kind and id of what the findings are about."""
    rows = tables.frame("SELECT DISTINCT rule, subject_type, subject_id FROM findings")
    return set(rows.itertuples(index=False, name=None))
